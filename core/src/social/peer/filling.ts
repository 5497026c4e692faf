/**
 * Fills a set from the store, for a comparison (SPEC Z89, Z90): what some keys lead to, from a time on for each. The keys
 * are merged, the oldest message first, so that each comes at the newer end of the set, where it costs least, and the
 * work is done a little at a time: whoever drives it says when others have their turn.
 */

import type { Compared } from '../../api/peer.ts';
import {
  reconcileFillRows,
  reconcileFillRowsMax,
  reconcileFillRowsMin,
  reconcileKeyItems,
  reconcileSetItemsMax,
} from '../../base/limits-reconcile.ts';
import { ItemSet } from '../reconcile/item-set.ts';
import type { Snapshot } from '../reconcile/snapshot.ts';
import type { ItemRow, PeerStore } from '../store/store.ts';
import { refOfInterest } from './interests.ts';

/** What one key leads to, page by page. */
interface Lane {
  readonly ref: Uint8Array;
  rows: readonly ItemRow[];
  at: number;
  isEnded: boolean;
  /** Leads to messages of several authors. */
  readonly isMixed: boolean;
}

/** Whether the message at a position is shown to nobody; null: all are shown. */
export type IsHidden = ((seq: number) => boolean) | null;

/** Rows between two looks at the clock. */
const ROWS_BETWEEN = 32;

export class Filling {
  readonly #store: Pick<PeerStore, 'items'>;
  readonly #of: readonly Compared[];
  readonly #isHidden: IsHidden;
  readonly #rowsAtOnce: number;
  readonly #set = new ItemSet(undefined, { itemsMax: reconcileSetItemsMax });
  /** Lanes by their next row, the oldest on top. */
  readonly #heap: Lane[] = [];
  #begun = 0;
  /** Rows that were looked at, and keys in the place of some. */
  cost = 0;

  constructor(store: Pick<PeerStore, 'items'>, of: readonly Compared[], isHidden: IsHidden = null) {
    this.#store = store;
    this.#of = of;
    this.#isHidden = isHidden;
    const share = Math.floor(reconcileFillRows / Math.max(1, of.length));
    this.#rowsAtOnce = Math.min(reconcileFillRowsMax, Math.max(reconcileFillRowsMin, share));
  }

  get size(): number {
    return this.#set.size;
  }

  /** Goes on until it is done, or until others are due, and at least a bit; answers whether it is done. Throws `full`. */
  step(isDue: () => boolean): boolean {
    while (this.#begun < this.#of.length) {
      this.#begin(this.#of[this.#begun++]!);
      if (isDue()) return false;
    }
    for (let rows = 0; this.#heap.length > 0; rows++) {
      // Keys that lead to equally much ask the store one behind the other, so each of these is looked at.
      const hasAsked = this.#take();
      if ((hasAsked || rows % ROWS_BETWEEN === 0) && isDue()) return this.#heap.length === 0;
    }
    return true;
  }

  /** The set, once it is filled. */
  snapshot(): Snapshot {
    return this.#set.snapshot();
  }

  #begin({ of, fromMs }: Compared): void {
    this.cost += reconcileKeyItems;
    const ref = refOfInterest(of);
    const rows = this.#store.items(ref, { timeMs: fromMs, seq: 0 }, this.#rowsAtOnce);
    const [first] = rows;
    if (first === undefined) return;
    const isMixed = of.relation !== 'posts' && of.relation !== 'other';
    if (!isMixed && this.#isHidden?.(first.seq) === true) return;
    this.#heap.push({ ref, rows, at: 0, isEnded: rows.length < this.#rowsAtOnce, isMixed });
    this.#rise();
  }

  /** Takes the oldest row of all lanes; answers whether the store was asked for more. */
  #take(): boolean {
    const lane = this.#heap[0]!;
    const { timeMs, seq, id } = lane.rows[lane.at]!;
    this.cost += 1;
    if (!(lane.isMixed && this.#isHidden?.(seq) === true)) this.#set.insert({ time: timeMs, id });
    lane.at += 1;
    const isRead = lane.at === lane.rows.length;
    const hasAsked = isRead && !lane.isEnded;
    if (isRead) {
      lane.rows = lane.isEnded ? [] : this.#store.items(lane.ref, { timeMs, seq }, this.#rowsAtOnce);
      lane.at = 0;
      lane.isEnded = lane.rows.length < this.#rowsAtOnce;
    }
    if (lane.rows.length === 0) this.#drop();
    if (this.#heap.length > 0) this.#sink();
    return hasAsked;
  }

  /** The first lane has come to its end. */
  #drop(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) this.#heap[0] = last;
  }

  #rise(): void {
    const heap = this.#heap;
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (timeOf(heap[parent]!) <= timeOf(heap[at]!)) return;
      [heap[parent], heap[at]] = [heap[at]!, heap[parent]!];
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let oldest = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && timeOf(heap[child]!) < timeOf(heap[oldest]!)) oldest = child;
      if (oldest === at) return;
      [heap[oldest], heap[at]] = [heap[at]!, heap[oldest]!];
      at = oldest;
    }
  }
}

function timeOf({ rows, at }: Lane): number {
  return rows[at]!.timeMs;
}
