/**
 * A text under edits at positions counted in code points: a gap buffer, because keystrokes come in
 * neighbourhoods (Finseth, "The Craft of Text Editing", chapter 6).
 */

import { Fault } from 'copse/internal/base/fault.ts';

const START_SIZE = 1024;
/** Arguments that one call may take on every runtime. */
const CALL_SIZE = 8192;

export class TextBuffer {
  #points = new Uint32Array(START_SIZE);
  #gapAt = 0;
  #gapEnd = START_SIZE;

  constructor(content = '') {
    this.edit(0, 0, content);
  }

  get length(): number {
    return this.#points.length - (this.#gapEnd - this.#gapAt);
  }

  /** Removes `removed` code points at `at` and inserts `text` there. */
  edit(at: number, removed: number, text: string): void {
    if (at < 0 || removed < 0 || at + removed > this.length)
      throw new Fault('malformed', 'an edit beyond the text');
    this.#moveGap(at);
    this.#gapEnd += removed;
    for (const character of text) {
      if (this.#gapAt === this.#gapEnd) this.#grow();
      this.#points[this.#gapAt++] = character.codePointAt(0) ?? 0;
    }
  }

  #moveGap(at: number): void {
    if (at < this.#gapAt) {
      const moved = this.#gapAt - at;
      this.#points.copyWithin(this.#gapEnd - moved, at, this.#gapAt);
      this.#gapEnd -= moved;
    } else {
      const moved = at - this.#gapAt;
      this.#points.copyWithin(this.#gapAt, this.#gapEnd, this.#gapEnd + moved);
      this.#gapEnd += moved;
    }
    this.#gapAt = at;
  }

  #grow(): void {
    const grown = new Uint32Array(this.#points.length * 2);
    const behind = this.#points.length - this.#gapEnd;
    grown.set(this.#points.subarray(0, this.#gapAt));
    grown.set(this.#points.subarray(this.#gapEnd), grown.length - behind);
    this.#gapEnd = grown.length - behind;
    this.#points = grown;
  }

  toString(): string {
    this.#moveGap(this.length);
    const parts: string[] = [];
    for (let at = 0; at < this.#gapAt; at += CALL_SIZE) {
      parts.push(String.fromCodePoint(...this.#points.subarray(at, Math.min(this.#gapAt, at + CALL_SIZE))));
    }
    return parts.join('');
  }
}
