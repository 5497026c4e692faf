/**
 * Where the entries are that are in the journal and not in chunks yet: per log its runs in order, and
 * what the scan of a restart found out about their writers.
 */

import { assert } from 'copse/internal/base/assert.ts';
import type { DeviceId } from 'copse/internal/base/ids.ts';
import type { Lead, SnapshotPlace } from 'copse/internal/log/batch.ts';

import type { WriterRun } from './entries.ts';

/** Consecutive entries of a log in one record. */
export interface JournalRun {
  readonly seq: number;
  /** Where the entries lie in the record. */
  readonly start: number;
  readonly end: number;
  /** Position of the first. */
  readonly first: number;
  readonly count: number;
}

const FIELDS = 5;
const [SEQ, START, END, FIRST, COUNT] = [0, 1, 2, 3, 4] as const;

/** The runs of one log, five numbers each in one array: a million of them take 40 MB instead of 100. */
class LogRuns {
  #flat: number[] = [];
  /** Where the oldest run stands; what is before it was dropped. */
  #head = 0;
  /** Writers of the runs that a restart found, until they are replayed or compacted: four numbers and a device each. */
  #writers: number[] = [];
  #devices: DeviceId[] = [];

  get empty(): boolean {
    return this.#head === this.#flat.length;
  }

  /** Position after the last run. */
  get end(): number {
    const last = this.#flat.length - FIELDS;
    return this.#flat[last + FIRST]! + this.#flat[last + COUNT]!;
  }

  add(run: JournalRun): void {
    assert(this.empty || run.first === this.end, 'the runs of a log have no hole');
    this.#flat.push(run.seq, run.start, run.end, run.first, run.count);
  }

  addWriter(run: WriterRun): void {
    const writers = this.#writers;
    const last = writers.length - 4;
    const isSame = last >= 0 && this.#devices.at(-1) === run.device && writers[last] === run.epoch;
    // The runs of a log have no hole, so what the same writer wrote next stands next.
    const seqLeft = run.seq - (writers[last + 1] ?? 0) - (writers[last + 3] ?? 0);
    if (isSame && seqLeft === 0) writers[last + 3]! += run.count;
    else {
      writers.push(run.epoch, run.seq, run.at, run.count);
      this.#devices.push(run.device);
    }
  }

  takeWriters(): WriterRun[] {
    const writers = this.#writers;
    const runs = this.#devices.map((device, i) => ({
      device,
      epoch: writers[4 * i]!,
      seq: writers[4 * i + 1]!,
      at: writers[4 * i + 2]!,
      count: writers[4 * i + 3]!,
    }));
    this.#writers = [];
    this.#devices = [];
    return runs;
  }

  dropThrough(seq: number): void {
    const flat = this.#flat;
    const { length } = flat;
    let head = this.#head;
    while (head < length && flat[head + SEQ]! <= seq) head += FIELDS;
    this.#head = head;
    if (head * 2 < length) return;
    this.#flat = flat.slice(head);
    this.#head = 0;
  }

  /** The run that holds a position, by halving. */
  at(position: number): JournalRun | null {
    const flat = this.#flat;
    let low = this.#head / FIELDS;
    let high = flat.length / FIELDS;
    while (low < high) {
      const middle = (low + high) >> 1;
      const i = middle * FIELDS;
      if (position < flat[i + FIRST]!) high = middle;
      else if (position >= flat[i + FIRST]! + flat[i + COUNT]!) low = middle + 1;
      else {
        const [seq, start, end] = [flat[i + SEQ]!, flat[i + START]!, flat[i + END]!];
        return { seq, start, end, first: flat[i + FIRST]!, count: flat[i + COUNT]! };
      }
    }
    return null;
  }
}

export class RunIndex {
  readonly #byNumber = new Map<number, LogRuns>();
  /** Sizes of the records that wait for compaction; the first belongs to `#next`. */
  #sizes: number[] = [];
  #next = 0;
  #bytes = 0;
  /** By log, the newest control record that is not in its row yet. */
  readonly #leads = new Map<number, { readonly seq: number; readonly lead: Lead }>();
  /** The same for where its newest snapshot stands. */
  readonly #snapshots = new Map<number, { readonly seq: number; readonly place: SnapshotPlace }>();

  /** Bytes of the records that wait for compaction. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The first of them; when there is none, beyond all. */
  get first(): number {
    return this.#sizes.length === 0 ? Number.POSITIVE_INFINITY : this.#next;
  }

  get logCount(): number {
    return this.#byNumber.size;
  }

  /** A record is durable; its runs follow. */
  addRecord(seq: number, size: number): void {
    if (this.#sizes.length === 0) this.#next = seq;
    assert(seq === this.#next + this.#sizes.length, 'records become durable in order');
    this.#sizes.push(size);
    this.#bytes += size;
  }

  add(number: number, run: JournalRun): void {
    this.#of(number).add(run);
  }

  addWriter(number: number, run: WriterRun): void {
    this.#of(number).addWriter(run);
  }

  #of(number: number): LogRuns {
    const known = this.#byNumber.get(number);
    if (known !== undefined) return known;
    const runs = new LogRuns();
    this.#byNumber.set(number, runs);
    return runs;
  }

  addLead(number: number, seq: number, lead: Lead): void {
    this.#leads.set(number, { seq, lead });
  }

  /** Who leads a log by what the journal says, or null when it says nothing. */
  leadOf(number: number): Lead | null {
    return this.#leads.get(number)?.lead ?? null;
  }

  addSnapshot(number: number, seq: number, place: SnapshotPlace): void {
    const known = this.snapshotOf(number);
    // Of several on their way at once the one that stands for more counts, as in memory.
    this.#snapshots.set(number, { seq, place: known !== null && known.from >= place.from ? known : place });
  }

  /** Where the newest snapshot of a log stands by what the journal says, or null when it says nothing. */
  snapshotOf(number: number): SnapshotPlace | null {
    return this.#snapshots.get(number)?.place ?? null;
  }

  has(number: number): boolean {
    return this.#byNumber.has(number);
  }

  /** Whether the journal says something of a log that its row does not. */
  isAhead(number: number): boolean {
    return this.#byNumber.has(number) || this.#leads.has(number) || this.#snapshots.has(number);
  }

  /** Position after the last run of a log, or 0 when it has none. */
  endOf(number: number): number {
    return this.#byNumber.get(number)?.end ?? 0;
  }

  at(number: number, position: number): JournalRun | null {
    return this.#byNumber.get(number)?.at(position) ?? null;
  }

  /** Hands over what the restart found about a log's writers; they are forgotten here. */
  takeWriters(number: number): readonly WriterRun[] {
    return this.#byNumber.get(number)?.takeWriters() ?? [];
  }

  /** The records up to `seq` are in chunks now. */
  dropThrough(seq: number): void {
    const count = Math.min(this.#sizes.length, Math.max(0, seq - this.#next + 1));
    for (const size of this.#sizes.splice(0, count)) this.#bytes -= size;
    this.#next += count;
    for (const [number, runs] of this.#byNumber) {
      runs.dropThrough(seq);
      if (runs.empty) this.#byNumber.delete(number);
    }
    for (const facts of [this.#leads, this.#snapshots]) {
      for (const [number, fact] of facts) if (fact.seq <= seq) facts.delete(number);
    }
  }
}
