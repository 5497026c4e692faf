/**
 * The cursor pair under every shape: `Writer` grows up to a bound, `Reader` never looks outside its
 * window. Numbers are unsigned LEB128 varints up to 2^53 - 1 in their shortest form only (SPEC W2, W4).
 */

import { assert } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import { messageBytesMax } from '../base/limits.ts';

const START_BYTES = 512;

export class Writer {
  bytes: Uint8Array<ArrayBuffer>;
  at = 0;
  readonly #bytesMax: number;

  constructor(bytesMax: number = messageBytesMax, startBytes: number = START_BYTES) {
    this.#bytesMax = bytesMax;
    this.bytes = new Uint8Array(Math.min(startBytes, bytesMax));
  }

  /** Makes room for `size` more bytes. */
  need(size: number): void {
    const end = this.at + size;
    if (end <= this.bytes.length) return;
    if (end > this.#bytesMax) throw new Fault('tooLarge', `a message has at most ${this.#bytesMax} bytes`);
    const grown = new Uint8Array(Math.min(this.#bytesMax, Math.max(end, this.bytes.length * 2)));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  byte(value: number): void {
    this.need(1);
    this.bytes[this.at++] = value;
  }

  uint(value: number): void {
    this.need(8);
    this.at = putUint(this.bytes, this.at, value);
  }

  raw(part: Uint8Array): void {
    this.need(part.length);
    this.bytes.set(part, this.at);
    this.at += part.length;
  }

  /** The written bytes as a view; valid until the next write or `reset`. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.at);
  }

  /** The written bytes as a copy of their own. */
  take(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.at);
  }

  reset(): void {
    this.at = 0;
  }
}

/** Writes a varint at `at` and answers the position after it. The caller has made room for 8 bytes. */
export function putUint(bytes: Uint8Array, at: number, value: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, 'a varint is a safe non-negative integer');
  while (value > 0x7fffffff) {
    bytes[at++] = (value % 128) | 128;
    value = Math.floor(value / 128);
  }
  while (value > 127) {
    bytes[at++] = (value & 127) | 128;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}

/** Bytes a varint takes. */
export function uintSize(value: number): number {
  let size = 1;
  while (value > 127) {
    value = Math.floor(value / 128);
    size++;
  }
  return size;
}

export class Reader {
  bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  byte(): number {
    if (this.at >= this.end) throw new Fault('malformed', 'truncated');
    return this.bytes[this.at++]!;
  }

  uint(): number {
    const first = this.byte();
    if (first < 128) return first;
    let value = first & 127;
    let scale = 128;
    for (let count = 1; count < 8; count++) {
      const next = this.byte();
      value += (next & 127) * scale;
      if (next < 128) {
        if (next === 0) throw new Fault('malformed', 'a number is not in its shortest form');
        if (value > Number.MAX_SAFE_INTEGER) throw new Fault('malformed', 'a number is too large');
        return value;
      }
      scale *= 128;
    }
    throw new Fault('malformed', 'a number is too long');
  }

  /** A view of the next `size` bytes; the caller copies it when it outlives the message. */
  raw(size: number): Uint8Array {
    const to = this.at + size;
    if (to > this.end) throw new Fault('malformed', 'truncated');
    const part = this.bytes.subarray(this.at, to);
    this.at = to;
    return part;
  }

  /** Refuses trailing bytes. */
  done(): void {
    if (this.at !== this.end) throw new Fault('malformed', 'bytes after the end');
  }
}
