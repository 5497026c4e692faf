import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodeEntry, EntryCursor } from 'copse/internal/wire/entry.ts';
import { LogHistory, type Sight } from './history.ts';
import { ReaderHistory } from './reader-history.ts';
import { LogStamps } from './stamps.ts';
import { World } from './world.ts';

const KEEP_ALL = 1_000_000;

function history(...values: readonly string[]): LogHistory {
  const log = new LogHistory(new World(1), 'log');
  for (const value of values) {
    const [writer = '', n = ''] = value.split(':');
    log.asked({ writer, n: Number(n) });
  }
  return log;
}

const sight = (at: number, value: string, stamp = ''): Sight => ({ at, value, stamp });

test('[X2] the judge lets a good history pass', () => {
  const log = history('a:1', 'b:1', 'a:2');
  const reader = new ReaderHistory(log, 'reader', { from: 1 });
  log.acked(sight(1, 'a:1'), 'a');
  reader.got(sight(1, 'a:1'));
  reader.got(sight(2, 'b:1', 'x'));
  log.stored(1, [sight(1, 'a:1'), sight(2, 'b:1', 'x'), sight(3, 'a:2')], KEEP_ALL);
  assert.deepEqual(log.waiting(), ['b:1', 'a:2']);
  assert.equal(log.tail, 4);
});

const BAD: readonly (readonly [string, (log: LogHistory) => void])[] = [
  [
    'L2',
    (log) => {
      log.seen(sight(1, 'a:1'), 'x');
      log.seen(sight(2, 'a:1'), 'y');
    },
  ],
  [
    'L1',
    (log) => {
      log.seen(sight(1, 'a:1'), 'x');
      log.acked(sight(1, 'b:1'), 'b');
    },
  ],
  ['L2', (log) => log.seen(sight(1, 'nobody:7'), 'x')],
  [
    'L4',
    (log) => {
      log.seen(sight(2, 'a:1'), 'x');
      log.seen(sight(1, 'a:2'), 'x');
    },
  ],
  [
    'L7',
    (log) => {
      log.absent('a:1', 'a');
      log.seen(sight(1, 'a:1'), 'x');
    },
  ],
  [
    'L7',
    (log) => {
      log.asked({ writer: 'c', n: 1, requiredAt: 5 });
      log.acked(sight(6, 'c:1'), 'c');
    },
  ],
  [
    'T5',
    (log) => {
      log.asked({ writer: 'c', n: 1, forbidden: true });
      log.seen(sight(1, 'c:1'), 'x');
    },
  ],
  [
    'W12',
    (log) => {
      log.seen(sight(1, 'a:1', 'bytes'), 'x');
      log.seen(sight(1, 'a:1', 'other bytes'), 'y');
    },
  ],
  [
    'L3',
    (log) => {
      log.acked(sight(1, 'a:1'), 'a');
      log.stored(1, [], KEEP_ALL);
    },
  ],
  ['L1', (log) => log.stored(1, [sight(2, 'a:1')], KEEP_ALL)],
  ['J6', (log) => log.stored(2, [sight(2, 'a:1')], 5)],
  ['L8', (log) => new ReaderHistory(log, 'r', { from: 1 }).got(sight(2, 'a:1'))],
  ['L8', (log) => new ReaderHistory(log, 'r', { from: 4 }).skipped(3)],
  ['X3', (log) => log.concludeWaiting()],
];

/** A log of which three entries were read; a backup has one of them. */
function setBack(): { readonly log: LogHistory; readonly reader: ReaderHistory } {
  const log = new LogHistory(new World(1), 'log', true);
  for (const n of [1, 2, 3, 4]) log.asked({ writer: 'a', n });
  const reader = new ReaderHistory(log, 'r', { from: 1 });
  for (const n of [1, 2, 3]) reader.got(sight(n, `a:${n}`));
  log.setBack(2);
  return { log, reader };
}

test('[L12] the judge lets a reader go back once, to what the log is after it was set back', () => {
  const { log, reader } = setBack();
  log.acked(sight(2, 'a:4'), 'a');
  reader.got(sight(2, 'a:4'));
  assert.ok(reader.isSetBack && reader.isAtEnd(true));
  reader.conclude(true);
  assert.throws(() => reader.got(sight(2, 'a:4')), { rule: 'L8' });
});

test('[L12] the judge finds a reader that goes on behind what it has not read, and one that is not told', () => {
  const behind = setBack();
  for (const [at, n] of [2, 3, 4].entries()) behind.log.asked({ writer: 'b', n: n + at });
  behind.log.acked(sight(2, 'a:4'), 'a');
  behind.log.acked(sight(3, 'b:2'), 'b');
  behind.log.acked(sight(4, 'b:4'), 'b');
  behind.reader.got(sight(4, 'b:4'));
  assert.ok(behind.reader.isAtEnd(false));
  assert.throws(() => behind.reader.conclude(true), { rule: 'L12' });
  const waiting = setBack();
  assert.ok(waiting.reader.isAtEnd(true) && !waiting.reader.isAtEnd(false));
  assert.throws(() => waiting.reader.conclude(false), { rule: 'L12' });
  waiting.reader.conclude(true);
});

test('[L12] the judge asks of nobody to compare what is kept no more', () => {
  const { log, reader } = setBack();
  for (const n of [5, 6]) log.asked({ writer: 'a', n });
  for (const [i, n] of [4, 5, 6].entries()) log.acked(sight(2 + i, `a:${n}`), 'a');
  reader.skipped(5);
  reader.conclude(true);
});

test('[L2] the judge takes what was lost for appended once more, and not twice', () => {
  const { log } = setBack();
  log.acked(sight(2, 'a:3'), 'a');
  assert.ok(log.isPlaced('a:2'));
  assert.throws(() => log.acked(sight(3, 'a:3'), 'a'), { rule: 'L2' });
});

for (const [i, [rule, act]] of BAD.entries()) {
  test(`[X2] the judge finds a breach of ${rule} (${i + 1})`, () => {
    const log = history('a:1', 'a:2', 'b:1');
    assert.throws(() => act(log), { name: 'Violation', rule });
    assert.equal(log.world.violation?.rule, rule);
  });
}

function entry(seq: number, text = 'x', epoch = 1): EntryCursor {
  const payload = new TextEncoder().encode(text);
  const device = new Uint8Array(8).fill(1);
  const cursor = new EntryCursor(
    encodeEntry({ sealed: false, device, epoch, seq, keyEpoch: 0, timeMs: 0, payload }),
  );
  cursor.next();
  return cursor;
}

test('[X2] the judge of the disk finds changed, doubled, disordered and missing entries', () => {
  const stamps = (): LogStamps => {
    const made = new LogStamps(new World(1), 'log');
    made.saw(1, entry(1));
    made.saw(2, entry(2));
    made.bounds(1, 3);
    return made;
  };
  const throws = (rule: string, act: (made: LogStamps) => void): void =>
    assert.throws(() => act(stamps()), { name: 'Violation', rule });
  stamps().saw(2, entry(2));
  throws('W12', (made) => made.saw(2, entry(2, 'changed')));
  throws('L2', (made) => made.saw(3, entry(2)));
  throws('L4', (made) => {
    made.saw(5, entry(4));
    made.saw(6, entry(3));
  });
  throws('L3', (made) => made.bounds(1, 2));
  throws('L1', (made) => made.bounds(1, 5));
});
