/**
 * One reader of a log on this device, at a position of its own: it takes from the tape where it can and
 * reads pages where it cannot, so that it gets every entry once and in order (SPEC L8).
 */

import { assert } from '../base/assert.ts';
import { asFault, type Fault } from '../base/fault.ts';
import type { LogId } from '../base/ids.ts';
import type { Page } from '../api/tail.ts';
import type { LogCopy } from './log-copy.ts';
import { lacksKey, openRun, type Gap, type Item, type Run } from './log-items.ts';
import type { SiteKeys } from './site-keys.ts';
import type { Tape } from './tape.ts';

/** The open lease through which a source reads. */
export interface ReadLease {
  readonly first: number;
  readonly tail: number;
  readonly attach: (from: number) => Promise<Page>;
  detach(): void;
  readonly read: (from: number, bytesMax?: number) => Promise<Page>;
}

/** Where a reader begins: at a position, or with the last so many entries; 'first' is all that is kept. */
export type Start = number | { readonly last: number } | 'first';

/** What a reader gets at once: entries, or positions that are gone. */
export type Taken =
  | { readonly kind: 'items'; readonly items: readonly Item[] }
  | { readonly kind: 'gap'; readonly gap: Gap };

/** What goes along with a reader over the entries as they came (`reader-chain.ts`). */
export interface Along {
  passed(run: Run, from: number, items: readonly Item[]): readonly Item[];
}

/** Entries, or a promise of them while a key is sought; null when the reader has moved meanwhile. */
type Opening = Taken | Promise<Taken | null>;

/** What all readers of a log share. */
export interface ReaderSource {
  readonly keys: SiteKeys;
  readonly log: LogId;
  readonly first: number;
  readonly tail: number;
  readonly tape: Tape;
  readonly copy: LogCopy;
  readonly lease: ReadLease | null;
  /** Whether the tape is being filled, so that who waits at its end misses nothing. */
  readonly isFollowed: boolean;
  learn(page: Page): void;
  /** A run was read that may belong into the copy. */
  took(run: Run): void;
  /** Resolves when a question may be asked again that `lease` did not answer. */
  again(lease: ReadLease): Promise<void>;
  drop(reader: LogReader): void;
}

export class LogReader {
  readonly #source: ReaderSource;
  readonly #start: Start;
  readonly #along: Along | null;
  #next: number | null;
  /** Counts leases: what comes of an older one may be of another log. */
  #turn = 0;
  /** Where it began to read from the copy, without a lease. */
  #copiedFrom: number | null = null;
  #wake: (() => void) | null = null;
  #fault: Fault | null = null;
  #isOver = false;
  /** It is behind the tape and reads a page. */
  isPaging = false;

  constructor(source: ReaderSource, start: Start, along: Along | null = null) {
    assert(typeof start !== 'number' || start >= 1, 'positions begin with 1');
    this.#source = source;
    this.#start = start;
    this.#along = along;
    this.#next = typeof start === 'number' ? start : null;
  }

  /** Position of the next entry; null before it is known where the log begins. */
  get next(): number | null {
    return this.#next;
  }

  /** The next entries, as soon as there are some; null when the reader was closed. One call at a time. */
  async take(bytesMax: number): Promise<Taken | null> {
    for (;;) {
      if (this.#fault !== null) throw this.#fault;
      if (this.#isOver) return null;
      this.#next ??= this.#begin();
      const taken = await (this.#fromTape(bytesMax) ?? this.#fromCopy(bytesMax) ?? this.#fromPage(bytesMax));
      if (taken !== null) return taken;
    }
  }

  #fromTape(bytesMax: number): Opening | null {
    if (this.#next === null) return null;
    const run = this.#source.tape.find(this.#next);
    return run === undefined ? null : this.#open(run, bytesMax);
  }

  #fromCopy(bytesMax: number): Opening | null {
    const { copy, lease } = this.#source;
    const run = this.#next === null ? undefined : copy.find(this.#next);
    if (run === undefined) return null;
    if (lease === null) this.#copiedFrom ??= run.at;
    return this.#open(run, bytesMax);
  }

  /** A key that is not here yet is sought before an entry is shown as closed (SPEC K7). */
  #open(run: Run, bytesMax: number): Opening {
    const { keys, log } = this.#source;
    const from = this.#next ?? run.at;
    const turn = this.#turn;
    const open = (): readonly Item[] => openRun(keys, log, run, { from, bytesMax });
    const items = open();
    if (!lacksKey(items)) return this.#passed(run, from, items);
    return keys.seekWanted().then((isFound) => {
      if (this.#isOver || turn !== this.#turn) return null;
      return this.#passed(run, from, isFound ? open() : items);
    });
  }

  #passed(run: Run, from: number, items: readonly Item[]): Taken {
    this.#next = from + items.length;
    return { kind: 'items', items: this.#along?.passed(run, from, items) ?? items };
  }

  async #fromPage(bytesMax: number): Promise<Taken | null> {
    const { lease, tape, isFollowed } = this.#source;
    const from = this.#next;
    if (lease === null || !isFollowed || from === null || from >= tape.next) return this.#wait();
    const turn = this.#turn;
    const page = await this.#read(lease, from);
    if (page === null || this.#isOver || turn !== this.#turn) return null;
    this.#source.learn(page);
    if (page.kind === 'trimmed') {
      const to = Math.max(page.first, from + 1);
      this.#next = to;
      return { kind: 'gap', gap: { from, to } };
    }
    if (page.at + page.count <= from) return this.#wait();
    this.#source.took(page);
    return this.#open(page, bytesMax);
  }

  /** Where the log begins for this reader; null while that is not known. */
  #begin(): number | null {
    const { first, tail, lease, copy } = this.#source;
    const last = typeof this.#start === 'object' ? this.#start.last : null;
    if (lease !== null) return Math.max(last === null ? 1 : tail - last, first, lease.first);
    return last === null || copy.isEmpty ? null : Math.max(copy.first, copy.next - last);
  }

  /** The log is leased. A reader that began with the copy gets what it would have got without it. */
  leased(lease: ReadLease): void {
    this.#turn++;
    if (this.#next === null) return;
    // Of a node that was set back nobody has read more than this.
    this.#next = Math.min(this.#next, lease.tail);
    const copiedFrom = this.#copiedFrom;
    this.#copiedFrom = null;
    if (copiedFrom === null || typeof this.#start !== 'object') return;
    const begin = Math.max(lease.first, lease.tail - this.#start.last);
    if (begin < copiedFrom || this.#next < begin) this.#next = begin;
  }

  /** A page, or null when there was none: the connection is gone or too busy. */
  async #read(lease: ReadLease, from: number): Promise<Page | null> {
    this.isPaging = true;
    try {
      return await lease.read(from);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.retry === 'never') throw fault;
      await this.#source.again(lease);
      return null;
    } finally {
      this.isPaging = false;
    }
  }

  #wait(): Promise<null> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve(null);
      };
    });
  }

  wake(): void {
    this.#wake?.();
  }

  fail(fault: Fault): void {
    this.#fault = fault;
    this.wake();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#source.drop(this);
    this.wake();
  }
}
