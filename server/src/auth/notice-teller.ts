/**
 * Tells notify what the devices of users hear, until it has said that it holds the same (SPEC I11, I19). Who has
 * to be told of is asked of the rows, at the start and after every commit, so that a change needs nobody who
 * remembers it. A few users at once; one of whom notify takes nothing rests, and when it takes nothing of
 * anybody all do.
 */

import type { NotifyRemote } from 'copse/internal/api/notify.ts';
import { backoff, type Backoff } from 'copse/internal/base/backoff.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { must } from 'copse/internal/base/assert.ts';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import {
  noticeLookMs,
  noticeRetryMaxMs,
  noticeRetryMs,
  noticeTellingMax,
  noticeUsersKeptMax,
  noticeWaitingMax,
  wallLookMs,
} from 'copse/internal/base/limits-notify.ts';
import { isSame } from 'copse/internal/social/subscriptions/digest.ts';
import { SubscriptionSender } from 'copse/internal/social/subscriptions/sender.ts';
import type { Notices } from '../store/notices.ts';
import type { Grounds } from './grounds.ts';
import type { NoticeDesk, Said } from './notice-desk.ts';

export interface NoticeTellerOptions {
  readonly grounds: Grounds;
  readonly desk: NoticeDesk;
  readonly notify: Pick<NotifyRemote, 'update'>;
}

interface Rest {
  readonly pauses: Backoff;
  untilMs: number;
}

/** How often notify may know another state of a user than expected, in a row. */
const UNKNOWN_MAX = 8;

export class NoticeTeller implements AsyncDisposable {
  readonly #options: NoticeTellerOptions;
  readonly #env: Env;
  /** The longest known first; of one who is forgotten the pauses begin anew. */
  readonly #resting = new Map<UserId, Rest>();
  readonly #pauses: Backoff;
  /** Of the store of notify, as it was heard last. */
  #epoch: Uint8Array | null = null;
  #timer: Timer | null = null;
  #timerAtMs = Infinity;
  #looking: Promise<void> | null = null;
  /** Whether there may be somebody whom the look that is under way has passed. */
  #isAgain = false;
  /** Refusals since notify last took something. */
  #refusals = 0;
  #awayUntilMs = 0;
  #isOver = false;

  constructor(options: NoticeTellerOptions) {
    this.#options = options;
    this.#env = options.grounds.env;
    this.#pauses = backoff(this.#env, noticeRetryMs, noticeRetryMaxMs);
  }

  begin(): void {
    this.#options.grounds.accounts.notices.listen(() => this.#lookIn(noticeLookMs));
    this.#lookIn(0);
  }

