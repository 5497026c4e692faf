/** The line to a push service: each answer, each state, then all of them in any order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  pushAttemptsMax,
  pushFailuresMax,
  pushRefusedRestMs,
  pushRestMaxMs,
  pushRetryMaxMs,
} from 'copse/internal/base/limits-push.ts';

import type { LineMessage, Priority } from './line-queue.ts';
import { type LineEffect, type LineEvent, OriginLine } from './origin-line.ts';
import type { Verdict } from './verdict.ts';

const DELIVERED: Verdict = { kind: 'delivered' };
const FAILED: Verdict = { kind: 'failed', why: '500' };
const REFUSED: Verdict = { kind: 'refused', why: '403' };
const HOUR_MS = 3_600_000;

class Driver {
  readonly line: OriginLine;
  nowMs = 1000;
  wakeAtMs: number | null = null;
  sent: string[] = [];
  ends: string[] = [];
  #count = 0;

  constructor(inFlightMax = 64, queueCountMax = 1000) {
    this.line = new OriginLine({ inFlightMax, queueCountMax });
  }

  on(event: LineEvent): readonly LineEffect[] {
    const effects = this.line.on(event, this.nowMs);
    for (const effect of effects) {
      if (effect.kind === 'send') this.sent.push(effect.isLean ? `${effect.id} lean` : effect.id);
      if (effect.kind === 'wakeAt') this.wakeAtMs = effect.atMs;
      if (effect.kind === 'end') {
        const why = effect.end.how === 'dead' ? ` ${effect.end.why} ${effect.end.last}`.trimEnd() : '';
        this.ends.push(`${effect.id} ${effect.end.how}${why}`);
      }
    }
    return effects;
  }

  offer(device: string, of: Partial<LineMessage> = {}): string {
    const id = of.id ?? `${device}${++this.#count}`;
    const message = { id, device, topic: null, priority: 1, expiresAtMs: Infinity, hasLean: false } as const;
    this.on({ kind: 'offer', message: { ...message, ...of, id } });
    return id;
  }

  answer(id: string, verdict: Verdict, chance = 0.5): void {
    this.on({ kind: 'answer', id, verdict, chance });
  }

  /** Lets time pass until the line wants to be woken. */
  wake(): void {
    assert.ok(this.wakeAtMs !== null, 'the line waits for a time');
    assert.ok(this.wakeAtMs > this.nowMs, 'and for one to come');
    this.nowMs = this.wakeAtMs;
    this.wakeAtMs = null;
    this.on({ kind: 'wake' });
  }

  /** What was sent since the last question. */
  takeSent(): readonly string[] {
    const sent = this.sent;
    this.sent = [];
    return sent;
  }

  get state(): string {
    return this.line.figures().state.kind;
  }
}

test('[I15] mentions leave first, big sites last, each in the order in which they came', () => {
  const driver = new Driver(1);
  driver.offer('first');
  for (const priority of [2, 1, 0, 2, 1, 0] satisfies readonly Priority[])
    driver.offer(`p${priority}-`, { device: `${driver.line.figures().waiting}`, priority });
  for (let i = 0; i < 7; i++) driver.answer(driver.sent.at(-1) ?? '', DELIVERED);
  assert.deepEqual(
    driver.takeSent().map((id) => id.slice(0, 2)),
    ['fi', 'p0', 'p0', 'p1', 'p1', 'p2', 'p2'],
  );
  assert.equal(driver.line.figures().delivered, 7);
});

test('[I15] no more are under way than allowed, and one for each device', () => {
  const driver = new Driver(3);
  const [a1] = [driver.offer('a'), driver.offer('a'), driver.offer('a'), driver.offer('b')];
  assert.deepEqual(driver.takeSent(), ['a1', 'b4']);
  driver.offer('c');
  driver.offer('d');
  assert.deepEqual(driver.takeSent(), ['c5']);
  driver.answer(a1, DELIVERED);
  // The other of the same device waits behind who came meanwhile.
  assert.deepEqual(driver.takeSent(), ['d6']);
  driver.answer('d6', DELIVERED);
  assert.deepEqual(driver.takeSent(), ['a2']);
});

test('[I15] a later message with the same topic takes the place of one that waits, not of one under way', () => {
  const driver = new Driver(1);
  driver.offer('a', { topic: 't' });
  driver.offer('a', { topic: 't' });
  driver.offer('b');
  driver.offer('a', { topic: 't', priority: 0 });
  assert.deepEqual(driver.ends, ['a2 replaced']);
  driver.answer('a1', DELIVERED);
  assert.deepEqual(driver.takeSent(), ['a1', 'a4']);
});

