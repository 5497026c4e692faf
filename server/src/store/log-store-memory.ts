/**
 * A shard's log store on a simulated disk, for tests and the simulator: the journal is in memory, the
 * chunks in an in-memory SQLite, both take as long and fail as often as the owner of the disk wants. The
 * disk outlives the store; `crash` leaves what was synced, then another store is opened on it.
 */

import type { Env } from 'copse/internal/base/env.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { copyInto } from './backup-copy.ts';
import { chunkSchema } from './chunks-rows.ts';
import { localSqliteChunks } from './chunks-sqlite.ts';
import { MemoryJournal, MemoryJournalDisk } from './journal-memory.ts';
import { LogStore, type LogStoreOptions } from './log-store.ts';
import { migrate } from './migrate.ts';
import { openDatabase, type Database } from './sqlite.ts';

export interface MemoryDiskOptions {
  readonly primitives: Primitives;
  /** Resolves when a change of the journal, or a transaction of the chunks, has reached the disk. */
  readonly sync?: (part: 'journal' | 'chunks') => Promise<void>;
}

export class MemoryDisk implements Disposable {
  readonly journal: MemoryJournalDisk;
  readonly chunks: Database;
  readonly #options: MemoryDiskOptions;
  #generation = 0;

  constructor(options: MemoryDiskOptions, source: MemoryDisk | null = null) {
    this.#options = options;
    this.chunks = openDatabase(':memory:');
    this.journal = source?.journal.copy() ?? new MemoryJournalDisk();
    if (source === null) migrate(this.chunks, chunkSchema);
    else copyInto(source.chunks, this.chunks);
  }

  /** What is synced now, on a disk of its own, as a backup has it. */
  copy(): MemoryDisk {
    return new MemoryDisk(this.#options, this);
  }

  /** Opens a store on what the disk holds. */
  open(
    env: Env,
    limits?: LogStoreOptions['limits'],
    { retention = null, cold = null }: Pick<LogStoreOptions, 'retention' | 'cold'> = {},
  ): Promise<LogStore> {
    const { primitives, sync = () => Promise.resolve() } = this.#options;
    const disk = this.journal;
    const journal = new MemoryJournal({ disk, primitives, sync: () => sync('journal') });
    const generation = this.#generation;
    const chunks = localSqliteChunks({
      database: unclosed(this.chunks),
      source: journal,
      primitives,
      before: async () => {
        await sync('chunks');
        // A transaction takes place when its sync is done; after a crash it never does.
        if (generation !== this.#generation) await new Promise(() => {});
      },
    });
    return LogStore.open({
      journal,
      chunks,
      env,
      primitives,
      retention,
      cold,
      ...(limits === undefined ? {} : { limits }),
    });
  }

  /** The process dies or the power goes; a change of the journal under way is there or not. */
  crash(outcome: 'synced' | 'failed'): void {
    this.#generation++;
    this.journal.crash(outcome);
  }

  [Symbol.dispose](): void {
    this.chunks.close();
  }
}

/** The same database, which a store may close without losing what it holds. */
export function unclosed(database: Database): Database {
  return {
    prepare: (sql) => database.prepare(sql),
    execute: (sql) => database.execute(sql),
    transaction: (task) => database.transaction(task),
    snapshot: (task) => database.snapshot(task),
    close() {},
    [Symbol.dispose]() {},
  };
}
