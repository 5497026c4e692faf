/**
 * The messages that were stored last, as they were read when they came: what looks at each of them a moment later need
 * not read them from the disk again. Bounded; whoever is further behind reads the store.
 */

import { peerRecentBytesMax } from '../../base/limits-peer.ts';
import type { Message } from '../message/terms.ts';
import type { Stored } from './ingest.ts';

export class Recent {
  /** In the order of their positions. */
  #stored: Stored[] = [];
  /** Of them, how many are given up. */
  #gone = 0;
  /** All that was stored behind this position is here. */
  #from: number;
  #bytes = 0;

  /** Everything up to `head` has been stored before. */
  constructor(head: number) {
    this.#from = head;
  }

  take(stored: readonly Stored[]): void {
    for (const each of stored) {
      this.#stored.push(each);
      this.#bytes += weightOf(each);
    }
    while (this.#bytes > peerRecentBytesMax) {
      const first = this.#stored[this.#gone];
      if (first === undefined) break;
      this.#gone += 1;
      this.#bytes -= weightOf(first);
      this.#from = first.seq;
    }
    if (this.#gone < this.#stored.length / 2) return;
    this.#stored = this.#stored.slice(this.#gone);
    this.#gone = 0;
  }

  get(seq: number): Message | null {
    const found = this.#stored[this.#behind(seq - 1)];
    return found?.seq === seq ? found.message : null;
  }

  /** What was stored behind a position; null where some of it is not here. What was taken away since is among it. */
  after(seq: number, rowsMax: number): readonly Stored[] | null {
    if (seq < this.#from) return null;
    const at = this.#behind(seq);
    return this.#stored.slice(at, at + rowsMax);
  }

  /** Index of the first one behind a position. */
  #behind(seq: number): number {
    let [low, high] = [this.#gone, this.#stored.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stored[middle]?.seq ?? Infinity) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** What an object takes beside its bytes, about. */
const OBJECT_BYTES = 512;

function weightOf({ message }: Stored): number {
  return message.bytes.length + OBJECT_BYTES;
}
