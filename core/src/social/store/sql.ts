/**
 * What the store of messages asks of SQLite, on the engine of the server and on the one in WebAssembly: the
 * statements are written once (`sqlite.ts`).
 */

export type SqlValue = number | string | Uint8Array | null;

/** A prepared statement; `Row` is what its SELECT names. */
export interface SqlStatement<Row> {
  get(...values: readonly SqlValue[]): Row | null;
  all(...values: readonly SqlValue[]): Row[];
  /** Answers how many rows were changed. */
  run(...values: readonly SqlValue[]): number;
}

export interface SqlDatabase {
  prepare<Row = object>(sql: string): SqlStatement<Row>;
  /** All or nothing: BEGIN IMMEDIATE, `task`, COMMIT; a throw rolls back. Not nested; `task` is synchronous. */
  transaction<T>(task: () => T): T;
  close(): void;
}
