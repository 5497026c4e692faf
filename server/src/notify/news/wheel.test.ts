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
    // `id` things are looked at, then the slice is over.
    fc.record({ op: fc.constant('slice' as const), id, ms }),
  ),
  { size: 'max', maxLength: 200 },
);

test('[I9] the deadlines of a wheel fire once, not early, and in the next sweep that may', () => {
  fc.assert(
    fc.property(steps, (drawn) => {
      let nowMs = 1_000;
      const wheel = new Wheel(nowMs);
      const expected = new Map<number, number>();
      let lookedMs = nowMs;
      /** What is due already waits for the next tick. */
      const due = (at: number): number => Math.max(Math.ceil(at / 50), Math.floor(lookedMs / 50) + 1) * 50;
      for (const step of drawn) {
        const atMs = nowMs + step.ms;
        if (step.op === 'set') {
          wheel.set(step.id, atMs);
          expected.set(step.id, due(atMs));
        } else if (step.op === 'earlier') {
          wheel.setEarlier(step.id, atMs);
          expected.set(step.id, Math.min(due(atMs), expected.get(step.id) ?? Infinity));
        } else if (step.op === 'cancel') {
          wheel.cancel(step.id);
          expected.delete(step.id);
        } else {
          nowMs = atMs;
          lookedMs = nowMs;
          let looks = step.op === 'slice' ? step.id : Infinity;
          const fire = (fired: number): void => {
            assert.ok(expected.get(fired)! <= nowMs, 'not early');
            expected.delete(fired);
            // What fires may set a deadline of its own again.
            if (fired % 3 === 0) {
              wheel.set(fired, nowMs + fired * 100);
              expected.set(fired, due(nowMs + fired * 100));
            }
          };
          wheel.advance(nowMs, fire, () => looks-- > 0);
          if (step.op === 'slice') while (!wheel.advance(nowMs, fire, always));
          for (const [, at] of expected) assert.ok(at > nowMs, 'not late');
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
