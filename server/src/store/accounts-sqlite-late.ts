/**
 * Indexes that are written later. An index of a million hashes has an entry of each commit on a page of its
 * own, and pages are what a commit costs: so entries wait in memory until they are many, and are then written
 * in the order of the index, many to a page, in slices with other requests between them.
 *
 * Nothing depends on memory. Whatever is not in an index is found by the number up to which it was written
 * (`late`), when the file is opened. Entries are hints: whoever finds a row by one looks whether it is the
 * row that was asked for, so an entry of a commit that failed, or of a row that went, does no harm.
 */

import { must } from 'copse/internal/base/assert.ts';
import type { Write } from './accounts-sqlite-changes.ts';
import { briefOf } from './accounts-sqlite-layout-step.ts';
import type { Database, Statement } from './sqlite.ts';

/** Rows that wait before they are written: some megabytes, and read again at a start in some 30 ms. */
export const WAITING_MAX = 32_768;
/** Entries of one slice: some two milliseconds. */
const SLICE = 1_024;

const REACHED = 'SELECT attestation, held FROM late WHERE one = 1';
const REACH = 'UPDATE late SET attestation = ?, held = ? WHERE one = 1';
const ATTESTATIONS = 'SELECT id, hash, site FROM attestation WHERE id > ? ORDER BY id';
const HELD = 'SELECT id, user FROM held WHERE id > ? ORDER BY id';

export type LateTable = 'attestation_brief' | 'attestation_place' | 'held_person';

type Waiting = Map<number, number[]>;

/** Row numbers by 48 bits of an id. */
export class LateIndex {
  readonly #add: Statement<object>;
  #filling: Waiting = new Map();
  /** Those that are being written; some of them may be in the table already. */
  #settling: Waiting = new Map();
  #sorted: Float64Array = new Float64Array(0);

  constructor(database: Database, table: LateTable) {
    this.#add = database.prepare(`INSERT INTO ${table} (brief, id) VALUES (?, ?) ON CONFLICT DO NOTHING`);
  }

  add(brief: number, id: number): void {
    const ids = this.#filling.get(brief);
    if (ids === undefined) this.#filling.set(brief, [id]);
    else ids.push(id);
  }

  /** Numbers that may not be in the table yet, in order. */
  waiting(brief: number, after = 0): readonly number[] {
    const first = this.#settling.get(brief) ?? NONE;
    const second = this.#filling.get(brief) ?? NONE;
    if (first.length === 0 && second.length === 0) return NONE;
    return [...first, ...second].filter((id) => id > after);
  }

  /** What waits now is what `settle` writes. */
  begin(): void {
    this.#settling = this.#filling;
    this.#filling = new Map();
  }

  /** Puts what `settle` writes in its order: a millisecond, and therefore not of all indexes at once. */
  sort(): void {
    this.#sorted = Float64Array.from(this.#settling.keys()).toSorted();
  }

  /** Writes some entries from the n-th key on, as part of the caller's transaction; answers where to go on. */
  settle(from: number): number {
    let at = from;
    for (let count = 0; at < this.#sorted.length && count < SLICE; at++) {
      const brief = must(this.#sorted[at], 'a key in its place');
      const ids = this.#settling.get(brief) ?? NONE;
      for (const id of ids) this.#add.run(brief, id);
      count += ids.length;
    }
    return at;
  }

  isAtEnd(at: number): boolean {
    return at >= this.#sorted.length;
  }

  /** It was not written, or not all of it: it waits again, before what has come since. */
  putBack(): void {
    const later = this.#filling;
    this.#filling = this.#settling;
    for (const [brief, ids] of later) for (const id of ids) this.add(brief, id);
    this.end();
  }

  /** All of it is in the table, durably or as durably as what comes after it. */
  end(): void {
    this.#settling = new Map();
    this.#sorted = new Float64Array(0);
  }
}

const NONE: readonly number[] = [];

/** Numbers of the last rows. */
interface Reached {
  readonly attestation: number;
  readonly held: number;
}

export interface LateOptions {
  readonly write: Write;
  readonly schedule: (task: () => void) => void;
  /** Rows that are in no index yet before they are written. */
  readonly waitingMax: number;
}

export class LateIndexes {
  readonly briefs: LateIndex;
  readonly places: LateIndex;
  readonly persons: LateIndex;
  readonly #write: Write;
  readonly #schedule: (task: () => void) => void;
  readonly #reach: Statement<object>;
  readonly #waitingMax: number;
  /** The last rows that were noted here, and how many since the last time. */
  #lastAttestation: number;
  #lastHeld: number;
  #count = 0;
  #working: Promise<void> | null = null;
  #closed = false;

  constructor(database: Database, options: LateOptions) {
    this.#write = options.write;
    this.#schedule = options.schedule;
    this.#waitingMax = options.waitingMax;
    this.briefs = new LateIndex(database, 'attestation_brief');
    this.places = new LateIndex(database, 'attestation_place');
    this.persons = new LateIndex(database, 'held_person');
    this.#reach = database.prepare(REACH);
    const reached = must(database.prepare<Reached>(REACHED).get(), 'one row');
    this.#lastAttestation = reached.attestation;
    this.#lastHeld = reached.held;
    const attestations = database.prepare<{
      readonly id: number;
      readonly hash: string;
      readonly site: string;
    }>(ATTESTATIONS);
    for (const { id, hash, site } of attestations.iterate(reached.attestation)) this.attested(id, hash, site);
    const held = database.prepare<{ readonly id: number; readonly user: string }>(HELD);
    for (const { id, user } of held.iterate(reached.held)) this.held(id, user);
  }

  /** No row has a higher number, and no row that comes may have one of these. */
  get last(): Reached {
    return { attestation: this.#lastAttestation, held: this.#lastHeld };
  }

  /** A row was added in the transaction that is under way. */
  attested(id: number, hash: string, site: string): void {
    this.briefs.add(briefOf(hash), id);
    this.places.add(briefOf(site), id);
    this.#lastAttestation = id;
    this.#count++;
  }

  held(id: number, user: string): void {
    this.persons.add(briefOf(user), id);
    this.#lastHeld = id;
    this.#count++;
  }

  /** After every commit. */
  committed(): void {
    if (this.#count < this.#waitingMax || this.#working !== null || this.#closed) return;
    this.settle();
  }

  /** Writes what waits now. */
  settle(): void {
    this.#working ??= this.#settle().finally(() => {
      this.#working = null;
    });
  }

  /** What waits is found again by the next start. */
  close(): void {
    this.#closed = true;
  }

  async #settle(): Promise<void> {
    const indexes = [this.briefs, this.places, this.persons];
    const reached = this.last;
    this.#count = 0;
    for (const index of indexes) index.begin();
    try {
      for (const index of indexes) await this.#settleOne(index);
      await this.#write(() => this.#reach.run(reached.attestation, reached.held));
      for (const index of indexes) index.end();
    } catch {
      // A full disk or a closed store. What was to be written stays a hint in memory, and is tried again.
      this.#resume(indexes);
    }
  }

  async #settleOne(index: LateIndex): Promise<void> {
    index.sort();
    for (let at = 0; !index.isAtEnd(at);) {
      const from = at;
      at = await this.#write(() => index.settle(from));
      await new Promise<void>((resolve) => this.#schedule(resolve));
    }
  }

  #resume(indexes: readonly LateIndex[]): void {
    for (const index of indexes) index.putBack();
    // Not at once: a disk that is full is full for a while.
    this.#count = -this.#waitingMax;
  }
}
