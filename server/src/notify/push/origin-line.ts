/**
 * The line to one push service, as a machine without clock, chance or promise: messages and answers go in, what is
 * to be sent and how each message ended comes out. Each ends once: delivered, gone, replaced, withdrawn or dead
 * (SPEC I15).
 *
 * A service that fails some times in a row rests, ever longer, until one message went through. One that asks for a
 * pause gets it. One refusal or one "too many" is the matter of its device, which its user may have subscribed for
 * another node on purpose; only several devices in a row make it ours.
 */

import { assert, unreachable } from 'copse/internal/base/assert.ts';
import {
  pushAttemptsMax,
  pushFailuresMax,
  pushInFlightMax,
  pushQueueCountMax,
  pushRefusalsMax,
  pushRefusedRestMs,
  pushRestMaxMs,
  pushRestMinMs,
  pushRetryMaxMs,
  pushRetryMinMs,
} from 'copse/internal/base/limits-push.ts';

import { type Item, type LineMessage, LineQueue } from './line-queue.ts';
import type { Verdict } from './verdict.ts';

export type LineEvent =
  | { readonly kind: 'offer'; readonly message: LineMessage }
  /** `chance` in [0, 1) is for the pause that may follow. */
  | { readonly kind: 'answer'; readonly id: string; readonly verdict: Verdict; readonly chance: number }
  | { readonly kind: 'wake' }
  /** An operator says that it is worth a try. */
  | { readonly kind: 'resume' }
  /** A device has unsubscribed: what waits for it is taken out. */
  | { readonly kind: 'withdraw'; readonly device: string };

export type End =
  | { readonly how: 'delivered' | 'gone' | 'replaced' | 'withdrawn' }
  | { readonly how: 'dead'; readonly why: Why; readonly last: string };

export type Why = 'full' | 'late' | 'attempts' | 'tooLarge' | 'refused';

export type LineEffect =
  | { readonly kind: 'send'; readonly id: string; readonly isLean: boolean }
  | { readonly kind: 'end'; readonly id: string; readonly end: End }
  /** Wants `wake` once, then, and at no other time that it said before. */
  | { readonly kind: 'wakeAt'; readonly atMs: number | null }
  | { readonly kind: 'state'; readonly state: LineState };

export type LineState =
  | { readonly kind: 'flowing' }
  | { readonly kind: 'resting'; readonly untilMs: number; readonly why: string }
  /** The service refuses what we send whoever it is for: see the key for notifications and the contact. */
  | { readonly kind: 'refused'; readonly untilMs: number; readonly why: string }
  /** One message is on its way, to see. */
  | { readonly kind: 'probing'; readonly id: string };

export interface LineFigures {
  readonly state: LineState;
  readonly waiting: number;
  readonly inFlight: number;
  readonly delivered: number;
  readonly gone: number;
  readonly dead: number;
  readonly retried: number;
}

export interface LineLimits {
  readonly queueCountMax: number;
  readonly inFlightMax: number;
}

const LIMITS: LineLimits = { queueCountMax: pushQueueCountMax, inFlightMax: pushInFlightMax };
/** However the dice fall. */
const RETRY_FLOOR_MS = pushRetryMinMs / 4;
const FLOWING: LineState = { kind: 'flowing' };

interface Answered<K extends Verdict['kind']> {
  readonly verdict: Extract<Verdict, { kind: K }>;
  readonly chance: number;
  readonly nowMs: number;
  readonly isProbe: boolean;
}

export class OriginLine {
  readonly #limits: LineLimits;
  readonly #queue = new LineQueue();
  #state: LineState = FLOWING;
  /** Of the next rest. */
  #restMs = pushRestMinMs;
  /** A pause that the service asked for: nothing leaves before, whatever the state. */
  #pausedUntilMs = 0;
  #failures = 0;
  readonly #refusedDevices = new Set<string>();
  readonly #throttledDevices = new Set<string>();
  #delivered = 0;
  #gone = 0;
  #dead = 0;
  #retried = 0;
  #wakeAtMs: number | null = null;
  #sweepAtCount: number;
  #effects: LineEffect[] = [];

  constructor(limits: LineLimits = LIMITS) {
    this.#limits = limits;
    this.#sweepAtCount = 2 * limits.queueCountMax;
  }

