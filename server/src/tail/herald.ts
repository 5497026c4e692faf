/**
 * Tells notify what is news, once it is durable (SPEC I17). One call is on its way at a time; what comes meanwhile
 * waits, one row a log, and a call that failed is made again until notify takes it. The journal keeps what was
 * not told, so that a tail that comes back after a crash says it again (SPEC I2).
 */

import type { NotifyRemote } from 'copse/internal/api/notify.ts';
import { backoff, type Backoff } from 'copse/internal/base/backoff.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import {
  newsKeptMs,
  notifyRetryMaxMs,
  notifyRetryMs,
  publishesMax,
  publishPauseMs,
} from 'copse/internal/base/limits-notify.ts';
import type { Run } from 'copse/internal/log/batch.ts';
import { UntoldNews, type HeardNews, type NewsRow } from '../store/untold-news.ts';

export interface HeraldOptions {
  readonly env: Env;
  readonly notify: Pick<NotifyRemote, 'publish'>;
  /** Runs a task behind what is being told of a commit: nobody waits for notify. */
  readonly soon: (task: () => void) => void;
  /** Everything up to this record of the journal was told. */
  readonly onTold: (record: number) => void;
}

export class Herald implements Disposable {
  readonly #options: HeraldOptions;
  readonly #untold = new UntoldNews();
  readonly #retry: Backoff;
  /** The rows of the call that is on its way, or is made again. */
  #flying: readonly NewsRow[] = [];
  #isPlanned = false;
  #timer: Timer | null = null;
  #keeping: Timer | null = null;
  #hasMoreToKeep = false;
  #nextMs = 0;
  #newestRecord = 0;
  #isClosed = false;
  /** Whether the last call failed: it is logged once. */
  #isAway = false;
  toldCount = 0;

  constructor(options: HeraldOptions) {
    this.#options = options;
    this.#retry = backoff(options.env, notifyRetryMs, notifyRetryMaxMs);
  }

  get waitingCount(): number {
    return this.#untold.size + this.#flying.length;
  }

  get lostCount(): number {
    return this.#untold.lostCount;
  }

  /** A batch is durable. */
  committed(runs: readonly Run[]): void {
    for (const { log, news } of runs) {
      if (news === undefined) continue;
      const { number, site, log: name } = log;
      this.hear({ number, site, log: name, ...news, record: news.record ?? 0 });
    }
  }

  hear(news: HeardNews): void {
    this.#untold.add(news);
    this.#newestRecord = Math.max(this.#newestRecord, news.record);
    if (this.#flying.length === 0) this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned || this.#isClosed || this.waitingCount === 0) return;
    this.#isPlanned = true;
    const waitMs = this.#nextMs - this.#options.env.nowMs();
    if (waitMs <= 0) this.#options.soon(this.#send);
    else this.#timer = this.#options.env.after(waitMs, this.#send);
  }

  readonly #send = (): void => {
    this.#isPlanned = false;
    this.#timer = null;
    if (this.#isClosed) return;
    if (this.#flying.length === 0) this.#flying = this.#untold.take(publishesMax);
    const { env, notify } = this.#options;
    this.#nextMs = env.nowMs() + publishPauseMs;
    notify.publish({ logs: this.#flying }).then(
      () => this.#taken(),
      (thrown: unknown) => this.#refused(thrown),
    );
  };

  #taken(): void {
    this.toldCount += this.#flying.length;
    this.#flying = [];
    this.#retry.reset();
    if (this.#isAway) this.#options.env.log('info', 'tail.notify.back', { logs: this.waitingCount });
    this.#isAway = false;
    if (this.#isClosed) return;
    this.#keep();
    // What fills a call need not wait for more.
    if (this.#untold.size >= publishesMax) this.#nextMs = 0;
    this.#plan();
  }

  /** What notify has answered is in its store a moment later, and need not be in the journal then. */
  #keep(): void {
    const { env, onTold } = this.#options;
    if (this.#keeping !== null) {
      this.#hasMoreToKeep = true;
      return;
    }
    const record = (this.#untold.firstRecord ?? this.#newestRecord + 1) - 1;
    this.#hasMoreToKeep = false;
    this.#keeping = env.after(newsKeptMs, () => {
      this.#keeping = null;
      onTold(record);
      if (this.#hasMoreToKeep && this.#flying.length === 0) this.#keep();
    });
  }

  #refused(thrown: unknown): void {
    const { env } = this.#options;
    const { code } = asFault(thrown);
    if (!this.#isAway) env.log('warn', 'tail.notify.away', { fault: code, logs: this.waitingCount });
    this.#isAway = true;
    this.#nextMs = env.nowMs() + this.#retry.next();
    this.#plan();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#keeping?.cancel();
  }
}
