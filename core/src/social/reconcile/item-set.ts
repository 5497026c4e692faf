/**
 * A set that changes (SPEC Z36): sealed segments, and a small tail of items that came and went since. The tail is
 * worked into the segments that it touches when it is full or a snapshot is asked for, so a change costs the
 * copy of one segment at most, and one at the newer end almost nothing.
 */

import { assert, must } from '../../base/assert.ts';
import { Fault } from '../../base/fault.ts';
import { reconcileItemsMax } from '../../base/limits-reconcile.ts';
import { boundOf, compareItems, idBytes, timeMax, type Item } from './item.ts';
import { itemAt } from './segment.ts';
import { applied, put, type Change } from './segment-change.ts';
import { Snapshot } from './snapshot.ts';

/** Changes that wait: at worst each copies a segment of its own, 10 ms together. */
const TAIL_MAX = 256;

export interface ItemSetOptions {
  readonly itemsMax?: number;
  /** Another tail, for tests. */
  readonly tailMax?: number;
}

export class ItemSet {
  #sealed: Snapshot;
  /** In order, one of each item. */
  #tail: Change[] = [];
  #size: number;
  readonly #itemsMax: number;
  readonly #tailMax: number;

  /** Begins with what a snapshot holds, whose segments it shares. */
  constructor(from: Snapshot = new Snapshot([]), options: ItemSetOptions = {}) {
    this.#sealed = from;
    this.#size = from.size;
    this.#itemsMax = options.itemsMax ?? reconcileItemsMax;
    this.#tailMax = options.tailMax ?? TAIL_MAX;
  }

  get size(): number {
    return this.#size;
  }

  has(item: Item): boolean {
    const at = this.#tailAt(item);
    const change = this.#tail[at];
    if (change !== undefined && compareItems(change.item, item) === 0) return change.comes;
    return this.#isSealed(item);
  }

  /** Whether it is new. Throws `full`. */
  insert(item: Item): boolean {
    assert(item.id.length === idBytes, 'an id has 32 bytes');
    assert(Number.isInteger(item.time) && item.time >= 0 && item.time <= timeMax, 'a time is a whole number');
    if (this.has(item)) return false;
    if (this.#size >= this.#itemsMax)
      throw new Fault('full', `The set holds ${this.#itemsMax} items. Compare accounts one by one.`);
    this.#change(item, true);
    return true;
  }

  /** Whether it was there. */
  remove(item: Item): boolean {
    if (!this.has(item)) return false;
    this.#change(item, false);
    return true;
  }

  /** What it holds now, for good. The same one until something changes. */
  snapshot(): Snapshot {
    if (this.#tail.length > 0) this.#seal();
    return this.#sealed;
  }

  #change({ time, id }: Item, comes: boolean): void {
    this.#size += comes ? 1 : -1;
    const item = { time, id: id.slice() };
    const at = this.#tailAt(item);
    const before = this.#tail[at];
    if (before !== undefined && compareItems(before.item, item) === 0) this.#tail.splice(at, 1);
    else this.#tail.splice(at, 0, { item, comes });
    if (this.#tail.length >= this.#tailMax) this.#seal();
  }

  /** The first change that is not below the item. Most are newer than all. */
  #tailAt(item: Item): number {
    const last = this.#tail.at(-1);
    if (last === undefined || compareItems(last.item, item) < 0) return this.#tail.length;
    let low = 0;
    let high = this.#tail.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareItems(this.#tail[middle]!.item, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isSealed(item: Item): boolean {
    const at = this.#sealed.rank(boundOf(item));
    return at < this.#sealed.size && compareItems(this.#sealed.at(at), item) === 0;
  }

  /** Segments before the first change stay as they are, and so do those between that nothing falls into. */
  #seal(): void {
    const before = this.#sealed.segments;
    let n = this.#sealed.segmentOf(must(this.#tail[0], 'something has changed').item);
    const segments = before.slice(0, n);
    if (before.length === 0) put(segments, applied(null, this.#tail));
    for (let done = 0; n < before.length; n++) {
      const segment = before[n]!;
      const next = before[n + 1];
      const end = next === undefined ? this.#tail.length : this.#tailAt(itemAt(next, 0));
      if (end === done) segments.push(segment);
      else put(segments, applied(segment, this.#tail.slice(done, end)));
      done = end;
    }
    this.#tail = [];
    this.#sealed = new Snapshot(segments, this.#sealed);
    assert(this.#sealed.size === this.#size, 'sealing changes no item');
  }
}
