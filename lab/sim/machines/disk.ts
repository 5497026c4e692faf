/**
 * The disk under the thin shell: records become durable one after the other, later than they were handed
 * over; a crash keeps any number of those under way, from the front. What is on it outlives the node.
 */

import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import type { DeviceId } from 'copse/internal/base/ids.ts';
import type { World } from '../world.ts';

export interface DiskFaults {
  /** Time of one sync, milliseconds. */
  readonly syncMs: readonly [number, number];
  /** Probability that a write fails for a reason that passes. */
  readonly fail: number;
}

export interface StoredRun {
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

export interface WriterRow {
  readonly device: DeviceId;
  readonly floor: number;
  readonly states: readonly {
    readonly epoch: number;
    readonly seq: number;
    readonly runs: readonly number[];
  }[];
}

/** One log as compaction left it. */
export interface LogRow {
  readonly number: number;
  readonly site: SiteId;
  readonly log: LogId;
  readonly first: number;
  readonly tail: number;
  readonly chunks: readonly StoredRun[];
  readonly writers: readonly WriterRow[];
}

interface Write {
  readonly apply: () => void;
  readonly done: (ok: boolean) => void;
}

export class Disk {
  /** The journal: records after the compacted ones, oldest first. */
  readonly records: Uint8Array[] = [];
  /** Number of records that ever left the journal. */
  trimmedCount = 0;
  /** Number of records that the rows contain. */
  rowsCount = 0;
  rows: ReadonlyMap<number, LogRow> = new Map();
  full = false;
  readonly #world: World;
  readonly #faults: () => DiskFaults;
  #line: Write[] = [];
  /** Raised by a crash, so that what was under way does not end. */
  #life = 0;

  constructor(world: World, faults: () => DiskFaults) {
    this.#world = world;
    this.#faults = faults;
  }

  append(record: Uint8Array, done: (ok: boolean) => void): void {
    this.#write({ apply: () => this.records.push(record), done });
  }

  /** Two writes, as two databases have it: the rows, then the records that they make superfluous. */
  compact(rows: ReadonlyMap<number, LogRow>, rowsCount: number): void {
    this.#write({
      apply: () => {
        this.rows = rows;
        this.rowsCount = rowsCount;
      },
      done: () => {},
    });
    this.#write({
      apply: () => {
        const count = Math.max(0, this.rowsCount - this.trimmedCount);
        this.records.splice(0, count);
        this.trimmedCount += count;
      },
      done: () => {},
    });
  }

  /** The power goes; some of what was under way reached the disk. */
  crash(): void {
    const { chance } = this.#world;
    const survivors = this.#line.slice(0, chance.between(0, this.#line.length));
    for (const { apply } of survivors) if (!this.full) apply();
    this.#life++;
    this.#line = [];
  }

  #write(write: Write): void {
    this.#line.push(write);
    if (this.#line.length === 1) this.#sync();
  }

  #sync(): void {
    const { chance } = this.#world;
    const { syncMs, fail } = this.#faults();
    const life = this.#life;
    this.#world.at(syncMs[0] + chance.unit() * (syncMs[1] - syncMs[0]), () => {
      if (life !== this.#life) return;
      const ok = !this.full && !chance.often(fail);
      // What waits behind a failed write was made to follow it and fails with it.
      const ended = ok ? this.#line.splice(0, 1) : this.#line.splice(0);
      if (ok) ended[0]!.apply();
      if (this.#line.length > 0) this.#sync();
      for (const { done } of ended) done(ok);
    });
  }
}
