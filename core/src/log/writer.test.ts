import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inFlightCountMax } from '../base/limits.ts';
import { WriterMachine, type Queued } from './writer.ts';

const entry = (
  seq: number,
  { epoch = 1, at = null, size = 10 }: { epoch?: number; at?: number | null; size?: number } = {},
): Queued => ({
  epoch,
  seq,
  at,
  bytes: new Uint8Array(size).fill(seq),
});

function machine(...entries: readonly Queued[]): WriterMachine {
  const writer = new WriterMachine();
  for (const each of entries) writer.add(each);
  return writer;
}

const run = (from: number, count: number): Queued[] =>
  Array.from({ length: count }, (_, i) => entry(from + i));
const seqs = (entries: readonly Queued[] | null): readonly number[] | null =>
  entries && entries.map(({ seq }) => seq);
const BIG = 1 << 20;

test('[L9] nothing is sent before the log is open, and all of it after each opening', () => {
  const writer = machine(...run(1, 3));
  assert.equal(writer.next(BIG), null);
  writer.opened();
  assert.deepEqual(seqs(writer.next(BIG)), [1, 2, 3]);
  assert.equal(writer.next(BIG), null);
  assert.equal(writer.inFlight, 3);
  assert.deepEqual(
    writer.acked({ epoch: 1, seq: 1, count: 1, at: 7 }).map(({ entry: { seq }, at }) => [seq, at]),
    [[1, 7]],
  );
  writer.closed();
  assert.equal(writer.next(BIG), null);
  writer.opened();
  assert.deepEqual(seqs(writer.next(BIG)), [2, 3]);
});

test('[L4] a write holds consecutive entries of one epoch within its size', () => {
  const writer = machine(entry(1), entry(2), entry(5, { size: 100 }), entry(6));
  writer.opened();
  assert.deepEqual(seqs(writer.next(50)), [1, 2]);
  writer.acked({ epoch: 1, seq: 1, count: 2, at: 1 });
  // One entry always goes, however large; those that are missing in between are known to be in the log.
  assert.deepEqual(seqs(writer.next(50)), [5]);
  assert.deepEqual(seqs(writer.next(50)), [6]);
  assert.throws(() => writer.add(entry(6)), { name: 'AssertionError' });
});

test('[L2] what stands behind a hole waits until those before it have their fate, so that a gap finds them all', () => {
  const writer = machine(entry(1), entry(2), entry(5));
  writer.opened();
  assert.deepEqual(seqs(writer.next(BIG)), [1, 2]);
  assert.equal(writer.next(BIG), null);
  writer.acked({ epoch: 1, seq: 1, count: 1, at: 1 });
  assert.equal(writer.next(BIG), null);
  writer.acked({ epoch: 1, seq: 2, count: 1, at: 2 });
  assert.deepEqual(seqs(writer.next(BIG)), [5]);
  const effect = writer.nacked(1, 5, { kind: 'gap', expected: 3 });
  assert.deepEqual(effect, { kind: 'recover', entries: [entry(5)] });
});

test('[L4] entries of an epoch wait until those of the one before have their fate', () => {
  const writer = machine(entry(1), entry(2), entry(1, { epoch: 2 }));
  writer.opened();
  assert.deepEqual(seqs(writer.next(BIG)), [1, 2]);
  assert.equal(writer.next(BIG), null);
  writer.acked({ epoch: 1, seq: 1, count: 1, at: 1 });
  assert.equal(writer.next(BIG), null);
  writer.nacked(1, 2, { kind: 'full', retryMs: 1 });
  assert.deepEqual(seqs(writer.next(BIG)), [2]);
  writer.acked({ epoch: 1, seq: 2, count: 1, at: 2 });
  assert.deepEqual(
    writer.next(BIG)?.map(({ epoch, seq }) => [epoch, seq]),
    [[2, 1]],
  );
});