  on(event: LineEvent, nowMs: number): readonly LineEffect[] {
    assert(this.#effects.length === 0, 'one event at a time');
    this.#take(event, nowMs);
    this.#flow(nowMs);
    this.#setWake(nowMs);
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  figures(): LineFigures {
    const inFlight = this.#queue.sentCount;
    return {
      state: this.#state,
      waiting: this.#queue.count - inFlight,
      inFlight,
      delivered: this.#delivered,
      gone: this.#gone,
      dead: this.#dead,
      retried: this.#retried,
    };
  }

  /** Nothing waits, and there is no pause to be remembered. */
  isIdle(nowMs: number): boolean {
    return this.#queue.count === 0 && this.#closedUntilMs() <= nowMs;
  }

  #take(event: LineEvent, nowMs: number): void {
    switch (event.kind) {
      case 'offer':
        return this.#offer(event.message, nowMs);
      case 'answer':
        return this.#answer(event, nowMs);
      case 'wake':
        this.#wakeAtMs = null;
        return;
      case 'resume':
        if (this.#state.kind === 'probing') return;
        return this.#resume();
      case 'withdraw':
        return this.#withdraw(event.device);
      default:
        unreachable(event);
    }
  }

  #offer(message: LineMessage, nowMs: number): void {
    if (this.#queue.count >= this.#limits.queueCountMax) {
      const lesser = this.#queue.takeLesser(message.priority);
      this.#ended(lesser?.message.id ?? message.id, { how: 'dead', why: 'full', last: lesser?.last ?? '' });
      if (lesser === null) return;
    }
    const replaced = this.#queue.add(message);
    if (replaced !== null) this.#ended(replaced.id, { how: 'replaced' });
    if (this.#queue.deviceCount < this.#sweepAtCount) return;
    this.#queue.sweep(nowMs);
    this.#sweepAtCount = Math.max(2 * this.#limits.queueCountMax, 2 * this.#queue.deviceCount);
  }

  #resume(): void {
    for (const device of this.#refusedDevices) this.#queue.putOff(device, 0);
    this.#refusedDevices.clear();
    this.#throttledDevices.clear();
    this.#become(FLOWING);
  }

  #withdraw(device: string): void {
    for (const item of this.#queue.waitingOf(device)) this.#end(item, { how: 'withdrawn' });
    const sent = this.#queue.sentOf(device);
    if (sent !== null) sent.isWithdrawn = true;
  }

  #answer({ id, verdict, chance }: LineEvent & { kind: 'answer' }, nowMs: number): void {
    const item = this.#queue.get(id);
    assert(item !== undefined && item.place === 'sent', 'an answer is to what was sent');
    const isProbe = this.#state.kind === 'probing' && this.#state.id === id;
    // That the service does not work yet is no fault of the message.
    if (isProbe) item.attempts--;
    switch (verdict.kind) {
      case 'delivered':
      case 'gone':
      case 'tooLarge':
        return this.#well(item, verdict.kind, isProbe);
      case 'refused':
        return this.#refused(item, { verdict, chance, nowMs, isProbe });
      case 'throttled':
        return this.#throttled(item, { verdict, chance, nowMs, isProbe });
      case 'unavailable':
        this.#paused(nowMs + verdict.retryAfterMs, '503', isProbe);
        return this.#retry(item, nowMs + this.#pause(item, chance), '503', nowMs);
      case 'failed':
        return this.#failed(item, { verdict, chance, nowMs, isProbe });
      default:
        unreachable(verdict);
    }
  }

  /** The service is there and knows us. */
  #well(item: Item, kind: 'delivered' | 'gone' | 'tooLarge', isProbe: boolean): void {
    this.#failures = 0;
    if (kind === 'delivered') {
      this.#refusedDevices.clear();
      this.#throttledDevices.clear();
      this.#queue.release(item.message.device);
    }
    if (isProbe) this.#restMs = pushRestMinMs;
    // A delivery also proves that the service does not refuse everybody.
    if (isProbe || (kind === 'delivered' && this.#state.kind === 'refused')) this.#become(FLOWING);
    if (kind === 'delivered') return this.#end(item, { how: 'delivered' });
    if (kind === 'gone') return this.#endAll(item);
    if (item.isLean || !item.message.hasLean)
      return this.#end(item, { how: 'dead', why: 'tooLarge', last: '413' });
    if (item.isWithdrawn) return this.#end(item, { how: 'withdrawn' });
    item.isLean = true;
    this.#retried++;
    this.#queue.back(item, null);
  }

  #endAll(item: Item): void {
    const { device } = item.message;
    this.#end(item, { how: 'gone' });
    for (const other of this.#queue.waitingOf(device)) this.#end(other, { how: 'gone' });
  }

  #refused(item: Item, answer: Answered<'refused'>): void {
    const { verdict, chance, nowMs, isProbe } = answer;
    this.#refusedDevices.add(item.message.device);
    const isOurs = isProbe || this.#refusedDevices.size >= pushRefusalsMax;
    if (isOurs) this.#stop(nowMs + pushRefusedRestMs, verdict.why);
    this.#retry(item, nowMs + this.#pause(item, chance), verdict.why, nowMs);
  }

  /** The message that asks again is for another device than those that were refused: they may be one person's. */
  #stop(untilMs: number, why: string): void {
    for (const device of this.#refusedDevices) this.#queue.putOff(device, untilMs + pushRetryMinMs);
    this.#become({ kind: 'refused', untilMs, why });
  }

  #throttled(item: Item, answer: Answered<'throttled'>): void {
    const { verdict, chance, nowMs, isProbe } = answer;
    const { device } = item.message;
    const untilMs = nowMs + Math.max(verdict.retryAfterMs ?? this.#pause(item, chance), RETRY_FLOOR_MS);
    this.#queue.hold(device, untilMs);
    this.#throttledDevices.add(device);
    if (isProbe || this.#throttledDevices.size >= pushRefusalsMax) {
      this.#throttledDevices.clear();
      this.#paused(untilMs, '429', isProbe);
    }
    // With some jitter beyond what was asked for, so that those who were told the same do not come together.
    this.#retry(item, untilMs + chance * pushRetryMinMs, '429', nowMs);
  }

  #failed(item: Item, { verdict, chance, nowMs, isProbe }: Answered<'failed'>): void {
    this.#failures++;
    if (isProbe || (this.#failures >= pushFailuresMax && this.#state.kind === 'flowing')) {
      // Half of it at least: the service is down, and there is one of us to ask.
      const untilMs = nowMs + (this.#restMs * (1 + chance)) / 2;
      this.#become({ kind: 'resting', untilMs, why: verdict.why });
      this.#restMs = Math.min(2 * this.#restMs, pushRestMaxMs);
    }
    this.#retry(item, nowMs + this.#pause(item, chance), verdict.why, nowMs);
  }

  /** The service asked for a pause. */
  #paused(untilMs: number, why: string, isProbe: boolean): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
    if (isProbe || this.#state.kind === 'flowing')
      this.#become({ kind: 'resting', untilMs: this.#pausedUntilMs, why });
  }

  /** Exponential with full jitter. */
  #pause(item: Item, chance: number): number {
    const ceilingMs = Math.min(pushRetryMaxMs, pushRetryMinMs * 2 ** Math.max(0, item.attempts - 1));
    return Math.max(RETRY_FLOOR_MS, chance * ceilingMs);
  }

  #retry(item: Item, dueAtMs: number, last: string, nowMs: number): void {
    assert(dueAtMs > nowMs, 'a retry is later');
    if (item.isWithdrawn) return this.#end(item, { how: 'withdrawn' });
    if (item.attempts >= pushAttemptsMax) return this.#end(item, { how: 'dead', why: 'attempts', last });
    if (dueAtMs >= item.message.expiresAtMs) return this.#end(item, { how: 'dead', why: 'late', last });
    item.last = last;
    this.#retried++;
    this.#queue.back(item, dueAtMs);
  }

