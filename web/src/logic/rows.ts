/**
 * A conversation as rows: days, the mark before what is new, and messages that know whether they open a
 * group of their writer. Rows that did not change stay the same objects, so the page redraws only the rest.
 */

import type { LogEntry, PendingEntry } from '../model/sdk.ts';

export type MessageState = 'kept' | 'waiting' | 'failed';

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly state: MessageState;
  /** Position in the log; null while it has none. */
  readonly at: number | null;
  readonly user: string | null;
  /** What the writer is called; empty while it is not known. */
  readonly name: string;
  readonly own: boolean;
  readonly timeMs: number;
  readonly value: unknown;
  readonly broken: LogEntry['broken'];
  /** Of a led log: why its leader has refused it, or that it has changed it. */
  readonly ruling:
    | { readonly kind: 'refused'; readonly reason: string }
    | { readonly kind: 'changed' }
    | null;
  /** First of its group: shows who and when. */
  readonly head: boolean;
}

export type Row =
  | MessageRow
  | { readonly kind: 'day'; readonly key: string; readonly timeMs: number }
  | { readonly kind: 'new'; readonly key: 'new' };

/** An entry that was refused; its writer decides whether to try again. */
export interface FailedEntry {
  readonly id: string;
  readonly timeMs: number;
  readonly value: unknown;
  readonly why: string;
}

export interface Conversation {
  readonly entries: readonly LogEntry[];
  readonly waiting: readonly PendingEntry[];
  readonly failed: readonly FailedEntry[];
  /** The user of this device. */
  readonly me: string;
  /** The last position that was read before this visit; null marks nothing as new. */
  readonly readAt: number | null;
  readonly dayKey: (ms: number) => string;
}

/** A pause after which the same writer opens a new group. */
const GROUP_MS = 5 * 60_000;

export function rowsOf(conversation: Conversation): readonly Row[] {
  const rows: Row[] = [];
  let day = '';
  let last: MessageRow | null = null;
  let isMarked = conversation.readAt === null;
  for (const message of messagesOf(conversation)) {
    const itsDay = conversation.dayKey(message.timeMs);
    if (itsDay !== day) {
      rows.push({ kind: 'day', key: `day ${itsDay}`, timeMs: message.timeMs });
      day = itsDay;
      last = null;
    }
    if (!isMarked && isNew(message, conversation.readAt)) {
      isMarked = true;
      rows.push({ kind: 'new', key: 'new' });
      last = null;
    }
    const row: MessageRow = last !== null && continues(last, message) ? { ...message, head: false } : message;
    rows.push(row);
    last = row;
  }
  return rows;
}

/** `next`, with the rows of `previous` in the place of equal ones. */
export function reuseRows(previous: readonly Row[], next: readonly Row[]): readonly Row[] {
  const known = new Map(previous.map((row) => [row.key, row]));
  return next.map((row) => {
    const before = known.get(row.key);
    return before !== undefined && isSame(before, row) ? before : row;
  });
}

function messagesOf({ entries, waiting, failed, me }: Conversation): readonly MessageRow[] {
  const own = {
    kind: 'message',
    at: null,
    user: me,
    name: '',
    own: true,
    broken: null,
    ruling: null,
    head: true,
  } as const;
  return [
    ...entries
      .filter((entry) => !entry.isPart)
      .map((entry): MessageRow => ({
        kind: 'message',
        key: `at ${entry.at}`,
        state: 'kept',
        at: entry.at,
        user: entry.user,
        name: entry.name,
        own: entry.mine || entry.user === me,
        timeMs: entry.timeMs,
        value: entry.value,
        broken: entry.broken,
        ruling: rulingOf(entry),
        head: true,
      })),
    ...waiting.map(({ id, timeMs, value }): MessageRow => ({
      ...own,
      key: `waiting ${id}`,
      state: 'waiting',
      timeMs,
      value,
    })),
    ...failed.map(({ id, timeMs, value }): MessageRow => ({
      ...own,
      key: `failed ${id}`,
      state: 'failed',
      timeMs,
      value,
    })),
  ];
}

function rulingOf({ ruling, reason }: LogEntry): MessageRow['ruling'] {
  if (ruling === 'refused') return { kind: 'refused', reason: reason ?? '' };
  return ruling === 'changed' ? { kind: 'changed' } : null;
}

function continues(before: MessageRow, message: MessageRow): boolean {
  return (
    before.own === message.own &&
    before.user === message.user &&
    message.user !== null &&
    Math.abs(message.timeMs - before.timeMs) < GROUP_MS
  );
}

/** What this device or another of the user wrote is not news to her. */
function isNew(message: MessageRow, readAt: number | null): boolean {
  return message.at !== null && readAt !== null && message.at > readAt && !message.own;
}

function isSame(a: Row, b: Row): boolean {
  if (a.kind !== 'message' || b.kind !== 'message') return a.kind === b.kind;
  return (
    a.head === b.head &&
    a.value === b.value &&
    a.user === b.user &&
    a.name === b.name &&
    a.broken === b.broken
  );
}
