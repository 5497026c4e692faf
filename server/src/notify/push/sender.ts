/**
 * Sends messages to the push services: a line to each (`OriginLine`), the clock and the network around it. How each
 * message ended is told once; endpoints are only removed by whoever hears `gone` (SPEC I15). Nothing here says an
 * endpoint, a key or a token to a log: of an address only its origin.
 */

import type { Provider } from './provider.ts';
import { assert } from 'copse/internal/base/assert.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { pushAnswerMs, pushDrainMs, pushOriginsMax } from 'copse/internal/base/limits-push.ts';

import { encryptPush } from './encrypt.ts';
import type { Endpoint, EndpointPolicy } from './endpoint.ts';
import { checkMessage, headersOf, type PushMessage } from './message.ts';
import { type End, type LineEffect, type LineEvent, type LineFigures, OriginLine } from './origin-line.ts';
import { Pace } from './pace.ts';
import type { Post } from './post.ts';
import type { Seal } from './seals.ts';
import type { Vapid } from './vapid.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface SenderOptions {
  readonly vapid: Vapid;
  readonly policy: EndpointPolicy;
  readonly post: Post;
  /** Encrypts a message; in place when nobody else does. */
  readonly seal?: Seal;
  /**
   * Called once for each message that was offered and not refused with a fault. At `gone` its owner removes the
   * endpoint of this message, unless the device has another one by now.
   */
  readonly onEnd: (message: PushMessage, end: End) => void;
  /** Runs a task behind what has already arrived: `setImmediate` in a process. */
  readonly soon?: (task: () => void) => void;
}

export interface OriginFigures extends LineFigures {
  readonly origin: string;
  /** From the offer to the answer, of the last one that was delivered. */
  readonly lagMs: number;
}

interface Line {
  readonly origin: string;
  readonly machine: OriginLine;
  timer: Timer | null;
  lagMs: number;
}

interface Held {
  readonly message: PushMessage;
  readonly endpoint: Endpoint;
  readonly offeredAtMs: number;
  readonly expiresAtMs: number;
  readonly line: Line;
}

export class Sender implements Provider {
  readonly #env: Env;
  readonly #options: SenderOptions;
  readonly #lineByOrigin = new Map<string, Line>();
  readonly #heldById = new Map<string, Held>();
  /** Requests under way, and what aborts them. */
  readonly #sending = new Map<Promise<void>, AbortController>();
  /** Encrypted and sent in slices, between which others have the processor (SPEC I13). */
  readonly #pace: Pace;
  #isClosed = false;

  constructor(env: Env, options: SenderOptions) {
    this.#env = env;
    this.#options = options;
    this.#pace = new Pace(env, options.soon ?? ((task) => void env.after(0, task)));
  }

  /**
   * Takes a message; how it ends is told to `onEnd`, maybe before this returns. A message or endpoint that would be
   * refused by everybody throws: `malformed`, `tooLarge`, or `forbidden` for an address that is not to be called.
   */
  offer(message: PushMessage): void {
    if (this.#isClosed) throw new Fault('draining');
    checkMessage(message);
    const endpoint = this.#options.policy.read(message.subscription.endpoint);
    assert(!this.#heldById.has(message.id), 'a message is offered once');
    const offeredAtMs = this.#env.nowMs();
    const expiresAtMs = offeredAtMs + message.ttlMs;
    const line = this.#lineTo(endpoint.origin);
    if (line === null) return this.#die(message, endpoint.origin, { how: 'dead', why: 'full', last: '' });
    this.#heldById.set(message.id, { message, endpoint, offeredAtMs, expiresAtMs, line });
    const { id, topic, priority, leanText } = message;
    const device = message.subscription.endpoint;
    const entry = { id, device, topic, priority, expiresAtMs, hasLean: leanText !== null };
    this.#run(line, { kind: 'offer', message: entry });
  }

  /** Asks with one message past the line, at once. Whoever does bounds how often; nothing else is told of it. */
  async probe(message: PushMessage): Promise<Verdict> {
    if (this.#isClosed) throw new Fault('draining');
    checkMessage(message);
    const endpoint = this.#options.policy.read(message.subscription.endpoint);
    const controller = new AbortController();
    const asked = this.#ask(
      { message, endpoint, expiresAtMs: this.#env.nowMs() + message.ttlMs },
      false,
      controller,
    );
    const sending: Promise<void> = asked.then(nothing, nothing).finally(() => this.#sending.delete(sending));
    this.#sending.set(sending, controller);
    return asked;
  }

  /** The device has unsubscribed, or has another endpoint than this: nothing that waits is sent there. */
  withdraw(endpoint: string): void {
    for (const line of this.#lineByOrigin.values()) this.#run(line, { kind: 'withdraw', device: endpoint });
  }

  /** An operator says that it is worth a try: a push service that refused us or rests is asked again at once. */
  resume(origin: string): void {
    const line = this.#lineByOrigin.get(origin);
    if (line !== undefined) this.#run(line, { kind: 'resume' });
  }

  figures(): readonly OriginFigures[] {
    return [...this.#lineByOrigin.values()].map(({ origin, machine, lagMs }) => ({
      origin,
      lagMs,
      ...machine.figures(),
    }));
  }

  /** Lets what is under way arrive for a moment. What waits is not told about: its owner still has it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const line of this.#lineByOrigin.values()) line.timer?.cancel();
    const timer = this.#env.after(pushDrainMs, () => {
      for (const controller of this.#sending.values()) controller.abort();
    });
    await Promise.allSettled(this.#sending.keys());
    timer.cancel();
  }

  #lineTo(origin: string): Line | null {
    const known = this.#lineByOrigin.get(origin);
    if (known !== undefined) return known;
    if (this.#lineByOrigin.size >= pushOriginsMax && !this.#forgetIdle()) return null;
    const line: Line = { origin, machine: new OriginLine(), timer: null, lagMs: 0 };
    this.#lineByOrigin.set(origin, line);
    return line;
  }

  #forgetIdle(): boolean {
    const nowMs = this.#env.nowMs();
    for (const { origin, machine } of this.#lineByOrigin.values())
      if (machine.isIdle(nowMs)) return this.#lineByOrigin.delete(origin);
    return false;
  }

  /** What is told to the owner comes last: it may offer the next message from inside. */
  #run(line: Line, event: LineEvent): void {
    const effects = line.machine.on(event, this.#env.nowMs());
    for (const effect of effects) this.#act(line, effect);
    for (const effect of effects) if (effect.kind === 'end') this.#end(effect.id, effect.end);
  }

  #act(line: Line, effect: LineEffect): void {
    if (effect.kind === 'send') this.#send(effect.id, effect.isLean);
    if (effect.kind === 'wakeAt') this.#wakeAt(line, effect.atMs);
    if (effect.kind !== 'state') return;
    const { state } = effect;
    if (state.kind === 'probing') return;
    const level = state.kind === 'flowing' ? 'info' : 'warn';
    const why = 'why' in state ? state.why : '';
    this.#env.log(level, 'push.line', { origin: line.origin, state: state.kind, why });
  }

  #wakeAt(line: Line, atMs: number | null): void {
    line.timer?.cancel();
    line.timer = null;
    if (atMs === null || this.#isClosed) return;
    // Timers of the runtime wrap around at 2^31 milliseconds; a rest is a day at most.
    line.timer = this.#env.after(Math.max(0, atMs - this.#env.nowMs()), () => {
      line.timer = null;
      this.#run(line, { kind: 'wake' });
    });
  }

