/**
 * The journal on PostgreSQL: the engine that several processes share, so that another one goes on when the
 * owner of a shard dies (SPEC J1, J2, J11, J12).
 *
 * One statement appends a record and moves the shard's row, if that still names the epoch and the record
 * before: what was a transaction of three round trips is one. When the answer is lost nobody knows whether it
 * took place: then the row is read again and compared. The own record there: done. A higher epoch: fenced.
 * Unchanged: the same bytes once more, which count once even if the first statement is still on its way. An
 * append is never given up while that is open, so what was refused is never there later.
 */

import { backoff } from 'copse/internal/base/backoff.ts';
import { compare } from 'copse/internal/base/bytes.ts';
import { pause, type Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import {
  databaseRetryCapMs,
  databaseRetryMs,
  scanBytesTarget,
  scanRowsMax,
} from 'copse/internal/base/limits-shards.ts';
import { putSeal } from 'copse/internal/log/record.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';

import { Chain, GENESIS, recordHash, type Sha256 } from './journal-chain.ts';
import {
  APPEND,
  bytesOf,
  DELETE_RECORDS,
  INSERT_CELL,
  INSERT_RECORD,
  LOCK_SHARD,
  migratePostgres,
  numberOf,
  recordOfPg,
  SELECT_CELL,
  SELECT_RECORD,
  SELECT_RECORDS,
  shardState,
  UPDATE_CELL,
  UPDATE_FIRST,
  UPDATE_SHARD,
  type ShardState,
} from './journal-postgres-rows.ts';
import type { Appended, Cell, Journal, JournalRecord, Sealed } from './journal.ts';
import { LostConnection, type PgConnection } from './postgres.ts';

export interface PostgresJournalOptions {
  readonly postgres: PgConnection;
  readonly shard: number;
  readonly primitives: Sha256;
  readonly env: Env;
  /**
   * Whether the database keeps every record for ever: `trim` then only lets go what is in memory here, and
   * whoever has none of the chunks makes them from the journal.
   */
  readonly isWhole?: boolean;
}

/** Opens the journal of a shard, whose tables are made when they are not there. It owns the connection. */
export async function openPostgresJournal(options: PostgresJournalOptions): Promise<PostgresJournal> {
  try {
    await migratePostgres(options.postgres, options.shard, GENESIS);
    return new PostgresJournal(options);
  } catch (thrown) {
    await options.postgres[Symbol.asyncDispose]();
    throw thrown;
  }
}

export class PostgresJournal implements Journal {
  readonly #options: PostgresJournalOptions;
  /** Records that were appended or scanned here and not let go. */
  readonly #near = new Map<number, JournalRecord>();
  /** Up to here they are let go. */
  #letGo = 0;
  /** What the row said last; another owner may have changed it since. */
  #state: ShardState | null = null;
  #line: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: PostgresJournalOptions) {
    this.#options = options;
  }

  seal(owner: Uint8Array): Promise<Sealed> {
    return this.#inLine(() => this.#patiently(() => this.#seal(owner)));
  }

  append(epoch: number, prevSeq: number, bytes: Uint8Array<ArrayBuffer>): Promise<Appended> {
    return this.#inLine(async () => {
      let state = this.#state;
      if (state === null || !isAt(state, epoch, prevSeq)) state = await this.#read();
      if (!isAt(state, epoch, prevSeq)) return conflict(state);
      return this.#put(this.#next(state, epoch, bytes));
    });
  }

  async *scan(from: number): AsyncGenerator<JournalRecord> {
    await this.#line;
    const { first, tail, tailHash } = await this.#read();
    let next = Math.max(from, first);
    const chain = new Chain(this.#options.primitives, next, null);
    let rowsMax = 32;
    while (next <= tail) {
      const records = await this.#page(next, tail, rowsMax);
      if (records.length === 0) break;
      let bytes = 0;
      for (const record of records) {
        yield this.#keep(chain.check(record));
        bytes += record.bytes.length;
      }
      next += records.length;
      rowsMax = Math.min(
        scanRowsMax,
        Math.max(1, Math.ceil((scanBytesTarget * records.length) / (bytes + 1))),
      );
    }
    chain.end(tail, tailHash);
  }

  trim(upTo: number): Promise<void> {
    return this.#inLine(async () => {
      if (this.#options.isWhole === true) return this.#forget(upTo);
      const { tail } = await this.#read();
      const first = Math.min(upTo, tail) + 1;
      await this.#patiently(() =>
        this.#options.postgres.transaction(async (tables) => {
          await tables.query(UPDATE_FIRST, [this.#shard, first]);
          await tables.query(DELETE_RECORDS, [this.#shard, first]);
        }),
      );
      this.#forget(first - 1);
    });
  }

  /** Rejects with `closed` when nobody knows whether it was set. */
  cas(key: string, version: number, value: Uint8Array): Promise<Cell> {
    return this.#inLine(async () => {
      const rows =
        version === 0
          ? await this.#query(INSERT_CELL, [this.#shard, key, value])
          : await this.#query(UPDATE_CELL, [this.#shard, key, version, value]);
      if (rows.length === 1) return { ok: true, version: version + 1, value };
      return { ok: false, ...(await this.#cell(key)) };
    });
  }

  /** What a cell holds; version 0 and null when there is none. */
  async cell(key: string): Promise<Omit<Cell, 'ok'>> {
    await this.#line;
    return this.#cell(key);
  }

  /** Where the journal is now, by whoever owns it. */
  async state(): Promise<ShardState> {
    await this.#line;
    return this.#now();
  }

  /** A record as the database has it; null when it has none. */
  async look(seq: number): Promise<JournalRecord | null> {
    const [row] = await this.#query(SELECT_RECORD, [this.#shard, seq]);
    return row === undefined ? null : recordOfPg(row);
  }

  read(seq: number): JournalRecord | null {
    return this.#near.get(seq) ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#options.postgres[Symbol.asyncDispose]();
    await this.#line;
  }

  get #shard(): number {
    return this.#options.shard;
  }

  #query(text: string, values: Parameters<PgConnection['query']>[1]) {
    return this.#options.postgres.query(text, values);
  }

  async #cell(key: string): Promise<Omit<Cell, 'ok'>> {
    const [row] = await this.#query(SELECT_CELL, [this.#shard, key]);
    if (row === undefined) return { version: 0, value: null };
    return { version: numberOf(row, 'version'), value: bytesOf(row, 'value') };
  }

  async #now(): Promise<ShardState> {
    return shardState(this.#options.postgres, this.#shard);
  }

  async #page(from: number, upTo: number, rowsMax: number): Promise<JournalRecord[]> {
    const rows = await this.#patiently(() => this.#query(SELECT_RECORDS, [this.#shard, from, upTo, rowsMax]));
    return rows.map(recordOfPg);
  }

  async #read(): Promise<ShardState> {
    this.#state = await this.#patiently(() => this.#now());
    return this.#state;
  }

  #next({ tail, tailHash }: ShardState, epoch: number, bytes: Uint8Array): JournalRecord {
    const record = { seq: tail + 1, epoch, bytes };
    const hash = recordHash(this.#options.primitives, tailHash, record);
    return { ...record, prevHash: tailHash, hash };
  }

  #seal(owner: Uint8Array): Promise<Sealed> {
    return this.#options.postgres.transaction(async (tables) => {
      const state = await shardState(tables, this.#shard, LOCK_SHARD);
      const epoch = state.epoch + 1;
      const writer = new Writer();
      putSeal(writer, epoch, owner);
      const record = this.#next(state, epoch, writer.take());
      const { seq, prevHash, hash, bytes } = record;
      await tables.query(INSERT_RECORD, [this.#shard, seq, epoch, prevHash, hash, bytes]);
      await tables.query(UPDATE_SHARD, [this.#shard, epoch, seq, hash]);
      this.#state = null;
      return { epoch, tail: seq };
    });
  }

  /** Writes one record until it is known whether it is there. */
  async #put(record: JournalRecord): Promise<Appended> {
    const { seq, epoch, prevHash, hash, bytes } = record;
    const pauses = backoff(this.#options.env, databaseRetryMs, databaseRetryCapMs);
    for (;;) {
      try {
        const values = [this.#shard, epoch, seq, prevHash, hash, bytes, seq - 1];
        const rows = await this.#query(APPEND, values);
        if (rows.length === 1) return this.#appended(record);
      } catch (thrown) {
        if (!(thrown instanceof LostConnection)) throw thrown;
        await this.#rest(pauses.next());
      }
      const state = await this.#read();
      if (state.tail >= seq && (await this.#isThere(record))) return this.#appended(record);
      const isUnchanged = isAt(state, epoch, seq - 1) && compare(state.tailHash, prevHash) === 0;
      if (!isUnchanged) return conflict(state);
    }
  }

  async #isThere({ seq, hash }: JournalRecord): Promise<boolean> {
    const rows = await this.#patiently(() => this.#query(SELECT_RECORD, [this.#shard, seq]));
    const [row] = rows;
    return row !== undefined && compare(bytesOf(row, 'hash'), hash) === 0;
  }

  #appended(record: JournalRecord): Appended {
    const { seq, epoch, hash: tailHash } = record;
    this.#state = { epoch, first: this.#state?.first ?? 1, tail: seq, tailHash };
    this.#keep(record);
    return { kind: 'ok', seq };
  }

  #keep(record: JournalRecord): JournalRecord {
    if (record.seq > this.#letGo) this.#near.set(record.seq, record);
    return record;
  }

  #forget(upTo: number): void {
    this.#letGo = Math.max(this.#letGo, upTo);
    for (const seq of this.#near.keys()) if (seq <= upTo) this.#near.delete(seq);
  }

  /** Asks until the database answers, or this journal is closed. What is asked may happen twice. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    const pauses = backoff(this.#options.env, databaseRetryMs, databaseRetryCapMs);
    for (;;) {
      try {
        return await ask();
      } catch (thrown) {
        if (!(thrown instanceof LostConnection)) throw thrown;
        await this.#rest(pauses.next());
      }
    }
  }

  async #rest(ms: number): Promise<void> {
    await pause(this.#options.env, ms);
    if (this.#isClosed) throw new Fault('closed', 'the journal has ended');
  }

  #inLine<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#line.then(() => {
      if (this.#isClosed) throw new Fault('closed', 'the journal has ended');
      return task();
    });
    this.#line = turn.catch(() => {});
    return turn;
  }
}

function isAt(state: ShardState, epoch: number, prevSeq: number): boolean {
  return state.epoch === epoch && state.tail === prevSeq;
}

function conflict({ tail, epoch }: ShardState): Appended {
  return { kind: 'conflict', tail, epoch };
}
