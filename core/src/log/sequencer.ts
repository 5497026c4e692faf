/**
 * The sequencer of a shard's open logs: gives entries their positions, each once, and knows every
 * writer's last words. Pure: the shell decodes, commits and sends; the simulator does the same.
 *
 * State runs ahead of the disk: `offer` places entries in the batch being built, `take` hands the batch
 * to the journal, `committed` or `failed` tells what became of it, in order. Only `committed` makes an
 * entry visible and yields its acknowledgement (SPEC L1-L7, L10, L11).
 */

import { assert, must } from '../base/assert.ts';
import { compare } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { DeviceId, LogId, SiteId } from '../base/ids.ts';
import { commitBytesMax, commitCountMax, inFlightCountMax, pendingBytesMax } from '../base/limits.ts';
import type { EntryCursor } from '../wire/entry.ts';
import { WriterTable, type WriterState } from './writer-table.ts';

export interface LogState {
  readonly number: number;
  readonly site: SiteId;
  readonly log: LogId;
  /** First position that is kept. */
  first: number;
  /** Position the next accepted entry gets. */
  tail: number;
  /** Position the next durable entry gets: what readers may see ends before it. */
  durable: number;
  /** Whether the journal knows the log's number. */
  declared: boolean;
  readonly writers: WriterTable;
  /** Index of this log's run in the batch being built, or -1; kept here to spare a lookup per write. */
  openRun: number;
}

/** Consecutive entries of one log in a batch. */
export interface Run {
  readonly log: LogState;
  readonly first: number;
  count: number;
  readonly parts: Uint8Array[];
  readonly declare: boolean;
}

/** An acknowledgement that waits for a batch to become durable. */
export interface Settled<W> {
  readonly who: W;
  readonly log: LogState;
  readonly epoch: number;
  readonly seq: number;
  readonly count: number;
  readonly at: number;
}

interface Undo {
  readonly log: LogState;
  readonly tail: number;
  readonly writer: WriterState;
  readonly seq: number;
  readonly count: number;
}

export interface Batch<W> {
  readonly runs: Run[];
  readonly settled: Settled<W>[];
  readonly undos: Undo[];
  bytes: number;
  count: number;
}

export type Refusal =
  | { readonly kind: 'gap'; readonly expected: number }
  | { readonly kind: 'fenced'; readonly floor: number }
  | { readonly kind: 'conflict'; readonly tail: number }
  | { readonly kind: 'staleKey'; readonly keyEpoch: number }
  | { readonly kind: 'full'; readonly retryMs: number };

/** What one write asks: all its entries are of one writer, with consecutive seqs. */
export interface Offer<W> {
  readonly who: W;
  readonly log: LogState;
  readonly device: DeviceId;
  /** The same 8 bytes as in the entries. */
  readonly deviceBytes: Uint8Array;
  /** Required position of the first entry, or null. */
  readonly at: number | null;
  /** Oldest key epoch that is accepted. */
  readonly keyEpoch: number;
  readonly cursor: EntryCursor;
}

/** `null` when every entry was accepted or known; else where and why it stopped. */
export type Verdict = { readonly epoch: number; readonly seq: number; readonly reason: Refusal } | null;

const FULL_RETRY_MS = 250;

export class Sequencer<W> {
  #open: Batch<W> = emptyBatch();
  #takenBytes = 0;
  readonly #taken: Batch<W>[] = [];

  /** Entries that are not durable yet, in bytes. */
  get pendingBytes(): number {
    return this.#open.bytes + this.#takenBytes;
  }

  get openBytes(): number {
    return this.#open.bytes;
  }

  /** Whether `take` would answer a batch. */
  get waiting(): boolean {
    return this.#open.runs.length > 0 || this.#open.settled.length > 0;
  }

  get takenCount(): number {
    return this.#taken.length;
  }

  /**
   * Places the entries of one write. Throws `malformed` when the bytes are not consecutive entries of
   * this device; what stood before the fault in the same write stays accepted, as if it had come alone.
   */
  offer(offer: Offer<W>): Verdict {
    const { cursor, log } = offer;
    if (!cursor.next()) throw new Fault('malformed', 'a write without entries');
    this.#checkDevice(offer);
    const { epoch } = cursor;
    const first = cursor.seq;
    const refusal = this.#refuse(offer);
    if (refusal !== null) return { epoch, seq: first, reason: refusal };
    const writer = log.writers.open(offer.device, epoch);
    if (writer === null)
      return { epoch, seq: first, reason: { kind: 'fenced', floor: log.writers.floor(offer.device) } };
    if (!this.#skipKnown(offer, writer)) return null;
    return this.#accept(offer, writer);
  }

  #checkDevice(offer: Offer<W>): void {
    const { cursor } = offer;
    const device = cursor.bytes.subarray(cursor.deviceAt, cursor.deviceAt + 8);
    if (compare(device, offer.deviceBytes) !== 0) throw new Fault('forbidden', 'an entry of another device');
  }

