/**
 * Who is here, told to notify as the lease of a shard: users with a connection on which somebody looks are muted
 * (SPEC I4, I5, I18). What changes within a moment is one frame, a silent shard says every few seconds that it is
 * there, and a frame that was not answered is said again as it was. After `again`, which is also what a shard that
 * begins is told, everything is said anew.
 */

import type { NotifyRemote } from 'copse/internal/api/notify.ts';
import { backoff, type Backoff } from 'copse/internal/base/backoff.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import {
  notifyRetryMs,
  presenceBeatMs,
  presenceRetryMaxMs,
  presenceTellMs,
  presenceUsersMax,
  readsMax,
  readsWaitingMax,
} from 'copse/internal/base/limits-notify.ts';
import type { LogState } from 'copse/internal/log/batch.ts';

type Frame = Parameters<NotifyRemote['presence']>[0];
type Answer = Awaited<ReturnType<NotifyRemote['presence']>>;
type Read = Frame['reads'][number];

export interface HereOptions {
  readonly env: Env;
  readonly notify: Pick<NotifyRemote, 'presence'>;
  readonly shard: number;
}

export class Here implements Disposable {
  readonly #options: HereOptions;
  readonly #retry: Backoff;
  /** By user, the connections on which she looks. */
  readonly #linesByUser = new Map<UserId, number>();
  /** Whom notify mutes, once it has the frame that is on its way. */
  readonly #muted = new Set<UserId>();
  /** Users who may have come or gone since. */
  #changed = new Set<UserId>();
  /** By user and log, the newest; in the order in which they wait. */
  readonly #reads = new Map<string, Read>();
  /** Of none: the one above what notify answers is told to no other process. */
  #epoch = 0;
  #seq = 0;
  #frame: Frame | null = null;
  #timer: Timer | null = null;
  #isWaitingLong = false;
  #isLeaving = false;
  #isClosed = false;
  lostCount = 0;

  constructor(options: HereOptions) {
    this.#options = options;
    const { env } = options;
    this.#retry = backoff(env, notifyRetryMs, presenceRetryMaxMs);
    this.#wait(0);
  }

  /** Users who are here. */
  get userCount(): number {
    return this.#linesByUser.size;
  }

  /** One more connection on which the user looks. */
  came(user: UserId): void {
    const lines = this.#linesByUser.get(user) ?? 0;
    this.#linesByUser.set(user, lines + 1);
    if (lines === 0) this.#mark(user);
  }

  /** One of them less. */
  went(user: UserId): void {
    if (this.#isLeaving) return;
    const lines = (this.#linesByUser.get(user) ?? 1) - 1;
    if (lines > 0) {
      this.#linesByUser.set(user, lines);
      return;
    }
    this.#linesByUser.delete(user);
    this.#mark(user);
  }

  #mark(user: UserId): void {
    this.#changed.add(user);
    this.#soon();
  }

  /** `at` is the position behind what she has read. */
  read(user: UserId, { number, site, log }: LogState, at: number): void {
    const key = `${user} ${number}`;
    const known = this.#reads.get(key);
    if (known !== undefined && known.at >= at) return;
    this.#reads.delete(key);
    this.#reads.set(key, { user, site, log, at });
    if (this.#reads.size > readsWaitingMax) this.#forgetOldest();
    this.#soon();
  }

  #forgetOldest(): void {
    const [oldest] = this.#reads.keys();
    if (oldest !== undefined) this.#reads.delete(oldest);
    this.lostCount++;
  }

  /** The tail says goodbye to everybody: they are back in a moment, and the lease lasts that long. */
  leaving(): void {
    this.#isLeaving = true;
  }

  #soon(): void {
    if (this.#frame !== null || (this.#timer !== null && !this.#isWaitingLong)) return;
    this.#wait(presenceTellMs);
  }

  #wait(delayMs: number): void {
    this.#timer?.cancel();
    this.#isWaitingLong = delayMs > presenceTellMs;
    if (this.#isClosed) return;
    this.#timer = this.#options.env.after(delayMs, () => {
      this.#timer = null;
      this.#say();
    });
  }

  #say(): void {
    this.#frame ??= this.#next();
    this.#options.notify.presence(this.#frame).then(
      (answer) => this.#heard(answer),
      (thrown: unknown) => this.#refused(thrown),
    );
  }

  #next(): Frame {
    // Of what has no number yet nobody can tell whether it has come before.
    const reads = this.#epoch === 0 ? [] : this.#takeReads();
    const [muted, unmuted]: [UserId[], UserId[]] = [[], []];
    // Before she has gone, notify knows what she has read.
    const mayGo = this.#reads.size === 0;
    for (const user of this.#changed) {
      const isHere = this.#linesByUser.has(user);
      if (!isHere && this.#muted.has(user)) {
        if (!mayGo || unmuted.length === presenceUsersMax) continue;
        this.#muted.delete(user);
        unmuted.push(user);
      } else if (isHere && !this.#muted.has(user)) {
        if (muted.length === presenceUsersMax) continue;
        this.#muted.add(user);
        muted.push(user);
      }
      this.#changed.delete(user);
    }
    const { shard } = this.#options;
    return { shard, epoch: this.#epoch, seq: this.#seq++, reads, muted, unmuted };
  }

  #takeReads(): readonly Read[] {
    const reads: Read[] = [];
    for (const [key, read] of this.#reads) {
      if (reads.length === readsMax) break;
      this.#reads.delete(key);
      reads.push(read);
    }
    return reads;
  }

  #heard(answer: Answer): void {
    this.#frame = null;
    this.#retry.reset();
    if (answer.kind === 'again') this.#anew(answer.epoch);
    const hasMore = this.#changed.size > 0 || this.#reads.size > 0;
    this.#wait(hasMore ? presenceTellMs : presenceBeatMs);
  }

  /** Notify counts nothing of what it was told, but for what was read. */
  #anew(heardEpoch: number): void {
    const { env } = this.#options;
    this.#epoch = Math.max(this.#epoch, heardEpoch) + 1;
    this.#seq = 0;
    this.#muted.clear();
    this.#changed = new Set(this.#linesByUser.keys());
    env.log('info', 'tail.presence', { epoch: this.#epoch, users: this.userCount });
  }

  #refused(thrown: unknown): void {
    const { code } = asFault(thrown);
    this.#options.env.log('debug', 'tail.presence', { fault: code });
    this.#wait(this.#retry.next());
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }
}
