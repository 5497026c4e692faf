/**
 * A set at one moment (SPEC Z36): sealed segments, how many items and which sum lie before each. It never changes, so
 * a session that began with it stays true while the set goes on; segments that did not change since are shared.
 * A fingerprint costs two searches and two sums, whatever the range holds.
 */

import { assert } from '../../base/assert.ts';
import { NO_BYTES } from '../../base/bytes.ts';
import { boundOf, idBytes, type Bound, type Item } from './item.ts';
import { addFirst, bytesOf, cut, isBelow, itemAt, rankIn, type Segment } from './segment.ts';
import { addSum, fingerprintOf, sumWords, takeSum, type Sha256 } from './sum.ts';

export class Snapshot {
  readonly segments: readonly Segment[];
  /** Items before each segment, and all. */
  readonly #starts: Uint32Array;
  readonly #sums: Uint32Array;

  /** `like` is one that begins with the same segments: what is known of them is not computed again. */
  constructor(segments: readonly Segment[], like?: Snapshot) {
    this.segments = segments;
    this.#starts = new Uint32Array(segments.length + 1);
    this.#sums = new Uint32Array(sumWords * (segments.length + 1));
    let n = 0;
    if (like !== undefined) {
      while (n < segments.length && segments[n] === like.segments[n]) n++;
      this.#starts.set(like.#starts.subarray(0, n + 1));
      this.#sums.set(like.#sums.subarray(0, (n + 1) * sumWords));
    }
    const total = this.#sums.slice(n * sumWords, (n + 1) * sumWords);
    for (; n < segments.length; n++) {
      this.#starts[n + 1] = this.#starts[n]! + segments[n]!.count;
      addSum(total, segments[n]!.total);
      this.#sums.set(total, (n + 1) * sumWords);
    }
  }

  get size(): number {
    return this.#starts[this.segments.length]!;
  }

  /** What lies at `time` and above: the filter of a set whose items are of one account (SPEC Z39). */
  above(time: number): Snapshot {
    const below = this.rank({ time, prefix: NO_BYTES });
    const n = this.#segmentAt(below);
    const first = this.segments[n];
    if (first === undefined) return new Snapshot([]);
    return new Snapshot([cut(first, below - this.#starts[n]!), ...this.segments.slice(n + 1)]);
  }

  /** The number of the segment that the item is in or would be put into. */
  segmentOf(item: Item): number {
    return Math.max(0, this.#segmentBelow(boundOf(item)));
  }

  /** How many items lie below the bound. */
  rank(bound: Bound): number {
    if (bound.time === Number.POSITIVE_INFINITY) return this.size;
    const n = this.#segmentBelow(bound);
    if (n < 0) return 0;
    return this.#starts[n]! + rankIn(this.segments[n]!, bound);
  }

  /** The item at a position; its id shares the memory of the snapshot. */
  at(position: number): Item {
    assert(position >= 0 && position < this.size, 'the position is within the set');
    const n = this.#segmentAt(position);
    return itemAt(this.segments[n]!, position - this.#starts[n]!);
  }

  *items(from = 0, to = this.size): Generator<Item> {
    if (from >= to) return;
    let n = this.#segmentAt(from);
    let at = from - this.#starts[n]!;
    for (let left = to - from; left > 0; left--) {
      if (at === this.segments[n]!.count) {
        n++;
        at = 0;
      }
      yield itemAt(this.segments[n]!, at++);
    }
  }

  /** Writes the ids from one position up to another into `into`. */
  copyIds(from: number, to: number, into: Uint8Array): void {
    let position = from;
    for (let n = this.#segmentAt(position), written = 0; position < to; n++) {
      const start = this.#starts[n]!;
      const last = Math.min(to, this.#starts[n + 1]!);
      const bytes = this.segments[n]!.ids.subarray((position - start) * idBytes, (last - start) * idBytes);
      into.set(bytes, written);
      written += bytes.length;
      position = last;
    }
  }

  fingerprint(primitives: Sha256, from: number, to: number): Uint8Array {
    const sum = this.#sumBefore(to);
    takeSum(sum, this.#sumBefore(from));
    return fingerprintOf(primitives, sum, to - from);
  }

  /** Memory of the items and of what is kept about them. */
  get bytes(): number {
    let bytes = this.#starts.byteLength + this.#sums.byteLength;
    for (const segment of this.segments) bytes += bytesOf(segment);
    return bytes;
  }

  #sumBefore(at: number): Uint32Array {
    const n = this.#segmentAt(at);
    const sum = this.#sums.slice(n * sumWords, (n + 1) * sumWords);
    const inside = at - this.#starts[n]!;
    if (inside > 0) addFirst(sum, this.segments[n]!, inside);
    return sum;
  }

  /** The segment that holds the position, or the number of segments for the end. */
  #segmentAt(at: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle + 1]! <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The last segment whose first item lies below the bound, or -1. */
  #segmentBelow(bound: Bound): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBelow(this.segments[middle]!, 0, bound)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
