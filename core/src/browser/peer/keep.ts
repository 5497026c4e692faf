/**
 * What a browser's peer keeps beside the messages themselves (SPEC Z53, Z56): how far the node has told it, from
 * when on what is followed is here, and what has still to be brought there. In the same file, which goes as a whole
 * when the browser clears its storage.
 */

import { Fault } from '../../base/fault.ts';
import { homeOutgoingMax } from '../../base/limits-peer.ts';
import type { SqlDatabase } from '../../social/store/sql.ts';

export interface Marks {
  /** Of the node's store; null: nothing was told yet. */
  readonly epoch: Uint8Array | null;
  /** Position there up to which everything that is followed has come. */
  readonly at: number;
}

/** A message that the node has not taken, without its bytes: together they are many. */
export interface Outgoing {
  readonly id: Uint8Array;
  readonly timeMs: number;
  readonly isRefused: boolean;
  /** Number of the fault; 0: none. */
  readonly fault: number;
  readonly why: string;
}

/** One that is to be brought. */
export interface Waiting {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

export interface OutgoingMessage extends Waiting {
  readonly timeMs: number;
}

export interface Place {
  /** Position here. */
  readonly seq: number;
  /** Position in what has arrived at the node. */
  readonly at: number;
}

const SCHEMA: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS home_marks (one INTEGER PRIMARY KEY CHECK (one = 1), epoch BLOB, at INTEGER NOT NULL) STRICT',
  'CREATE TABLE IF NOT EXISTS home_words (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS home_covered (name TEXT PRIMARY KEY, from_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS home_arrived (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT',
  'CREATE TABLE IF NOT EXISTS home_outgoing (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL, time_ms INTEGER NOT NULL, refused INTEGER NOT NULL, fault INTEGER NOT NULL, why TEXT NOT NULL) STRICT',
];

/** Positions that are looked through at once: a few milliseconds. */
const TIDY_SPAN = 2_000;

interface OutgoingRow {
  readonly id: Uint8Array;
  readonly time_ms: number;
  readonly refused: number;
  readonly fault: number;
  readonly why: string;
}

type Statements = ReturnType<typeof prepared>;

function prepared(database: SqlDatabase) {
  for (const statement of SCHEMA) database.prepare(statement).run();
  return {
    marks: database.prepare<Marks>('SELECT epoch, at FROM home_marks WHERE one = 1'),
    setMarks: database.prepare(
      'INSERT INTO home_marks (one, epoch, at) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, at = excluded.at',
    ),
    word: database.prepare<{ readonly bytes: Uint8Array }>('SELECT bytes FROM home_words WHERE name = ?'),
    setWord: database.prepare(
      'INSERT INTO home_words (name, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes',
    ),
    covered: database.prepare<{ readonly name: string; readonly from_ms: number }>(
      'SELECT name, from_ms FROM home_covered',
    ),
    setCovered: database.prepare(
      'INSERT INTO home_covered (name, from_ms) VALUES (?, ?) ON CONFLICT DO UPDATE SET from_ms = excluded.from_ms',
    ),
    removeCovered: database.prepare('DELETE FROM home_covered WHERE name = ?'),
    clearCovered: database.prepare('DELETE FROM home_covered'),
    clearArrived: database.prepare('DELETE FROM home_arrived'),
    arrived: database.prepare<{ readonly at: number }>('SELECT at FROM home_arrived WHERE seq = ?'),
    lastArrived: database.prepare<{ readonly seq: number | null }>(
      'SELECT max(seq) AS seq FROM home_arrived',
    ),
    tidyArrived: database.prepare(
      'DELETE FROM home_arrived WHERE seq > ? AND seq <= ? AND seq NOT IN (SELECT seq FROM message WHERE seq > ? AND seq <= ?)',
    ),
    setArrived: database.prepare(
      'INSERT INTO home_arrived (seq, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at',
    ),
    outgoing: database.prepare<OutgoingRow>(
      'SELECT id, time_ms, refused, fault, why FROM home_outgoing ORDER BY number',
    ),
    waiting: database.prepare<Waiting>(
      'SELECT id, bytes FROM home_outgoing WHERE refused = 0 ORDER BY number LIMIT ?',
    ),
    outgoingBytes: database.prepare<{ readonly bytes: Uint8Array }>(
      'SELECT bytes FROM home_outgoing WHERE id = ?',
    ),
    isOutgoing: database.prepare('SELECT 1 FROM home_outgoing WHERE id = ?'),
    add: database.prepare(
      "INSERT INTO home_outgoing (id, bytes, time_ms, refused, fault, why) VALUES (?, ?, ?, 0, 0, '') ON CONFLICT DO UPDATE SET refused = 0, fault = 0, why = ''",
    ),
    count: database.prepare<{ readonly count: number }>('SELECT count(number) AS count FROM home_outgoing'),
    remove: database.prepare('DELETE FROM home_outgoing WHERE id = ?'),
    refuse: database.prepare('UPDATE home_outgoing SET refused = 1, fault = ?, why = ? WHERE id = ?'),
    again: database.prepare("UPDATE home_outgoing SET refused = 0, fault = 0, why = '' WHERE id = ?"),
  };
}

