/**
 * The writing half of the SQLite journal: plain synchronous calls on one database, run by
 * `journal-worker.ts` so that the disk never holds up the main thread, or in place by tests.
 *
 * One row per record, one transaction per call. The row `state` is written with every record: it fences
 * former owners (SPEC J11) and tells when the last record is gone (SPEC J3).
 */

import { putSeal } from 'copse/internal/log/record.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';

import type { Clerk } from './desk.ts';
import { recordHash, type Sha256 } from './journal-chain.ts';
import type { Appended, Cell, Sealed } from './journal.ts';
import { journalSchema, SELECT_STATE, stateOf, type StateRow } from './journal-rows.ts';
import { openMigrated } from './migrate.ts';
import type { Database, Statement } from './sqlite.ts';

const UPDATE_TAIL = 'UPDATE state SET epoch = ?, tail = ?, tail_hash = ? WHERE id = 1';
const UPDATE_FIRST = 'UPDATE state SET first = ? WHERE id = 1';
const INSERT_RECORD = 'INSERT INTO record (seq, epoch, prev_hash, hash, bytes) VALUES (?, ?, ?, ?, ?)';
const DELETE_RECORDS = 'DELETE FROM record WHERE seq < ?';
const SELECT_CELL = 'SELECT version, value FROM cell WHERE key = ?';
const UPSERT_CELL =
  'INSERT INTO cell (key, version, value) VALUES (?, ?, ?) ' +
  'ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value';

/** What a row adds to the WAL besides its bytes: the pages of its leaf and of `state`. */
const ROW_OVERHEAD_BYTES = 3 * 8192;

/** A checkpoint of 64 MiB takes about 60 ms on a fast disk; a longer one would be felt. */
const WAL_BYTES_MAX = 64 << 20;
const CACHE_BYTES = 64 << 20;

/** Opens the file of a journal for its one writer. */
export function openJournalWriter(path: string, primitives: Sha256): JournalWriter {
  const opening = { autoCheckpoint: false, cacheBytes: CACHE_BYTES };
  return new JournalWriter(openMigrated(path, journalSchema, opening), primitives);
}

export class JournalWriter implements Clerk {
  readonly #database: Database;
  readonly #primitives: Sha256;
  readonly #state: Statement<StateRow>;
  readonly #updateTail: Statement<unknown>;
  readonly #updateFirst: Statement<unknown>;
  readonly #insert: Statement<unknown>;
  readonly #deleteBefore: Statement<unknown>;
  readonly #cell: Statement<{ version: number; value: Uint8Array }>;
  readonly #upsertCell: Statement<unknown>;
  /** About what the WAL holds that is not in the database file yet. */
  #walBytes = 0;

  constructor(database: Database, primitives: Sha256) {
    this.#database = database;
    this.#primitives = primitives;
    this.#state = database.prepare(SELECT_STATE);
    this.#updateTail = database.prepare(UPDATE_TAIL);
    this.#updateFirst = database.prepare(UPDATE_FIRST);
    this.#insert = database.prepare(INSERT_RECORD);
    this.#deleteBefore = database.prepare(DELETE_RECORDS);
    this.#cell = database.prepare(SELECT_CELL);
    this.#upsertCell = database.prepare(UPSERT_CELL);
  }

  seal(owner: Uint8Array): Sealed {
    return this.#database.transaction(() => {
      const state = this.#read();
      const epoch = state.epoch + 1;
      const writer = new Writer();
      putSeal(writer, epoch, owner);
      return { epoch, tail: this.#put(state, epoch, writer.view()) };
    });
  }

  append(epoch: number, prevSeq: number, bytes: Uint8Array): Appended {
    return this.#database.transaction<Appended>(() => {
      const state = this.#read();
      if (state.epoch !== epoch || state.tail !== prevSeq) {
        return { kind: 'conflict', tail: state.tail, epoch: state.epoch };
      }
      return { kind: 'ok', seq: this.#put(state, epoch, bytes) };
    });
  }

  trim(upTo: number): void {
    this.#database.transaction(() => {
      const state = this.#read();
      const first = Math.min(upTo, state.tail) + 1;
      if (first <= state.first) return;
      this.#deleteBefore.run(first);
      this.#updateFirst.run(first);
    });
    this.#walBytes += ROW_OVERHEAD_BYTES;
  }

  cas(key: string, version: number, value: Uint8Array): Cell {
    return this.#database.transaction<Cell>(() => {
      const cell = this.#cell.get(key);
      const found = cell?.version ?? 0;
      if (found !== version) return { ok: false, version: found, value: cell?.value ?? null };
      this.#upsertCell.run(key, version + 1, value);
      this.#walBytes += ROW_OVERHEAD_BYTES;
      return { ok: true, version: version + 1, value };
    });
  }

  /**
   * Moves what the WAL holds into the database file: when there is time, or before the WAL gets so long
   * that reading through it slows down. Never inside a commit.
   */
  tidy(idle: boolean): void {
    if (this.#walBytes < (idle ? 1 : WAL_BYTES_MAX)) return;
    this.#walBytes = 0;
    this.#database.execute('PRAGMA wal_checkpoint(PASSIVE)');
  }

  close(): void {
    this.#database.close();
  }

  #read(): StateRow {
    return stateOf(this.#state);
  }

  #put(state: StateRow, epoch: number, bytes: Uint8Array): number {
    const seq = state.tail + 1;
    const hash = recordHash(this.#primitives, state.tail_hash, { seq, epoch, bytes });
    this.#insert.run(seq, epoch, state.tail_hash, hash, bytes);
    this.#updateTail.run(epoch, seq, hash);
    this.#walBytes += bytes.length + ROW_OVERHEAD_BYTES;
    return seq;
  }
}
