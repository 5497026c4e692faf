/** Where a shard's files are, and how compaction opens them: it writes chunks and reads the journal beside. */

import { join } from 'node:path';

import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { chunkSchema } from './chunks-rows.ts';
import { ChunkWriter } from './chunks-writer.ts';
import type { RecordSource } from './chunks.ts';
import { recordOf, SELECT_RECORD, type RecordRow } from './journal-rows.ts';
import { openMigrated } from './migrate.ts';
import { openDatabase, type Database, type Statement } from './sqlite.ts';

const CACHE_BYTES = 64 << 20;

export const JOURNAL_FILE = 'journal.sqlite';
export const CHUNK_FILE = 'chunks.sqlite';
export const journalPath = (directory: string): string => join(directory, JOURNAL_FILE);
export const chunksPath = (directory: string): string => join(directory, CHUNK_FILE);

/** The chunk file, made or migrated. */
function openChunkFile(path: string): Database {
  return openMigrated(path, chunkSchema, { autoCheckpoint: false, cacheBytes: CACHE_BYTES });
}

export function openChunkWriter(directory: string, primitives: Primitives): ChunkWriter {
  return new ChunkWriter(openChunkFile(chunksPath(directory)), journalSource(directory), primitives);
}

/** Reads records through a connection of its own, opened by the first read: the journal may be younger. */
function journalSource(directory: string): RecordSource & Disposable {
  let journal: Database | null = null;
  let select: Statement<RecordRow> | null = null;
  return {
    read(seq) {
      journal ??= openDatabase(journalPath(directory), { readonly: true });
      select ??= journal.prepare(SELECT_RECORD);
      const row = select.get(seq);
      return row === null ? null : recordOf(row);
    },
    [Symbol.dispose]() {
      journal?.close();
    },
  };
}
