/**
 * Writes what has changed, soon and in small commits, one after the other (SPEC I12, I13). A commit that fails is
 * written again before anything else is: what stands in it is taken from the state once.
 */

import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { newsSaveMs } from 'copse/internal/base/limits-notify.ts';
import type { NewsBatch, NewsStore } from '../store/news.ts';

export interface SaverOptions {
  readonly env: Env;
  readonly store: Pick<NewsStore, 'commit'>;
  /** What is to be written next; null when nothing is. */
  readonly next: () => NewsBatch | null;
}

/** How many times as long as a commit took others have the processor. */
const REST = 3;
const RETRY_MS = 1_000;

export class Saver implements AsyncDisposable {
  readonly #options: SaverOptions;
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  #failed: NewsBatch | null = null;
  #isWanted = false;
  #isOver = false;
  #tookMs = 0;
  #commits = 0;

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  /** What the last commit took, and how many there were. */
  get figures(): { readonly tookMs: number; readonly commits: number } {
    return { tookMs: this.#tookMs, commits: this.#commits };
  }

  /** Something may have changed. */
  wake(): void {
    this.#isWanted = true;
    if (this.#timer === null && this.#writing === null && !this.#isOver) this.#after(newsSaveMs);
  }

  /** Everything that has changed is written. */
  async flush(): Promise<void> {
    await this.#writing;
    while (await this.#write());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    await this.flush();
  }

  #after(delayMs: number): void {
    this.#timer = this.#options.env.after(delayMs, () => {
      this.#timer = null;
      this.#writing = this.#turn().finally(() => {
        this.#writing = null;
        if (this.#isWanted) this.wake();
      });
    });
  }

  async #turn(): Promise<void> {
    const { env } = this.#options;
    try {
      if (!(await this.#write()) || this.#isOver) return;
      this.#after(Math.max(newsSaveMs / 10, this.#tookMs * REST));
    } catch (thrown) {
      env.log('error', 'notify.save', { fault: asFault(thrown).code });
      if (!this.#isOver) this.#after(RETRY_MS);
    }
  }

  /** One commit; false when there was nothing to write. */
  async #write(): Promise<boolean> {
    const { env, store, next } = this.#options;
    this.#isWanted = false;
    const batch = this.#failed ?? next();
    if (batch === null) return false;
    this.#failed = batch;
    const beganMs = env.nowMs();
    await store.commit(batch);
    this.#failed = null;
    this.#tookMs = env.nowMs() - beganMs;
    this.#commits++;
    return true;
  }
}
