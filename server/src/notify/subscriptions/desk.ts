/**
 * Takes updates in: those of one user in turn, each decided on what is stored, given to who has to know of it,
 * and answered when it is durable. What fails in between is repeated by its sender, and both giving it on and
 * storing it once more do no harm (SPEC I11).
 */

import type { Update, Updated } from 'copse/internal/api/notify.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { randomUint } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import { updatesPerUserMax } from 'copse/internal/base/limits-notify.ts';
import type { Sha256 } from 'copse/internal/social/subscriptions/digest.ts';
import type { Difference } from 'copse/internal/social/subscriptions/held.ts';
import type { NewsBatch, NewsStore } from '../../store/news.ts';
import { SubscriptionReceiver } from './receiver.ts';

export interface DeskOptions {
  readonly store: Pick<NewsStore, 'epoch' | 'stored' | 'commit'>;
  readonly env: Env;
  readonly primitives: Sha256;
  /** Takes it over, at once; the answer is what is written in the same commit, as what a newcomer has read. */
  readonly apply: (user: UserId, difference: Difference) => NewsBatch;
}

interface Line {
  last: Promise<void>;
  count: number;
}

const DRAWN_BELOW = 2 ** 32;

export class SubscriptionDesk {
  readonly #options: DeskOptions;
  readonly #receiver: SubscriptionReceiver;
  readonly #lines = new Map<UserId, Line>();

  constructor(options: DeskOptions) {
    const { store, env, primitives } = options;
    this.#options = options;
    const draw = (): number => randomUint(env, DRAWN_BELOW);
    this.#receiver = new SubscriptionReceiver({ epoch: store.epoch, primitives, draw });
  }

  /** As the call of the contract (`notifyInternal.update`). */
  async update(update: Update): Promise<Updated> {
    const line = this.#lines.get(update.user) ?? { last: Promise.resolve(), count: 0 };
    if (line.count >= updatesPerUserMax) throw new Fault('tooMany', 'updates of one user');
    this.#lines.set(update.user, line);
    line.count++;
    const turn = line.last.then(() => this.#take(update));
    line.last = turn.then(nothing, nothing);
    try {
      return await turn;
    } finally {
      if (--line.count === 0) this.#lines.delete(update.user);
    }
  }

  async #take(update: Update): Promise<Updated> {
    const { store, env, apply } = this.#options;
    const stored = await store.stored(update.user);
    const verdict = this.#receiver.decide(stored, update, env.wallMs());
    if (verdict.kind === 'answer') return verdict.answer;
    const { answer, version, hash, digest, difference } = verdict;
    const more = apply(update.user, difference);
    await store.commit({
      ...more,
      subscriptions: [{ user: update.user, version, hash, digest, difference }],
    });
    return answer;
  }
}

function nothing(): void {}
