/** Messages as they are answered: as many as fit into one answer, in the order in which they were asked for. */

import type { MessageRow } from '../../api/peer.ts';
import { peerMessageBytesMax, peerPageBytesMax } from '../../base/limits-peer.ts';
import type { StoredMessage } from '../store/store.ts';

export function rowOf({ seq, bytes, edit }: StoredMessage): MessageRow {
  return { seq, message: bytes, edit };
}

export function sizeOf({ message, edit }: MessageRow): number {
  return message.length + (edit?.length ?? 0);
}

/** As many as fit into one answer; at least one. */
export function bounded(rows: readonly MessageRow[]): readonly MessageRow[] {
  let bytes = 0;
  const end = rows.findIndex((row, at) => {
    bytes += sizeOf(row);
    return at > 0 && bytes > peerPageBytesMax;
  });
  return rows.slice(0, end === -1 ? rows.length : end);
}

/** Whether such an answer may have had no room for what comes behind it: the largest message and its edit. */
export function isMaybeCut(rows: readonly MessageRow[]): boolean {
  const bytes = rows.reduce((sum, row) => sum + sizeOf(row), 0);
  return bytes + 2 * peerMessageBytesMax > peerPageBytesMax;
}