test('[I15] who is gone is gone with all that waits, and nothing else says so', () => {
  const driver = new Driver();
  driver.offer('a');
  driver.offer('a');
  driver.offer('b');
  driver.answer('a1', { kind: 'gone' });
  assert.deepEqual(driver.ends, ['a1 gone', 'a2 gone']);
  assert.deepEqual(driver.line.figures().inFlight, 1);
});

test('[I15] what is too large is sent again without its preview, once', () => {
  const driver = new Driver();
  driver.offer('a', { hasLean: true });
  driver.offer('b');
  driver.answer('a1', { kind: 'tooLarge' });
  driver.answer('b2', { kind: 'tooLarge' });
  assert.deepEqual(driver.takeSent(), ['a1', 'b2', 'a1 lean']);
  driver.answer('a1', { kind: 'tooLarge' });
  assert.deepEqual(driver.ends, ['b2 dead tooLarge 413', 'a1 dead tooLarge 413']);
});

test('[I15] a message that fails while others arrive is tried ever more seldom, then dead', () => {
  const driver = new Driver();
  const pauses: number[] = [];
  driver.offer('a');
  for (;;) {
    const well = driver.offer('b');
    driver.answer(well, DELIVERED);
    driver.answer('a1', FAILED, 0.999);
    if (driver.ends.includes('a1 dead attempts 500')) break;
    const beforeMs = driver.nowMs;
    driver.wake();
    pauses.push(Math.round((driver.nowMs - beforeMs) / 1000));
  }
  assert.deepEqual(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 511, 1023, 2046]);
  assert.equal(driver.sent.filter((id) => id === 'a1').length, pushAttemptsMax);
});

test('[I15] a message that would be sent again too late is dead at once', () => {
  const driver = new Driver();
  driver.offer('a', { expiresAtMs: driver.nowMs + 1000 });
  driver.answer('a1', FAILED, 0.9);
  assert.deepEqual(driver.ends, ['a1 dead late 500']);
  const slow = new Driver(1);
  slow.offer('a');
  slow.offer('b', { expiresAtMs: slow.nowMs + 1000 });
  slow.nowMs += 2000;
  slow.answer('a1', DELIVERED);
  assert.deepEqual(slow.ends, ['a1 delivered', 'b2 dead late']);
});

test('[I15] a service that fails in a row is left alone, asked with one message, ever more seldom', () => {
  const driver = new Driver(100);
  for (let i = 0; i < 20; i++) driver.offer(`d${i}-`);
  const first = driver.takeSent();
  for (const id of first.slice(0, pushFailuresMax)) driver.answer(id, FAILED);
  assert.equal(driver.state, 'resting');
  driver.offer('late');
  assert.deepEqual(driver.takeSent(), []);
  // Answers to what was under way change nothing.
  for (const id of first.slice(pushFailuresMax)) driver.answer(id, FAILED);
  const rests: number[] = [];
  for (let i = 0; i < 12; i++) {
    const beforeMs = driver.nowMs;
    driver.wake();
    rests.push(driver.nowMs - beforeMs);
    const probe = driver.takeSent();
    assert.equal(probe.length, 1);
    assert.equal(driver.state, 'probing');
    driver.answer(probe[0] ?? '', FAILED, 0.999_999);
  }
  for (const [i, rest] of rests.entries()) if (i > 1) assert.ok(rest >= (rests[i - 1] ?? 0) * 0.99);
  assert.ok(Math.abs((rests.at(-1) ?? 0) - pushRestMaxMs) < 10);
  driver.wake();
  const [probe = ''] = driver.takeSent();
  driver.nowMs += pushRetryMaxMs;
  driver.answer(probe, DELIVERED);
  assert.equal(driver.state, 'flowing');
  const again = driver.takeSent();
  assert.equal(again.length, 20);
  assert.deepEqual(driver.ends, [`${probe} delivered`]);
  for (const id of again) driver.answer(id, FAILED);
  assert.ok((driver.wakeAtMs ?? 0) - driver.nowMs <= (rests[0] ?? 0) * 1.5, 'the rests begin anew');
});

test('[I15] an outage of days costs no message its attempts', () => {
  const driver = new Driver();
  driver.offer('a');
  driver.answer('a1', FAILED);
  for (let i = 0; i < 500; i++) {
    driver.wake();
    if (driver.takeSent().length > 0) driver.answer('a1', FAILED, 0.9);
  }
  assert.ok(driver.nowMs > 48 * HOUR_MS);
  assert.deepEqual(driver.ends, []);
});

