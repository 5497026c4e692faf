/**
 * Brings a message to a node that takes nothing from this one, as a stranger brings it (SPEC Z95): with work for each
 * whom it mentions and who is reached there, in slices, up to a price, and so much in an hour.
 */

import { pause, type Env } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import {
  exchangeKnockBitsMax,
  exchangeKnockedMax,
  exchangeKnocksBurst,
  exchangeKnocksPerSecond,
  exchangeKnockTries,
} from 'copse/internal/base/limits-exchange.ts';
import {
  knockBytesMax,
  knockDaysMax,
  workAttemptsMax,
  workStampMsMax,
} from 'copse/internal/base/limits-work.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import type { Price } from 'copse/internal/api/strangers.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import {
  Grind,
  headOf,
  nonceBytes,
  plainGrinder,
  WORK_ALGORITHM,
  type Stamp,
} from 'copse/internal/crypto/work.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';
import type { Doorstep, Knock, Knocked } from './connect.ts';

export interface KnockingOptions {
  readonly env: Env;
  readonly primitives: Primitives;
}

/** How long a message waits there; a short time for one that is long. */
const DAYS: readonly number[] = [knockDaysMax, 2, 1];
/** A stamp that is made within this is taken. */
const STAMP_MS = workStampMsMax - 60_000;

export function nodeKnock(options: KnockingOptions): Knock {
  const meter = new Meter(exchangeKnocksPerSecond, exchangeKnocksBurst);
  return async (at, bytes) => {
    const message = readMessage(options.primitives, bytes);
    if (message.kind !== KIND.post || bytes.length > knockBytesMax) return 'never';
    const visit = new Knocking(options, at, meter);
    const answers: Knocked[] = [];
    for (const mention of message.mentions) {
      if (answers.filter((answer) => answer !== 'never').length >= exchangeKnockedMax) break;
      answers.push(await visit.at(mention, message));
    }
    if (answers.includes('later')) return 'later';
    return answers.includes('taken') ? 'taken' : 'never';
  };
}

class Knocking {
  readonly #options: KnockingOptions;
  readonly #at: Doorstep;
  readonly #meter: Meter;

  constructor(options: KnockingOptions, at: Doorstep, meter: Meter) {
    this.#options = options;
    this.#at = at;
    this.#meter = meter;
  }

  /** Leaves it with one user there. */
  async at(to: Key, message: Message): Promise<Knocked> {
    try {
      return await this.#leave(to, message);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.code === 'closed' || fault.code === 'deadline') throw fault;
      return fault.retry === 'never' ? 'never' : 'later';
    }
  }

  async #leave(to: Key, message: Message): Promise<Knocked> {
    const { doorstep } = this.#at;
    const days = await this.#days(to, message.bytes.length);
    if (days === null) return 'never';
    const common = { to, message: message.bytes, purpose: 'letter', days } as const;
    // Who was accepted there before needs no work.
    let answer = await doorstep.knock({ ...common, stamp: null, price: null });
    for (let attempt = 0; answer.kind === 'work'; attempt++) {
      const { price } = answer;
      const isDear = price.bits > exchangeKnockBitsMax || attempt >= workAttemptsMax;
      if (isDear || this.#meter.take(this.#options.env.nowMs()) > 0) return 'later';
      const stamp = await this.#stamp(to, message, price);
      answer = await doorstep.knock({ ...common, stamp, price });
    }
    return 'taken';
  }

  /** As long as it may wait for the work that this node does; null: nobody is reached there. */
  async #days(to: Key, size: number): Promise<number | null> {
    for (const days of DAYS) {
      const { price } = await this.#at.doorstep.price({ to, size, days, purpose: 'letter' });
      if (price === null) return null;
      if (price.bits <= exchangeKnockBitsMax) return days;
    }
    return 1;
  }

  async #stamp(to: Key, { id }: Message, { bits }: Price): Promise<Stamp> {
    const { env, primitives } = this.#options;
    const expiresMs = Math.floor(env.wallMs()) + STAMP_MS;
    const head = headOf({ id, node: this.#at.node, recipient: to }, { bits, expiresMs });
    const grind = new Grind(plainGrinder(primitives), head, { bits, first: env.random(nonceBytes) });
    for (;;) {
      const nonce = grind.step(exchangeKnockTries);
      if (nonce !== null) return { algorithm: WORK_ALGORITHM, bits, expiresMs, nonce };
      await pause(env, 0);
    }
  }
}
