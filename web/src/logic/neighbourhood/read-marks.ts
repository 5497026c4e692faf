/**
 * What one has read of what one was told, the same on all of one's devices (SPEC U41): everything up to a place in
 * what has arrived at the node, and a few further ones by their ids. Sealed by the SDK; here it is bytes.
 */

import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import type { Post } from '../../model/sdk-street.ts';

export interface ReadMarks {
  /** Of the store that `seq` is a place in. */
  readonly epoch: string;
  readonly seq: number;
  /** Counts where the node has another store than it had. */
  readonly timeMs: number;
  /** Beginnings of ids that were read behind the place. */
  readonly ids: readonly string[];
}

export const noMarks: ReadMarks = { epoch: '', seq: 0, timeMs: 0, ids: [] };

const PREFIX = 16;
/** More than one page of what is unread; who has more reads on, and the rest stays unread. */
const IDS_MAX = 200;

/** Where a post stands in what has arrived at the node; null: it is not known on this device. */
export interface Placed {
  readonly epoch: string;
  readonly seq: number | null;
}

export function isUnread(
  post: Pick<Post, 'id' | 'timeMs'>,
  marks: ReadMarks,
  { epoch, seq }: Placed,
): boolean {
  if (marks.ids.includes(post.id.slice(0, PREFIX))) return false;
  return marks.epoch === epoch && seq !== null ? seq > marks.seq : post.timeMs > marks.timeMs;
}

export function withRead(marks: ReadMarks, ids: readonly string[]): ReadMarks {
  const all = [...marks.ids, ...ids.map((id) => id.slice(0, PREFIX))];
  return { ...marks, ids: [...new Set(all)].slice(-IDS_MAX) };
}

/** Everything that is here was read. */
export function allRead(epoch: string, seq: number, timeMs: number): ReadMarks {
  return { epoch, seq, timeMs, ids: [] };
}

/** What two devices have read between them. */
export function merged(one: ReadMarks, other: ReadMarks): ReadMarks {
  const isBehind = one.epoch === other.epoch ? one.seq < other.seq : one.timeMs < other.timeMs;
  const [first, second] = isBehind ? [other, one] : [one, other];
  return withRead(first, second.ids);
}

export function encodeMarks({ epoch, seq, timeMs, ids }: ReadMarks): Uint8Array {
  return utf8(JSON.stringify([1, epoch, seq, timeMs, ids]));
}

/** What does not read as marks has read nothing. */
export function decodeMarks(bytes: Uint8Array | null): ReadMarks {
  if (bytes === null) return noMarks;
  const parsed = parsedOf(bytes);
  if (!Array.isArray(parsed) || parsed[0] !== 1) return noMarks;
  const [, epoch, seq, timeMs, ids]: readonly unknown[] = parsed;
  if (typeof epoch !== 'string' || !isCount(seq) || !isCount(timeMs) || !Array.isArray(ids)) return noMarks;
  return { epoch, seq, timeMs, ids: ids.filter((id) => typeof id === 'string').slice(-IDS_MAX) };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function parsedOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? '');
  } catch {
    return null;
  }
}