test('[L10] at most 256 are in flight, more follow their acknowledgements', () => {
  const writer = machine(...run(1, 300));
  writer.opened();
  assert.equal(writer.next(BIG)?.length, inFlightCountMax);
  assert.equal(writer.next(BIG), null);
  writer.acked({ epoch: 1, seq: 1, count: 10, at: 1 });
  assert.deepEqual(
    seqs(writer.next(BIG)),
    run(257, 10).map(({ seq }) => seq),
  );
});

test('[L9] acknowledgements are taken in any pieces, and twice', () => {
  const writer = machine(...run(1, 6));
  writer.opened();
  writer.next(BIG);
  assert.equal(writer.acked({ epoch: 1, seq: 3, count: 2, at: 30 }).length, 2);
  assert.equal(writer.acked({ epoch: 1, seq: 3, count: 2, at: 30 }).length, 0);
  assert.equal(writer.acked({ epoch: 2, seq: 1, count: 2, at: 30 }).length, 0);
  assert.deepEqual(
    writer.acked({ epoch: 1, seq: 1, count: 2, at: 1 }).map(({ entry: { seq } }) => seq),
    [1, 2],
  );
  assert.deepEqual(
    writer.acked({ epoch: 1, seq: 5, count: 2, at: 50 }).map(({ at }) => at),
    [50, 51],
  );
  assert.deepEqual([writer.size, writer.inFlight], [0, 0]);
});

test('[V8, L9] what was refused behind an entry that has been read in the log meanwhile is sent again', () => {
  const writer = machine(...run(1, 3));
  writer.opened();
  assert.deepEqual(seqs(writer.next(BIG)), [1, 2, 3]);
  writer.acked({ epoch: 1, seq: 1, count: 1, at: 4 });
  assert.deepEqual(writer.nacked(1, 1, { kind: 'full', retryMs: 250 }), { kind: 'pause', pauseMs: 250 });
  assert.deepEqual(seqs(writer.next(BIG)), [2, 3]);
});

test('[T8] after full everything from there on is sent again, and the gaps it caused are ignored', () => {
  const writer = machine(...run(1, 10));
  writer.opened();
  for (let i = 0; i < 10; i++) writer.next(1);
  writer.acked({ epoch: 1, seq: 1, count: 2, at: 1 });
  assert.deepEqual(writer.nacked(1, 3, { kind: 'full', retryMs: 250 }), { kind: 'pause', pauseMs: 250 });
  for (let seq = 4; seq <= 10; seq++)
    assert.deepEqual(writer.nacked(1, seq, { kind: 'gap', expected: 3 }), { kind: 'none' });
  assert.deepEqual(seqs(writer.next(BIG)), [3, 4, 5, 6, 7, 8, 9, 10]);
  // The second flight is refused at another place.
  writer.acked({ epoch: 1, seq: 3, count: 2, at: 3 });
  writer.nacked(1, 5, { kind: 'full', retryMs: 9 });
  for (let seq = 6; seq <= 10; seq++)
    assert.deepEqual(writer.nacked(1, seq, { kind: 'gap', expected: 5 }), { kind: 'none' });
  assert.deepEqual(seqs(writer.next(BIG)), [5, 6, 7, 8, 9, 10]);
});

test('[T8] a nack that comes again after the entries were sent again sends nothing a third time', () => {
  const writer = machine(...run(1, 3));
  writer.opened();
  for (let i = 0; i < 3; i++) writer.next(1);
  writer.nacked(1, 1, { kind: 'full', retryMs: 1 });
  assert.deepEqual(seqs(writer.next(1)), [1]);
  assert.deepEqual(writer.nacked(1, 2, { kind: 'gap', expected: 1 }), { kind: 'none' });
  assert.deepEqual(writer.nacked(1, 3, { kind: 'gap', expected: 1 }), { kind: 'none' });
  assert.deepEqual(seqs(writer.next(BIG)), [2, 3]);
});

