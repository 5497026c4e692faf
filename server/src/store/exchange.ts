/**
 * What a node remembers of its exchange with others (SPEC Z83 to Z86), in one SQLite file: whom its users follow,
 * where those publish, up to where each other node has been heard, and what has still to be brought somewhere. All
 * of it but the last can be found again in the messages; a cursor is written behind what it stands for, so that
 * after a crash something is heard twice and nothing is missed.
 */

import type { Key } from 'copse/internal/base/ids.ts';
import { key } from 'copse/internal/base/ids.ts';
import {
  exchangeCarriedMax,
  exchangeHintsMax,
  exchangeThreadsMax,
} from 'copse/internal/base/limits-exchange.ts';
import { EXCHANGE_SCHEMA } from './exchange-schema.ts';
import { openMigrated } from './migrate.ts';
import type { Database } from './sqlite.ts';

/** Who says where somebody publishes; what she says herself hides the others. */
export const PLACE_SOURCE = { herself: 0, follower: 1, carrier: 2 } as const;
export type PlaceSource = (typeof PLACE_SOURCE)[keyof typeof PLACE_SOURCE];

export interface Place {
  readonly node: Key;
  readonly address: string;
}

export interface Wanted extends Place {
  readonly whom: Key;
  readonly source: number;
  readonly rank: number;
  /** How many of the users here follow her. */
  readonly followers: number;
}

export interface Cursor {
  readonly epoch: Uint8Array;
  readonly seq: number;
}

export interface Carried {
  readonly number: number;
  readonly message: Uint8Array;
  readonly tries: number;
}

/** A user or thread that was fetched from a node. */
export interface Filled {
  readonly target: Uint8Array;
  /** From then on everything that was there is here. */
  readonly fromMs: number;
  /** Something was missed since. */
  readonly isDue: boolean;
}

interface FilledRow {
  readonly target: Uint8Array;
  readonly from_ms: number;
  readonly due: number;
}

interface WantedRow {
  readonly whom: Uint8Array;
  readonly source: number;
  readonly rank: number;
  readonly node: Uint8Array;
  readonly address: string;
  readonly followers: number;
}

