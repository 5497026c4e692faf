/**
 * A journal on a simulated disk: the reference for what the engines do, and the seam where the simulator
 * decides when something is synced, when a disk is full and what a power cut leaves (SPEC J2, J4, X1).
 *
 * The disk outlives the journal: `crash` ends every journal on it, then another one is opened.
 */

import { assert } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { putSeal } from 'copse/internal/log/record.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';

import { Chain, GENESIS, recordHash, type Sha256 } from './journal-chain.ts';
import type { Appended, Cell, Journal, JournalRecord, Sealed } from './journal.ts';

/** What is synced. */
export class MemoryJournalDisk {
  /** Kept records by seq; a test may alter them. */
  readonly records = new Map<number, JournalRecord>();
  readonly cells = new Map<string, { readonly version: number; readonly value: Uint8Array }>();
  epoch = 0;
  first = 1;
  tail = 0;
  tailHash: Uint8Array = GENESIS;
  /** Raised by a crash: journals of an earlier generation are dead. */
  generation = 0;
  #underWay: (() => void) | null = null;

  /** What is synced now, on a disk of its own. */
  copy(): MemoryJournalDisk {
    const copy = new MemoryJournalDisk();
    for (const [seq, record] of this.records) copy.records.set(seq, record);
    for (const [name, cell] of this.cells) copy.cells.set(name, cell);
    const { epoch, first, tail, tailHash } = this;
    return Object.assign(copy, { epoch, first, tail, tailHash });
  }

  /** Called by the journal around the time that a change takes to reach the disk. */
  begin(apply: () => void): void {
    assert(this.#underWay === null, 'one change is synced at a time');
    this.#underWay = apply;
  }

  end(outcome: 'synced' | 'failed'): void {
    const apply = this.#underWay;
    this.#underWay = null;
    if (outcome === 'synced') apply?.();
  }

  /** The process dies or the power goes. A change under way is on the disk or not, as `outcome` says. */
  crash(outcome: 'synced' | 'failed'): void {
    this.generation++;
    this.end(outcome);
  }
}

export interface MemoryJournalOptions {
  readonly disk: MemoryJournalDisk;
  readonly primitives: Sha256;
  /** Resolves when a change has reached the disk; rejects when it could not. */
  readonly sync?: () => Promise<void>;
}

interface Change<T> {
  readonly answer: T;
  /** What reaches the disk, all or nothing; null for no change. */
  readonly apply: (() => void) | null;
}

export class MemoryJournal implements Journal {
  readonly #disk: MemoryJournalDisk;
  readonly #primitives: Sha256;
  readonly #sync: () => Promise<void>;
  readonly #generation: number;
  #closed = false;
  /** The end of the line of changes; they are carried out one after the other. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(options: MemoryJournalOptions) {
    this.#disk = options.disk;
    this.#primitives = options.primitives;
    this.#sync = options.sync ?? (() => Promise.resolve());
    this.#generation = options.disk.generation;
  }

  seal(owner: Uint8Array): Promise<Sealed> {
    return this.#inLine(() => {
      const epoch = this.#disk.epoch + 1;
      const writer = new Writer();
      putSeal(writer, epoch, owner);
      const record = this.#next(epoch, writer.take());
      return { answer: { epoch, tail: record.seq }, apply: () => this.#put(record) };
    });
  }

  append(epoch: number, prevSeq: number, bytes: Uint8Array<ArrayBuffer>): Promise<Appended> {
    return this.#inLine<Appended>(() => {
      const disk = this.#disk;
      if (epoch !== disk.epoch || prevSeq !== disk.tail) {
        return { answer: { kind: 'conflict', tail: disk.tail, epoch: disk.epoch }, apply: null };
      }
      const record = this.#next(epoch, bytes);
      return { answer: { kind: 'ok', seq: record.seq }, apply: () => this.#put(record) };
    });
  }

  async *scan(from: number): AsyncGenerator<JournalRecord> {
    await this.#line;
    const { first, tail, tailHash } = this.#disk;
    const start = Math.max(from, first);
    const chain = new Chain(this.#primitives, start, null);
    // As they are now: what is trimmed during the walk was still there when it began.
    const records: (JournalRecord | null)[] = [];
    for (let seq = start; seq <= tail; seq++) records.push(this.read(seq));
    for (const record of records) yield chain.check(record);
    chain.end(tail, tailHash);
  }

  trim(upTo: number): Promise<void> {
    return this.#inLine(() => {
      const disk = this.#disk;
      const first = Math.min(upTo, disk.tail) + 1;
      const apply = (): void => {
        for (; disk.first < first; disk.first++) disk.records.delete(disk.first);
      };
      return { answer: undefined, apply };
    });
  }

  cas(key: string, version: number, value: Uint8Array): Promise<Cell> {
    return this.#inLine<Cell>(() => {
      const cell = this.#disk.cells.get(key);
      const found = cell?.version ?? 0;
      if (found !== version) {
        return { answer: { ok: false, version: found, value: cell?.value ?? null }, apply: null };
      }
      const next = { version: version + 1, value: value.slice() };
      return { answer: { ok: true, ...next }, apply: () => this.#disk.cells.set(key, next) };
    });
  }

  read(seq: number): JournalRecord | null {
    return this.#disk.records.get(seq) ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line;
    this.#closed = true;
  }

  #next(epoch: number, bytes: Uint8Array): JournalRecord {
    const { tail, tailHash } = this.#disk;
    const record = { seq: tail + 1, epoch, bytes };
    return { ...record, prevHash: tailHash, hash: recordHash(this.#primitives, tailHash, record) };
  }

  #put(record: JournalRecord): void {
    const disk = this.#disk;
    disk.records.set(record.seq, record);
    disk.epoch = record.epoch;
    disk.tail = record.seq;
    disk.tailHash = record.hash;
  }

  /** Decides `plan` against what is synced when its turn comes, waits for the disk, then applies it. */
  #inLine<T>(plan: () => Change<T>): Promise<T> {
    const turn = this.#line.then(() => this.#carryOut(plan));
    this.#line = turn.catch(() => {});
    return turn;
  }

  async #carryOut<T>(plan: () => Change<T>): Promise<T> {
    this.#checkAlive();
    const { answer, apply } = plan();
    if (apply === null) return answer;
    this.#disk.begin(apply);
    try {
      await this.#sync();
    } catch (thrown) {
      this.#checkAlive();
      this.#disk.end('failed');
      throw thrown;
    }
    this.#checkAlive();
    this.#disk.end('synced');
    return answer;
  }

  #checkAlive(): void {
    if (this.#closed || this.#generation !== this.#disk.generation) {
      throw new Fault('closed', 'the journal has ended');
    }
  }
}