export class HomeKeep {
  readonly #database: SqlDatabase;
  readonly #sql: Statements;
  readonly #covered: Map<string, number>;
  /** Not covered any more, which is not on the disk yet. */
  readonly #uncovered = new Set<string>();

  /** On the database of the messages. */
  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#sql = prepared(database);
    this.#covered = new Map(this.#sql.covered.all().map(({ name, from_ms }) => [name, from_ms]));
  }

  get marks(): Marks {
    return this.#sql.marks.get() ?? { epoch: null, at: 0 };
  }

  setMarks({ epoch, at }: Marks): void {
    this.#sql.setMarks.run(epoch, at);
  }

  /** The node has another store: nothing that was known of its positions holds. */
  begin(): void {
    this.#covered.clear();
    this.#database.transaction(() => {
      this.#sql.clearCovered.run();
      this.#sql.clearArrived.run();
    });
  }

  /** What the node said last, under a name. */
  word(name: string): Uint8Array | null {
    return this.#sql.word.get(name)?.bytes ?? null;
  }

  setWord(name: string, bytes: Uint8Array): void {
    this.#sql.setWord.run(name, bytes);
  }

  /** From which time on everything under an interest is here; null: it is not known. */
  coveredFrom(name: string): number | null {
    return this.#covered.get(name) ?? null;
  }

  setCovered(names: readonly string[], fromMs: number): void {
    this.#database.transaction(() => {
      for (const name of names) this.#sql.setCovered.run(name, fromMs);
    });
    for (const name of names) {
      this.#covered.set(name, fromMs);
      this.#uncovered.delete(name);
    }
  }

  /** Forgets it of everything else; where the disk has no room for that, it comes there with the next time. */
  coverOnly(names: ReadonlySet<string>): void {
    for (const name of this.#covered.keys()) if (!names.has(name)) this.#uncovered.add(name);
    for (const name of this.#uncovered) this.#covered.delete(name);
    if (this.#uncovered.size === 0) return;
    this.#database.transaction(() => {
      for (const name of this.#uncovered) this.#sql.removeCovered.run(name);
    });
    this.#uncovered.clear();
  }

  /** Where a message stands in what has arrived at the node; 0: it is not known. */
  arrivedAt(seq: number): number {
    return this.#sql.arrived.get(seq)?.at ?? 0;
  }

  /** What has fallen out of the messages needs no place: looks through a few; answers where to go on, null: that was all. */
  tidy(from: number): number | null {
    const to = from + TIDY_SPAN;
    this.#sql.tidyArrived.run(from, to, from, to);
    return to >= (this.#sql.lastArrived.get()?.seq ?? 0) ? null : to;
  }

  setArrived(places: readonly Place[]): void {
    if (places.length === 0) return;
    this.#database.transaction(() => {
      for (const { seq, at } of places) this.#sql.setArrived.run(seq, at);
    });
  }

  /** Durable when it returns; `full` when too many wait. One that was refused waits again. */
  add(messages: readonly OutgoingMessage[]): void {
    if ((this.#sql.count.get()?.count ?? 0) + messages.length > homeOutgoingMax)
      throw new Fault('full', `${homeOutgoingMax} messages wait for the node already`);
    this.#database.transaction(() => {
      for (const { id, bytes, timeMs } of messages) this.#sql.add.run(id, bytes, timeMs);
    });
  }

  waiting(rowsMax: number): readonly Waiting[] {
    return this.#sql.waiting.all(rowsMax);
  }

  outgoing(): readonly Outgoing[] {
    return this.#sql.outgoing.all().map(outgoingOf);
  }

  /** Null: the node has it, or nobody wants it any more. */
  outgoingBytes(id: Uint8Array): Uint8Array | null {
    return this.#sql.outgoingBytes.get(id)?.bytes ?? null;
  }

  isOutgoing(id: Uint8Array): boolean {
    return this.#sql.isOutgoing.get(id) !== null;
  }

  /** The node has them, or nobody wants them any more. */
  remove(ids: readonly Uint8Array[]): void {
    if (ids.length === 0) return;
    this.#database.transaction(() => {
      for (const id of ids) this.#sql.remove.run(id);
    });
  }

  refuse(id: Uint8Array, fault: number, why: string): void {
    this.#sql.refuse.run(fault, why, id);
  }

  again(id: Uint8Array): void {
    this.#sql.again.run(id);
  }
}

function outgoingOf({ id, time_ms, refused, fault, why }: OutgoingRow): Outgoing {
  return { id, timeMs: time_ms, isRefused: refused === 1, fault, why };
}