const SQL = {
  own: 'SELECT epoch, seq FROM own WHERE one = 1',
  setOwn: `INSERT INTO own (one, epoch, seq) VALUES (1, ?, ?)
    ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq`,
  dropFollows: 'DELETE FROM follows WHERE user = ?',
  addFollow: 'INSERT INTO follows (user, whom) VALUES (?, ?) ON CONFLICT DO NOTHING',
  followers: 'SELECT DISTINCT user FROM follows',
  dropPlaces: 'DELETE FROM place WHERE whom = ? AND source = ?',
  addPlace: `INSERT INTO place (whom, source, rank, node, address) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET node = excluded.node, address = excluded.address`,
  hints: 'SELECT count(whom) AS count FROM place WHERE source = 2',
  dropHint: `DELETE FROM place WHERE (whom, source, rank) IN (
    SELECT whom, source, rank FROM place WHERE source = 2 LIMIT 1)`,
  placesOf: 'SELECT node, address FROM place WHERE whom = ? ORDER BY source, rank',
  wanted: `SELECT p.whom, p.source, p.rank, p.node, p.address, f.followers
    FROM (SELECT whom, count(user) AS followers FROM follows GROUP BY whom) AS f
    JOIN place AS p ON p.whom = f.whom
    ORDER BY p.whom, p.source, p.rank`,
  addressesOf: `SELECT address FROM (
      SELECT address FROM place WHERE node = ?1 UNION ALL SELECT address FROM carried WHERE node = ?1)
    GROUP BY address ORDER BY count(address) DESC, address LIMIT 8`,
  cursor: 'SELECT epoch, seq FROM cursor WHERE node = ?',
  setCursor: `INSERT INTO cursor (node, epoch, seq, heard_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, heard_ms = excluded.heard_ms`,
  heardMs: 'SELECT heard_ms FROM cursor WHERE node = ?',
  filled: 'SELECT target, from_ms, due FROM filled WHERE node = ?',
  setFilled: `INSERT INTO filled (node, target, from_ms, due) VALUES (?, ?, ?, 0)
    ON CONFLICT DO UPDATE SET from_ms = excluded.from_ms, due = 0`,
  setDue: 'UPDATE filled SET due = 1 WHERE node = ?',
  dropFilledOne: 'DELETE FROM filled WHERE node = ? AND target = ?',
  addThread: 'INSERT INTO thread (node, id) VALUES (?, ?) ON CONFLICT DO NOTHING',
  threads: 'SELECT id FROM thread WHERE node = ? ORDER BY number DESC LIMIT ?',
  trimThreads: `DELETE FROM thread WHERE node = ? AND number <= (
    SELECT number FROM thread WHERE node = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
  carriedCount: 'SELECT count(number) AS count FROM carried',
  addCarried: `INSERT INTO carried (node, address, message, tries, due_ms) VALUES (?, ?, ?, 0, ?)
    ON CONFLICT DO NOTHING`,
  carriedNodes: 'SELECT DISTINCT node FROM carried',
  nodes: 'SELECT node FROM cursor',
  due: 'SELECT number, message, tries FROM carried WHERE node = ? AND due_ms <= ? ORDER BY due_ms, number LIMIT ?',
  nextDue: 'SELECT min(due_ms) AS due_ms FROM carried WHERE node = ?',
  putOff: 'UPDATE carried SET tries = ?, due_ms = ? WHERE number = ?',
  dropCarried: 'DELETE FROM carried WHERE number = ?',
} as const;

const FORGET = ['own', 'follows', 'place', 'cursor', 'filled', 'thread'].map(
  (table) => `DELETE FROM ${table}`,
);

export class ExchangeStore implements Disposable {
  readonly #database: Database;

  constructor(path: string) {
    this.#database = openMigrated(path, EXCHANGE_SCHEMA);
  }

  /** All or nothing, and one write to the disk. */
  together<T>(task: () => T): T {
    return this.#database.transaction(task);
  }

  /** Up to where the own store was looked through. */
  own(): Cursor | null {
    return this.#database.prepare<Cursor>(SQL.own).get();
  }

  setOwn({ epoch, seq }: Cursor): void {
    this.#run(SQL.setOwn, epoch, seq);
  }

  /** The own messages are others than those that were looked through: everything is learned and heard anew. */
  forget(): void {
    this.together(() => {
      for (const sql of FORGET) this.#run(sql);
    });
  }

  /** Whom a user of this node follows from now on. */
  setFollows(user: Key, whom: readonly Key[]): void {
    this.#run(SQL.dropFollows, user);
    for (const each of whom) this.#run(SQL.addFollow, user, each);
  }

  followers(): readonly Key[] {
    return this.#database
      .prepare<{ readonly user: Uint8Array }>(SQL.followers)
      .all()
      .map(({ user }) => key(user));
  }

  /** Where somebody publishes, as `source` says, in the order of preference. */
  setPlaces(whom: Key, source: PlaceSource, places: readonly Place[]): void {
    this.#run(SQL.dropPlaces, whom, source);
    if (places.length > 0 && source === PLACE_SOURCE.carrier && this.#count(SQL.hints) >= exchangeHintsMax)
      this.#run(SQL.dropHint);
    for (const [rank, { node, address }] of places.entries())
      this.#run(SQL.addPlace, whom, source, rank, node, address);
  }

  placesOf(whom: Key): readonly Place[] {
    const rows = this.#database.prepare<{ readonly node: Uint8Array; readonly address: string }>(
      SQL.placesOf,
    );
    return rows.all(whom).map(({ node, address }) => ({ node: key(node), address }));
  }

  /** Everybody whom somebody here follows and of whom a place is known; by whom, source and rank. */
  wanted(): readonly Wanted[] {
    const rows = this.#database.prepare<WantedRow>(SQL.wanted).all();
    return rows.map((row) => ({ ...row, whom: key(row.whom), node: key(row.node) }));
  }

  /** Addresses at which a node is said to be, those first that most say. */
  addressesOf(node: Key): readonly string[] {
    const rows = this.#database.prepare<{ readonly address: string }>(SQL.addressesOf).all(node);
    return rows.map(({ address }) => address);
  }

  cursor(node: Key): Cursor | null {
    return this.#database.prepare<Cursor>(SQL.cursor).get(node);
  }

  setCursor(node: Key, { epoch, seq }: Cursor, heardMs: number): void {
    this.#run(SQL.setCursor, node, epoch, seq, Math.floor(heardMs));
  }

  /** When something was heard from a node last; null: never. */
  heardMs(node: Key): number | null {
    const row = this.#database.prepare<{ readonly heard_ms: number }>(SQL.heardMs).get(node);
    return row === null || row.heard_ms === 0 ? null : row.heard_ms;
  }

  /** Users and threads that were fetched from a node, as they were before they were followed there. */
  filled(node: Key): readonly Filled[] {
    const rows = this.#database.prepare<FilledRow>(SQL.filled).all(node);
    return rows.map(({ target, from_ms: fromMs, due }) => ({ target, fromMs, isDue: due === 1 }));
  }

  /** From a time on everything of it is here. */
  setFilled(node: Key, target: Uint8Array, fromMs: number): void {
    this.#run(SQL.setFilled, node, target, fromMs);
  }

  /** Of all of them something may have been missed. */
  setDue(node: Key): void {
    this.#run(SQL.setDue, node);
  }

  /** One of them is no longer followed. */
  forgetFilled(node: Key, target: Uint8Array): void {
    this.#run(SQL.dropFilledOne, node, target);
  }

  /** A thread that somebody here has written in; the oldest are forgotten. */
  addThread(node: Key, id: Uint8Array): void {
    this.#run(SQL.addThread, node, id);
    this.#run(SQL.trimThreads, node, node, exchangeThreadsMax);
  }

  threads(node: Key): readonly Uint8Array[] {
    const rows = this.#database.prepare<{ readonly id: Uint8Array }>(SQL.threads);
    return rows.all(node, exchangeThreadsMax).map(({ id }) => id);
  }

  /** Something that is to be brought to a node; false when too much waits already. */
  addCarried({ node, address }: Place, message: Uint8Array, dueMs: number): boolean {
    if (this.carriedCount() >= exchangeCarriedMax) return false;
    this.#run(SQL.addCarried, node, address, message, dueMs);
    return true;
  }

  carriedCount(): number {
    return this.#count(SQL.carriedCount);
  }

  /** Nodes to which something is to be brought. */
  carriedNodes(): readonly Key[] {
    return this.#nodes(SQL.carriedNodes);
  }

  /** Nodes from which something was heard. */
  nodes(): readonly Key[] {
    return this.#nodes(SQL.nodes);
  }

  due(node: Key, atMs: number, rowsMax: number): readonly Carried[] {
    return this.#database.prepare<Carried>(SQL.due).all(node, atMs, rowsMax);
  }

  nextDueMs(node: Key): number | null {
    const row = this.#database.prepare<{ readonly due_ms: number | null }>(SQL.nextDue).get(node);
    return row?.due_ms ?? null;
  }

  putOff(number: number, tries: number, dueMs: number): void {
    this.#run(SQL.putOff, tries, dueMs, number);
  }

  dropCarried(number: number): void {
    this.#run(SQL.dropCarried, number);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #run(sql: string, ...values: readonly (string | number | Uint8Array)[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #nodes(sql: string): readonly Key[] {
    const rows = this.#database.prepare<{ readonly node: Uint8Array }>(sql).all();
    return rows.map(({ node }) => key(node));
  }

  #count(sql: string): number {
    return this.#database.prepare<{ readonly count: number }>(sql).get()?.count ?? 0;
  }
}
