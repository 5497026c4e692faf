/**
 * How chunks get cold (SPEC B1, B2): from time to time what is old enough is uploaded, read back, and only then
 * leaves the chunk file; and blobs that nothing names go when no backup can name them either. A failure is told
 * and tried again at the next look: whatever was cut off stands where it stood.
 */

import { equal } from 'copse/internal/base/bytes.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { blobDropMax, blobGraceMs, coldMovesMax, coldSweepMs } from 'copse/internal/base/limits-cold.ts';

import type { BlobStore } from './blobs.ts';
import type { Frozen } from './chunks-cold.ts';
import type { ChunkStore } from './chunks.ts';

export interface Cold {
  readonly blobs: BlobStore;
  /** Chunks move when their newest entry is as old as this. */
  readonly afterMs: number;
}

export interface MovesOptions extends Cold {
  readonly env: Env;
  readonly chunks: ChunkStore;
  readonly epoch: () => number;
}

export class ColdMoves {
  readonly #options: MovesOptions;
  #timer: Timer | null = null;
  #line: Promise<void> = Promise.resolve();
  #closed = false;
  /** Since the start. */
  movedCount = 0;
  movedBytes = 0;
  deletedCount = 0;

  constructor(options: MovesOptions) {
    this.#options = options;
    this.#plan();
  }

  /** Moves what is old enough when its turn comes. */
  run(): Promise<void> {
    const turn = this.#line.then(() => this.#look());
    this.#line = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#line;
  }

  #plan(): void {
    const { env } = this.#options;
    this.#timer = env.after(coldSweepMs, () => {
      this.run()
        .catch((thrown: unknown) => {
          const { code, message } = asFault(thrown);
          env.log('error', 'store.cold-failed', { code, message });
        })
        .finally(() => {
          if (!this.#closed) this.#plan();
        });
    });
  }

  async #look(): Promise<void> {
    const { env, chunks, epoch, afterMs } = this.#options;
    const nowMs = env.wallMs();
    const [beforeMs, smallBeforeMs] = [nowMs - afterMs, nowMs - 2 * afterMs];
    for (let [after, left] = [0, coldMovesMax]; left > 0 && !this.#closed; left--) {
      const found = await chunks.freeze(epoch(), { beforeMs, smallBeforeMs, nowMs, after });
      if (found === null) break;
      // A log is looked at again until it has nothing more to move.
      const isMoved = found.frozen !== null && (await this.#move(found.frozen));
      after = isMoved ? found.number - 1 : found.number;
    }
    await this.#drop(nowMs - blobGraceMs);
  }

  async #move({ data, ...row }: Frozen): Promise<boolean> {
    const { blobs, chunks, epoch } = this.#options;
    await blobs.put(row.name, data);
    const there = await blobs.get(row.name);
    if (there === null || !equal(there, data)) {
      throw new Fault('corrupt', `The blob ${row.name} is not in ${blobs.place} as it was put there.`);
    }
    if (!(await chunks.settle(epoch(), row))) return false;
    this.movedCount++;
    this.movedBytes += data.length;
    return true;
  }

  async #drop(sinceMs: number): Promise<void> {
    const { blobs, chunks, epoch } = this.#options;
    while (!this.#closed) {
      const names = await chunks.strays(epoch(), sinceMs);
      for (const name of names) await blobs.delete(name);
      if (names.length > 0) await chunks.forget(epoch(), names);
      this.deletedCount += names.length;
      if (names.length < blobDropMax) return;
    }
  }
}
