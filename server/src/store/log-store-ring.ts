/**
 * The newest entries of the logs that are written, in memory: what a reader at the tail gets costs no disk.
 * Each log has blocks that fill one after the other; the oldest goes when the log has more than its
 * share, the ring of the log that was touched longest ago when all together have more than theirs.
 */

import { assert, must } from 'copse/internal/base/assert.ts';
import { ringBytesMax, ringBytesPerLogMax } from 'copse/internal/base/limits.ts';

import type { Chunk } from './chunks.ts';

/** An eighth of a log's share; the first blocks of a log are small, most logs never fill them. */
const BLOCK_BYTES = ringBytesPerLogMax / 8;
const FIRST_BLOCK_BYTES = 1024;

interface Block {
  readonly buffer: Uint8Array;
  used: number;
  readonly first: number;
  count: number;
}

interface Ring {
  readonly blocks: Block[];
  bytes: number;
}

export interface RingLimits {
  readonly perLogBytesMax: number;
  readonly bytesMax: number;
}

export class Rings {
  readonly #limits: RingLimits;
  /** Longest untouched first; a ring is touched when it gets a block. */
  readonly #byNumber = new Map<number, Ring>();
  #bytes = 0;

  constructor(limits: RingLimits = { perLogBytesMax: ringBytesPerLogMax, bytesMax: ringBytesMax }) {
    this.#limits = limits;
  }

  /** Bytes of all blocks. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends durable entries, which follow the last ones. */
  add(
    number: number,
    first: number,
    run: { readonly count: number; readonly parts: readonly Uint8Array[] },
  ): void {
    let size = 0;
    for (const part of run.parts) size += part.length;
    const block = this.#blockFor(number, first, size);
    for (const part of run.parts) {
      block.buffer.set(part, block.used);
      block.used += part.length;
    }
    block.count += run.count;
  }

  #blockFor(number: number, first: number, size: number): Block {
    const ring = this.#byNumber.get(number);
    const last = ring?.blocks.at(-1);
    assert(last === undefined || last.first + last.count === first, 'a ring has no hole');
    if (last !== undefined && last.used + size <= last.buffer.length) return last;
    const larger = last === undefined ? FIRST_BLOCK_BYTES : Math.min(BLOCK_BYTES, 4 * last.buffer.length);
    return this.#grow(number, first, Math.max(size, larger));
  }

  #grow(number: number, first: number, size: number): Block {
    const ring = this.#byNumber.get(number) ?? { blocks: [], bytes: 0 };
    const block: Block = { buffer: new Uint8Array(size), used: 0, first, count: 0 };
    ring.blocks.push(block);
    this.#count(ring, size);
    while (ring.blocks.length > 1 && ring.bytes > this.#limits.perLogBytesMax) {
      const oldest = must(ring.blocks.shift(), 'the ring has blocks');
      this.#count(ring, -oldest.buffer.length);
    }
    this.#byNumber.delete(number);
    this.#byNumber.set(number, ring);
    this.#evict(number);
    return block;
  }

  #count(ring: Ring, bytes: number): void {
    ring.bytes += bytes;
    this.#bytes += bytes;
  }

  #evict(keep: number): void {
    for (const number of this.#byNumber.keys()) {
      if (this.#bytes <= this.#limits.bytesMax || number === keep) return;
      this.drop(number);
    }
  }

  drop(number: number): void {
    const ring = this.#byNumber.get(number);
    if (ring === undefined) return;
    this.#bytes -= ring.bytes;
    this.#byNumber.delete(number);
  }

  /** The block that holds a position, as far as it is filled; a view that stays as it is. */
  at(number: number, position: number): Chunk | null {
    const blocks = this.#byNumber.get(number)?.blocks;
    if (blocks === undefined) return null;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const { first, count, buffer, used } = blocks[i]!;
      if (position < first) continue;
      return position < first + count ? { first, count, bytes: buffer.subarray(0, used) } : null;
    }
    return null;
  }
}
