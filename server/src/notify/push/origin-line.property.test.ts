/** The line to a push service under any sequence of events: nothing is lost, nothing leaves when it may not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { LineMessage } from './line-queue.ts';
import { OriginLine, type LineEvent } from './origin-line.ts';
import type { Verdict } from './verdict.ts';

const IN_FLIGHT_MAX = 3;
const QUEUE_MAX = 12;

type Step =
  | {
      readonly do: 'offer';
      readonly device: number;
      readonly topic: number;
      readonly priority: 0 | 1 | 2;
      readonly ttlMs: number;
    }
  | { readonly do: 'answer'; readonly which: number; readonly verdict: Verdict; readonly chance: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'withdraw'; readonly device: number }
  | { readonly do: 'resume' };

const device = fc.nat(4);
const chance = fc.double({ min: 0, max: 0.999, noNaN: true });
const pauseMs = fc.integer({ min: 0, max: 100_000 });
const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Verdict>({ kind: 'delivered' }) },
  { weight: 1, arbitrary: fc.constant<Verdict>({ kind: 'gone' }) },
  { weight: 1, arbitrary: fc.constant<Verdict>({ kind: 'tooLarge' }) },
  { weight: 2, arbitrary: fc.constant<Verdict>({ kind: 'refused', why: '403' }) },
  {
    weight: 2,
    arbitrary: fc.option(pauseMs).map((ms): Verdict => ({ kind: 'throttled', retryAfterMs: ms })),
  },
  { weight: 2, arbitrary: pauseMs.map((ms): Verdict => ({ kind: 'unavailable', retryAfterMs: ms })) },
  { weight: 5, arbitrary: fc.constant<Verdict>({ kind: 'failed', why: 'timeout' }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('offer' as const),
      device,
      topic: fc.nat(2),
      priority: fc.constantFrom(0 as const, 1 as const, 2 as const),
      ttlMs: fc.integer({ min: 1, max: 300_000 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(9), verdict, chance }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 60_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), device }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'resume' }) },
);

/** Drives a line and knows what it may do. */
class Watch {
  readonly line = new OriginLine({ inFlightMax: IN_FLIGHT_MAX, queueCountMax: QUEUE_MAX });
  nowMs = 0;
  wakeAtMs: number | null = null;
  readonly deviceById = new Map<string, string>();
  readonly leanById = new Set<string>();
  readonly ended = new Map<string, string>();
  /** Messages that were never sent and took nobody's place. */
  readonly fresh = new Map<string, LineMessage>();
  readonly pausedDevices = new Set<string>();
  readonly inFlight = new Set<string>();
  pausedUntilMs = 0;
  readonly heldUntilMs = new Map<string, number>();
  /** The answer that the line hears now. */
  #hears: Verdict['kind'] | null = null;
  #withdraws: string | null = null;
  #sentNow: string[] = [];
  #offers = '';

  on(event: LineEvent): void {
    this.#hears = event.kind === 'answer' ? event.verdict.kind : null;
    this.#withdraws = event.kind === 'withdraw' ? event.device : null;
    this.#sentNow = [];
    if (event.kind === 'answer') this.#learn(event);
    if (event.kind === 'offer') this.fresh.set(event.message.id, event.message);
    this.#offers = event.kind === 'offer' ? event.message.id : '';
    if (event.kind === 'wake') this.wakeAtMs = null;
    for (const effect of this.line.on(event, this.nowMs)) {
      if (effect.kind === 'send') this.#send(effect.id, effect.isLean);
      if (effect.kind === 'end') this.#end(effect.id, effect.end.how);
      if (effect.kind === 'wakeAt') this.wakeAtMs = effect.atMs;
    }
    this.#check();
  }

