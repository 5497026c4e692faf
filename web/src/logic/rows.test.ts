import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceId, userId } from 'copse/internal/base/ids.ts';
import type { LogEntry } from '../model/sdk.ts';
import { reuseRows, rowsOf, type Conversation, type Row } from './rows.ts';
import { timeWords } from './time-words.ts';

const { dayKey } = timeWords('en', 'UTC');
const NOON = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;

function entry(at: number, user: string, timeMs: number): LogEntry {
  return {
    at,
    device: deviceId(`${user}-device`),
    user: userId(user),
    name: user,
    timeMs,
    value: { text: `entry ${at}` },
    broken: null,
    ruling: null,
    isPart: false,
    reason: null,
    mine: user === 'ada',
  };
}

function talk(entries: readonly LogEntry[], more: Partial<Conversation> = {}): Conversation {
  return { entries, waiting: [], failed: [], me: 'ada', readAt: null, dayKey, ...more };
}

function shape(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => (row.kind === 'message' ? `${row.head ? 'head ' : ''}${row.key}` : row.key));
}

test('[U2] entries are grouped by day, writer and pause, in the order of the log', () => {
  const rows = rowsOf(
    talk([
      entry(1, 'ben', NOON - 13 * 60 * MINUTE),
      entry(2, 'ben', NOON),
      entry(3, 'ben', NOON + MINUTE),
      entry(4, 'ada', NOON + 2 * MINUTE),
      entry(5, 'ben', NOON + 3 * MINUTE),
      entry(6, 'ben', NOON + 9 * MINUTE),
    ]),
  );
  assert.deepEqual(shape(rows), [
    'day 2026-11-19',
    'head at 1',
    'day 2026-11-20',
    'head at 2',
    'at 3',
    'head at 4',
    'head at 5',
    'head at 6',
  ]);
});

test('[U2, V10] what the leader of a log made of an entry is in its row', () => {
  const refused = { ...entry(1, 'ben', NOON), value: undefined, ruling: 'refused', reason: 'taken' } as const;
  const changed = { ...entry(2, 'ben', NOON), ruling: 'changed' } as const;
  const rulings = rowsOf(talk([refused, changed, entry(3, 'ben', NOON)])).flatMap((row) =>
    row.kind === 'message' ? [row.ruling] : [],
  );
  assert.deepEqual(rulings, [{ kind: 'refused', reason: 'taken' }, { kind: 'changed' }, null]);
});

test('[U2] the mark of what is new stands before the first unread entry of somebody else, once', () => {
  const entries = [
    entry(1, 'ben', NOON),
    entry(2, 'ada', NOON),
    entry(3, 'ben', NOON),
    entry(4, 'ben', NOON),
  ];
  assert.deepEqual(shape(rowsOf(talk(entries, { readAt: 1 }))), [
    'day 2026-11-20',
    'head at 1',
    'head at 2',
    'new',
    'head at 3',
    'at 4',
  ]);
  assert.ok(!shape(rowsOf(talk(entries, { readAt: 4 }))).includes('new'));
  assert.ok(!shape(rowsOf(talk(entries, { readAt: null }))).includes('new'));
});

test('[U1] what waits and what was refused stands after what is kept, marked as such', () => {
  const rows = rowsOf(
    talk([entry(1, 'ben', NOON)], {
      waiting: [{ id: 'w', timeMs: NOON, value: { text: 'soon' } }],
      failed: [{ id: 'f', timeMs: NOON, value: { text: 'no' }, why: 'There is no room left.' }],
    }),
  );
  const states = rows.map((row) => (row.kind === 'message' ? row.state : row.kind));
  assert.deepEqual(states, ['day', 'kept', 'waiting', 'failed']);
  assert.ok(rows.every((row) => row.kind !== 'message' || row.own === (row.state !== 'kept')));
});

test('[U2] an entry of another device of the user is her own', () => {
  const [, row] = rowsOf(talk([{ ...entry(1, 'ada', NOON), mine: false }]));
  assert.ok(row?.kind === 'message' && row.own);
});

test('[U2] rows that did not change stay the same objects', () => {
  const entries = [entry(1, 'ben', NOON), entry(2, 'ben', NOON + MINUTE)];
  const before = rowsOf(talk(entries));
  const after = reuseRows(before, rowsOf(talk([...entries, entry(3, 'ben', NOON + 2 * MINUTE)])));
  assert.deepEqual(
    before.map((row, at) => row === after[at]),
    [true, true, true],
  );
  // An entry in front takes the head away from the former first one: that row must be drawn anew.
  const earlier = reuseRows(before, rowsOf(talk([entry(0, 'ben', NOON - MINUTE), ...entries])));
  assert.equal(earlier.find((row) => row.key === 'at 1') === before[1], false);
  assert.equal(earlier.find((row) => row.key === 'at 2') === before[2], true);
});
