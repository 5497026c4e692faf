/**
 * Messages of negentropy v1 as bytes (SPEC Z35): a version and ranges, each with its upper bound, a mode and what the
 * mode brings. The lower bound of a range is the upper one of the range before it, and times are written as
 * differences. What a peer sends is checked here, once: `malformed` says at which byte and what was expected.
 */

import { Fault } from '../../base/fault.ts';
import { compareBounds, HIGHEST, idBytes, LOWEST, timeMax, type Bound } from './item.ts';
import { fingerprintBytes, putVarint } from './sum.ts';

export const versionByte = 0x61;
const VERSION_MIN = 0x60;
const VERSION_MAX = 0x6f;
const MODE = { skip: 0, fingerprint: 1, list: 2 } as const;

/** Digits of 7 bits that the highest time takes. */
const VARINT_BYTES_MAX = 8;
/** A bound with a whole id, and the mode behind it. */
export const boundBytesMax = VARINT_BYTES_MAX + 1 + idBytes + 1;
/** One range at its longest, and the range that is skipped before it; a list beside its ids. */
export const rangeBytesMax = 2 * boundBytesMax + Math.max(fingerprintBytes, VARINT_BYTES_MAX);

export type RangeContent =
  | { readonly mode: 'skip' }
  | { readonly mode: 'fingerprint'; readonly fingerprint: Uint8Array }
  | { readonly mode: 'list'; readonly count: number; readonly ids: Uint8Array };

export type Range = RangeContent & { readonly lower: Bound; readonly upper: Bound };

/** The version of a message. Throws `malformed`. */
export function versionOf(message: Uint8Array): number {
  const version = message[0];
  if (version === undefined) throw bad(0, 'a version, and the message is empty');
  if (version < VERSION_MIN || version > VERSION_MAX) throw bad(0, 'a version between 0x60 and 0x6f');
  return version;
}

/** The ranges of a message of our version one after the other; each shares its memory. Throws `malformed`. */
export function* rangesOf(message: Uint8Array): Generator<Range> {
  const reader = new Reader(message);
  let lower = LOWEST;
  while (!reader.isAtEnd) {
    const at = reader.at;
    const upper = reader.bound();
    if (compareBounds(upper, lower) < 0) throw bad(at, 'a bound that is not below the one before it');
    yield { lower, upper, ...reader.content() };
    lower = upper;
  }
}

function bad(at: number, expected: string): Fault {
  return new Fault('malformed', `At byte ${at} of the message of a reconciliation: expected ${expected}.`);
}

class Reader {
  #at = 1;
  #time = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  bound(): Bound {
    const at = this.#at;
    const encoded = this.#varint();
    const time = encoded === 0 ? Number.POSITIVE_INFINITY : this.#time + encoded - 1;
    if (encoded !== 0 && time > timeMax && this.#time <= timeMax) throw bad(at, `a time up to ${timeMax}`);
    this.#time = time;
    const size = this.#varint();
    if (size > idBytes) throw bad(at, `at most ${idBytes} bytes of an id`);
    const prefix = this.#take(size);
    // Nothing is above infinity, so the beginning of an id says nothing there.
    return time === Number.POSITIVE_INFINITY ? HIGHEST : { time, prefix };
  }

  content(): RangeContent {
    const at = this.#at;
    const mode = this.#varint();
    if (mode === MODE.skip) return { mode: 'skip' };
    if (mode === MODE.fingerprint) return { mode: 'fingerprint', fingerprint: this.#take(fingerprintBytes) };
    if (mode !== MODE.list) throw bad(at, 'mode 0, 1 or 2');
    const count = this.#varint();
    return { mode: 'list', count, ids: this.#take(count * idBytes) };
  }

  #varint(): number {
    const from = this.#at;
    let value = 0;
    for (;;) {
      const digit = this.#take(1)[0]!;
      value = value * 128 + (digit & 127);
      if (this.#at === from + 1 && digit === 128) throw bad(from, 'a number without zeros before it');
      if (value > Number.MAX_SAFE_INTEGER) throw bad(from, 'a number up to 2^53 - 1');
      if (digit < 128) return value;
    }
  }

  #take(size: number): Uint8Array {
    const end = this.#at + size;
    if (end > this.#bytes.length) throw bad(this.#at, `${size} more bytes`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** Puts ranges into a message in their order; the caller asks `room` first. */
export class Writer {
  #bytes = new Uint8Array(1024);
  #length = 1;
  #bound = LOWEST;
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#bytes[0] = versionByte;
  }

  /** Bytes that may still be written. */
  get room(): number {
    return this.#bytesMax - this.#length;
  }

  /** Whether nothing but the version is written. */
  get isEmpty(): boolean {
    return this.#length === 1;
  }

  /** What lies between the last range and `bound` needs no further work. */
  skipTo(bound: Bound): void {
    if (compareBounds(bound, this.#bound) > 0) this.#range(bound, MODE.skip, 0);
  }

  fingerprint(upper: Bound, fingerprint: Uint8Array): void {
    this.#range(upper, MODE.fingerprint, fingerprintBytes);
    this.#bytes.set(fingerprint, this.#length);
    this.#length += fingerprintBytes;
  }

  /** `fill` writes the ids. */
  list(upper: Bound, count: number, fill: (into: Uint8Array) => void): void {
    const size = count * idBytes;
    this.#range(upper, MODE.list, VARINT_BYTES_MAX + size);
    this.#length = putVarint(this.#bytes, this.#length, count);
    fill(this.#bytes.subarray(this.#length, this.#length + size));
    this.#length += size;
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #range(upper: Bound, mode: number, more: number): void {
    this.#reserve(boundBytesMax + more);
    const { time, prefix } = upper;
    const encoded = time === Number.POSITIVE_INFINITY ? 0 : time - this.#bound.time + 1;
    let at = putVarint(this.#bytes, this.#length, encoded);
    this.#bytes[at++] = prefix.length;
    this.#bytes.set(prefix, at);
    at += prefix.length;
    this.#bytes[at++] = mode;
    this.#length = at;
    this.#bound = upper;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
