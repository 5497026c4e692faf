/** A shard's log store in a directory, on SQLite files: what a node runs. */

import { mkdirSync } from 'node:fs';

import type { Env } from 'copse/internal/base/env.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { journalPath } from './chunks-open.ts';
import { openSqliteChunks } from './chunks-sqlite.ts';
import { openSqliteJournal } from './journal-sqlite.ts';
import { LogStore, type LogStoreOptions } from './log-store.ts';

export interface DirectoryOptions extends Pick<LogStoreOptions, 'limits' | 'retention' | 'cold'> {
  readonly directory: string;
  readonly env: Env;
  readonly primitives: Primitives;
}

/** Opens the store and takes over the shard from whoever had it before (SPEC J11). */
export async function openLogStore(options: DirectoryOptions): Promise<LogStore> {
  const { directory, primitives } = options;
  mkdirSync(directory, { recursive: true });
  const opened = await Promise.allSettled([
    openSqliteJournal(journalPath(directory), primitives),
    openSqliteChunks(directory, primitives),
  ]);
  const [journal, chunks] = opened;
  try {
    if (journal.status === 'rejected') throw journal.reason;
    if (chunks.status === 'rejected') throw chunks.reason;
    return await LogStore.open({ ...options, journal: journal.value, chunks: chunks.value });
  } catch (thrown) {
    for (const part of opened) if (part.status === 'fulfilled') await part.value[Symbol.asyncDispose]();
    throw thrown;
  }
}
