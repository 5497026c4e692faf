/**
 * The part of a list of posts that is held, from the newest down, and what waits above it (SPEC U38). Between its
 * ends nothing is missing: what was read of the list again either reaches down to what is held, or the list begins
 * anew there as soon as the reader asks for what is new.
 */

import type { PostCursor } from '../../model/sdk-street.ts';

/** What a list needs of a post, whether or not the post itself is held. */
export interface Row {
  readonly id: string;
  /** Its author's key in hex. */
  readonly from: string;
  readonly timeMs: number;
  readonly cursor: PostCursor;
}

export interface Stretch {
  /** The newest first. */
  readonly rows: readonly Row[];
  /** What has arrived and is not shown. */
  readonly news: readonly Row[];
  /** Where older ones go on; null: there are none, or nothing was read yet. */
  readonly next: PostCursor | null;
  /** Below this something may be missing: there the list ends when the news are shown. Null: nothing is. */
  readonly cut: PostCursor | null;
}

/** What was read of the list from its newest end. */
export interface Reread {
  readonly rows: readonly Row[];
  /** Where it goes on; null at the end of the list. */
  readonly after: PostCursor | null;
  /** Whether a row is shown as soon as it is there. */
  readonly isOwn: (row: Row) => boolean;
}

/** Rows of one list, two hundred bytes each: five hundred screens. */
export const stretchRowsMax = 5_000;
/** What waits behind the bar: as much as is read again before a list begins anew. */
export const stretchNewsMax = 500;
/** Pages that are read to reach what is held. */
export const rereadPagesMax = 5;

export const emptyStretch: Stretch = { rows: [], news: [], next: null, cut: null };

/** Whether what was read reaches down to what is held. */
export function isReached({ rows, next }: Stretch, read: Pick<Reread, 'rows' | 'after'>): boolean {
  const { after } = read;
  if (after === null) return true;
  const bottom = next ?? rows.at(-1)?.cursor;
  return bottom === undefined ? read.rows.length > 0 : !isBelow(bottom, after);
}

export function withReread(stretch: Stretch, read: Reread): Stretch {
  const { rows, news } = stretch;
  const isWhole = isReached(stretch, read);
  const bottom = stretch.next ?? rows.at(-1)?.cursor ?? null;
  const held = new Set([...rows, ...(bottom === null ? [] : news)].map(idOf));
  const fresh = read.rows.filter(({ id }) => !held.has(id));
  // What stands below everything that is shown moves nothing.
  const isCalm = (row: Row): boolean =>
    read.isOwn(row) || (isWhole && (bottom === null || isBelow(row.cursor, bottom)));
  const shown = fresh.filter(isCalm);
  const next = bounded(
    eachOnce({
      rows: ordered([...rows, ...shown]),
      news: ordered([...news, ...fresh.filter((row) => !isCalm(row))]),
      next: isWhole ? read.after : stretch.next,
      cut: isWhole ? null : read.after,
    }),
  );
  // Where nothing waits nobody asks for it.
  return next.cut !== null && next.news.length === 0 && shown.length > 0 ? withNewsShown(next) : next;
}

/** An older page, read from `from`; what was read from where the list does not end any more is left out. */
export function withOlder(stretch: Stretch, from: PostCursor, page: Pick<Reread, 'rows' | 'after'>): Stretch {
  if (stretch.next !== from) return stretch;
  const rows = ordered([...stretch.rows, ...page.rows]);
  return bounded(eachOnce({ ...stretch, rows, next: page.after }));
}

export function withArrived(stretch: Stretch, row: Row, isOwn: boolean): Stretch {
  const isHere = ({ id }: Row): boolean => id === row.id;
  if (stretch.rows.some(isHere) || stretch.news.some(isHere)) return stretch;
  const part = isOwn ? 'rows' : 'news';
  return bounded({ ...stretch, [part]: inserted(row, stretch[part]) });
}

export function withNewsShown({ rows, news, next, cut }: Stretch): Stretch {
  const all = ordered([...news, ...rows]);
  if (cut === null) return bounded({ rows: all, news: [], next, cut });
  return bounded({ rows: all.filter(({ cursor }) => !isBelow(cursor, cut)), news: [], next: cut, cut: null });
}

/** The oldest go, and can be read again. */
function bounded({ rows, news, next, cut }: Stretch): Stretch {
  const lastRow = rows.length > stretchRowsMax ? rows[stretchRowsMax - 1] : undefined;
  const lastNews = news.length > stretchNewsMax ? news[stretchNewsMax - 1] : undefined;
  const isHigher = lastNews !== undefined && (cut === null || isBelow(cut, lastNews.cursor));
  return {
    rows: lastRow === undefined ? rows : rows.slice(0, stretchRowsMax),
    news: lastNews === undefined ? news : news.slice(0, stretchNewsMax),
    next: lastRow?.cursor ?? next,
    cut: isHigher ? lastNews.cursor : cut,
  };
}

/** What is shown is no news any more. */
function eachOnce(stretch: Stretch): Stretch {
  const shown = new Set(stretch.rows.map(idOf));
  return { ...stretch, news: stretch.news.filter(({ id }) => !shown.has(id)) };
}

function isBelow(one: PostCursor, other: PostCursor): boolean {
  return one.timeMs < other.timeMs || (one.timeMs === other.timeMs && one.seq < other.seq);
}

function idOf({ id }: Row): string {
  return id;
}

/** The newest first, each once. */
function ordered(rows: readonly Row[]): readonly Row[] {
  const byId = new Map(rows.map((row): [string, Row] => [row.id, row]));
  return [...byId.values()].toSorted(newerFirst);
}

/** One of many that come one by one: nothing is sorted for it. */
function inserted(row: Row, rows: readonly Row[]): readonly Row[] {
  const at = rows.findIndex((each) => newerFirst(row, each) < 0);
  return rows.toSpliced(at < 0 ? rows.length : at, 0, row);
}

function newerFirst(one: Row, other: Row): number {
  return other.timeMs - one.timeMs || (one.id < other.id ? 1 : -1);
}