  #learn({ id, verdict: heard }: LineEvent & { kind: 'answer' }): void {
    this.inFlight.delete(id);
    if (heard.kind === 'unavailable')
      this.pausedUntilMs = Math.max(this.pausedUntilMs, this.nowMs + heard.retryAfterMs);
    if (heard.kind === 'throttled' || heard.kind === 'refused')
      this.pausedDevices.add(this.deviceById.get(id) ?? '');
    if (heard.kind === 'throttled' && heard.retryAfterMs !== null)
      this.heldUntilMs.set(this.deviceById.get(id) ?? '', this.nowMs + heard.retryAfterMs);
  }

  #send(id: string, isLean: boolean): void {
    const to = this.deviceById.get(id) ?? '';
    assert.ok(!this.ended.has(id), `${id} is sent after its end`);
    assert.ok(!this.inFlight.has(id), `${id} is sent twice at once`);
    assert.ok(this.nowMs >= this.pausedUntilMs, 'nothing leaves in a pause');
    assert.ok(this.nowMs >= (this.heldUntilMs.get(to) ?? 0), 'nothing leaves for a device in its pause');
    for (const other of this.inFlight) assert.notEqual(this.deviceById.get(other), to, 'one for each device');
    this.#checkOrder(id);
    if (isLean) this.leanById.add(id);
    else assert.ok(!this.leanById.has(id), 'what was too large stays lean');
    this.inFlight.add(id);
    this.#sentNow.push(id);
  }

  /** Who has waited like this one and is more urgent has left before. */
  #checkOrder(id: string): void {
    const sent = this.fresh.get(id);
    this.fresh.delete(id);
    if (sent === undefined) return;
    const busy = new Set([...this.inFlight].map((other) => this.deviceById.get(other)));
    for (const other of this.fresh.values()) {
      const waits = busy.has(other.device) || this.pausedDevices.has(other.device);
      if (!waits && other.expiresAtMs > this.nowMs && other.device !== sent.device)
        assert.ok(other.priority >= sent.priority, `${id} leaves before ${other.id}`);
    }
  }

  #end(id: string, how: string): void {
    this.fresh.delete(id);
    if (how === 'replaced') this.fresh.delete(this.#offers);
    assert.ok(!this.ended.has(id), `${id} ends twice`);
    assert.ok(!this.inFlight.has(id), `${id} ends under way`);
    if (how === 'gone') assert.equal(this.#hears, 'gone');
    if (how === 'delivered') assert.equal(this.#hears, 'delivered');
    if (this.#withdraws !== null) assert.equal(this.deviceById.get(id), this.#withdraws);
    this.ended.set(id, how);
  }

  #check(): void {
    const { waiting, inFlight, delivered, gone, dead, state } = this.line.figures();
    assert.equal(inFlight, this.inFlight.size);
    assert.ok(inFlight <= IN_FLIGHT_MAX, 'never more under way than allowed');
    assert.ok(waiting + inFlight <= QUEUE_MAX, 'never more than there is room for');
    assert.equal(waiting + inFlight, this.deviceById.size - this.ended.size, 'each message is somewhere');
    const count = (how: string): number => [...this.ended.values()].filter((one) => one === how).length;
    assert.deepEqual([delivered, gone, dead], [count('delivered'), count('gone'), count('dead')]);
    const mayLeave = state.kind === 'probing' ? [state.id] : [];
    if (state.kind !== 'flowing')
      assert.ok(
        this.#sentNow.every((id) => mayLeave.includes(id)),
        'one leaves to see, the others wait',
      );
    if (state.kind === 'probing') assert.ok(this.inFlight.has(state.id), 'who asks is under way');
    if (this.wakeAtMs !== null) assert.ok(this.wakeAtMs > this.nowMs, 'no time is wanted that has passed');
    if (waiting > 0 && inFlight === 0) assert.notEqual(this.wakeAtMs, null, 'what waits is not forgotten');
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.wakeAtMs !== null && this.wakeAtMs <= untilMs) {
      this.nowMs = this.wakeAtMs;
      this.on({ kind: 'wake' });
    }
    this.nowMs = untilMs;
  }

  run(one: Step): void {
    const waiting = [...this.inFlight];
    const id = one.do === 'answer' ? waiting[one.which % Math.max(1, waiting.length)] : undefined;
    if (one.do === 'pass') this.pass(one.ms);
    else if (one.do === 'resume') this.on({ kind: 'resume' });
    else if (one.do === 'withdraw') this.on({ kind: 'withdraw', device: `d${one.device}` });
    else if (one.do === 'offer') this.#offer(one);
    else if (id !== undefined) this.on({ kind: 'answer', id, verdict: one.verdict, chance: one.chance });
  }

  #offer({ device: number, topic, priority, ttlMs }: Step & { do: 'offer' }): void {
    const id = `m${this.deviceById.size}`;
    this.deviceById.set(id, `d${number}`);
    const message = { id, device: `d${number}`, priority, expiresAtMs: this.nowMs + ttlMs };
    this.on({
      kind: 'offer',
      message: { ...message, topic: topic === 0 ? null : `t${topic}`, hasLean: topic !== 1 },
    });
  }

  /** The service works again: everything ends. */
  drain(): void {
    for (let turns = 0; this.ended.size < this.deviceById.size; turns++) {
      assert.ok(turns < 500, 'what waits ends');
      const [id] = this.inFlight;
      if (id !== undefined) this.on({ kind: 'answer', id, verdict: { kind: 'delivered' }, chance: 0 });
      else this.pass(100_000);
    }
  }
}

test('[I15] whatever comes in whatever order, each message ends once, in its time, and none is lost', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const watch = new Watch();
      for (const one of steps) watch.run(one);
      watch.drain();
      assert.equal(watch.line.figures().waiting, 0);
    }),
    { numRuns: 1500 },
  );
});
