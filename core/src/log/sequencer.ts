/**
 * The sequencer of a shard's open logs: gives entries their positions, each once, and knows every
 * writer's last words. Pure: the shell decodes, commits and sends; the simulator does the same.
 *
 * State runs ahead of the disk: `offer` places entries in the batch being built, `take` hands the batch
 * to the journal, `committed` or `failed` tells what became of it, in order. Only `committed` makes an
 * entry visible and yields its acknowledgement (SPEC L1-L7, L10, L11).
 */

import { assert, must } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import type { DeviceId, LogId, SiteId } from '../base/ids.ts';
import {
  commitBytesMax,
  commitCountMax,
  inFlightCountMax,
  pageBytesMax,
  pendingBytesMax,
} from '../base/limits.ts';
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

/** An acknowledgement that waits for a batch to become durable: entries with consecutive seqs and positions. */
export interface Settled<W> {
  readonly who: W;
  readonly log: LogState;
  readonly epoch: number;
  readonly seq: number;
  readonly at: number;
  count: number;
  /** Size of the entries, known ones included. */
  bytes: number;
  /** Whose state takes the entries back when the batch fails; null for entries that were known. */
  readonly placed: WriterState | null;
}

export interface Batch<W> {
  readonly runs: Run[];
  /** In the order in which the entries came. */
  readonly settled: Settled<W>[];
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
  /** Begins with the 8 bytes of the device, as they stand in the entries. */
  readonly deviceBytes: Uint8Array;
  /** Required position of the first entry, or null. */
  readonly at: number | null;
  /** Oldest key epoch that is accepted. */
  readonly keyEpoch: number;
  readonly cursor: EntryCursor;
}

/** `null` when every entry was accepted or known; else where and why it stopped. */
export type Verdict = { readonly epoch: number; readonly seq: number; readonly reason: Refusal } | null;

/** One write more, of the largest size that `tailApi` lets through, and a batch is still one commit. */
const RIPE_BYTES = commitBytesMax - (pageBytesMax + 128 * 1024);
const RIPE_COUNT = commitCountMax - inFlightCountMax;
const FULL: Refusal = { kind: 'full', retryMs: 250 };

export class Sequencer<W> {
  #open: Batch<W> = emptyBatch();
  #takenBytes = 0;
  #settledBytes = 0;
  readonly #taken: Batch<W>[] = [];

  /** Entries that are not durable yet, in bytes. */
  get pendingBytes(): number {
    return this.#open.bytes + this.#takenBytes;
  }

  /** Size of all entries that ever got an acknowledgement to wait for: who offers reads it before and after. */
  get settledBytes(): number {
    return this.#settledBytes;
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
    const { cursor, log, device } = offer;
    if (!cursor.next()) throw new Fault('malformed', 'a write without entries');
    checkDevice(offer);
    const { epoch, seq } = cursor;
    if (this.pendingBytes > pendingBytesMax || !log.writers.hasRoomFor(device))
      return { epoch, seq, reason: FULL };
    const writer = log.writers.open(device, epoch);
    if (writer === null) return { epoch, seq, reason: { kind: 'fenced', floor: log.writers.floor(device) } };
    while (cursor.seq <= writer.seq) {
      const at = writer.positionOf(cursor.seq);
      // Older than what a writer may have in flight: like a forgotten epoch, its fate can be read in the log.
      if (at === 0) return { epoch, seq: cursor.seq, reason: { kind: 'fenced', floor: epoch } };
      this.#settle(offer, { epoch, seq: cursor.seq, at, count: 1, bytes: cursor.end - cursor.start }, null);
      if (!nextOfSame(offer, writer)) return null;
    }
    return this.#accept(offer, writer);
  }