  #refuse(offer: Offer<W>): Refusal | null {
    if (this.pendingBytes > pendingBytesMax) return { kind: 'full', retryMs: FULL_RETRY_MS };
    if (offer.cursor.keyEpoch < offer.keyEpoch) return { kind: 'staleKey', keyEpoch: offer.keyEpoch };
    return null;
  }

  /** Answers known entries with their original position; false when nothing is left after them. */
  #skipKnown(offer: Offer<W>, writer: WriterState): boolean {
    const { cursor, log } = offer;
    while (cursor.seq <= writer.seq) {
      const at = writer.positionOf(cursor.seq);
      if (at > 0) this.#settle(offer, { log, epoch: cursor.epoch, seq: cursor.seq, count: 1, at });
      else throw new Fault('malformed', 'an entry is older than what a writer may have in flight');
      if (!this.#nextOfSame(offer, writer)) return false;
    }
    return true;
  }

  #settle(offer: Offer<W>, run: Omit<Settled<W>, 'who'>): void {
    this.#open.settled.push({ who: offer.who, ...run });
  }

  /** Moves to the next entry of this write, which must continue the writer's sequence. */
  #nextOfSame(offer: Offer<W>, writer: WriterState): boolean {
    const { cursor } = offer;
    const expected = cursor.seq + 1;
    if (!cursor.next()) return false;
    this.#checkDevice(offer);
    if (cursor.seq !== expected || cursor.epoch !== writer.epoch) {
      throw new Fault('malformed', 'the entries of a write are consecutive');
    }
    return true;
  }

  /** Accepts everything from the cursor's entry on, as far as it goes. */
  #accept(offer: Offer<W>, writer: WriterState): Verdict {
    const { cursor, log } = offer;
    const seq = cursor.seq;
    const stop = (reason: Refusal): Verdict => ({ epoch: writer.epoch, seq: cursor.seq, reason });
    if (seq !== writer.seq + 1) return stop({ kind: 'gap', expected: writer.seq + 1 });
    if (offer.at !== null && offer.at !== log.tail) return stop({ kind: 'conflict', tail: log.tail });
    const room = inFlightCountMax - (writer.seq - writer.durable);
    const start = cursor.start;
    let end = start;
    let count = 0;
    let verdict: Verdict = null;
    try {
      do {
        if (cursor.keyEpoch < offer.keyEpoch) {
          verdict = stop({ kind: 'staleKey', keyEpoch: offer.keyEpoch });
          break;
        }
        if (count === room) {
          verdict = stop({ kind: 'full', retryMs: FULL_RETRY_MS });
          break;
        }
        end = cursor.end;
        count++;
      } while (this.#nextOfSame(offer, writer));
    } finally {
      if (count > 0) this.#place(offer, writer, { seq, count, part: cursor.bytes.subarray(start, end) });
    }
    return verdict;
  }

  #place(offer: Offer<W>, writer: WriterState, run: { seq: number; count: number; part: Uint8Array }): void {
    const { log } = offer;
    const batch = this.#open;
    const at = log.tail;
    batch.undos.push({ log, tail: at, writer, seq: writer.seq, count: run.count });
    writer.extend(run.seq, at, run.count);
    log.tail += run.count;
    const open = log.openRun < 0 ? undefined : batch.runs[log.openRun];
    if (open === undefined) {
      log.openRun = batch.runs.length;
      batch.runs.push({ log, first: at, count: run.count, parts: [run.part], declare: !log.declared });
      log.declared = true;
    } else {
      open.count += run.count;
      open.parts.push(run.part);
    }
    batch.bytes += run.part.length;
    batch.count += run.count;
    this.#settle(offer, { log, epoch: writer.epoch, seq: run.seq, count: run.count, at });
  }

  /** Whether the batch being built is as large as a commit may get. */
  get ripe(): boolean {
    return this.#open.bytes >= commitBytesMax / 2 || this.#open.count >= commitCountMax / 2;
  }

  /** The batch built so far, or null. It must be answered with `committed` or `failed`, in order. */
  take(): Batch<W> | null {
    if (!this.waiting) return null;
    const batch = this.#open;
    for (const run of batch.runs) run.log.openRun = -1;
    this.#open = emptyBatch();
    this.#taken.push(batch);
    this.#takenBytes += batch.bytes;
    return batch;
  }

  /** The oldest taken batch is durable: readers may see it and its writers are told. */
  committed(batch: Batch<W>): void {
    const oldest = must(this.#taken.shift(), 'a batch was taken');
    assert(oldest === batch, 'batches become durable in order');
    this.#takenBytes -= batch.bytes;
    for (const undo of batch.undos) undo.writer.durable = undo.seq + undo.count;
    for (const run of batch.runs) {
      assert(run.first === run.log.durable, 'durable runs are consecutive');
      run.log.durable = run.first + run.count;
    }
  }

  /**
   * The oldest taken batch was not written, so nothing after it may be: everything that is not durable
   * is undone, newest first. Answers all acknowledgements that will not come (SPEC J4).
   */
  failed(): readonly Settled<W>[] {
    const lost = [...this.#taken, this.#open];
    for (const batch of lost.toReversed()) {
      for (const undo of batch.undos.toReversed()) {
        undo.log.tail = undo.tail;
        undo.writer.retract(undo.seq, undo.count);
      }
      for (const run of batch.runs) {
        run.log.openRun = -1;
        if (run.declare) run.log.declared = false;
      }
    }
    this.#open = emptyBatch();
    this.#taken.length = 0;
    this.#takenBytes = 0;
    return lost.flatMap((batch) => batch.settled);
  }
}

function emptyBatch<W>(): Batch<W> {
  return { runs: [], settled: [], undos: [], bytes: 0, count: 0 };
}

/** A log nobody has written to. */
export function newLog(number: number, site: SiteId, log: LogId): LogState {
  return {
    number,
    site,
    log,
    first: 1,
    tail: 1,
    durable: 1,
    declared: false,
    writers: new WriterTable(),
    openRun: -1,
  };
}
