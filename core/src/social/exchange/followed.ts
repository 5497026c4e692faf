/** Whom a statement of kind `follows` names: keys of 32 bytes, one behind the other. */

import { key, type Key } from '../../base/ids.ts';
import { peerFollowsMax } from '../../base/limits-peer.ts';
import { publicKeyBytes } from '../../crypto/sign.ts';

export function followedIn(content: Uint8Array): readonly Key[] {
  const count = Math.min(peerFollowsMax, Math.floor(content.length / publicKeyBytes));
  return Array.from({ length: count }, (_, at) =>
    key(content.slice(at * publicKeyBytes, (at + 1) * publicKeyBytes)),
  );
}
