/** The facet `attention` of one connection: whether somebody looks at its device, and what she has read (SPEC I18). */

import type { AttentionApi } from 'copse/internal/api/attention.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import {
  lookBurst,
  lookMs,
  looksPerSecond,
  seenBurst,
  seensPerSecond,
} from 'copse/internal/base/limits-notify.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import type { TailSession } from './session.ts';
import type { Shard } from './shard.ts';

type Message<Name extends keyof AttentionApi> = Parameters<AttentionApi[Name]>[0];

export class AttentionDesk implements AttentionApi {
  readonly #shard: Shard;
  readonly #session: TailSession;
  readonly #looks = new Meter(looksPerSecond, lookBurst);
  readonly #seens = new Meter(seensPerSecond, seenBurst);
  /** Monotonic time until which somebody looks; null: nobody does. */
  #untilMs: number | null = null;

  constructor(shard: Shard, session: TailSession) {
    this.#shard = shard;
    this.#session = session;
  }

  look({ isHere }: Message<'look'>): void {
    const { env, here } = this.#shard;
    if (!this.#session.isConnected) throw new Fault('unauthorized', 'connect first');
    // A look that is lost would leave somebody here who is not, or gone who is.
    if (this.#looks.take(env.nowMs()) > 0) throw new Fault('tooMany', 'looks');
    if (here === null) return;
    if (!isHere) this.end();
    else {
      if (this.#untilMs === null) here.came(this.#session.user);
      this.#untilMs = env.nowMs() + lookMs;
    }
  }

  seen({ handle, at }: Message<'seen'>): void {
    const { env, here } = this.#shard;
    const lease = this.#session.heldOrGone(handle);
    // A read that is lost is a notification that stays; the next one says it too.
    if (lease === null || !lease.mayRead || this.#seens.take(env.nowMs()) > 0) return;
    const { log } = lease.topic;
    here?.read(this.#session.user, log, Math.min(at + 1, log.durable));
  }

  /** Time passes: a device that does not say so again has nobody before it. */
  sweep(nowMs: number): void {
    if (this.#untilMs !== null && this.#untilMs <= nowMs) this.end();
  }

  /** Nobody looks any more. */
  end(): void {
    if (this.#untilMs === null) return;
    this.#untilMs = null;
    this.#shard.here?.went(this.#session.user);
  }
}
