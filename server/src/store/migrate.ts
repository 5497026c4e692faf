/**
 * Versioned schemas. A file's version is its `user_version`; each step runs once, in a transaction of its
 * own together with the new number, so that a crash leaves a whole version behind. A file of a newer
 * version is refused with `newer` before a single byte of it is written (SPEC J8).
 */

import { existsSync, statSync } from 'node:fs';

import { Fault } from 'copse/internal/base/fault.ts';

import { openDatabase, type Database, type Opening } from './sqlite.ts';

export interface Schema {
  /** For people: what the file holds. */
  readonly name: string;
  /** Append-only: step n leads from version n to n + 1. */
  readonly steps: readonly (string | ((database: Database) => void))[];
}

/** Opens a file for writing and brings it to the version of `schema`. */
export function openMigrated(path: string, schema: Schema, opening: Opening = {}): Database {
  refuseNewer(path, schema);
  const database = openDatabase(path, opening);
  try {
    migrate(database, schema);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
  return database;
}

/** Brings an open database to the version of `schema`. */
export function migrate(database: Database, schema: Schema): void {
  const first = versionOf(database);
  check(first, schema);
  if (first === schema.steps.length) return;
  // A step that puts a table in another's place would take along what names its rows.
  database.execute('PRAGMA foreign_keys = OFF');
  for (let version = first; version < schema.steps.length; version++) {
    const step = schema.steps[version]!;
    database.transaction(() => {
      if (typeof step === 'string') database.execute(step);
      else step(database);
      database.execute(`PRAGMA user_version = ${version + 1}`);
    });
  }
  database.execute('PRAGMA foreign_keys = ON');
  // A step may have written every row anew: no later commit should move all of that into the file.
  if (first > 0) database.execute('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** Looks at a file through a connection that cannot write; opening for writing may already change it. */
export function refuseNewer(path: string, schema: Schema): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  using database = openDatabase(path, { readonly: true });
  check(versionOf(database), schema);
}

function check(version: number, schema: Schema): void {
  const known = schema.steps.length;
  if (version <= known) return;
  throw new Fault('newer', `${schema.name}: version ${version}, this program knows ${known}.`);
}

function versionOf(database: Database): number {
  const row = database.prepare<{ user_version: number }>('PRAGMA user_version').get();
  return row?.user_version ?? 0;
}
