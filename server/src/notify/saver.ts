/**
 * Writes what has changed, soon and in small commits, one after the other (SPEC I12, I13). A commit that fails is
 * written again before anything else is: what stands in it is taken from the state once. What somebody waits for
 * is durable; of what was told a loss of power may take the last, which is told once more then, and nobody waits
 * for the disk.
 */

import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { newsSaveMs } from 'copse/internal/base/limits-notify.ts';
import type { NewsBatch, NewsStore } from '../store/news.ts';

export interface SaverOptions {
  readonly env: Env;
  readonly store: Pick<NewsStore, 'commit' | 'note'>;
  /** What is to be written next; null when nothing is. */
  readonly next: () => NewsBatch | null;
  /** Whether news that were published are in no batch yet. */
  readonly isBehind: () => boolean;
  /** The same as it is now: a batch that failed must not undo what others have written meanwhile. */
  readonly renewed: (batch: NewsBatch) => NewsBatch;
}

/** Who is answered when what she said is in the store. */
interface Asker {
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

interface Writing {
  readonly batch: NewsBatch;
  readonly askers: readonly Asker[];
}

/** How many times as long as a commit took others have the processor. */
const REST = 3;
const RETRY_MS = 1_000;

export class Saver implements AsyncDisposable {
  readonly #options: SaverOptions;
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  #failed: Writing | null = null;
  #askers: Asker[] = [];
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

  /** All news that were published are in the store; rejects when the service ends before. */
  kept(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#askers.push({ resolve, reject });
      this.wake();
    });
  }

  /** Everything that has changed is written. */
  async flush(): Promise<void> {
    await this.#writing;
    while (await this.#write());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    try {
      await this.flush();
    } finally {
      const left = [...(this.#failed?.askers ?? []), ...this.#askers.splice(0)];
      for (const { reject } of left) reject(new Fault('draining'));
    }
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
      const hasWritten = await this.#write();
      if (this.#isOver) return;
      if (hasWritten) this.#after(Math.max(newsSaveMs / 10, this.#tookMs * REST));
      // What a sweep has not ended with is written later, and nobody says when.
      else if (this.#askers.length > 0) this.#after(newsSaveMs);
    } catch (thrown) {
      env.log('error', 'notify.save', { fault: asFault(thrown).code });
      if (!this.#isOver) this.#after(RETRY_MS);
    }
  }

  /** One commit; false when there was nothing to write. */
  async #write(): Promise<boolean> {
    const { env, store, renewed } = this.#options;
    this.#isWanted = false;
    const failed = this.#failed;
    const writing = failed === null ? this.#next() : { ...failed, batch: renewed(failed.batch) };
    if (writing === null) return false;
    this.#failed = writing;
    const beganMs = env.nowMs();
    await (isPromised(writing) ? store.commit(writing.batch) : store.note(writing.batch));
    this.#failed = null;
    for (const { resolve } of writing.askers) resolve();
    this.#tookMs = env.nowMs() - beganMs;
    this.#commits++;
    return true;
  }

  /** Null when there is nothing to write. */
  #next(): Writing | null {
    const { next, isBehind } = this.#options;
    const batch = next();
    const askers = isBehind() ? [] : this.#askers.splice(0);
    if (batch !== null) return { batch, askers };
    for (const { resolve } of askers) resolve();
    return null;
  }
}

function isPromised({ batch, askers }: Writing): boolean {
  return askers.length > 0 || (batch.sites?.length ?? 0) > 0 || (batch.logs?.length ?? 0) > 0;
}
