/** Databases of a directory as they are at one moment, while others write to them. */

import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';

import { CHUNK_FILE, JOURNAL_FILE } from './chunks-open.ts';
import { SELECT_STATE as SELECT_CHUNK_STATE, type ChunkStateRow } from './chunks-rows.ts';
import { syncPath } from './backup-files.ts';
import { SELECT_STATE as SELECT_JOURNAL_STATE, type StateRow } from './journal-rows.ts';
import { openDatabase, type Database } from './sqlite.ts';

/** A database that is held at its moment until it was copied. */
export interface PinnedCopy {
  readonly path: string;
  to(target: string): void;
}

/** Compaction moves records at most once in some hundred milliseconds, pinning takes less than one. */
const ATTEMPTS_MAX = 100;

/** Hands out the databases one by one, the journals first: they are small, and in use. */
export function* pinned(directory: string, paths: readonly string[]): Generator<PinnedCopy> {
  const held = pin(directory, paths);
  try {
    for (const path of [...paths].toSorted((a, b) => Number(isChunks(a)) - Number(isChunks(b)))) {
      const source = must(held.get(path), 'every database is pinned');
      yield { path, to: (target) => copy(source, target) };
      source.close();
    }
  } finally {
    for (const source of held.values()) source.close();
  }
}

function isChunks(path: string): boolean {
  return basename(path) === CHUNK_FILE;
}

function pin(directory: string, paths: readonly string[]): Map<string, Database> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const held = new Map<string, Database>();
    for (const path of paths) held.set(path, openDatabase(join(directory, path), { readonly: true }));
    // Chunks before journals: what has left a journal by then is in them.
    for (const first of [true, false]) {
      for (const [path, database] of held) if (isChunks(path) === first) begin(database);
    }
    if (paths.every((path) => !isChunks(path) || goesTogether(held, path))) return held;
    for (const database of held.values()) database.close();
  }
  throw new Fault('locked', 'The data changes too fast to be copied.');
}

/** A read transaction begins with its first read. */
function begin(database: Database): void {
  database.execute('BEGIN');
  database.prepare('SELECT count(*) AS count FROM sqlite_schema').get();
}

/** Whether the journal still has everything that these chunks do not have, and all that they have of it. */
function goesTogether(held: ReadonlyMap<string, Database>, chunksPath: string): boolean {
  const chunks = must(held.get(chunksPath), 'the chunks are pinned');
  const journal = held.get(join(dirname(chunksPath), JOURNAL_FILE));
  if (journal === undefined) return true;
  const compacted = chunks.prepare<ChunkStateRow>(SELECT_CHUNK_STATE).get();
  const state = journal.prepare<StateRow>(SELECT_JOURNAL_STATE).get();
  if (compacted === null || state === null) throw new Fault('corrupt', 'A shard has no state.');
  return state.first <= compacted.compacted + 1 && compacted.compacted <= state.tail;
}

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

const SELECT_SCHEMA =
  "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' " +
  "ORDER BY type <> 'table', rowid";

function copy(source: Database, path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  {
    using target = openDatabase(path, { journal: 'none' });
    copyInto(source, target);
  }
  syncPath(path);
}

/** Everything that a database holds, into an empty one. */
export function copyInto(source: Database, target: Database): void {
  const schema = source.prepare<SchemaRow>(SELECT_SCHEMA).all();
  const kinds = source
    .prepare<{ readonly name: string; readonly type: string }>('PRAGMA main.table_list')
    .all();
  const kindOf = new Map(kinds.map(({ name, type }) => [name, type]));
  // Rows come table by table, not in the order in which they refer to one another.
  target.execute('PRAGMA foreign_keys = OFF');
  target.transaction(() => {
    for (const { type, name, sql } of schema) {
      const kind = type === 'table' ? kindOf.get(name) : null;
      // A virtual table makes the tables of its rows itself and lets nobody else write them; what is in it can be
      // made anew, and is, by the store that has one.
      if (kind === 'shadow') continue;
      target.execute(sql);
      if (kind === 'table') copyRows(source, target, name);
    }
    copyCounters(source, target);
    target.execute(`PRAGMA user_version = ${numberOf(source, 'user_version')}`);
  });
  target.execute('PRAGMA foreign_keys = ON');
}

function copyRows(source: Database, target: Database, table: string): void {
  const columns = source.prepare<{ name: string }>(`PRAGMA table_info(${quoted(table)})`).all();
  const names = columns.map(({ name }) => quoted(name)).join(', ');
  const places = columns.map(() => '?').join(', ');
  const insert = target.prepare(`INSERT INTO ${quoted(table)} (${names}) VALUES (${places})`);
  const rows = source.prepare<Record<string, number | string | Uint8Array | null>>(
    `SELECT ${names} FROM ${quoted(table)}`,
  );
  for (const row of rows.iterate()) insert.run(...columns.map(({ name }) => row[name] ?? null));
}

/** The last numbers that tables with AUTOINCREMENT have given, also to rows that are gone. */
function copyCounters(source: Database, target: Database): void {
  const table = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'";
  if (source.prepare(table).get() === null) return;
  target.execute('DELETE FROM sqlite_sequence');
  const insert = target.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)');
  const rows = source.prepare<{ name: string; seq: number }>('SELECT name, seq FROM sqlite_sequence');
  for (const { name, seq } of rows.all()) insert.run(name, seq);
}

function numberOf(database: Database, pragma: string): number {
  const row = database.prepare<Record<string, number>>(`PRAGMA ${pragma}`).get();
  return row?.[pragma] ?? 0;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
