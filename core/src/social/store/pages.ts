/**
 * The newest places of several keys, merged (SPEC Z29): a few rows of each key are read, and more only of those
 * that may still have newer ones than what is known of the others. A page over 150 keys takes some 200 rows.
 */

import type { PlaceRow } from './rows.ts';
import type { PageCursor } from './store.ts';

interface Lane {
  readonly ref: Uint8Array;
  rows: readonly PlaceRow[];
  at: number;
  isEnded: boolean;
}

/** Rows of one key before a place, the newest first. */
export type Places = (ref: Uint8Array, before: PageCursor, rowsMax: number) => readonly PlaceRow[];

/** Before everything that is there. */
export const NEWEST: PageCursor = { timeMs: Number.MAX_SAFE_INTEGER, seq: 0 };

/** At most `rowsMax` places, each once though several keys lead to it. */
export function mergedPlaces(
  places: Places,
  refs: readonly Uint8Array[],
  { before, rowsMax }: { readonly before: PageCursor | null; readonly rowsMax: number },
): readonly PlaceRow[] {
  const from = before ?? NEWEST;
  const [only] = refs;
  if (only !== undefined && refs.length === 1) return places(only, from, rowsMax);
  const atOnce = Math.max(2, Math.ceil((2 * rowsMax) / Math.max(1, refs.length)));
  const lanes = refs.map((ref): Lane => {
    const rows = places(ref, from, atOnce);
    return { ref, rows, at: 0, isEnded: rows.length < atOnce };
  });
  return merged(lanes, rowsMax, (lane, last) =>
    places(lane.ref, { timeMs: last.time_ms, seq: last.seq }, Math.min(rowsMax, 4 * lane.rows.length)),
  );
}

type More = (lane: Lane, last: PlaceRow) => readonly PlaceRow[];

function merged(lanes: readonly Lane[], rowsMax: number, more: More): readonly PlaceRow[] {
  const heap = new Heap();
  for (const lane of lanes) if (lane.rows.length > 0) heap.push(lane);
  const out: PlaceRow[] = [];
  while (out.length < rowsMax) {
    const lane = heap.pop();
    if (lane === null) break;
    const row = lane.rows[lane.at]!;
    if (out.at(-1)?.seq !== row.seq) out.push(row);
    advance(lane, row, more);
    if (lane.at < lane.rows.length) heap.push(lane);
  }
  return out;
}

function advance(lane: Lane, row: PlaceRow, more: More): void {
  lane.at += 1;
  if (lane.at < lane.rows.length || lane.isEnded) return;
  const asked = lane.rows.length;
  lane.rows = more(lane, row);
  lane.at = 0;
  lane.isEnded = lane.rows.length < asked;
}

/** Lanes by their next row, the newest on top. */
class Heap {
  readonly #lanes: Lane[] = [];

  push(lane: Lane): void {
    const lanes = this.#lanes;
    lanes.push(lane);
    for (let at = lanes.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!isNewer(lanes[at]!, lanes[parent]!)) return;
      swap(lanes, at, parent);
      at = parent;
    }
  }

  pop(): Lane | null {
    const lanes = this.#lanes;
    const top = lanes[0];
    const last = lanes.pop();
    if (top === undefined || last === undefined) return null;
    if (lanes.length === 0) return top;
    lanes[0] = last;
    for (let at = 0; ;) {
      let newest = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < lanes.length && isNewer(lanes[child]!, lanes[newest]!)) newest = child;
      if (newest === at) return top;
      swap(lanes, at, newest);
      at = newest;
    }
  }
}

function isNewer(a: Lane, b: Lane): boolean {
  const [left, right] = [a.rows[a.at]!, b.rows[b.at]!];
  return left.time_ms > right.time_ms || (left.time_ms === right.time_ms && left.seq > right.seq);
}

function swap(lanes: Lane[], a: number, b: number): void {
  const lane = lanes[a]!;
  lanes[a] = lanes[b]!;
  lanes[b] = lane;
}
