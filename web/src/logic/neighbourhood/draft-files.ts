/** Which files of drafts a device keeps, how they are named, and what is said of them (SPEC U51). */

const DAY_MS = 86_400_000;
const TIME_DIGITS = 15;
const COUNT_DIGITS = 4;

/** Whoever has not posted it for a month chooses it again, if it is still wanted. */
export const draftFileDaysMax = 30;
/** Four posts with as many files as a post may have. */
export const draftFilesMax = 64;
/** A browser copies what it keeps, and what it keeps for all of the app has one bound. */
export const draftBytesMax = 2 * 1_073_741_824;

/** In the order in which they were chosen, also after a reload. */
export function draftFileId(nowMs: number, count: number): string {
  return `${String(nowMs).padStart(TIME_DIGITS, '0')} ${String(count).padStart(COUNT_DIGITS, '0')}`;
}

export interface DraftFile {
  readonly id: string;
  readonly size: number;
}

/** Those that go: what is too old, then the oldest until the others are few and small enough. */
export function outlived(files: readonly DraftFile[], nowMs: number): readonly string[] {
  const leastMs = nowMs - draftFileDaysMax * DAY_MS;
  let bytes = 0;
  return files
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
    .filter(({ id, size }, at) => {
      bytes += size;
      return Number(id.slice(0, TIME_DIGITS)) < leastMs || at >= draftFilesMax || bytes > draftBytesMax;
    })
    .map(({ id }) => id);
}

/** What is said of files, by their ids. */
export function encodeWords(words: ReadonlyMap<string, string>, nowMs: number): string {
  const gone = outlived(
    [...words.keys()].map((id) => ({ id, size: 0 })),
    nowMs,
  );
  const kept = [...words].filter(([id]) => !gone.includes(id));
  return kept.length === 0 ? '' : JSON.stringify(kept);
}

/** What cannot be read is nothing. */
export function decodeWords(text: string): ReadonlyMap<string, string> {
  try {
    const rows: unknown = JSON.parse(text);
    return new Map(Array.isArray(rows) ? rows.filter(isSaid) : []);
  } catch {
    return new Map();
  }
}

function isSaid(row: unknown): row is readonly [string, string] {
  return Array.isArray(row) && row.length === 2 && row.every((each) => typeof each === 'string');
}
