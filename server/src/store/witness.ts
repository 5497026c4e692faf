/**
 * What a node remembers as a witness of others' logs (SPEC M16): its cosigner's key, the last checkpoint of each
 * log, by the key of its node, and how the last look at each address went. A file of its own, because it must not
 * be in a backup: who is set back to an older memory might sign another history, so a restored node is a new
 * cosigner. A write that returned is on the disk.
 */

import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { openMigrated, type Schema } from './migrate.ts';
import { openDatabase, type Database } from './sqlite.ts';

/** How the looks at one address have gone. */
export interface Look {
  readonly url: string;
  /** Of the node that was found there first; null as long as none was. */
  readonly node: Key | null;
  /** When its checkpoint was last signed and taken, and of how many leaves. */
  readonly signedS: number | null;
  readonly size: number | null;
  /** Since when every look has failed, and why the last one did. */
  readonly failedS: number | null;
  readonly failure: string | null;
  /** The signed checkpoint that contradicts what was signed before: nothing of this log is signed any more. */
  readonly fork: string | null;
}

export const WITNESS_SCHEMA: Schema = {
  name: 'the memory of the witness',
  steps: [
    `CREATE TABLE cosigner (one INTEGER PRIMARY KEY CHECK (one = 1), seed BLOB NOT NULL) STRICT;
    CREATE TABLE checkpoint (node TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE look (
      url TEXT PRIMARY KEY, node TEXT, signed_s INTEGER, size INTEGER, failed_s INTEGER, failure TEXT, fork TEXT
    ) STRICT, WITHOUT ROWID;`,
  ],
};

interface Row {
  readonly url: string;
  readonly node: string | null;
  readonly signed_s: number | null;
  readonly size: number | null;
  readonly failed_s: number | null;
  readonly failure: string | null;
  readonly fork: string | null;
}

const SEED = 'SELECT seed FROM cosigner WHERE one = 1';
const PUT_SEED = 'INSERT INTO cosigner (one, seed) VALUES (1, ?)';
const NOTE = 'SELECT note FROM checkpoint WHERE node = ?';
const PUT_NOTE = `INSERT INTO checkpoint (node, note) VALUES (?, ?)
  ON CONFLICT (node) DO UPDATE SET note = excluded.note`;
const LOOKS = 'SELECT url, node, signed_s, size, failed_s, failure, fork FROM look ORDER BY url';
const LOOK = 'SELECT url, node, signed_s, size, failed_s, failure, fork FROM look WHERE url = ?';
const PUT_LOOK = `INSERT INTO look (url, node, signed_s, size, failed_s, failure, fork)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (url) DO UPDATE SET node = excluded.node, signed_s = excluded.signed_s, size = excluded.size,
    failed_s = excluded.failed_s, failure = excluded.failure, fork = excluded.fork`;
const FORGET_LOOK = 'DELETE FROM look WHERE url = ?';

export class WitnessStore implements Disposable {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  static open(path: string): WitnessStore {
    return new WitnessStore(openMigrated(path, WITNESS_SCHEMA));
  }

  /** For a look from outside, also while the node runs. */
  static reading(path: string): WitnessStore {
    return new WitnessStore(openDatabase(path, { readonly: true }));
  }

  seed(): Uint8Array | null {
    return this.#database.prepare<{ readonly seed: Uint8Array }>(SEED).get()?.seed ?? null;
  }

  putSeed(seed: Uint8Array): void {
    this.#database.transaction(() => this.#database.prepare(PUT_SEED).run(seed));
  }

  note(node: Key): string | null {
    return this.#database.prepare<{ readonly note: string }>(NOTE).get(hex(node))?.note ?? null;
  }

  putNote(node: Key, note: string): void {
    this.#database.transaction(() => this.#database.prepare(PUT_NOTE).run(hex(node), note));
  }

  look(url: string): Look | null {
    const row = this.#database.prepare<Row>(LOOK).get(url);
    return row === null ? null : lookOf(row);
  }

  looks(): readonly Look[] {
    return this.#database.prepare<Row>(LOOKS).all().map(lookOf);
  }

  putLook({ url, node, signedS, size, failedS, failure, fork }: Look): void {
    const values = [url, node === null ? null : hex(node), signedS, size, failedS, failure, fork];
    this.#database.transaction(() => this.#database.prepare(PUT_LOOK).run(...values));
  }

  /** Forgets how looks went, and nothing of what was signed. */
  forgetLook(url: string): void {
    this.#database.transaction(() => this.#database.prepare(FORGET_LOOK).run(url));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function lookOf({ url, node, signed_s, size, failed_s, failure, fork }: Row): Look {
  const bytes = node === null ? null : fromHex(node);
  return {
    url,
    node: bytes === null ? null : key(bytes),
    signedS: signed_s,
    size,
    failedS: failed_s,
    failure,
    fork,
  };
}
