/** Items of a snapshot by their positions, in runs: a whole set that the other side lacks takes two numbers. */

import { NO_BYTES } from '../../base/bytes.ts';
import type { Item } from './item.ts';
import type { Snapshot } from './snapshot.ts';

export class Have implements Iterable<Item> {
  readonly #snapshot: Snapshot;
  /** Where each run begins and ends. */
  readonly #runs: number[] = [];
  #count = 0;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  get count(): number {
    return this.#count;
  }

  /** The items from one position up to another, which are above all that are in. */
  add(from: number, to: number): void {
    if (from === to) return;
    this.#count += to - from;
    if (this.#runs.at(-1) === from) this.#runs.pop();
    else this.#runs.push(from);
    this.#runs.push(to);
  }

  /** Those from a time on. */
  *from(time: number): Generator<Item> {
    const first = this.#snapshot.rank({ time, prefix: NO_BYTES });
    for (let n = 0; n < this.#runs.length; n += 2)
      yield* this.#snapshot.items(Math.max(first, this.#runs[n]!), this.#runs[n + 1]);
  }

  /** Their ids share the memory of the snapshot. */
  *[Symbol.iterator](): Generator<Item> {
    for (let n = 0; n < this.#runs.length; n += 2)
      yield* this.#snapshot.items(this.#runs[n], this.#runs[n + 1]);
  }
}
