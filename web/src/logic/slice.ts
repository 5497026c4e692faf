/**
 * Which rows of a long conversation are on the page. The page holds a bounded slice of what is loaded and
 * moves it as the reader scrolls, so a log of a year stays as quick as one of an afternoon.
 */

export interface Slice {
  /** First row on the page. */
  readonly from: number;
  /** First row after it. */
  readonly to: number;
}

/** Rows on the page: about six screens, so that scrolling meets an edge seldom. */
export const sliceRowsMax = 240;
/** Rows by which it moves: well under what remains, so that what is being read stays. */
const sliceStep = 80;

/** The newest rows. */
function newest(count: number): Slice {
  return { from: Math.max(0, count - sliceRowsMax), to: count };
}

/** One step up; the far end leaves when the page is full. */
export function moveUp(slice: Slice): Slice {
  const from = Math.max(0, slice.from - sliceStep);
  return { from, to: Math.min(slice.to, from + sliceRowsMax) };
}

/** One step down, as far as `count` rows go. */
export function moveDown(slice: Slice, count: number): Slice {
  const to = Math.min(count, slice.to + sliceStep);
  return { from: Math.max(slice.from, to - sliceRowsMax), to };
}

/** After `added` rows came in front: the same rows stay on the page. */
function shifted(slice: Slice, added: number): Slice {
  return { from: slice.from + added, to: slice.to + added };
}

/** After rows came at the end: a page at the end follows, another stays where it is. */
function followed(slice: Slice, before: number, count: number): Slice {
  if (slice.to < before) return { from: slice.from, to: Math.min(slice.to, count) };
  return { from: Math.max(slice.from, count - sliceRowsMax), to: count };
}

/** Rows that are loaded and the slice of them on the page. */
export interface Shown<R extends { readonly key: string }> {
  readonly rows: readonly R[];
  readonly slice: Slice;
}

/** The next rows in the place of the former ones: what is on the page stays on it, also when rows came in front. */
export function advanced<R extends { readonly key: string }>(shown: Shown<R>, rows: readonly R[]): Shown<R> {
  const before = shown.rows.length;
  if (before === 0) return { rows, slice: newest(rows.length) };
  const added = addedInFront(shown, rows);
  if (added === null) return { rows, slice: newest(rows.length) };
  const slice = followed(shifted(shown.slice, added), before + added, rows.length);
  return { rows, slice: { from: Math.max(0, slice.from), to: Math.min(slice.to, rows.length) } };
}

/** By how many rows the ones on the page moved; null when none of them is left. */
function addedInFront<R extends { readonly key: string }>(
  { rows, slice }: Shown<R>,
  next: readonly R[],
): number | null {
  const places = new Map(next.map(({ key }, at) => [key, at]));
  // A day or the mark of what is new may move against the messages; entries never do.
  const anchor = rows.findIndex(
    ({ key }, at) => at >= slice.from && key.startsWith('at ') && places.has(key),
  );
  const anchorKey = rows[anchor]?.key;
  if (anchorKey === undefined) return rows.some(({ key }) => places.has(key)) ? 0 : null;
  return (places.get(anchorKey) ?? 0) - anchor;
}
