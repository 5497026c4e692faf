/**
 * Drives the state: sweeps every 50 to 250 ms while there is something to do, in slices between which others
 * have the processor (SPEC I13). The pause grows with what the last sweep cost, so that sweeping takes a
 * fifth of the time at most.
 */

import type { Env, Timer } from 'copse/internal/base/env.ts';
import { sweepPauseMaxMs, sweepPauseMs } from 'copse/internal/base/limits-notify.ts';

interface Swept {
  /** One slice; false when it is to go on soon. */
  tick(): boolean;
  readonly hasWork: boolean;
}

/** How many times as long as the last sweep took nothing happens. */
const REST = 4;

export class NewsLoop implements Disposable {
  readonly #env: Env;
  readonly #news: Swept;
  #timer: Timer | null = null;
  #spentMs = 0;
  #isOver = false;
  #sweepMs = 0;

  constructor(env: Env, news: Swept) {
    this.#env = env;
    this.#news = news;
  }

  /** What the last sweep took, all of its slices. */
  get sweepMs(): number {
    return this.#sweepMs;
  }

  /** Something has changed: a sweep is due within a pause, if none is already. */
  wake(): void {
    if (this.#timer === null && !this.#isOver && this.#news.hasWork) this.#after(sweepPauseMs);
  }

  #after(delayMs: number): void {
    this.#timer = this.#env.after(delayMs, () => {
      this.#timer = null;
      this.#turn();
    });
  }

  #turn(): void {
    const beganMs = this.#env.nowMs();
    const isDone = this.#news.tick();
    this.#spentMs += this.#env.nowMs() - beganMs;
    if (this.#isOver || this.#timer !== null) return;
    if (!isDone) {
      this.#after(0);
      return;
    }
    const restMs = Math.min(Math.max(this.#spentMs * REST, sweepPauseMs), sweepPauseMaxMs);
    this.#sweepMs = this.#spentMs;
    this.#spentMs = 0;
    if (this.#news.hasWork) this.#after(restMs);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = null;
  }
}
