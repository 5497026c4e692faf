/**
 * SQLite in WebAssembly behind the narrow interface of the store of messages (`social/store/sql.ts`). Errors become
 * faults as they do on the engine of the server: a full or broken disk is `full`, what cannot be read `corrupt`.
 */

import type { Database, PreparedStatement, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { assert } from '../../base/assert.ts';
import { Fault, type FaultCode } from '../../base/fault.ts';
import type { SqlDatabase, SqlStatement, SqlValue } from '../../social/store/sql.ts';

export class WasmSql implements SqlDatabase {
  readonly #sqlite: Sqlite3Static;
  readonly #database: Database;
  readonly #statements: WasmStatement<unknown>[] = [];

  /** The database belongs to this one from now on. */
  constructor(sqlite: Sqlite3Static, database: Database) {
    this.#sqlite = sqlite;
    this.#database = database;
  }

  prepare<Row>(sql: string): SqlStatement<Row> {
    // At the first use: a page that is opened waits for few of them.
    const made = new WasmStatement<Row>(() => this.#database.prepare(sql), {
      changes: () => this.#sqlite.capi.sqlite3_changes(this.#database),
      guarded: (task) => this.#guarded(task),
    });
    this.#statements.push(made);
    return made;
  }

  /** Statements without parameters or answer: schema and pragmas. */
  execute(sql: string): void {
    this.#guarded(() => this.#database.exec(sql));
  }

  transaction<T>(task: () => T): T {
    assert(!this.#isWithin(), 'transactions are not nested');
    this.execute('BEGIN IMMEDIATE');
    try {
      const answer = task();
      this.execute('COMMIT');
      return answer;
    } catch (thrown) {
      // A full disk has rolled back already.
      if (this.#isWithin()) this.execute('ROLLBACK');
      throw thrown;
    }
  }

  close(): void {
    for (const statement of this.#statements) statement.finalize();
    this.#database.close();
  }

  #isWithin(): boolean {
    return this.#sqlite.capi.sqlite3_get_autocommit(this.#database) === 0;
  }

  #guarded<T>(task: () => T): T {
    try {
      return task();
    } catch (thrown) {
      throw faultOf(this.#sqlite, thrown) ?? thrown;
    }
  }
}

interface Within {
  /** Rows that the last statement changed. */
  readonly changes: () => number;
  readonly guarded: <T>(task: () => T) => T;
}

class WasmStatement<Row> implements SqlStatement<Row> {
  readonly #prepare: () => PreparedStatement;
  readonly #within: Within;
  #made: PreparedStatement | null = null;
  #names: readonly string[] = [];

  constructor(prepare: () => PreparedStatement, within: Within) {
    this.#prepare = prepare;
    this.#within = within;
  }

  get(...values: readonly SqlValue[]): Row | null {
    return this.#run(values, (statement) => (statement.step() ? this.#row(statement) : null));
  }

  all(...values: readonly SqlValue[]): Row[] {
    return this.#run(values, (statement) => {
      const rows: Row[] = [];
      while (statement.step()) rows.push(this.#row(statement));
      return rows;
    });
  }

  run(...values: readonly SqlValue[]): number {
    return this.#run(values, (statement) => {
      statement.step();
      return this.#within.changes();
    });
  }

  finalize(): void {
    this.#made?.finalize();
  }

  #run<T>(values: readonly SqlValue[], task: (statement: PreparedStatement) => T): T {
    return this.#within.guarded(() => {
      const statement = (this.#made ??= this.#compiled());
      try {
        if (values.length > 0) statement.bind([...values]);
        return task(statement);
      } finally {
        // A statement that is not reset keeps its transaction open.
        statement.reset(true);
      }
    });
  }

  #compiled(): PreparedStatement {
    const statement = this.#prepare();
    if (statement.columnCount > 0) this.#names = statement.getColumnNames();
    return statement;
  }

  #row(statement: PreparedStatement): Row {
    const entries = this.#names.map((name, at) => [name, statement.get(at)] as const);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the interface says that Row is what the SELECT names
    return Object.fromEntries(entries) as Row;
  }
}

/** Result codes of SQLite (sqlite.org/rescode.html): the low byte is the primary one. */
const PRIMARY: ReadonlyMap<number, FaultCode> = new Map([
  [5, 'locked'], // BUSY
  [6, 'locked'], // LOCKED
  [10, 'full'], // IOERR
  [11, 'corrupt'], // CORRUPT
  [13, 'full'], // FULL
  [14, 'full'], // CANTOPEN: a file of the journal has no room
  [26, 'corrupt'], // NOTADB
]);
const PRIMARY_MASK = 0xff;

/** The fault behind an error of SQLite, or null when it is our own mistake or a broken constraint. */
function faultOf({ SQLite3Error }: Sqlite3Static, thrown: unknown): Fault | null {
  if (!(thrown instanceof SQLite3Error)) return null;
  const code = PRIMARY.get(thrown.resultCode & PRIMARY_MASK);
  return code === undefined ? null : new Fault(code, thrown.message, { cause: thrown });
}
