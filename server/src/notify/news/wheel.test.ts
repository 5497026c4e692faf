import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { Wheel } from './wheel.ts';

const always = (): boolean => true;
const id = fc.integer({ min: 1, max: 12 });
const ms = fc.oneof(
  fc.integer({ min: 0, max: 400 }),
  fc.integer({ min: 0, max: 200_000 }),
  fc.constant(1024 * 50),
);
const steps = fc.array(
  fc.oneof(
    fc.record({ op: fc.constant('set' as const), id, ms }),
    fc.record({ op: fc.constant('earlier' as const), id, ms }),
    fc.record({ op: fc.constant('cancel' as const), id, ms }),
    fc.record({ op: fc.constant('advance' as const), id, ms }),
    fc.record({ op: fc.constant('slice' as const), id, ms }),
  ),
  { size: 'max', maxLength: 200 },
);

const up = (at: number): number => Math.ceil(at / 50) * 50;

test('[I9] the deadlines of a wheel fire once, not early, and in the next sweep that may', () => {
  fc.assert(
    fc.property(steps, (drawn) => {
      let nowMs = 1_000;
      const wheel = new Wheel(nowMs);
      const expected = new Map<number, number>();
      const fire = (fired: number): void => {
        assert.ok(expected.get(fired)! <= nowMs, 'not early');
        expected.delete(fired);
        // What fires may set a deadline of its own again.
        if (fired % 3 === 0) set(fired, nowMs + fired * 100);
      };
      const set = (one: number, atMs: number): void => {
        wheel.set(one, atMs);
        expected.set(one, up(atMs));
      };
      for (const step of drawn) {
        const atMs = nowMs + step.ms;
        if (step.op === 'set') set(step.id, atMs);
        else if (step.op === 'cancel') {
          wheel.cancel(step.id);
          expected.delete(step.id);
        } else if (step.op === 'earlier') {
          wheel.setEarlier(step.id, atMs);
          expected.set(step.id, Math.min(up(atMs), expected.get(step.id) ?? Infinity));
        } else if (step.op === 'slice') {
          // The slice ends in the middle; what comes then meets a wheel that is not done.
          nowMs = atMs;
          let looks = step.id - 1;
          wheel.advance(nowMs, fire, () => looks-- > 0);
        } else {
          nowMs = atMs;
          wheel.advance(nowMs, fire, always);
          // What was due already when it was set fires with the next tick.
          nowMs += 100;
          assert.equal(wheel.advance(nowMs, fire, always), true);
          for (const [, at] of expected) assert.ok(at > nowMs - 100, 'not late');
        }
        assert.equal(wheel.count, expected.size);
        for (let n = 1; n <= 12; n++) assert.equal(wheel.has(n), expected.has(n));
      }
    }),
  );
});

test('[I7, I8] after the wall clock was set everything is looked at', () => {
  const wheel = new Wheel(0);
  for (let n = 1; n <= 100; n++) wheel.set(n, n * 40_000);
  const fired: number[] = [];
  wheel.force(0);
  assert.equal(
    wheel.advance(0, (one) => fired.push(one), always),
    true,
  );
  assert.equal(fired.length, 100);
  assert.equal(wheel.count, 0);
});

test('[I9] what is due at once while a slice pauses in its slot fires with the next tick', () => {
  const wheel = new Wheel(0);
  for (const n of [1, 2, 3]) wheel.set(n, 100);
  const fired: number[] = [];
  const fire = (one: number): void => void fired.push(one);
  let looks = 1;
  assert.equal(
    wheel.advance(100, fire, () => looks-- > 0),
    false,
  );
  wheel.set(4, 100);
  wheel.advance(100, fire, always);
  wheel.advance(150, fire, always);
  assert.deepEqual(
    fired.toSorted((a, b) => a - b),
    [1, 2, 3, 4],
  );
});
