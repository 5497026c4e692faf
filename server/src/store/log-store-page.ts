/** A page of entries on the way to a reader, made of what ring, journal and chunks hold. */

import { assert } from 'copse/internal/base/assert.ts';

import type { Chunk } from './chunks.ts';
import { fitEntries, skipEntries } from './entries.ts';
import { giveBack } from './give-back.ts';

export class Page {
  readonly #bytesMax: number;
  readonly #countMax: number;
  readonly #parts: Uint8Array[] = [];
  /** The bytes of the pieces that are given back once the page is made. */
  readonly #lent: Uint8Array[] = [];
  readonly at: number;
  count = 0;
  bytes = 0;
  /** Nothing more fits. */
  full: boolean;

  constructor(at: number, bytesMax: number, countMax: number) {
    this.at = at;
    this.full = countMax <= 0;
    this.#bytesMax = bytesMax;
    this.#countMax = countMax;
  }

  /** Position of the next entry that the page needs. */
  get next(): number {
    return this.at + this.count;
  }

  /** Takes of a piece what the page needs and has room for; the first entry always fits. */
  take(piece: Chunk): void {
    const skipped = this.next - piece.first;
    assert(skipped >= 0 && skipped < piece.count, 'the piece holds the next position');
    if (piece.lent === true) this.#lent.push(piece.bytes);
    const start = skipped === 0 ? 0 : skipEntries(piece.bytes, 0, skipped);
    const left = piece.count - skipped;
    const rest = piece.bytes.length - start;
    const bytesLeft = this.#bytesMax - this.bytes;
    const countLeft = this.#countMax - this.count;
    if (left <= countLeft && rest <= bytesLeft) return this.#put(piece.bytes.subarray(start), left);
    this.full = true;
    const fit = fitEntries(piece.bytes, start, bytesLeft, Math.min(countLeft, left));
    if (fit.count > 0) this.#put(piece.bytes.subarray(start, fit.end), fit.count);
    else if (this.count === 0) this.#put(piece.bytes.subarray(start, skipEntries(piece.bytes, start, 1)), 1);
  }

  #put(part: Uint8Array, count: number): void {
    this.#parts.push(part);
    this.count += count;
    this.bytes += part.length;
    if (this.count === this.#countMax || this.bytes >= this.#bytesMax) this.full = true;
  }

  /** The entries end to end, called once at the end; a view when they are in one piece and most of it. */
  entries(): Uint8Array {
    const [only] = this.#parts;
    if (only !== undefined && this.#parts.length === 1 && !this.#isLittleOfLent()) return only;
    const out = new Uint8Array(this.bytes);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    for (const bytes of this.#lent) giveBack(bytes);
    return out;
  }

  /** Whether to copy the page's one part is less than to leave its piece to the collector. */
  #isLittleOfLent(): boolean {
    const [lent] = this.#lent;
    return lent !== undefined && 2 * this.bytes < lent.length;
  }
}