  /** Tells now what is to be told of a user; throws when notify does not take it. */
  async tell(user: UserId): Promise<void> {
    const { desk, notify } = this.#options;
    let said: Said | null = null;
    let unknown = 0;
    while (!this.#isOver) {
      const message = await desk.step(user, said);
      if (message === null) return;
      said = { message, answer: await notify.update(message) };
      if (said.answer.kind !== 'unknown') continue;
      if (++unknown > UNKNOWN_MAX) throw new Fault('internal', 'notify never holds the same');
      await this.#heardOf(said.answer.epoch);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  #lookIn(delayMs: number): void {
    if (this.#isOver) return;
    if (this.#looking !== null) {
      this.#isAgain = true;
      return;
    }
    const atMs = Math.max(this.#env.nowMs() + delayMs, this.#awayUntilMs);
    if (atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#env.after(Math.max(0, atMs - this.#env.nowMs()), () => {
      this.#timerAtMs = Infinity;
      this.#looking = this.#lookAndGoOn();
    });
  }

  async #lookAndGoOn(): Promise<void> {
    let nextMs = noticeRetryMaxMs;
    try {
      nextMs = await this.#look();
    } catch (thrown) {
      if (!this.#isOver) this.#env.log('warn', 'notices.look', { cause: String(thrown) });
    }
    this.#looking = null;
    this.#lookIn(this.#isAgain ? noticeLookMs : nextMs);
  }

  /** Answers when to look again, should nobody say so before. */
  async #look(): Promise<number> {
    const { notices } = this.#options.grounds.accounts;
    this.#isAgain = false;
    const askAgainMs = this.#epoch === null ? await this.#askEpoch() : wallLookMs;
    const dueMs = await notices.due(this.#env.wallMs());
    let after: UserId | null = null;
    while (!this.#isAway()) {
      const page: readonly UserId[] = await notices.waiting(after, noticeWaitingMax);
      await this.#tellAll(page.filter((user) => !this.#rests(user)));
      after = page.at(-1) ?? null;
      if (page.length < noticeWaitingMax) break;
    }
    // A clock that is set makes it due at another time.
    const untilDueMs = dueMs === null ? wallLookMs : Math.max(0, dueMs - this.#env.wallMs());
    return Math.min(askAgainMs, untilDueMs, this.#untilRestMs());
  }

  async #tellAll(users: readonly UserId[]): Promise<void> {
    const left = users.values();
    const one = async (): Promise<void> => {
      for (const user of left) {
        if (this.#isAway()) return;
        await this.#tellOne(user);
      }
    };
    await Promise.all(Array.from({ length: noticeTellingMax }, one));
  }

  async #tellOne(user: UserId): Promise<void> {
    try {
      await this.tell(user);
      this.#took();
      this.#resting.delete(user);
    } catch (thrown) {
      if (!this.#isOver) this.#refused(user, asFault(thrown));
    }
  }

  #took(): void {
    if (this.#refusals >= noticeTellingMax) this.#resting.clear();
    this.#refusals = 0;
    this.#pauses.reset();
  }

  #refused(user: UserId, { code }: Fault): void {
    const known = this.#resting.get(user);
    const rest = known ?? { pauses: backoff(this.#env, noticeRetryMs, noticeRetryMaxMs), untilMs: 0 };
    rest.untilMs = this.#env.nowMs() + rest.pauses.next();
    this.#resting.delete(user);
    this.#resting.set(user, rest);
    if (this.#resting.size > noticeUsersKeptMax)
      for (const oldest of this.#resting.keys()) {
        this.#resting.delete(oldest);
        break;
      }
    if (++this.#refusals < noticeTellingMax) return;
    if (this.#refusals === noticeTellingMax) this.#env.log('warn', 'notices.away', { code });
    // It may have begun anew when it is back.
    this.#epoch = null;
    if (!this.#isAway()) this.#awayUntilMs = this.#env.nowMs() + this.#pauses.next();
  }

  #isAway(): boolean {
    return this.#isOver || this.#env.nowMs() < this.#awayUntilMs;
  }

  #rests(user: UserId): boolean {
    const rest = this.#resting.get(user);
    return rest !== undefined && this.#env.nowMs() < rest.untilMs;
  }

  #untilRestMs(): number {
    let untilMs = Infinity;
    for (const rest of this.#resting.values()) untilMs = Math.min(untilMs, rest.untilMs);
    return Math.max(noticeLookMs, untilMs - this.#env.nowMs());
  }

  /** Answers when to ask again. A question under no epoch is told the right one, and changes nothing. */
  async #askEpoch(): Promise<number> {
    const { grounds, notify } = this.#options;
    const [first] = await grounds.accounts.notices.heads(null, 1);
    if (first === undefined) return wallLookMs;
    const { user } = first;
    const question = new SubscriptionSender({ user, primitives: grounds.primitives }).next(0);
    try {
      const answer = await notify.update(must(question, 'who knows nothing asks'));
      if (answer.kind === 'unknown') await this.#heardOf(answer.epoch);
      return wallLookMs;
    } catch (thrown) {
      this.#env.log('debug', 'notices.ask', { code: asFault(thrown).code });
      return noticeRetryMaxMs;
    }
  }

  /** A store of notify that has begun anew knows nobody, also of whom nothing changes. */
  async #heardOf(epoch: Uint8Array): Promise<void> {
    if (this.#epoch !== null && isSame(this.#epoch, epoch)) return;
    this.#epoch = epoch.slice();
    const { notices } = this.#options.grounds.accounts;
    for (let after: UserId | null = null; ;) {
      const page: Awaited<ReturnType<Notices['heads']>> = await notices.heads(after, noticeWaitingMax);
      const others = page.filter((head) => head.isSettled && !isSame(head.epoch ?? NO_BYTES, epoch));
      if (others.length > 0) await notices.unsettle(others.map(({ user }) => user));
      after = page.at(-1)?.user ?? null;
      if (page.length < noticeWaitingMax) return;
    }
  }
}
