/** Single answers of the receiver, for what chance would find seldom. */

import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { SubscriptionChange, Update } from 'copse/internal/api/notify.ts';
import { must } from 'copse/internal/base/assert.ts';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { listenersPerUserMax } from 'copse/internal/base/limits-notify.ts';
import { NO_DIGEST } from 'copse/internal/social/subscriptions/digest.ts';
import { MemoryHeld } from 'copse/internal/social/subscriptions/held.ts';
import { SubscriptionSender } from 'copse/internal/social/subscriptions/sender.ts';
import { BothEnds, deviceAt, primitives, siteAt, user } from './testing/both-ends.ts';
import { SubscriptionReceiver, type Stored } from './receiver.ts';

const join = (site: number, device = 0): SubscriptionChange => ({
  kind: 'join',
  device: deviceAt(device),
  site: siteAt(site),
  audience: ['*'],
});
const mute = (durationMs: number): SubscriptionChange => ({
  kind: 'mute',
  device: deviceAt(0),
  site: siteAt(0),
  durationMs,
});
const EPOCH = new Uint8Array(8).fill(1);
const NOTHING: Stored = { version: 0, hash: NO_BYTES, digest: NO_DIGEST, state: new MemoryHeld() };

const receiver = () => new SubscriptionReceiver({ epoch: EPOCH, primitives, draw: () => 5_000 });

/** The parts of a whole state of so many places, for a store that holds nothing. */
function partsOf(places: number): { readonly sender: SubscriptionSender; readonly parts: readonly Update[] } {
  const sender = new SubscriptionSender({ user, primitives });
  sender.change(
    Array.from({ length: places }, (_, i) => join(i)),
    0,
  );
  const told = { kind: 'unknown', epoch: EPOCH, version: 0 } as const;
  sender.answered(must(sender.next(0), 'a question'), told, 0);
  const parts: Update[] = [];
  for (let part = 1; ; part++) {
    const message = must(sender.next(0), 'a part');
    parts.push(message);
    if (part === message.full?.parts) return { sender, parts };
    sender.answered(message, { kind: 'more', part }, 0);
  }
}

test('[I11] parts apply at once, when all are there, whatever their order and however often they come', () => {
  const { parts } = partsOf(700);
  equal(parts.length, 3);
  const to = receiver();
  const told = [2, 0, 0, 2, 1, 0].map((part) => {
    const verdict = to.decide(NOTHING, must(parts[part], 'a part'), 0);
    equal(verdict.kind, 'answer');
    return verdict.answer.kind === 'more' ? verdict.answer.part : null;
  });
  deepEqual(told, [0, 1, 1, 1, 2, 2]);
  const verdict = to.decide(NOTHING, must(parts[2], 'a part'), 0);
  equal(verdict.kind === 'store' && verdict.difference.listeners.length, 700);
});

test('[I11] parts of two attempts never make one state', () => {
  const [one, other] = [partsOf(700), partsOf(701)];
  const to = receiver();
  to.decide(NOTHING, must(one.parts[0], 'a part'), 0);
  const verdict = to.decide(NOTHING, must(other.parts[1], 'a part'), 0);
  deepEqual(verdict, { kind: 'answer', answer: { kind: 'more', part: 0 } });
});

test('[I11] what changes while the parts of a whole state travel follows them', () => {
  const ends = new BothEnds();
  ends.change(Array.from({ length: 700 }, (_, i) => join(i)));
  for (let message = 0; message < 2; message++) {
    ends.send();
    ends.deliver(0);
    ends.answer(0);
  }
  ends.change([mute(0)]);
  equal(ends.settle(), 3, 'two parts and a batch');
  equal(ends.wholeCount, 1);
  ends.agree();
});

test('[I11] an end that starts anew while the parts travel sends or takes all of them', () => {
  for (const restart of ['restartSender', 'restartReceiver'] as const) {
    const ends = new BothEnds();
    ends.change(Array.from({ length: 700 }, (_, i) => join(i)));
    for (let message = 0; message < 3; message++) {
      ends.send();
      ends.deliver(0);
      ends.answer(0);
    }
    ends[restart](0);
    ends.settle();
    ends.agree();
    equal(ends.wholeCount, 1);
  }
});