  #send(id: string, isLean: boolean): void {
    this.#pace.add(() => this.#begin(id, isLean));
  }

  #begin(id: string, isLean: boolean): void {
    if (this.#isClosed) return;
    const held = this.#heldById.get(id);
    assert(held !== undefined, 'what is sent is held');
    const controller = new AbortController();
    const sending: Promise<void> = this.#carry(held, isLean, controller).finally(() =>
      this.#sending.delete(sending),
    );
    this.#sending.set(sending, controller);
  }

  async #carry(held: Held, isLean: boolean, controller: AbortController): Promise<void> {
    let verdict: Verdict = { kind: 'failed', why: 'mistake' };
    try {
      verdict = await this.#ask(held, isLean, controller);
    } catch (thrown) {
      this.#mistake(held.line.origin, thrown);
    }
    const { id } = held.message;
    this.#run(held.line, { kind: 'answer', id, verdict, chance: this.#env.chance() });
  }

  /** The verdict in time. */
  async #ask(
    { message, endpoint, expiresAtMs }: Pick<Held, 'message' | 'endpoint' | 'expiresAtMs'>,
    isLean: boolean,
    controller: AbortController,
  ): Promise<Verdict> {
    const text = isLean && message.leanText !== null ? message.leanText : message.text;
    const authorization = this.#options.vapid.authorization(endpoint.origin, this.#env.wallMs());
    const headers = headersOf(message, { authorization, ttlMs: expiresAtMs - this.#env.nowMs() });
    const { seal = encryptPush } = this.#options;
    const request = { endpoint, headers, body: await seal(message.subscription, text) };
    let timer: Timer | null = null;
    const silence = new Promise<Verdict>((resolve) => {
      const silent: Verdict = { kind: 'failed', why: 'silent' };
      timer = this.#env.after(pushAnswerMs, () => {
        resolve(silent);
        controller.abort();
      });
    });
    const answer = this.#options.post(request, controller.signal).then(
      (answered) => withReason(verdictOf(answered, this.#env.wallMs()), answered.reason),
      (thrown): Verdict => ({ kind: 'failed', why: whyOf(thrown) }),
    );
    const verdict = await Promise.race([answer, silence]);
    (timer as Timer | null)?.cancel();
    return verdict;
  }

  #wasHeld(id: string): Held {
    const held = this.#heldById.get(id);
    assert(held !== undefined, 'what ends was held');
    this.#heldById.delete(id);
    return held;
  }

  #end(id: string, end: End): void {
    const { message, line, offeredAtMs } = this.#wasHeld(id);
    if (end.how === 'delivered') line.lagMs = this.#env.nowMs() - offeredAtMs;
    if (end.how === 'dead') this.#die(message, line.origin, end);
    else this.#tell(message, line.origin, end);
  }

  #die(message: PushMessage, origin: string, end: End & { how: 'dead' }): void {
    const { why, last } = end;
    this.#env.log('debug', 'push.dead', { origin, why, last });
    this.#tell(message, origin, end);
  }

  /** A mistake of one who hears must not keep the others from hearing. */
  #tell(message: PushMessage, origin: string, end: End): void {
    try {
      this.#options.onEnd(message, end);
    } catch (thrown) {
      this.#mistake(origin, thrown);
    }
  }

  #mistake(origin: string, thrown: unknown): void {
    const why = thrown instanceof Error ? thrown.name : 'thrown';
    this.#env.log('error', 'push.mistake', { origin, why });
  }
}

function nothing(): void {}

function withReason(verdict: Verdict, reason: string): Verdict {
  return 'why' in verdict && reason !== '' ? { ...verdict, why: `${verdict.why} ${reason}` } : verdict;
}

/** The code of what went wrong; messages of the runtime hold the address. */
function whyOf(thrown: unknown): string {
  if (thrown instanceof Fault) return `${thrown.code}: ${thrown.detail}`;
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown instanceof Error ? thrown.name : asFault(thrown).code;
}
