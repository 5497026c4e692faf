/** Items by the time at which they are due, the earliest first; each knows its place, so that it can be taken out. */

import { assert } from 'copse/internal/base/assert.ts';

export interface Due {
  dueAtMs: number;
  /** Index in the heap, or -1; the heap's own. */
  heapAt: number;
}

export class DueHeap<T extends Due> {
  readonly #items: T[] = [];

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    assert(item.heapAt < 0, 'an item is in the heap once');
    this.#place(item, this.#items.length);
    this.#rise(item);
  }

  remove(item: T): void {
    const at = item.heapAt;
    assert(this.#items[at] === item, 'the item is in this heap');
    item.heapAt = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#place(last, at);
    this.#rise(last);
    this.#sink(last);
  }

  #place(item: T, at: number): void {
    this.#items[at] = item;
    item.heapAt = at;
  }

  #rise(item: T): void {
    for (;;) {
      const parent = this.#items[(item.heapAt - 1) >> 1];
      if (parent === undefined || parent.dueAtMs <= item.dueAtMs) return;
      this.#swap(item, parent);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.heapAt + 1];
      const right = this.#items[2 * item.heapAt + 2];
      const child = right !== undefined && left !== undefined && right.dueAtMs < left.dueAtMs ? right : left;
      if (child === undefined || child.dueAtMs >= item.dueAtMs) return;
      this.#swap(item, child);
    }
  }

  #swap(a: T, b: T): void {
    const at = a.heapAt;
    this.#place(a, b.heapAt);
    this.#place(b, at);
  }
}
