/**
 * The log of a node in one SQLite file: a row per leaf, per full tile and per label (`tlog-over-rows.ts`). A
 * batch is one transaction with synchronous=FULL, so a signed checkpoint never covers what a crash takes away.
 */

import { must } from 'copse/internal/base/assert.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { Sha256 } from 'copse/internal/crypto/merkle.ts';
import { openMigrated, type Schema } from './migrate.ts';
import type { Database, Statement } from './sqlite.ts';
import { TlogOverRows } from './tlog-over-rows.ts';
import type { ClaimRow, TlogRows } from './tlog-rows.ts';
import type { LabelHead, StoredClaim, StoredNote, Tlog } from './tlog.ts';

const SCHEMA: Schema = {
  name: 'the log of the node',
  steps: [
    `CREATE TABLE leaf (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
     CREATE TABLE tile (
       level INTEGER NOT NULL, idx INTEGER NOT NULL, root BLOB NOT NULL, hashes BLOB NOT NULL,
       PRIMARY KEY (level, idx)
     ) STRICT;
     CREATE TABLE head (
       label BLOB PRIMARY KEY, last INTEGER NOT NULL, count INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE claim (
       namespace TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, user TEXT NOT NULL,
       idx INTEGER NOT NULL, time_ms INTEGER NOT NULL, skeleton TEXT NOT NULL,
       PRIMARY KEY (namespace, name)
     ) STRICT, WITHOUT ROWID;
     CREATE UNIQUE INDEX claim_number ON claim (namespace, number);
     CREATE INDEX claim_user ON claim (user, idx);
     CREATE INDEX claim_skeleton ON claim (namespace, skeleton);
     CREATE TABLE note (
       size INTEGER PRIMARY KEY, text TEXT NOT NULL, cosignatures INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE cosigner (name TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT, WITHOUT ROWID;`,
  ],
};

const COUNT_LEAVES = 'SELECT coalesce(max(idx) + 1, 0) AS count FROM leaf';
const INSERT_LEAF = 'INSERT INTO leaf (idx, bytes) VALUES (?, ?)';
const SELECT_LEAF = 'SELECT bytes FROM leaf WHERE idx = ?';
const SELECT_LEAVES = 'SELECT bytes FROM leaf WHERE idx >= ? AND idx < ? ORDER BY idx';
const INSERT_TILE = 'INSERT INTO tile (level, idx, root, hashes) VALUES (?, ?, ?, ?)';
const SELECT_TILE = 'SELECT hashes FROM tile WHERE level = ? AND idx = ?';
const SELECT_ROOTS = 'SELECT root FROM tile WHERE level = ? AND idx >= ? ORDER BY idx';
const UPSERT_HEAD =
  'INSERT INTO head (label, last, count) VALUES (?, ?, ?) ' +
  'ON CONFLICT (label) DO UPDATE SET last = excluded.last, count = excluded.count';
const SELECT_HEAD = 'SELECT last, count FROM head WHERE label = ?';
const INSERT_CLAIM =
  'INSERT INTO claim (namespace, name, number, user, idx, time_ms, skeleton) VALUES (?, ?, ?, ?, ?, ?, ?)';
const CLAIM = 'SELECT namespace, name, number, user, idx, time_ms FROM claim';
const SELECT_CLAIM = `${CLAIM} WHERE namespace = ? AND name = ?`;
const SELECT_CLAIMS_OF = `${CLAIM} WHERE user = ? ORDER BY idx LIMIT ?`;
const SELECT_ALIKE = 'SELECT name FROM claim WHERE namespace = ? AND skeleton = ? ORDER BY number LIMIT ?';
const SELECT_LAST_NUMBER = 'SELECT coalesce(max(number), 0) AS number FROM claim WHERE namespace = ?';
const UPSERT_NOTE =
  'INSERT INTO note (size, text, cosignatures) VALUES (?, ?, ?) ' +
  'ON CONFLICT (size) DO UPDATE SET text = excluded.text, cosignatures = excluded.cosignatures';
const SELECT_NOTE = 'SELECT size, text, cosignatures FROM note WHERE size = ?';
const SELECT_NEWEST_NOTE =
  'SELECT size, text, cosignatures FROM note WHERE cosignatures >= ? ORDER BY size DESC LIMIT 1';
const DELETE_NOTES = 'DELETE FROM note WHERE size < ? AND size <> ?';
const UPSERT_COSIGNER =
  'INSERT INTO cosigner (name, key) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET key = excluded.key';
const DELETE_COSIGNER = 'DELETE FROM cosigner WHERE name = ?';
const SELECT_COSIGNERS = 'SELECT name, key FROM cosigner ORDER BY name';

export function openSqliteTlog(path: string, primitives: Sha256): Tlog {
  return new TlogOverRows(new SqliteRows(openMigrated(path, SCHEMA)), primitives);
}

