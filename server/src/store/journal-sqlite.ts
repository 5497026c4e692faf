/**
 * The journal on SQLite, the default engine: one writer in a worker, one connection here that only reads.
 * What the promises of `Journal` rest on is in `journal-writer.ts`; here is who runs it.
 */

import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { localDesk, workerDesk, type Desk } from './desk.ts';
import { checked } from './journal-chain.ts';
import { journalSchema, JournalWriter, SELECT_STATE, stateOf, type StateRow } from './journal-writer.ts';
import type { Appended, Cell, Journal, JournalRecord, Sealed } from './journal.ts';
import { refuseNewer } from './migrate.ts';
import { openDatabase, type Database, type Statement } from './sqlite.ts';

interface RecordRow {
  readonly seq: number;
  readonly epoch: number;
  readonly prev_hash: Uint8Array;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

const SELECT_RECORDS = 'SELECT seq, epoch, prev_hash, hash, bytes FROM record WHERE seq >= ? ORDER BY seq';
const SELECT_BYTES = 'SELECT bytes FROM record WHERE seq = ?';

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
  readonly #state: Statement<StateRow>;
  readonly #bytes: Statement<{ bytes: Uint8Array }>;

  constructor(writer: Desk<JournalWriter>, reader: Database, primitives: Primitives) {
    this.#writer = writer;
    this.#reader = reader;
    this.#primitives = primitives;
    this.#state = reader.prepare(SELECT_STATE);
    this.#bytes = reader.prepare(SELECT_BYTES);
  }

  seal(owner: Uint8Array): Promise<Sealed> {
    return this.#writer.call('seal', [owner]);
  }

  append(epoch: number, prevSeq: number, bytes: Uint8Array<ArrayBuffer>): Promise<Appended> {
    return this.#writer.call('append', [epoch, prevSeq, bytes], [bytes.buffer]);
  }

  async *scan(from: number): AsyncGenerator<JournalRecord> {
    const state = stateOf(this.#state);
    const extent = { from: Math.max(from, state.first), tail: state.tail, tailHash: state.tail_hash };
    yield* checked(this.#primitives, extent, rowsOf(this.#reader, extent));
  }

  trim(upTo: number): Promise<void> {
    return this.#writer.call('trim', [upTo]);
  }

  cas(key: string, version: number, value: Uint8Array): Promise<Cell> {
    return this.#writer.call('cas', [key, version, value]);
  }

  read(seq: number): Uint8Array | null {
    return this.#bytes.get(seq)?.bytes ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader.close();
    await this.#writer.close();
  }
}

/** Rows up to the tail that was read first: what is appended meanwhile belongs to the next scan. */
function* rowsOf(
  reader: Database,
  extent: { readonly from: number; readonly tail: number },
): Generator<JournalRecord> {
  for (const row of reader.prepare<RecordRow>(SELECT_RECORDS).iterate(extent.from)) {
    if (row.seq > extent.tail) return;
    const { seq, epoch, prev_hash: prevHash, hash, bytes } = row;
    yield { seq, epoch, prevHash, hash, bytes };
  }
}
