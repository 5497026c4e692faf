/**
 * A process that waits for a shard whose journal it shares: it reads what the owner appends and makes chunks of
 * it in a directory of its own, so that taking over means to read a few megabytes, however long the logs are
 * (SPEC J13). What it has is a copy: an empty directory fills again from the journal.
 */

import { mkdirSync } from 'node:fs';

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { sharedLagBytesMax, standbyBytesMin, standbyCompactMs } from 'copse/internal/base/limits-shards.ts';
import { compactSliceBytes } from 'copse/internal/base/limits.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { openSqliteChunks } from './chunks-sqlite.ts';
import type { ChunkStore } from './chunks.ts';
import type { PostgresJournal } from './journal-postgres.ts';
import { LogStore } from './log-store.ts';

export interface StandbyOptions {
  readonly directory: string;
  /** Kept whole; it and the chunks belong to the standby, and then to the store that it becomes. */
  readonly journal: PostgresJournal;
  readonly env: Env;
  readonly primitives: Primitives;
  /** Journal bytes at which chunks are made; `standbyBytesMin` unless a test says otherwise. */
  readonly bytesMin?: number;
  /** Opens the chunks in the directory, fed by the journal; a simulated disk has its own. */
  readonly openChunks?: (journal: PostgresJournal) => Promise<ChunkStore>;
}

export async function openStandby(options: StandbyOptions): Promise<Standby> {
  const { directory, journal, primitives } = options;
  const { openChunks = () => chunksIn(directory, primitives, journal) } = options;
  const chunks = await openChunks(journal);
  try {
    const { epoch } = await journal.state();
    const claim = await chunks.claim(epoch);
    await journal.trim(claim.compacted);
    return new Standby(options, chunks, { epoch, compacted: claim.compacted });
  } catch (thrown) {
    await chunks[Symbol.asyncDispose]();
    // No owner of this directory was ahead of the journal, unless the journal was set back.
    if (thrown instanceof Fault && thrown.code === 'moved') throw setBack(options.directory);
    throw thrown;
  }
}

function chunksIn(directory: string, primitives: Primitives, journal: PostgresJournal): Promise<ChunkStore> {
  mkdirSync(directory, { recursive: true });
  return openSqliteChunks(directory, primitives, journal);
}

export class Standby implements AsyncDisposable {
  readonly #options: StandbyOptions;
  readonly #chunks: ChunkStore;
  readonly #epoch: number;
  /** The last record in chunks, and the last one that was read. */
  #compacted: number;
  #seen: number;
  #waitingBytes = 0;
  #waitingSinceMs: number | null = null;
  #isTaken = false;

  constructor(
    options: StandbyOptions,
    chunks: ChunkStore,
    start: { readonly epoch: number; readonly compacted: number },
  ) {
    this.#options = options;
    this.#chunks = chunks;
    this.#epoch = start.epoch;
    this.#compacted = start.compacted;
    this.#seen = start.compacted;
  }

  /** Reads what the journal has more, to its end, and makes chunks when it is enough. */
  async follow(): Promise<void> {
    const { journal, env, directory, bytesMin = standbyBytesMin } = this.#options;
    const { tail } = await journal.state();
    if (tail < this.#compacted) throw setBack(directory);
    if (tail > this.#seen) {
      for await (const { seq, bytes } of journal.scan(this.#seen + 1)) {
        this.#seen = seq;
        this.#waitingBytes += bytes.length;
        this.#waitingSinceMs ??= env.nowMs();
        if (this.#waitingBytes >= bytesMin) await this.#compact();
      }
    }
    const isOld = this.#waitingSinceMs !== null && env.nowMs() - this.#waitingSinceMs >= standbyCompactMs;
    if (isOld) await this.#compact();
  }

  async #compact(): Promise<void> {
    const { journal, env } = this.#options;
    while (this.#compacted < this.#seen) {
      const slice = { upTo: this.#seen, bytesMax: compactSliceBytes, nowMs: env.wallMs() };
      this.#compacted = await this.#chunks.compact(this.#epoch, slice);
      await journal.trim(this.#compacted);
    }
    this.#waitingBytes = 0;
    this.#waitingSinceMs = null;
  }

  /** Becomes the owner of the shard: seals the journal and goes on where it ends. Nothing else may be called then. */
  async take(): Promise<LogStore> {
    const { journal, env, primitives } = this.#options;
    const limits = { lagBytesMax: sharedLagBytesMax };
    const isShared = true;
    const store = await LogStore.open({ journal, chunks: this.#chunks, env, primitives, isShared, limits });
    this.#isTaken = true;
    return store;
  }

  /** Closes what is not the store's by now. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isTaken) return;
    await this.#chunks[Symbol.asyncDispose]();
    await this.#options.journal[Symbol.asyncDispose]();
  }
}

function setBack(directory: string): Fault {
  return new Fault(
    'corrupt',
    `The journal is older than what was made of it in ${directory}: it was set back.`,
  );
}