interface ClaimColumns {
  readonly namespace: string;
  readonly name: string;
  readonly number: number;
  readonly user: string;
  readonly idx: number;
  readonly time_ms: number;
}

class SqliteRows implements TlogRows {
  readonly #database: Database;
  readonly #insertLeaf: Statement<unknown>;
  readonly #upsertHead: Statement<unknown>;
  readonly #head: Statement<LabelHead>;

  constructor(database: Database) {
    this.#database = database;
    this.#insertLeaf = database.prepare(INSERT_LEAF);
    this.#upsertHead = database.prepare(UPSERT_HEAD);
    this.#head = database.prepare(SELECT_HEAD);
  }

  transaction<T>(task: () => T): T {
    return this.#database.transaction(task);
  }

  close(): void {
    this.#database.close();
  }

  count(): number {
    return must(this.#database.prepare<{ count: number }>(COUNT_LEAVES).get(), 'a count').count;
  }

  putLeaf(index: number, bytes: Uint8Array): void {
    this.#insertLeaf.run(index, bytes);
  }

  leaf(index: number): Uint8Array | null {
    return this.#database.prepare<{ bytes: Uint8Array }>(SELECT_LEAF).get(index)?.bytes ?? null;
  }

  leavesFrom(index: number, count: number): readonly Uint8Array[] {
    const rows = this.#database.prepare<{ bytes: Uint8Array }>(SELECT_LEAVES).all(index, index + count);
    return rows.map(({ bytes }) => bytes);
  }

  putTile(
    level: number,
    index: number,
    tile: { readonly hashes: Uint8Array; readonly root: Uint8Array },
  ): void {
    this.#database.prepare(INSERT_TILE).run(level, index, tile.root, tile.hashes);
  }

  tile(level: number, index: number): Uint8Array | null {
    return this.#database.prepare<{ hashes: Uint8Array }>(SELECT_TILE).get(level, index)?.hashes ?? null;
  }

  tileRoots(level: number, from: number): readonly Uint8Array[] {
    return this.#database
      .prepare<{ root: Uint8Array }>(SELECT_ROOTS)
      .all(level, from)
      .map(({ root }) => root);
  }

  putHead(label: Uint8Array, { last, count }: LabelHead): void {
    this.#upsertHead.run(label, last, count);
  }

  head(label: Uint8Array): LabelHead | null {
    return this.#head.get(label);
  }

  putClaim({ namespace, name, number, user, index, timeMs, skeleton }: ClaimRow): void {
    this.#database.prepare(INSERT_CLAIM).run(namespace, name, number, user, index, timeMs, skeleton);
  }

  claim(namespace: string, name: string): StoredClaim | null {
    const row = this.#database.prepare<ClaimColumns>(SELECT_CLAIM).get(namespace, name);
    return row === null ? null : claimOf(row);
  }

  claimsOf(user: string, countMax: number): readonly StoredClaim[] {
    return this.#database.prepare<ClaimColumns>(SELECT_CLAIMS_OF).all(user, countMax).map(claimOf);
  }

  lookAlikes(namespace: string, skeleton: string, countMax: number): readonly string[] {
    const rows = this.#database.prepare<{ name: string }>(SELECT_ALIKE).all(namespace, skeleton, countMax);
    return rows.map(({ name }) => name);
  }

  lastNumber(namespace: string): number {
    return this.#database.prepare<{ number: number }>(SELECT_LAST_NUMBER).get(namespace)?.number ?? 0;
  }

  putNote({ size, text, cosignatures }: StoredNote): void {
    this.#database.prepare(UPSERT_NOTE).run(size, text, cosignatures);
  }

  noteOf(size: number): StoredNote | null {
    return this.#database.prepare<StoredNote>(SELECT_NOTE).get(size);
  }

  newestNote(cosignaturesMin: number): StoredNote | null {
    return this.#database.prepare<StoredNote>(SELECT_NEWEST_NOTE).get(cosignaturesMin);
  }

  forgetNotes(below: number, kept: number): void {
    this.#database.prepare(DELETE_NOTES).run(below, kept);
  }

  putCosigner(name: string, cosigner: Uint8Array): void {
    this.#database.prepare(UPSERT_COSIGNER).run(name, cosigner);
  }

  deleteCosigner(name: string): boolean {
    return this.#database.prepare(DELETE_COSIGNER).run(name) > 0;
  }

  cosigners(): readonly { readonly name: string; readonly key: Key }[] {
    const rows = this.#database.prepare<{ name: string; key: Uint8Array }>(SELECT_COSIGNERS).all();
    return rows.map((row) => ({ name: row.name, key: key(row.key) }));
  }
}

function claimOf({ namespace, name, number, user, idx, time_ms }: ClaimColumns): StoredClaim {
  return { namespace, name, number, user, index: idx, timeMs: time_ms };
}