test('[L11] after staleKey the entries from there on are sealed again and replaced', () => {
  const writer = machine(...run(1, 4));
  writer.opened();
  writer.next(BIG);
  const effect = writer.nacked(1, 3, { kind: 'staleKey', keyEpoch: 2 });
  assert.equal(effect.kind, 'reseal');
  if (effect.kind !== 'reseal') return;
  assert.deepEqual([effect.keyEpoch, seqs(effect.entries)], [2, [3, 4]]);
  for (const each of effect.entries) writer.replace({ ...each, bytes: Uint8Array.of(99) });
  assert.deepEqual(
    writer.next(BIG)?.map(({ seq, bytes }) => [seq, bytes[0]]),
    [
      [3, 99],
      [4, 99],
    ],
  );
});

test('[L6] after fenced the unknown entries leave the queue to be looked for in the log', () => {
  const writer = machine(...run(1, 3), entry(1, { epoch: 2 }));
  writer.opened();
  writer.next(BIG);
  const effect = writer.nacked(1, 1, { kind: 'fenced', floor: 1 });
  assert.deepEqual(effect.kind === 'recover' && seqs(effect.entries), [1, 2, 3]);
  assert.deepEqual([writer.size, writer.inFlight], [1, 0]);
  assert.deepEqual(
    writer.next(BIG)?.map(({ epoch }) => epoch),
    [2],
  );
});

test('[L6] a gap that the queue cannot fill means that the log has forgotten more than it should', () => {
  const writer = machine(...run(5, 3));
  writer.opened();
  writer.next(BIG);
  const effect = writer.nacked(1, 5, { kind: 'gap', expected: 2 });
  assert.deepEqual(effect.kind === 'recover' && seqs(effect.entries), [5, 6, 7]);
  assert.equal(writer.size, 0);
});

test('[L7] a conflict takes the entry out and tells the tail; an echo of it takes nothing', () => {
  const writer = machine(entry(4, { at: 9 }));
  writer.opened();
  writer.next(BIG);
  const effect = writer.nacked(1, 4, { kind: 'conflict', tail: 12 });
  assert.deepEqual(effect.kind === 'conflict' && [effect.entry.seq, effect.tail], [4, 12]);
  assert.equal(writer.size, 0);
  assert.deepEqual(writer.nacked(1, 4, { kind: 'conflict', tail: 12 }), { kind: 'none' });
  writer.add(entry(4, { at: 12 }));
  // The same nack once more, now that its seq is used again.
  assert.deepEqual(writer.nacked(1, 4, { kind: 'conflict', tail: 12 }), { kind: 'none' });
  assert.equal(writer.size, 1);
});

test('[L7] a conditional entry stands alone', () => {
  const writer = machine(entry(1));
  assert.throws(() => writer.add(entry(2, { at: 5 })), { name: 'AssertionError' });
  const conditional = machine(entry(1, { at: 5 }));
  assert.throws(() => conditional.add(entry(2)), { name: 'AssertionError' });
});

test('[T5] what is refused for good leaves the queue', () => {
  const writer = machine(...run(1, 3));
  writer.opened();
  writer.next(BIG);
  const effect = writer.nacked(1, 1, { kind: 'refused', fault: 11 });
  assert.deepEqual(effect.kind === 'refused' && [effect.fault, seqs(effect.entries)], [11, [1, 2, 3]]);
  assert.deepEqual([writer.size, writer.inFlight], [0, 0]);
});

test('[L6, L9] a second refusal of the same flight does not put off the search for its entries', () => {
  const writer = machine(...run(5, 2));
  writer.opened();
  writer.next(10);
  writer.next(10);
  const first = writer.nacked(1, 5, { kind: 'gap', expected: 4 });
  assert.deepEqual(first.kind === 'recover' && seqs(first.entries), [5, 6]);
  assert.deepEqual(writer.nacked(1, 6, { kind: 'gap', expected: 4 }), { kind: 'none' });
});
