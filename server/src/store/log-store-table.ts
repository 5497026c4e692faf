/**
 * The logs a shard has in memory. A log is one object as long as anybody holds it: two of them would give
 * positions twice. Beyond `openLogsMax` the ones that were quiet longest are let go and made again from
 * their row; who still holds one keeps it alive, and `find` gives the same one back.
 */

import { assert, must } from 'copse/internal/base/assert.ts';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import { newLog, type LogState, type Run } from 'copse/internal/log/batch.ts';

import type { LogRow } from './chunks.ts';

export interface Held {
  readonly state: LogState;
  /** Position after the last entry that was handed to the journal. */
  next: number;
  /** Whether `state.writers` is complete. */
  writersReady: boolean;
  /** Asked for since the last look at it. */
  touched: boolean;
}

/** Logs looked at before another comes in; when all of them are in use the table grows for a while. */
const LOOKS_MAX = 64;

export interface LogTableOptions {
  readonly countMax: number;
  /** Whether a log has entries that are not in chunks. */
  readonly busy: (log: LogState) => boolean;
}

export class LogTable {
  readonly #options: LogTableOptions;
  readonly #byName = new Map<string, Held>();
  readonly #byNumber = new Map<number, Held>();
  /** Let go here, perhaps held elsewhere. */
  readonly #letGo = new Map<string, WeakRef<Held>>();
  readonly #gone = new FinalizationRegistry<string>((name) => {
    if (this.#letGo.get(name)?.deref() === undefined) this.#letGo.delete(name);
  });
  readonly #heldBy = new WeakMap<LogState, Held>();
  #nextNumber: number;

  constructor(nextNumber: number, options: LogTableOptions) {
    this.#nextNumber = nextNumber;
    this.#options = options;
  }

  get size(): number {
    return this.#byName.size;
  }

  find(site: SiteId, log: LogId): Held | undefined {
    const name = nameOf(site, log);
    const held = this.#byName.get(name) ?? this.#recall(name);
    if (held !== undefined) held.touched = true;
    return held;
  }

  /** The number's log, when it is in memory. */
  byNumber(number: number): Held | undefined {
    return this.#byNumber.get(number);
  }

  /** What is known of a log that somebody holds. */
  of(state: LogState): Held | undefined {
    return this.#heldBy.get(state);
  }

  /** A log that nobody has written to. */
  add(site: SiteId, log: LogId): Held {
    const held = this.#put(newLog(this.#nextNumber++, site, log));
    held.writersReady = true;
    return held;
  }

  /** A log that the chunks or the journal know; `tail` is where it goes on. */
  restore(row: LogRow, tail: number): Held {
    const state = newLog(row.number, row.site, row.log);
    Object.assign(state, { first: row.first, tail, durable: tail, declared: true });
    state.lead = row.lead;
    state.snapshot = row.snapshot;
    this.#nextNumber = Math.max(this.#nextNumber, row.number + 1);
    return this.#put(state);
  }

  /**
   * Runs are handed to the journal. Who builds on a commit that has failed without knowing it yet is
   * stopped here, before there is a hole on the disk (SPEC L1).
   */
  advance(runs: readonly Run[]): void {
    for (const { log, first } of runs) {
      const held = must(this.#heldBy.get(log), 'the log is one of this store');
      assert(first === held.next, 'a commit continues where the one before it ended');
    }
    for (const { log, first, count } of runs) this.#heldBy.get(log)!.next = first + count;
  }

  /** Their commit has failed, and with it what was handed over behind it. */
  retreat(runs: readonly Run[]): void {
    for (const { log, first } of runs) {
      const held = must(this.#heldBy.get(log), 'the log is one of this store');
      held.next = Math.min(held.next, first);
    }
  }

  #put(state: LogState): Held {
    const held: Held = { state, next: state.tail, writersReady: false, touched: true };
    this.#heldBy.set(state, held);
    this.#keep(nameOf(state.site, state.log), held);
    return held;
  }

  #keep(name: string, held: Held): void {
    this.#makeRoom();
    this.#byName.set(name, held);
    this.#byNumber.set(held.state.number, held);
  }

  #recall(name: string): Held | undefined {
    const held = this.#letGo.get(name)?.deref();
    this.#letGo.delete(name);
    if (held !== undefined) this.#keep(name, held);
    return held;
  }

  /** Second chance: a log that was asked for since the last look goes to the end of the line once. */
  #makeRoom(): void {
    let looks = LOOKS_MAX;
    for (const [name, held] of this.#byName) {
      if (this.#byName.size < this.#options.countMax || looks-- === 0) return;
      const { state } = held;
      this.#byName.delete(name);
      if (held.touched || state.tail !== state.durable || this.#options.busy(state)) {
        held.touched = false;
        this.#byName.set(name, held);
        continue;
      }
      this.#byNumber.delete(state.number);
      this.#letGo.set(name, new WeakRef(held));
      this.#gone.register(held, name);
    }
  }
}

function nameOf(site: SiteId, log: LogId): string {
  return site + log;
}
