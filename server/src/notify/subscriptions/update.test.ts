/** Whatever is lost, repeated or reordered, and whichever end starts anew from whichever copy: both hold the same. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SubscriptionChange } from 'copse/internal/api/notify.ts';
import { BothEnds, deviceAt, rowsOf, siteAt } from './testing/both-ends.ts';

const device = fc.nat(2).map(deviceAt);
const site = fc.nat(3).map(siteAt);
const duration = fc.constantFrom(0, 1, 60_000, 3_600_000, 86_400_000);
const tag = fc.nat(3).map((n) => new Uint8Array(8).fill(n));
const hours = { zone: 'Europe/Lisbon', days: 31, fromMinute: 1_320, toMinute: 420, mentionsPass: true };
const resource = fc.constantFrom('*', `${'ab'.repeat(8)}*`, 'cd'.repeat(16), 'ef'.repeat(16));

const place = { device, site } as const;
const change: fc.Arbitrary<SubscriptionChange> = fc.oneof(
  fc.record({ kind: fc.constant('join'), ...place, audience: fc.array(resource, { maxLength: 3 }) }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('join'), ...place, audience: fc.constant(['*']) }) },
  fc.record({ kind: fc.constant('leave'), ...place }),
  fc.record({ kind: fc.constant('leaveAll'), device }),
  fc.record({ kind: fc.constantFrom('mute', 'unmute'), ...place, durationMs: duration }),
  fc.record({ kind: fc.constant('level'), ...place, level: fc.constantFrom('all', 'mentions', 'none') }),
  fc.record({ kind: fc.constant('tags'), ...place, tags: fc.array(tag, { maxLength: 3 }) }),
  fc.record({
    kind: fc.constant('endpoint'),
    device,
    url: fc.constantFrom('https://push.example/1', 'https://push.example/2'),
    p256dh: fc.constant(new Uint8Array(65)),
    auth: fc.constant(new Uint8Array(16)),
  }),
  fc.record({ kind: fc.constant('forgetEndpoint'), device }),
  fc.record({ kind: fc.constant('quiet'), hours: fc.constantFrom(hours, null) }),
);

/** More than fits into one message, as a whole state too. */
const many = fc.nat(2).map((n): readonly SubscriptionChange[] =>
  Array.from({ length: 300 }, (_, i) => ({
    kind: 'join',
    device: deviceAt(n),
    site: siteAt(i),
    audience: ['*'],
  })),
);

type Step = (ends: BothEnds) => void;

const changing = fc.array(change, { minLength: 1, maxLength: 4 }).map(
  (changes): Step =>
    (ends) =>
      ends.change(changes),
);
const travelling = fc.oneof(
  fc.constant<Step>((ends) => ends.send()),
  fc.nat(4).map(
    (n): Step =>
      (ends) =>
        ends.deliver(n),
  ),
  fc.constant<Step>((ends) => {
    ends.send();
    ends.deliver(0);
    ends.answer(0);
  }),
  fc.constant<Step>((ends) => void ends.settle()),
  fc.nat(4).map(
    (n): Step =>
      (ends) =>
        ends.answer(n),
  ),
);
const failing = fc.oneof(
  fc.nat(12).map(
    (n): Step =>
      (ends) =>
        ends.restartSender(n),
  ),
  fc.nat(12).map(
    (n): Step =>
      (ends) =>
        ends.restartReceiver(n),
  ),
  fc.constant<Step>((ends) => ends.restartSender(0)),
  fc.constant<Step>((ends) => ends.restartReceiver(0)),
  fc.constant<Step>((ends) => ends.wipeReceiver()),
  fc.nat(40_000).map((ms): Step => (ends) => {
    ends.clockMs += ms;
  }),
);
const bursting = many.map(
  (changes): Step =>
    (ends) =>
      ends.change(changes),
);
const step = fc.oneof(
  { weight: 6, arbitrary: changing },
  { weight: 12, arbitrary: travelling },
  { weight: 3, arbitrary: failing },
  { weight: 1, arbitrary: bursting },
);

const last: SubscriptionChange = { kind: 'quiet', hours: { ...hours, mentionsPass: false } };

test('[I11] after the next answer both ends hold the same, whatever was lost, repeated, reordered or restored', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const ends = new BothEnds();
      for (const each of steps) each(ends);
      // An end that was restored knows of it when something is said the next time.
      ends.change([last]);
      ends.settle();
      ends.agree();
      const rows = rowsOf(ends.stored.state);
      ends.repeatAll();
      deepEqual(rowsOf(ends.stored.state), rows, 'what was long on its way changes nothing');
    }),
    { numRuns: 500 },
  );
});

test('[I11] where only answers are lost and messages repeated, each batch has its effect once', () => {
  const kind = fc.oneof(
    { weight: 3, arbitrary: changing },
    { weight: 6, arbitrary: travelling },
    { weight: 1, arbitrary: fc.constant<Step>((ends) => ends.restartSender(0)) },
  );
  fc.assert(
    fc.property(fc.array(kind, { maxLength: 40 }), (steps) => {
      const ends = new BothEnds();
      ends.settle();
      equal(ends.storeCount, 1, 'the whole state, once');
      for (const each of steps) {
        each(ends);
        const { storeCount } = ends;
        ends.repeatDelivered();
        equal(ends.storeCount, storeCount);
      }
      ends.settle();
      ends.agree();
      equal(ends.wholeCount, 1, 'batches were enough');
    }),
    { numRuns: 200 },
  );
});
