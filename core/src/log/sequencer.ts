/**
 * The sequencer of a shard's logs: gives entries their positions, each once, and knows every writer's last
 * words. In an open log each device writes for itself; in a led one the leader writes for all (SPEC V7). Pure: the shell decodes, commits and sends; the simulator does the same.
 *
 * State runs ahead of the disk: `offer` places entries in the batch being built, `take` hands the batch
 * to the journal, `committed` or `failed` tells what became of it, in order. Only `committed` makes an
 * entry visible and yields its acknowledgement (SPEC L1-L7, L10, L11, V2).
 */

import { assert, must } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import type { DeviceId } from '../base/ids.ts';
import { ledInFlightMax } from '../base/limits-led.ts';
import {
  commitBytesMax,
  commitCountMax,
  inFlightCountMax,
  pageBytesMax,
  pendingBytesMax,
} from '../base/limits.ts';
import type { EntryCursor } from '../wire/entry.ts';
import {
  addWriter,
  emptyBatch,
  isAnswers,
  isNewer,
  type Batch,
  type Lead,
  type LedOffer,
  type LogState,
  type Lost,
  type News,
  type Offer,
  type Refusal,
  type Settled,
  type SnapshotPlace,
  type Verdict,
} from './batch.ts';
import { WriterState } from './writer-table.ts';

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
    return this.#open.settled.length > 0 || !isAnswers(this.#open);
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
    let news: News | undefined;
    let end = start;
    let count = 0;
    try {
      do {
        if (cursor.keyEpoch < offer.keyEpoch)
          return stopped(cursor, { kind: 'staleKey', keyEpoch: offer.keyEpoch });
        if (count === room) return stopped(cursor, FULL);
        end = cursor.end;
        count++;
        if (cursor.isNews) news = newsOf(news, log.tail + count, offer);
      } while (nextOfSame(offer, writer));
      return null;
    } finally {
      if (count > 0)
        this.#place(offer, writer, { seq, count, news, part: cursor.bytes.subarray(start, end) });
    }
  }

  #place(offer: Offer<W>, writer: WriterState, run: Placed & { readonly seq: number }): void {
    const { log } = offer;
    const { seq, count, part } = run;
    const at = log.tail;
    writer.extend(seq, at, count);
    this.#append(log, run);
    this.#settle(offer, { epoch: writer.epoch, seq, at, count, bytes: part.length }, writer);
  }

  /** Lays entries behind the log's last ones in the batch being built. */
  #append(log: LogState, { count, part, news }: Placed): void {
    const batch = this.#open;
    const at = log.tail;
    log.tail += count;
    const open = log.openRun < 0 ? undefined : batch.runs[log.openRun];
    if (open === undefined) {
      log.openRun = batch.runs.length;
      const run = { log, first: at, count, parts: [part], declare: !log.declared };
      batch.runs.push(news === undefined ? run : { ...run, news });
      log.declared = true;
    } else {
      open.count += count;
      open.parts.push(part);
      if (news !== undefined) {
        open.news ??= { length: 0, mentions: [], writers: [] };
        open.news.length = news.length;
        open.news.mentions.push(...news.mentions);
        for (const device of news.writers) addWriter(open.news.writers, device);
      }
    }
    batch.bytes += part.length;
    batch.count += count;
  }

  /**
   * Places what a leader writes for others. Acknowledged and refused by position, as (lead epoch, position):
   * the entries of one write have many writers. A known one must stand where the leader wants it (SPEC V7, V8).
   */
  offerLed(offer: LedOffer<W>): Verdict {
    const { cursor, log, epoch } = offer;
    let at = offer.at;
    while (cursor.next()) {
      const reason = this.#speak(offer, at);
      if (reason !== null) return { epoch, seq: at, reason };
      this.#settle(offer, { epoch, seq: at, at, count: 1, bytes: cursor.end - cursor.start }, 'led');
      at++;
    }
    if (at === offer.at) throw new Fault('malformed', 'a write without entries');
    assert(at <= log.tail, 'what is acknowledged stands in the log');
    return null;
  }

  /** Places the cursor's entry at a position, or finds it there. */
  #speak({ cursor, log, epoch, keyEpoch }: LedOffer<W>, at: number): Refusal | null {
    if (log.lead?.epoch !== epoch) return { kind: 'led', lead: log.lead?.epoch ?? 0 };
    const device = cursor.device();
    if (this.pendingBytes > pendingBytesMax || !log.writers.hasRoomFor(device)) return FULL;
    const writer = log.writers.open(device, cursor.epoch);
    if (writer === null) return { kind: 'fenced', floor: log.writers.floor(device) };
    if (cursor.seq <= writer.seq) {
      return writer.positionOf(cursor.seq) === at ? null : { kind: 'conflict', tail: log.tail };
    }
    if (at !== log.tail) return { kind: 'conflict', tail: log.tail };
    if (cursor.seq !== writer.seq + 1) return { kind: 'gap', expected: writer.seq + 1 };
    if (cursor.keyEpoch < keyEpoch) return { kind: 'staleKey', keyEpoch };
    if (log.tail - log.durable >= ledInFlightMax) return FULL;
    writer.extend(cursor.seq, at, 1);
    const news = cursor.isNews ? newsOf(undefined, at + 1, { cursor, device }) : undefined;
    this.#append(log, { count: 1, news, part: cursor.bytes.subarray(cursor.start, cursor.end) });
    this.#open.spoken.push({ log, writer, seq: cursor.seq, at });
    return null;
  }

  /** Places a control record: from here on only `device` may write, or everybody again (SPEC V2). */
  lead(log: LogState, lead: Lead): void {
    const { lead: before } = log;
    assert(lead.epoch > (before?.epoch ?? 0), 'the epochs of leads rise');
    this.#open.leads.push({ ...lead, log, before, declare: !log.declared });
    log.declared = true;
    log.lead = lead;
  }

  /** Notes where a snapshot stands; it is known when that is durable (SPEC Q2). */
  snapshot(log: LogState, place: SnapshotPlace): void {
    assert(place.last < log.durable, 'a snapshot stands in the log');
    this.#open.snapshots.push({ log, place });
  }

  /** What continues the newest acknowledgement joins it: a message of sixteen writes is mostly one run. */
  #settle(
    offer: { readonly who: W; readonly log: LogState },
    run: Pick<Settled<W>, 'epoch' | 'seq' | 'at' | 'count' | 'bytes'>,
    placed: Settled<W>['placed'],
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
      if (placed instanceof WriterState) placed.durable = seq + count - 1;
    }
    for (const { writer, seq } of batch.spoken) writer.durable = seq;
    for (const run of batch.runs) {
      assert(run.first === run.log.durable, 'durable runs are consecutive');
      run.log.durable = run.first + run.count;
    }
    for (const { log, place } of batch.snapshots) if (isNewer(place, log.snapshot)) log.snapshot = place;
  }

  /**
   * The oldest taken batch was not written, so nothing after it may be: everything that is not durable
   * is undone, newest first. Answers all acknowledgements that will not come (SPEC J4).
   */
  failed(): Lost<W> {
    const lost = [...this.#taken, this.#open];
    for (const batch of lost.toReversed()) {
      for (const { placed, log, seq, at, count } of batch.settled.toReversed()) {
        if (!(placed instanceof WriterState)) continue;
        log.tail = at;
        placed.retract(seq - 1, count);
      }
      // A leader's entries stand before those of a batch in which the log was open again.
      for (const { writer, log, seq, at } of batch.spoken.toReversed()) {
        log.tail = at;
        writer.retract(seq - 1, 1);
      }
      for (const run of batch.runs) {
        run.log.openRun = -1;
        if (run.declare) run.log.declared = false;
      }
      for (const { log, before, declare } of batch.leads.toReversed()) {
        log.lead = before;
        if (declare) log.declared = false;
      }
    }
    this.#open = emptyBatch();
    this.#taken.length = 0;
    this.#takenBytes = 0;
    return {
      settled: lost.flatMap((batch) => batch.settled),
      leads: lost.flatMap((batch) => batch.leads),
    };
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

/** Entries that stand behind the last ones of a log. */
interface Placed {
  readonly count: number;
  readonly part: Uint8Array;
  readonly news: News | undefined;
}

interface Spoke {
  readonly cursor: EntryCursor;
  /** Of the entry. */
  readonly device: DeviceId;
}

/** The cursor's entry is news, too; the log ends at `length` with it. */
function newsOf(before: News | undefined, length: number, { cursor, device }: Spoke): News {
  const news = before ?? { length, mentions: [], writers: [] };
  news.length = length;
  addWriter(news.writers, device);
  if (cursor.payloadAt > cursor.mentionsAt)
    news.mentions.push(cursor.bytes.slice(cursor.mentionsAt, cursor.payloadAt));
  return news;
}

function stopped(cursor: EntryCursor, reason: Refusal): Verdict {
  return { epoch: cursor.epoch, seq: cursor.seq, reason };
}
