/**
 * The chunk store on SQLite: the writer in a worker, one connection here that only reads.
 */

import { setImmediate as immediate } from 'node:timers/promises';

import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { chunksPath } from './chunks-open.ts';
import type { Freezing, Frost, Frozen } from './chunks-cold.ts';
import { ChunkReader } from './chunks-reader.ts';
import { chunkSchema } from './chunks-rows.ts';
import { chunkProblems } from './chunks-verify.ts';
import { ChunkWriter } from './chunks-writer.ts';
import type {
  Chunk,
  ChunkStore,
  Claim,
  ColdChunk,
  ColdRow,
  LogRow,
  Problem,
  RecordSource,
  Retention,
  Slice,
  Sweep,
  Swept,
  WriterRow,
} from './chunks.ts';
import { localDesk, workerDesk, type Desk } from './desk.ts';
import type { JournalRecord } from './journal.ts';
import { refuseNewer } from './migrate.ts';
import { openDatabase, type Database } from './sqlite.ts';

/**
 * Opens the chunks in a directory, with their writer in a worker that reads the journal beside them; with
 * `feed` it is handed the records from there, because the journal is elsewhere.
 */
export async function openSqliteChunks(
  directory: string,
  primitives: Primitives,
  feed?: RecordSource,
): Promise<SqliteChunks> {
  refuseNewer(chunksPath(directory), chunkSchema);
  const worker = new Worker(new URL('./chunks-worker.ts', import.meta.url).href);
  const writer = await workerDesk<ChunkWriter>(worker, directory);
  const path = chunksPath(directory);
  const problems = () => problemsOf(path, primitives);
  return new SqliteChunks(writer, openDatabase(path, { readonly: true }), problems, feed);
}

/** Reads everything as it is now, through a connection of its own. */
async function* problemsOf(path: string, primitives: Primitives): AsyncGenerator<Problem> {
  using database = openDatabase(path, { readonly: true });
  database.execute('BEGIN');
  for (const problem of chunkProblems(database, primitives)) {
    if (problem !== null) yield problem;
    // Between two chunks everybody else has a turn.
    await immediate();
  }
}

export interface LocalChunks {
  readonly database: Database;
  readonly source: RecordSource;
  readonly primitives: Primitives;
  /** Comes before every change: where a simulated disk takes its time. */
  readonly before?: () => Promise<void>;
}

/** Chunks whose writer works in this thread, on a database of the caller's. */
export function localSqliteChunks(options: LocalChunks): SqliteChunks {
  const { database, source, primitives, before } = options;
  const writer = localDesk(new ChunkWriter(database, source, primitives), before);
  return new SqliteChunks(writer, database, async function* () {
    for (const problem of chunkProblems(database, primitives)) if (problem !== null) yield problem;
  });
}

export class SqliteChunks implements ChunkStore {
  readonly #writer: Desk<ChunkWriter>;
  readonly #database: Database;
  readonly #reader: ChunkReader;
  readonly #problems: () => AsyncIterable<Problem>;
  readonly #feed: RecordSource | null;
  /** The last record in chunks, known from `claim` on, which comes before everything else. */
  #compacted = 0;

  constructor(
    writer: Desk<ChunkWriter>,
    database: Database,
    problems: () => AsyncIterable<Problem>,
    feed: RecordSource | null = null,
  ) {
    this.#writer = writer;
    this.#database = database;
    this.#reader = new ChunkReader(database);
    this.#problems = problems;
    this.#feed = feed;
  }

  async claim(epoch: number): Promise<Claim> {
    const claim = await this.#writer.call('claim', [epoch]);
    this.#compacted = claim.compacted;
    return claim;
  }

  async compact(epoch: number, slice: Slice): Promise<number> {
    const fed = this.#feed === null ? undefined : this.#fed(this.#feed, slice);
    this.#compacted = await this.#writer.call('compact', [epoch, slice, fed]);
    return this.#compacted;
  }

  /** The records of a slice, as far as they are there; the writer names the first one that is not. */
  #fed(feed: RecordSource, { upTo, bytesMax }: Slice): readonly JournalRecord[] {
    const records: JournalRecord[] = [];
    let bytes = 0;
    for (let seq = this.#compacted + 1; seq <= upTo && bytes < bytesMax; seq++) {
      const record = feed.read(seq);
      if (record === null) break;
      records.push(record);
      bytes += record.bytes.length;
    }
    return records;
  }

  retain(site: SiteId, log: LogId | null, retention: Retention | null): Promise<void> {
    return this.#writer.call('retain', [site, log, retention]);
  }

  sweep(epoch: number, sweep: Sweep): Promise<Swept> {
    return this.#writer.call('sweep', [epoch, sweep]);
  }

  find(site: SiteId, log: LogId): LogRow | null {
    return this.#reader.find(site, log);
  }

  logOf(number: number): LogRow | null {
    return this.#reader.logOf(number);
  }

  writersOf(number: number): WriterRow[] {
    return this.#reader.writersOf(number);
  }

  chunkAt(number: number, position: number): Chunk | ColdChunk | null {
    return this.#reader.chunkAt(number, position);
  }

  freeze(epoch: number, frost: Frost): Promise<Freezing | null> {
    return this.#writer.call('freeze', [epoch, frost]);
  }

  settle(epoch: number, frozen: Omit<Frozen, 'data'>): Promise<boolean> {
    return this.#writer.call('settle', [epoch, frozen]);
  }

  strays(epoch: number, sinceMs: number): Promise<readonly string[]> {
    return this.#writer.call('strays', [epoch, sinceMs]);
  }

  forget(epoch: number, names: readonly string[]): Promise<void> {
    return this.#writer.call('forget', [epoch, names]);
  }

  cold(): Iterable<ColdRow> {
    return this.#reader.cold();
  }

  problems(): AsyncIterable<Problem> {
    return this.#problems();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    await this.#writer.close();
  }
}
