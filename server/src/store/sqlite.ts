/**
 * The one door to SQLite: a narrow `Database` that the stores are written against, so that a test can put
 * a failing one in its place (SPEC J10), and the settings every file of a node is opened with.
 *
 * WAL and synchronous=FULL: a commit that returned is on the disk (SPEC J2). Checkpoints happen where the
 * owner says, because one inside a commit took up to 81 ms. Errors of the disk become `full` or
 * `corrupt`, so that nobody above reads the codes of SQLite (SPEC J4).
 */

import { Database as BunDatabase, SQLiteError, type Statement as BunStatement } from 'bun:sqlite';

import { assert } from 'copse/internal/base/assert.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';

export type Value = number | string | Uint8Array | null;

/** A prepared statement; `Row` is what its SELECT names. */
export interface Statement<Row> {
  get(...values: readonly Value[]): Row | null;
  all(...values: readonly Value[]): Row[];
  /** Rows one by one; the reader's snapshot stays open until the loop ends. */
  iterate(...values: readonly Value[]): IterableIterator<Row>;
  /** Answers how many rows were changed. */
  run(...values: readonly Value[]): number;
}

export interface Database extends Disposable {
  prepare<Row = Record<never, never>>(sql: string): Statement<Row>;
  /** Statements without parameters or answer: schema and pragmas. */
  execute(sql: string): void;
  /** All or nothing: BEGIN IMMEDIATE, `task`, COMMIT; a throw rolls back. Not nested; `task` is synchronous. */
  transaction<T>(task: () => T): T;
  /**
   * Several reads of one state: `task` is synchronous and only reads. Also cheaper than reads on their own,
   * each of which takes the lock of its snapshot: 0.7 µs. Within a transaction it reads what that has done.
   */
  snapshot<T>(task: () => T): T;
  close(): void;
}

export interface Opening {
  readonly readonly?: boolean;
  /** Page cache of this connection. */
  readonly cacheBytes?: number;
  /** False: the owner checkpoints by itself, outside its commits. */
  readonly autoCheckpoint?: boolean;
  /** Pages in the WAL after which a commit checkpoints; absent: SQLite's own, a thousand. */
  readonly checkpointPages?: number;
  /** Of a file that is made anew; one that is there keeps its own. */
  readonly pageBytes?: number;
  /** How long a connection waits for another's lock. */
  readonly busyMs?: number;
  /** `none`: the file is only for its lock, or is made anew and synced as a whole. */
  readonly journal?: 'wal' | 'none';
}

/** 8 KiB: fewer overflow pages per record than 4 KiB and 16 % more commits (measured). */
const PAGE_BYTES = 8192;
const CACHE_BYTES = 8 << 20;
/** Reads through the page cache of the system instead of copies; only address space is taken. */
const MMAP_BYTES = 1 << 30;
/** What a WAL file is cut back to: more than one that begins anew in time, because cutting holds a commit up for 150 ms. */
const WAL_BYTES_KEPT = 256 << 20;
const BUSY_MS = 5000;

/** Opens a file, which is created when it does not exist and the opening is not `readonly`. */
export function openDatabase(path: string, opening: Opening = {}): Database {
  return guarded(() => {
    const { readonly = false } = opening;
    const handle = new BunDatabase(path, readonly ? { readonly } : { create: true, readwrite: true });
    try {
      configure(handle, opening);
    } catch (thrown) {
      handle.close();
      throw thrown;
    }
    return new SqliteDatabase(handle);
  });
}

