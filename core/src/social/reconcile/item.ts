/**
 * What two sets are compared by (SPEC Z35): items in the order of (time, id), and bounds between them. A bound is a
 * time and the beginning of an id; the bytes that it leaves out are zeros. A range holds what is at its lower
 * bound and what is below its upper one.
 */

import { compare, NO_BYTES } from '../../base/bytes.ts';

export const idBytes = 32;
/** On the wire a time is written one higher, and both are whole numbers that a double holds. */
export const timeMax = Number.MAX_SAFE_INTEGER - 1;

export interface Item {
  /** Opaque here; milliseconds in messages. At most `timeMax`. */
  readonly time: number;
  readonly id: Uint8Array;
}

export interface Bound {
  /** Infinity is above every item. */
  readonly time: number;
  /** At most `idBytes`. */
  readonly prefix: Uint8Array;
}

export const LOWEST: Bound = { time: 0, prefix: NO_BYTES };
export const HIGHEST: Bound = { time: Number.POSITIVE_INFINITY, prefix: NO_BYTES };

export function compareItems(a: Item, b: Item): number {
  return a.time === b.time ? compare(a.id, b.id) : a.time - b.time;
}

export function compareBounds(a: Bound, b: Bound): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  const size = Math.max(a.prefix.length, b.prefix.length);
  for (let i = 0; i < size; i++) {
    const difference = (a.prefix[i] ?? 0) - (b.prefix[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function boundOf({ time, id }: Item): Bound {
  return { time, prefix: id };
}

/** The shortest bound that is above `before` and not above `at`, which follow each other. */
export function boundBetween(before: Item, at: Item): Bound {
  if (before.time !== at.time) return { time: at.time, prefix: NO_BYTES };
  let shared = 0;
  while (shared < idBytes - 1 && before.id[shared] === at.id[shared]) shared++;
  return { time: at.time, prefix: at.id.slice(0, shared + 1) };
}