  /** Accepts everything from the cursor's entry on, as far as it goes. */
  #accept(offer: Offer<W>, writer: WriterState): Verdict {
    const { cursor, log } = offer;
    const { seq, start } = cursor;
    if (seq !== writer.seq + 1) return stopped(cursor, { kind: 'gap', expected: writer.seq + 1 });
    if (offer.at !== null && offer.at !== log.tail)
      return stopped(cursor, { kind: 'conflict', tail: log.tail });
    const room = inFlightCountMax - (writer.seq - writer.durable);
    let end = start;
    let count = 0;
    try {
      do {
        if (cursor.keyEpoch < offer.keyEpoch)
          return stopped(cursor, { kind: 'staleKey', keyEpoch: offer.keyEpoch });
        if (count === room) return stopped(cursor, FULL);
        end = cursor.end;
        count++;
      } while (nextOfSame(offer, writer));
      return null;
    } finally {
      if (count > 0) this.#place(offer, writer, { seq, count, part: cursor.bytes.subarray(start, end) });
    }
  }

  #place(offer: Offer<W>, writer: WriterState, run: { seq: number; count: number; part: Uint8Array }): void {
    const { log } = offer;
    const { seq, count, part } = run;
    const batch = this.#open;
    const at = log.tail;
    writer.extend(seq, at, count);
    log.tail += count;
    const open = log.openRun < 0 ? undefined : batch.runs[log.openRun];
    if (open === undefined) {
      log.openRun = batch.runs.length;
      batch.runs.push({ log, first: at, count, parts: [part], declare: !log.declared });
      log.declared = true;
    } else {
      open.count += count;
      open.parts.push(part);
    }
    batch.bytes += part.length;
    batch.count += count;
    this.#settle(offer, { epoch: writer.epoch, seq, at, count, bytes: part.length }, writer);
  }

  /** What continues the newest acknowledgement joins it: a message of sixteen writes is mostly one run. */
  #settle(
    offer: Offer<W>,
    run: Pick<Settled<W>, 'epoch' | 'seq' | 'at' | 'count' | 'bytes'>,
    placed: WriterState | null,
  ): void {
    const { who, log } = offer;
    const { epoch, seq, at, count, bytes } = run;
    this.#settledBytes += bytes;
    const last = this.#open.settled.at(-1);
    if (
      last !== undefined &&
      last.who === who &&
      last.log === log &&
      last.placed === placed &&
      last.epoch === epoch &&
      last.seq + last.count === seq &&
      last.at + last.count === at
    ) {
      last.count += count;
      last.bytes += bytes;
      return;
    }
    this.#open.settled.push({ who, log, epoch, seq, at, count, bytes, placed });
  }

  /** Whether the batch being built is as large as a commit may get. */
  get ripe(): boolean {
    return this.#open.bytes >= RIPE_BYTES || this.#open.count >= RIPE_COUNT;
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
    for (const { placed, seq, count } of batch.settled) {
      if (placed !== null) placed.durable = seq + count - 1;
    }
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
      for (const { placed, log, seq, at, count } of batch.settled.toReversed()) {
        if (placed === null) continue;
        log.tail = at;
        placed.retract(seq - 1, count);
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

function checkDevice<W>({ cursor, deviceBytes }: Offer<W>): void {
  const { bytes, deviceAt } = cursor;
  for (let i = 0; i < 8; i++) {
    if (bytes[deviceAt + i] !== deviceBytes[i]) throw new Fault('forbidden', 'an entry of another device');
  }
}

/** Moves to the next entry of this write, which must continue the writer's sequence. */
function nextOfSame<W>(offer: Offer<W>, writer: WriterState): boolean {
  const { cursor } = offer;
  const expected = cursor.seq + 1;
  if (!cursor.next()) return false;
  checkDevice(offer);
  if (cursor.seq !== expected || cursor.epoch !== writer.epoch) {
    throw new Fault('malformed', 'the entries of a write are consecutive');
  }
  return true;
}

function stopped(cursor: EntryCursor, reason: Refusal): Verdict {
  return { epoch: cursor.epoch, seq: cursor.seq, reason };
}

function emptyBatch<W>(): Batch<W> {
  return { runs: [], settled: [], bytes: 0, count: 0 };
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