function configure(handle: BunDatabase, opening: Opening): void {
  const { readonly = false, cacheBytes = CACHE_BYTES, autoCheckpoint = true, busyMs = BUSY_MS } = opening;
  handle.run(`PRAGMA busy_timeout = ${busyMs}`);
  handle.run(`PRAGMA cache_size = ${-Math.ceil(cacheBytes / 1024)}`);
  handle.run(`PRAGMA mmap_size = ${MMAP_BYTES}`);
  handle.run('PRAGMA foreign_keys = ON');
  handle.run('PRAGMA trusted_schema = OFF');
  if (readonly) return;
  handle.run(`PRAGMA page_size = ${opening.pageBytes ?? PAGE_BYTES}`);
  if (opening.journal === 'none') return;
  handle.run('PRAGMA journal_mode = WAL');
  handle.run('PRAGMA synchronous = FULL');
  handle.run(`PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}`);
  const { checkpointPages } = opening;
  if (!autoCheckpoint) handle.run('PRAGMA wal_autocheckpoint = 0');
  else if (checkpointPages !== undefined) handle.run(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
}

class SqliteDatabase implements Database {
  readonly #handle: BunDatabase;
  /** By their text: a connection only ends when all its statements have. */
  readonly #statements = new Map<string, SqliteStatement<unknown>>();
  #closed = false;

  constructor(handle: BunDatabase) {
    this.#handle = handle;
  }

  prepare<Row>(sql: string): Statement<Row> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = guarded(() => new SqliteStatement(this.#handle, sql));
      this.#statements.set(sql, statement);
    }
    return statement as Statement<Row>;
  }

  execute(sql: string): void {
    guarded(() => this.#handle.run(sql));
  }

  transaction<T>(task: () => T): T {
    assert(!this.#handle.inTransaction, 'transactions are not nested');
    this.execute('BEGIN IMMEDIATE');
    try {
      const answer = task();
      this.execute('COMMIT');
      return answer;
    } catch (thrown) {
      // A full disk has rolled back already.
      if (this.#handle.inTransaction) this.execute('ROLLBACK');
      throw thrown;
    }
  }

  snapshot<T>(task: () => T): T {
    if (this.#handle.inTransaction) return task();
    this.prepare('BEGIN').run();
    try {
      return task();
    } finally {
      // A fault of the disk may have ended it already.
      if (this.#handle.inTransaction) this.prepare('COMMIT').run();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const statement of this.#statements.values()) statement.finalize();
    guarded(() => this.#handle.close());
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class SqliteStatement<Row> implements Statement<Row> {
  readonly #handle: BunDatabase;
  readonly #sql: string;
  readonly #statement: BunStatement<Row, Value[]>;

  constructor(handle: BunDatabase, sql: string) {
    this.#handle = handle;
    this.#sql = sql;
    this.#statement = handle.prepare<Row, Value[]>(sql);
  }

  get(...values: Value[]): Row | null {
    return guarded(() => this.#statement.get(...values));
  }

  all(...values: Value[]): Row[] {
    return guarded(() => this.#statement.all(...values));
  }

  /** On a statement of its own: two loops may be under way at once. */
  *iterate(...values: Value[]): IterableIterator<Row> {
    const statement = guarded(() => this.#handle.prepare<Row, Value[]>(this.#sql));
    try {
      const rows = guarded(() => statement.iterate(...values));
      for (;;) {
        const step = guarded(() => rows.next());
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      // A loop that is left early gives its snapshot back; an open one would keep the WAL from being reused.
      statement.finalize();
    }
  }

  run(...values: Value[]): number {
    return guarded(() => this.#statement.run(...values).changes);
  }

  finalize(): void {
    this.#statement.finalize();
  }
}

function guarded<T>(task: () => T): T {
  try {
    return task();
  } catch (thrown) {
    throw faultOfSqlite(thrown) ?? thrown;
  }
}

/** Result codes of SQLite (sqlite.org/rescode.html): the low byte is the primary one. */
const PRIMARY: ReadonlyMap<number, FaultCode> = new Map([
  [5, 'locked'], // BUSY
  [6, 'locked'], // LOCKED
  [10, 'full'], // IOERR
  [11, 'corrupt'], // CORRUPT
  [13, 'full'], // FULL
  [26, 'corrupt'], // NOTADB
]);
/** IOERR_READ, IOERR_SHORT_READ, IOERR_DATA, IOERR_CORRUPTFS: what was stored is not there any more. */
const UNREADABLE: ReadonlySet<number> = new Set([266, 522, 8202, 8458]);
const PRIMARY_MASK = 0xff;

/** The fault behind an error of SQLite, or null when it is our own mistake or a broken constraint. */
function faultOfSqlite(thrown: unknown): Fault | null {
  if (!(thrown instanceof SQLiteError)) return null;
  const code = UNREADABLE.has(thrown.errno) ? 'corrupt' : PRIMARY.get(thrown.errno & PRIMARY_MASK);
  if (code === undefined) return null;
  return new Fault(code, `${thrown.code ?? 'SQLite'}: ${thrown.message}`, { cause: thrown });
}