test('[I15] a pause that the service asks for is kept by all, also when an operator resumes', () => {
  const driver = new Driver();
  driver.offer('a');
  driver.offer('b');
  driver.answer('a1', { kind: 'unavailable', retryAfterMs: HOUR_MS });
  driver.offer('c');
  driver.answer('b2', DELIVERED);
  driver.on({ kind: 'resume' });
  assert.deepEqual(driver.takeSent(), ['a1', 'b2']);
  assert.equal(driver.wakeAtMs, 1000 + HOUR_MS);
  driver.wake();
  assert.ok(driver.takeSent().length > 0);
});

test('[I15] "too many" for one device holds that device; for several in a row, all', () => {
  const driver = new Driver();
  const throttled: Verdict = { kind: 'throttled', retryAfterMs: HOUR_MS };
  driver.offer('a');
  driver.answer('a1', throttled);
  driver.offer('a');
  driver.offer('b');
  assert.deepEqual(driver.takeSent(), ['a1', 'b3']);
  driver.answer('b3', throttled);
  driver.offer('c');
  assert.equal(driver.state, 'flowing');
  driver.answer('c4', throttled);
  assert.equal(driver.state, 'resting');
  driver.offer('d');
  assert.deepEqual(driver.takeSent(), ['c4']);
  driver.wake();
  assert.ok(driver.nowMs >= 1000 + HOUR_MS);
  assert.deepEqual(driver.takeSent(), ['d5']);
  driver.answer('d5', DELIVERED);
  while (driver.wakeAtMs !== null) driver.wake();
  assert.deepEqual(driver.takeSent().toSorted(), ['a2', 'b3', 'c4']);
});

test('[I15] devices that are throttled or refused now and then stop nothing', () => {
  const driver = new Driver();
  for (let i = 0; i < 10; i++) {
    driver.answer(driver.offer(`t${i}-`), { kind: 'throttled', retryAfterMs: HOUR_MS });
    driver.answer(driver.offer(`r${i}-`), REFUSED);
    driver.answer(driver.offer(`well${i}-`), DELIVERED);
    assert.equal(driver.state, 'flowing');
  }
});

test('[I15] one device that is refused is its own matter; three in a row stop the line and say so', () => {
  const driver = new Driver();
  driver.offer('hostile');
  for (let i = 0; i < 5; i++) {
    driver.answer('hostile1', REFUSED);
    assert.equal(driver.state, 'flowing');
    driver.wake();
  }
  driver.answer('hostile1', REFUSED);
  for (const device of ['b', 'c']) driver.answer(driver.offer(device), REFUSED);
  assert.deepEqual(driver.line.figures().state, {
    kind: 'refused',
    untilMs: driver.nowMs + pushRefusedRestMs,
    why: '403',
  });
  driver.takeSent();
  // Also when it is the least urgent.
  driver.offer('good', { priority: 2 });
  assert.deepEqual(driver.takeSent(), []);
  driver.wake();
  assert.deepEqual(driver.takeSent(), ['good4']);
  driver.answer('good4', DELIVERED);
  assert.equal(driver.state, 'flowing');
  assert.deepEqual(driver.ends, ['good4 delivered']);
});

test('[I15] an operator who has mended the key need not wait', () => {
  const driver = new Driver();
  for (const device of ['a', 'b', 'c']) driver.answer(driver.offer(device), REFUSED);
  assert.equal(driver.state, 'refused');
  driver.offer('d');
  driver.takeSent();
  driver.on({ kind: 'resume' });
  assert.deepEqual(driver.takeSent(), ['d4', 'a1', 'b2', 'c3']);
});

test('[I15] a line that is full says so of what matters least', () => {
  const driver = new Driver(1, 4);
  driver.offer('a');
  driver.offer('b', { priority: 2 });
  driver.offer('c', { priority: 2 });
  driver.offer('d');
  driver.offer('e', { priority: 0 });
  driver.offer('f', { priority: 2 });
  driver.offer('g');
  driver.offer('h');
  assert.deepEqual(driver.ends, ['b2 dead full', 'f6 dead full', 'c3 dead full', 'h8 dead full']);
});

test('[I15] a device that unsubscribes gets nothing more, also not what was under way', () => {
  const driver = new Driver();
  driver.offer('a');
  driver.offer('a');
  driver.on({ kind: 'withdraw', device: 'a' });
  driver.on({ kind: 'withdraw', device: 'nobody' });
  driver.answer('a1', FAILED);
  assert.deepEqual(driver.ends, ['a2 withdrawn', 'a1 withdrawn']);
  assert.equal(driver.line.isIdle(driver.nowMs), true);
});