test('[I11] a digest that does not fit is refused: two histories may lead to one version', () => {
  const ends = new BothEnds();
  ends.change([join(0), join(1)]);
  ends.settle();
  ends.change([mute(3_600_000)]);
  ends.settle();
  // The sender forgets the last batch and says something else in its place; notify is put back to after it.
  const behind = ends.stored;
  const sender = new SubscriptionSender({ user, primitives, saved: savedBehind(ends) });
  ends.sender = sender;
  ends.change([join(2)]);
  equal(sender.next(ends.clockMs)?.base, behind.version);
  ends.settle();
  ends.agree();
  equal(ends.wholeCount, 2);
});

/** What a sender has kept for whom another change has led to the same version. */
function savedBehind(ends: BothEnds) {
  const saved = ends.sender.save();
  const other = new SubscriptionSender({ user, primitives, saved });
  other.change([{ kind: 'unmute', device: deviceAt(0), site: siteAt(0), durationMs: 0 }], 0);
  return { ...other.save(), waiting: [] };
}

test('[I11] the version of a whole state is drawn, so that no copy of the store has it for another one', () => {
  const { parts } = partsOf(1);
  const versions = [7, 8_000].map((drawn) => {
    const to = new SubscriptionReceiver({ epoch: EPOCH, primitives, draw: () => drawn });
    const verdict = to.decide(NOTHING, must(parts[0], 'a part'), 0);
    return verdict.kind === 'store' ? verdict.version : 0;
  });
  deepEqual(versions, [8, 8_001]);
});

test('[I11] a whole state mends a digest that says something else than the rows', () => {
  const ends = new BothEnds();
  ends.change([join(0), join(1)]);
  ends.settle();
  ends.stored = { ...ends.stored, digest: new Uint8Array(8).fill(7) };
  ends.change([join(2)]);
  equal(ends.settle(), 2, 'a batch that is refused, and the whole state');
  ends.agree();
  ends.change([join(3)]);
  equal(ends.settle(), 1);
});

test('[I11] a whole state takes away what is not in it', () => {
  const ends = new BothEnds();
  ends.settle();
  const before = ends.sender.save();
  ends.change([join(0), join(1), { kind: 'quiet', hours: null }]);
  ends.settle();
  ends.sender = new SubscriptionSender({ user, primitives, saved: before });
  ends.change([join(2)]);
  ends.settle();
  ends.agree();
  equal(ends.stored.state.listenerCount, 1);
});

test('[I7, I11] a repeated batch makes nothing last longer, and a late one sends what is left', () => {
  const ends = new BothEnds();
  ends.change([join(0)]);
  ends.settle();
  ends.change([mute(3_600_000)]);
  ends.send();
  ends.deliver(0);
  const until = () => ends.stored.state.listener(deviceAt(0), siteAt(0))?.override?.untilMs;
  const first = must(until(), 'a time');
  ends.clockMs += 30_000;
  ends.send();
  ends.deliver(0);
  equal(until(), first, 'the batch was known');
  ends.answer(0);
  ends.agree();
  ends.change([mute(3_600_000)]);
  ends.send();
  ends.clockMs += 600_000;
  ends.settle();
  equal(until(), first + 30_000, 'nothing but what is left of it was sent');
  ends.agree();
});

test('[I11] a batch without its answer stays the same over a restart, and what follows it follows', () => {
  const ends = new BothEnds();
  ends.settle();
  ends.change([join(0)]);
  ends.send();
  ends.deliver(0);
  ends.restartSender(0);
  ends.change([join(1)]);
  ends.settle();
  ends.agree();
  equal(ends.wholeCount, 1);
});

test('[I11] an update beyond the bounds is refused whole', () => {
  const sender = new SubscriptionSender({ user, primitives });
  const full = Array.from({ length: listenersPerUserMax }, (_, i) => join(i % 1_000, Math.floor(i / 1_000)));
  sender.change(full.slice(0, 10), 0);
  throws(() => sender.change([...full, join(2_000)], 0), { code: 'tooMany' });
  throws(
    () => sender.change([{ kind: 'join', device: deviceAt(0), site: siteAt(0), audience: ['all of it'] }], 0),
    {
      code: 'malformed',
    },
  );
  equal(sender.held.listenerCount, 10);
});
