/**
 * Rows of 32-bit words in typed arrays: what one process holds millions of without an object each (SPEC I13).
 * They grow by chunks, so that nothing is copied and no call waits for a larger array; rows that are given
 * back are used again first. Row 0 is nobody's: it ends lists.
 */

import { assert } from 'copse/internal/base/assert.ts';

/** Rows of a chunk: half a megabyte at ten words, made in well under a millisecond. */
const SHIFT = 14;
const CHUNK = 1 << SHIFT;
const MASK = CHUNK - 1;

export class Rows {
  readonly #stride: number;
  readonly #chunks: Uint32Array[] = [];
  /** The row that was given back last; its first word names the one before. */
  #free = 0;
  #end = 1;
  #count = 0;

  constructor(stride: number) {
    this.#stride = stride;
  }

  /** Rows that are in use. */
  get count(): number {
    return this.#count;
  }

  /** One more than the highest row that ever was in use. */
  get end(): number {
    return this.#end;
  }

  get bytes(): number {
    return this.#chunks.length * CHUNK * this.#stride * 4;
  }

  /** A row of zeros. */
  take(): number {
    this.#count++;
    const row = this.#free;
    if (row === 0) {
      if (this.#end >>> SHIFT === this.#chunks.length)
        this.#chunks.push(new Uint32Array(CHUNK * this.#stride));
      return this.#end++;
    }
    this.#free = this.get(row, 0);
    this.set(row, 0, 0);
    return row;
  }

  /** Nothing may name the row any more. */
  give(row: number): void {
    assert(row > 0 && row < this.#end, 'the row is one of these');
    for (let word = 0; word < this.#stride; word++) this.set(row, word, 0);
    this.set(row, 0, this.#free);
    this.#free = row;
    this.#count--;
  }

  /** The words of a row begin in `chunk` at `at`: for loops that look at several words of many rows. */
  chunk(row: number): Uint32Array {
    return this.#chunks[row >>> SHIFT]!;
  }

  at(row: number): number {
    return (row & MASK) * this.#stride;
  }

  get(row: number, word: number): number {
    return this.#chunks[row >>> SHIFT]![(row & MASK) * this.#stride + word]!;
  }

  set(row: number, word: number, value: number): void {
    this.#chunks[row >>> SHIFT]![(row & MASK) * this.#stride + word] = value;
  }
}
