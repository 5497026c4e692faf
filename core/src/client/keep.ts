/**
 * What a device keeps: its keys, its queue of unsent entries, its token. A small ordered table of rows
 * that applies several changes together or not at all. Implementations: IndexedDB in browsers, a directory elsewhere,
 * memory in tests; one suite proves all of them (`lab/suites/keep.suite.ts`).
 */

export interface KeepRow {
  readonly name: string;
  readonly value: Uint8Array;
}

/** Null deletes the row. */
export interface KeepChange {
  readonly name: string;
  readonly value: Uint8Array | null;
  /** A secret is encrypted at rest (SPEC S10). */
  readonly secret?: boolean;
}

export interface Keep extends AsyncDisposable {
  get(name: string): Promise<Uint8Array | null>;
  /** Rows whose name begins with `prefix`, in the order of their names. */
  list(prefix: string): Promise<readonly KeepRow[]>;
  /** All of the changes or none; durable when it resolves. Rejects with `full` when there is no room. */
  write(changes: readonly KeepChange[]): Promise<void>;
}
