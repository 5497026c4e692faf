/**
 * When compaction happens: as soon as enough of the journal waits for it, or when something has waited
 * long enough; then slice after slice until nothing is left. Also when retention looks for what may go.
 * A failure is told, waits, and is tried again; the shard works on meanwhile (SPEC J4).
 */

import { asFault } from 'copse/internal/base/fault.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { compactAfterMs, compactRetryMs, retentionSweepMs } from 'copse/internal/base/limits.ts';

export interface CompactorOptions {
  readonly env: Env;
  /** Waiting bytes at which compaction starts by itself. */
  readonly bytesMin: number;
  /** Journal bytes that wait. */
  readonly waitingBytes: () => number;
  /** Moves what is durable now into chunks. */
  readonly compact: () => Promise<void>;
  readonly sweep: () => Promise<void>;
}

export class Compactor {
  readonly #options: CompactorOptions;
  #timer: Timer | null = null;
  #sweepTimer: Timer | null = null;
  /** Runs come one after the other; this is the end of the line. */
  #line: Promise<void> = Promise.resolve();
  #background = false;
  #closed = false;

  constructor(options: CompactorOptions) {
    this.#options = options;
    this.#planSweep();
  }

  /** Something became durable. */
  noticed(): void {
    if (this.#closed || this.#background || this.#options.waitingBytes() === 0) return;
    if (this.#options.waitingBytes() >= this.#options.bytesMin) this.#start();
    else this.#timer ??= this.#options.env.after(compactAfterMs, this.#start);
  }

  /** Compacts everything that is durable when its turn comes. */
  run(): Promise<void> {
    const turn = this.#line.then(() => this.#options.compact());
    this.#line = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#sweepTimer?.cancel();
    await this.#line;
  }

  readonly #start = (): void => {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#closed) return;
    this.#background = true;
    this.run().then(
      () => this.#rest(),
      (thrown: unknown) => this.#retry(thrown),
    );
  };

  #rest(): void {
    this.#background = false;
    this.noticed();
  }

  #retry(thrown: unknown): void {
    this.#tell('store.compaction-failed', thrown);
    // What becomes durable meanwhile starts nothing: `#background` stays set until the next attempt.
    if (!this.#closed) this.#timer = this.#options.env.after(compactRetryMs, this.#start);
  }

  #tell(event: string, thrown: unknown): void {
    const { code, message } = asFault(thrown);
    this.#options.env.log('error', event, { code, message });
  }

  #planSweep(): void {
    this.#sweepTimer = this.#options.env.after(retentionSweepMs, () => {
      this.#options
        .sweep()
        .catch((thrown: unknown) => this.#tell('store.retention-failed', thrown))
        .finally(() => {
          if (!this.#closed) this.#planSweep();
        });
    });
  }
}