  #become(state: LineState): void {
    this.#state = state;
    this.#effects.push({ kind: 'state', state });
  }

  #flow(nowMs: number): void {
    const state = this.#state;
    if (state.kind === 'probing' || this.#closedUntilMs() > nowMs) return;
    const isRested = state.kind !== 'flowing';
    while (this.#queue.sentCount < this.#limits.inFlightMax) {
      const item = this.#queue.next(nowMs, (late) => {
        this.#ended(late.message.id, { how: 'dead', why: 'late', last: late.last });
      });
      if (item === null) return;
      item.attempts++;
      const { id } = item.message;
      if (isRested) this.#become({ kind: 'probing', id });
      this.#effects.push({ kind: 'send', id, isLean: item.isLean });
      if (isRested) return;
    }
  }

  #end(item: Item, end: End): void {
    this.#queue.remove(item);
    this.#ended(item.message.id, end);
  }

  #ended(id: string, end: End): void {
    if (end.how === 'delivered') this.#delivered++;
    if (end.how === 'gone') this.#gone++;
    if (end.how === 'dead') this.#dead++;
    this.#effects.push({ kind: 'end', id, end });
  }

  #closedUntilMs(): number {
    const state = this.#state;
    return 'untilMs' in state ? Math.max(state.untilMs, this.#pausedUntilMs) : this.#pausedUntilMs;
  }

  #setWake(nowMs: number): void {
    const atMs = this.#wantsAtMs(nowMs);
    if (atMs === this.#wakeAtMs) return;
    this.#wakeAtMs = atMs;
    this.#effects.push({ kind: 'wakeAt', atMs });
  }

  /** When the rest ends, or else when the first message is due; an answer that is to come wakes by itself. */
  #wantsAtMs(nowMs: number): number | null {
    const { count, sentCount } = this.#queue;
    if (count === sentCount || this.#state.kind === 'probing') return null;
    const closedUntilMs = this.#closedUntilMs();
    if (closedUntilMs > nowMs) return closedUntilMs;
    return sentCount >= this.#limits.inFlightMax ? null : this.#queue.firstDueAtMs;
  }
}
