/** Segments made of a segment and what came and went in it, neither tiny nor long. */

import { compareItems, idBytes, type Item } from './item.ts';
import { itemAt, sealed, type Segment } from './segment.ts';

export interface Change {
  readonly item: Item;
  /** Or it goes. */
  readonly comes: boolean;
}

/** Copying one of the longest takes 60 µs; at the middle an item costs a byte for what every segment takes. */
const ITEMS_MAX = 1024;
const ITEMS_USUAL = 512;
/** A shorter one is put to the one before it. */
const ITEMS_MIN = 128;

/** The items of a segment with changes in order, as arrays; those that go are there, those that come are not. */
export function applied(segment: Segment | null, changes: readonly Change[]): Items {
  const before = segment?.count ?? 0;
  let count = before;
  for (const { comes } of changes) count += comes ? 1 : -1;
  const items = { times: new Float64Array(count), ids: new Uint8Array(count * idBytes) };
  let from = 0;
  let at = 0;
  const copyUpTo = (end: number): void => {
    if (segment === null || end === from) return;
    items.times.set(segment.times.subarray(from, end), at);
    items.ids.set(segment.ids.subarray(from * idBytes, end * idBytes), at * idBytes);
    at += end - from;
    from = end;
  };
  for (const { item, comes } of changes) {
    copyUpTo(segment === null ? 0 : firstNotBelow(segment, from, item));
    if (comes) {
      items.times[at] = item.time;
      items.ids.set(item.id, at++ * idBytes);
    } else from++;
  }
  copyUpTo(before);
  return items;
}

export interface Items {
  readonly times: Float64Array;
  readonly ids: Uint8Array;
}

function firstNotBelow(segment: Segment, from: number, item: Item): number {
  let low = from;
  let high = segment.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareItems(itemAt(segment, middle), item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts the items behind the segments, as part of the last one or as several where that fits better. */
export function put(segments: Segment[], items: Items): void {
  const count = items.times.length;
  if (count === 0) return;
  const last = segments.at(-1);
  if (last !== undefined && Math.min(last.count, count) < ITEMS_MIN && last.count + count <= ITEMS_MAX) {
    segments[segments.length - 1] = joined(last, items);
    return;
  }
  const pieces = count <= ITEMS_MAX ? 1 : Math.floor(count / ITEMS_USUAL);
  for (let n = 0; n < pieces; n++) {
    const from = Math.floor((n * count) / pieces);
    const to = Math.floor(((n + 1) * count) / pieces);
    segments.push(sealed(items.times.slice(from, to), items.ids.slice(from * idBytes, to * idBytes)));
  }
}

function joined(a: Items, b: Items): Segment {
  const times = new Float64Array(a.times.length + b.times.length);
  times.set(a.times);
  times.set(b.times, a.times.length);
  const ids = new Uint8Array(a.ids.length + b.ids.length);
  ids.set(a.ids);
  ids.set(b.ids, a.ids.length);
  return sealed(times, ids);
}
