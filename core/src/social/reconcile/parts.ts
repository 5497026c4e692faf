/** Ranges of our own set, and how a range whose contents differ is parted (SPEC Z35). */

import { boundBetween, HIGHEST, LOWEST, type Bound } from './item.ts';
import type { Snapshot } from './snapshot.ts';
import type { Sha256 } from './sum.ts';
import type { Writer } from './message.ts';

/** A range, and the positions of what we hold in it. */
export interface Part {
  readonly lower: Bound;
  readonly upper: Bound;
  readonly from: number;
  readonly to: number;
}

/** What both machines work with. */
export interface Ground {
  readonly primitives: Sha256;
  readonly snapshot: Snapshot;
}

/** Sixteen fingerprints take a sixteenth of what is left in a third of a kilobyte. */
const PARTS_MAX = 16;
/** Near the end: a fingerprint for each costs 21 bytes, and a part that differs costs 32 an item. */
const PART_ITEMS = 3;

export function wholeOf(snapshot: Snapshot): Part {
  return { lower: LOWEST, upper: HIGHEST, from: 0, to: snapshot.size };
}

/** The part in two or more that hold an item at least; one of a single item or none stays whole. */
export function parted(snapshot: Snapshot, part: Part): readonly Part[] {
  const { from, to, upper } = part;
  const items = to - from;
  const count = Math.min(PARTS_MAX, Math.ceil(items / PART_ITEMS), items);
  if (items < 2) return [part];
  const pieces = Math.max(2, count);
  const parts: Part[] = [];
  let { lower } = part;
  for (let n = 1, start = from; n <= pieces; n++) {
    const end = from + Math.floor((n * items) / pieces);
    const bound = n === pieces ? upper : boundBetween(snapshot.at(end - 1), snapshot.at(end));
    parts.push({ lower, upper: bound, from: start, to: end });
    lower = bound;
    start = end;
  }
  return parts;
}

/** What a part is asked about with: its ids when it holds no more than `listMax`, otherwise its fingerprint. */
export function putPart(writer: Writer, ground: Ground, part: Part, listMax: number): void {
  const { primitives, snapshot } = ground;
  const { from, to, lower, upper } = part;
  writer.skipTo(lower);
  // A fingerprint of nothing would be a list of nothing in twice the bytes.
  if (to - from <= listMax) writer.list(upper, to - from, (into) => snapshot.copyIds(from, to, into));
  else writer.fingerprint(upper, snapshot.fingerprint(primitives, from, to));
}
