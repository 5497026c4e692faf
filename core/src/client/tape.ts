/**
 * The newest entries of a log in memory, for all its readers on this device: who keeps up takes them from
 * here, who does not reads pages from the node. The tape is bounded, so a slow reader costs nothing.
 */

import { assert } from '../base/assert.ts';
import { tapeBytesMax } from '../base/limits.ts';
import type { Run } from './log-items.ts';

export class Tape {
  readonly #bytesMax: number;
  readonly #runs: Run[] = [];
  #bytes = 0;
  #next: number;

  /** An empty tape whose first entry will be the one at `next`. */
  constructor(next: number, bytesMax: number = tapeBytesMax) {
    this.#next = next;
    this.#bytesMax = bytesMax;
  }

  /** First position on the tape. */
  get first(): number {
    return this.#runs[0]?.at ?? this.#next;
  }

  /** Position of the next entry that comes. */
  get next(): number {
    return this.#next;
  }

  /** Appends entries that follow what is there; those in front may fall off. */
  push(run: Run): void {
    assert(run.at === this.#next, 'a tape has no gap');
    // A copy: the bytes are a view into a whole message.
    this.#runs.push({ ...run, entries: run.entries.slice() });
    this.#bytes += run.entries.length;
    this.#next += run.count;
    while (this.#bytes > this.#bytesMax && this.#runs.length > 1) {
      this.#bytes -= this.#runs.shift()?.entries.length ?? 0;
    }
  }

  /** Goes on at a later position; nothing before it is on the tape any more. */
  skipTo(next: number): void {
    assert(next >= this.#next, 'a tape does not run backwards');
    this.#runs.length = 0;
    this.#bytes = 0;
    this.#next = next;
  }

  /** The run that holds the entry at `position`, or undefined. */
  find(position: number): Run | undefined {
    if (position < this.first || position >= this.#next) return undefined;
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#runs[middle]?.at ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return this.#runs[low];
  }
}
