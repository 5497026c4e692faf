/** Which of one's own messages are kept whatever else falls out, as the node says (SPEC Z28). */

import { hex } from '../../base/bytes.ts';
import { peerPageRowsMax } from '../../base/limits-peer.ts';
import type { PlaceLine } from './place-line.ts';

/** Of these, in hex. */
export async function pinnedAmong(
  line: Pick<PlaceLine, 'get'>,
  ids: readonly Uint8Array[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let from = 0; from < ids.length; from += peerPageRowsMax) {
    const asked = ids.slice(from, from + peerPageRowsMax);
    for (const id of (await (await line.get()).pinned({ ids: asked })).ids) found.add(hex(id));
  }
  return found;
}
