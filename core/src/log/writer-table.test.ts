import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { deviceId } from '../base/ids.ts';
import { inFlightCountMax, writerEpochsMax, writersPerLogMax } from '../base/limits.ts';
import { WriterState, WriterTable } from './writer-table.ts';

const A = deviceId('a'.repeat(16));
const device = (n: number): typeof A => deviceId(n.toString(16).padStart(16, '0'));

/** Extends by `count` after leaving `gap` positions to others, or takes the newest `count` back. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('extend' as const), gap: fc.nat(3), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant('retract' as const),
    gap: fc.constant(0),
    count: fc.integer({ min: 1, max: 40 }),
  }),
);

test('[L5] the last 256 entries of a writer are remembered with their positions, whatever happened', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const state = new WriterState(1);
      const positions: number[] = [];
      let tail = 1;
      let settled = 0;
      for (const { kind, gap, count } of steps) {
        if (kind === 'extend') {
          tail += gap;
          state.extend(positions.length + 1, tail, count);
          for (let i = 0; i < count; i++) positions.push(tail++);
          settled = Math.max(settled, positions.length - inFlightCountMax);
        } else {
          // What can be taken back is what was in flight, at most.
          const back = Math.min(count, positions.length - settled);
          if (back === 0) continue;
          positions.length -= back;
          state.retract(positions.length, back);
        }
        assert.equal(state.seq, positions.length);
      }
      for (let seq = Math.max(1, settled + 1); seq <= positions.length; seq++) {
        assert.equal(state.positionOf(seq), positions[seq - 1]);
      }
      assert.equal(state.positionOf(positions.length + 1), 0);
      // What is older is remembered rightly or not at all.
      for (let seq = 1; seq <= settled; seq++)
        assert.ok([0, positions[seq - 1]].includes(state.positionOf(seq)));
    }),
    { numRuns: 300 },
  );
});

test('[G2] what is remembered of a writer is bounded, also when every entry stands alone', () => {
  const state = new WriterState(1);
  for (let seq = 1; seq <= 20_000; seq++) {
    state.extend(seq, seq * 2, 1);
    assert.ok(state.dump().length <= 6 * inFlightCountMax);
    const oldest = Math.max(1, seq - inFlightCountMax + 1);
    assert.equal(state.positionOf(oldest), oldest * 2);
  }
});

test('[L6] the newest epochs of a device are remembered, older ones are below the floor', () => {
  const table = new WriterTable();
  assert.deepEqual([table.newest(A), table.floor(A)], [0, 0]);
  for (let epoch = 1; epoch <= writerEpochsMax; epoch++) assert.equal(table.open(A, epoch)?.epoch, epoch);
  assert.equal(table.floor(A), 0);
  const second = table.open(A, 2);
  assert.equal(table.open(A, writerEpochsMax + 1)?.epoch, writerEpochsMax + 1);
  assert.deepEqual([table.floor(A), table.newest(A)], [1, writerEpochsMax + 1]);
  assert.equal(table.open(A, 1), null);
  assert.equal(table.open(A, 2), second);
  assert.equal(table.open(A, 0), null);
});

test('[L6] epochs may come in any order and are kept by their number', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }), (epochs) => {
      const table = new WriterTable();
      let floor = 0;
      const kept = new Set<number>();
      for (const epoch of epochs) {
        const state = table.open(A, epoch);
        if (epoch > floor) kept.add(epoch);
        while (kept.size > writerEpochsMax) {
          floor = Math.min(...kept);
          kept.delete(floor);
        }
        assert.equal(state !== null, kept.has(epoch));
        assert.equal(table.floor(A), floor);
      }
      for (const epoch of epochs)
        assert.equal(table.open(A, epoch)?.epoch ?? null, kept.has(epoch) ? epoch : null);
    }),
  );
});

test('[G2] a log remembers a bounded number of devices', () => {
  const table = new WriterTable();
  for (let n = 0; n < writersPerLogMax; n++) {
    assert.ok(table.hasRoomFor(device(n)));
    table.open(device(n), 1);
  }
  assert.equal(table.hasRoomFor(device(writersPerLogMax)), false);
  assert.equal(table.hasRoomFor(device(5)), true);
});

test('[L9] what was dumped is restored, and the rest is replayed over it', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          gap: fc.nat(2),
          epoch: fc.integer({ min: 1, max: 3 }),
          count: fc.integer({ min: 1, max: 9 }),
        }),
        { maxLength: 60 },
      ),
      fc.nat(60),
      (writes, cut) => {
        const [whole, before] = [new WriterTable(), new WriterTable()];
        const entries: { epoch: number; seq: number; at: number }[] = [];
        let at = 1;
        writes.forEach(({ gap, epoch, count }, i) => {
          at += gap;
          for (const table of i < cut ? [whole, before] : [whole]) {
            const state = table.open(A, epoch)!;
            state.extend(state.seq + 1, at, count);
            state.durable = state.seq;
          }
          const { seq } = whole.open(A, epoch)!;
          for (let n = 0; n < count; n++) entries.push({ epoch, seq: seq - count + 1 + n, at: at + n });
          at += count;
        });
        const restored = new WriterTable();
        for (const { device: each, floor, states } of before.all()) {
          restored.restore(
            each,
            floor,
            states.map((state) => WriterState.load(state.epoch, state.seq, state.dump())),
          );
        }
        // Replaying what the dump already holds changes nothing.
        for (const { epoch, seq, at: position } of entries) restored.replay(A, epoch, seq, position);
        for (const { epoch, seq } of entries) {
          const [want, got] = [whole.open(A, epoch)!, restored.open(A, epoch)!];
          assert.deepEqual([got.seq, got.durable], [want.seq, want.durable]);
          if (seq > want.seq - inFlightCountMax) assert.equal(got.positionOf(seq), want.positionOf(seq));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('[V8] a writer is told where its last entries stand, as far as they are durable', () => {
  const state = new WriterState(1);
  state.extend(1, 10, 3);
  state.extend(4, 20, 2);
  assert.deepEqual(state.places(21), [
    { seq: 1, at: 10, count: 3 },
    { seq: 4, at: 20, count: 1 },
  ]);
  state.extend(6, 30, inFlightCountMax - 1);
  assert.deepEqual(state.places(1_000), [
    { seq: 5, at: 21, count: 1 },
    { seq: 6, at: 30, count: inFlightCountMax - 1 },
  ]);
});
