/**
 * The journal on SQLite, the default engine: one writer in a worker, one connection here that only reads.
 * What the promises of `Journal` rest on is in `journal-writer.ts`; here is who runs it.
 */

import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { localDesk, workerDesk, type Desk } from './desk.ts';
import { journalSchema, recordOf, SELECT_RECORD, type RecordRow } from './journal-rows.ts';
import { scanRecords } from './journal-scan.ts';
import { JournalWriter } from './journal-writer.ts';
import type { Appended, Cell, Journal, JournalRecord, Sealed } from './journal.ts';
import { refuseNewer } from './migrate.ts';
import { openDatabase, type Database, type Statement } from './sqlite.ts';

/** Opens the journal in a file, with its writer in a worker. */
export async function openSqliteJournal(path: string, primitives: Primitives): Promise<SqliteJournal> {
  refuseNewer(path, journalSchema);
  const worker = new Worker(new URL('./journal-worker.ts', import.meta.url).href);
  const writer = await workerDesk<JournalWriter>(worker, path);
  return new SqliteJournal(writer, openDatabase(path, { readonly: true }), primitives);
}

/** A journal whose writer works in this thread: for tests that put a failing database in its place. */
export function localSqliteJournal(database: Database, primitives: Primitives): SqliteJournal {
  return new SqliteJournal(localDesk(new JournalWriter(database, primitives)), database, primitives);
}

export class SqliteJournal implements Journal {
  readonly #writer: Desk<JournalWriter>;
  readonly #reader: Database;
  readonly #primitives: Primitives;
  readonly #record: Statement<RecordRow>;

  constructor(writer: Desk<JournalWriter>, reader: Database, primitives: Primitives) {
    this.#writer = writer;
    this.#reader = reader;
    this.#primitives = primitives;
    this.#record = reader.prepare(SELECT_RECORD);
  }

  seal(owner: Uint8Array): Promise<Sealed> {
    return this.#writer.call('seal', [owner]);
  }

  append(epoch: number, prevSeq: number, bytes: Uint8Array<ArrayBuffer>): Promise<Appended> {
    return this.#writer.call('append', [epoch, prevSeq, bytes], [bytes.buffer]);
  }

  async *scan(from: number): AsyncGenerator<JournalRecord> {
    yield* scanRecords(this.#reader, this.#primitives, from);
  }

  trim(upTo: number): Promise<void> {
    return this.#writer.call('trim', [upTo]);
  }

  cas(key: string, version: number, value: Uint8Array): Promise<Cell> {
    return this.#writer.call('cas', [key, version, value]);
  }

  read(seq: number): JournalRecord | null {
    const row = this.#record.get(seq);
    return row === null ? null : recordOf(row);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader.close();
    await this.#writer.close();
  }
}
