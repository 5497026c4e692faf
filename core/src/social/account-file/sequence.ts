/**
 * A sequence of CBOR items (RFC 8742) as it comes, in pieces of any size: where each item ends is read from its
 * heads alone, so that nothing is held but the item that is under way, and that is bounded. What the items say is
 * decoded afterwards, once (`record.ts`).
 */

import { Fault } from '../../base/fault.ts';
import { concat, NO_BYTES } from '../../base/bytes.ts';
import { accountFileRecordBytesMax } from '../../base/limits-account-file.ts';

export class Sequence {
  /** What came and is not read yet; the first of them from `#at` on. */
  #held: Uint8Array = NO_BYTES;
  #at = 0;
  #coming: Uint8Array[] = [];
  #comingBytes = 0;
  /** So many bytes there have to be before it can be said where the item ends. */
  #need = 1;

  push(piece: Uint8Array): void {
    this.#coming.push(piece);
    this.#comingBytes += piece.length;
  }

  /** The next item, as a view of what was pushed; null until it is there. `malformed` or `tooLarge`: there is none. */
  next(): Uint8Array | null {
    for (;;) {
      const there = this.#held.length - this.#at;
      if (there + this.#comingBytes < this.#need) return null;
      if (there < this.#need) this.#join();
      const found = extentOf(this.#held, this.#at);
      if (found.isWhole) return this.#taken(found.need);
      this.#need = found.need;
    }
  }

  /** Bytes of an item that has not come whole. */
  get left(): number {
    return this.#held.length - this.#at + this.#comingBytes;
  }

  #taken(size: number): Uint8Array {
    const item = this.#held.subarray(this.#at, this.#at + size);
    this.#at += size;
    this.#need = 1;
    return item;
  }

  #join(): void {
    this.#held = concat(this.#held.subarray(this.#at), ...this.#coming);
    this.#at = 0;
    this.#coming = [];
    this.#comingBytes = 0;
  }
}

/** How many bytes an item has, or as yet at least. */
interface Extent {
  readonly need: number;
  readonly isWhole: boolean;
}

const TEXT = 3;
const BYTES = 2;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;

function extentOf(bytes: Uint8Array, from: number): Extent {
  let at = from;
  // Items that have to come: the one itself, and those that it says it holds.
  for (let left = 1; left > 0;) {
    const head = headAt(bytes, at);
    if (head === null) return bounded(Math.max(at, bytes.length) - from + 1, false);
    left -= 1;
    at += head.size;
    if (head.major === BYTES || head.major === TEXT) at += head.argument;
    if (head.major === ARRAY) left += head.argument;
    if (head.major === MAP) left += 2 * head.argument;
    // Each takes a byte at least.
    bounded(at - from + left, false);
  }
  return bounded(at - from, at <= bytes.length);
}

function bounded(need: number, isWhole: boolean): Extent {
  if (need > accountFileRecordBytesMax)
    throw new Fault('tooLarge', `a record has at most ${accountFileRecordBytesMax} bytes`);
  return { need, isWhole };
}

interface Head {
  readonly major: number;
  readonly argument: number;
  readonly size: number;
}

/** Null: it has not come whole. */
function headAt(bytes: Uint8Array, at: number): Head | null {
  const initial = bytes[at];
  if (initial === undefined) return null;
  const major = initial >> 5;
  const additional = initial & 31;
  if (major === TAG || additional > 27) throw new Fault('malformed', 'no deterministic CBOR');
  if (additional < 24) return { major, argument: additional, size: 1 };
  const size = 1 << (additional - 24);
  if (at + 1 + size > bytes.length) return null;
  let argument = 0;
  for (let each = 1; each <= size; each++) argument = argument * 256 + (bytes[at + each] ?? 0);
  return { major, argument, size: 1 + size };
}
