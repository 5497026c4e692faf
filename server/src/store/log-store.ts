/**
 * Everything of one shard's logs on disk: group commits go to a journal, a background job turns them into
 * chunks, and reads come from memory, journal or chunks, whichever has them (SPEC J2, J4, J5, L3).
 *
 * The store runs on any journal and any chunk store; `log-store-directory.ts` opens one on SQLite files,
 * `log-store-memory.ts` one on a simulated disk.
 */

import { assert, must } from 'copse/internal/base/assert.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import { newsHoldBytesMax } from 'copse/internal/base/limits-notify.ts';
import {
  compactBytesMin,
  compactSliceBytes,
  journalLagBytesMax,
  openLogsMax,
  pageCountMax,
  recordCacheMax,
  retentionLookMax,
} from 'copse/internal/base/limits.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { isAnswers, type Batch, type LogState } from 'copse/internal/log/batch.ts';

import { replayRun } from './chunks-writer-rows.ts';
import type { Cold } from './cold-moves.ts';
import type { ChunkStore, ColdChunk, Problem, Retention, Sweep, Swept } from './chunks.ts';
import { everyRecord } from './journal-scan.ts';
import { BrokenRecord, type Journal } from './journal.ts';
import { StoreCold } from './log-store-cold.ts';
import { Compactor } from './log-store-compactor.ts';
import { Flight } from './log-store-flight.ts';
import type { JournalRun, RunIndex } from './log-store-index.ts';
import { StoreNews } from './log-store-news.ts';
import { NewsLedger } from './news-ledger.ts';
import { Page } from './log-store-page.ts';
import { encodeRecord, type EncodedRecord } from './log-store-record.ts';
import { recover } from './log-store-recover.ts';
import { Rings, type RingLimits } from './log-store-ring.ts';
import { LogTable, type Held } from './log-store-table.ts';
import type { Figure, Logs, ReadPage } from './logs.ts';
import type { HeardNews } from './untold-news.ts';

export type { Problem, Retention } from './chunks.ts';
export type { Figure, Logs, ReadPage } from './logs.ts';

export interface LogStoreOptions {
  readonly journal: Journal;
  readonly chunks: ChunkStore;
  readonly env: Env;
  readonly primitives: Pick<Primitives, 'sha256'>;
  /** What is kept of every log that neither has a rule nor its site; everything unless it says so. */
  readonly retention?: Retention | null;
  /** Others wait for this journal, and make chunks of it. */
  readonly isShared?: boolean;
  /** Where chunks go that are old; they stay unless it says so. */
  readonly cold?: Cold | null;
  readonly limits?: {
    readonly openLogsMax?: number;
    readonly lagBytesMax?: number;
    readonly compactBytesMin?: number;
    readonly newsHoldBytesMax?: number;
    readonly sliceBytes?: number;
    readonly sweepCount?: number;
    readonly ring?: RingLimits;
  };
}

/** Journal bytes one `read` fetches from disk; then the page ends, so that nobody waits for a slow reader. */
const FETCH_BYTES_MAX = 4 << 20;
const OWNER_BYTES = 16;

export class LogStore implements Logs {
  readonly #journal: Journal;
  readonly #chunks: ChunkStore;
  readonly #env: Env;
  readonly #flight: Flight;
  readonly #index: RunIndex;
  readonly #news: StoreNews;
  readonly #table: LogTable;
  readonly #rings: Rings;
  readonly #compactor: Compactor;
  readonly #cold: StoreCold;
  readonly #sliceBytes: number;
  readonly #lagBytesMax: number;
  readonly #newsHoldBytesMax: number;
  readonly #retention: Retention | null;
  readonly #sweepCount: number;
  /** Entries that retention has dropped since the start. */
  #dropped = 0;
  readonly #records = new Cache<number, Uint8Array>(recordCacheMax);
  /** The commit that was handed over last. */
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  /** Becomes the owner of the shard, then learns from the journal what is not in chunks yet. */
  static async open(options: LogStoreOptions): Promise<LogStore> {
    const { journal, chunks, env } = options;
    const sealed = await journal.seal(env.random(OWNER_BYTES));
    const claim = await chunks.claim(sealed.epoch);
    const recovered = await recover(journal, claim, sealed.tail);
    const { index, declared } = recovered;
    // Before there is a store, whose timers nobody would stop if this failed.
    await journal.trim(claim.compacted);
    const flight = new Flight(journal, sealed);
    const news = new StoreNews({
      found: recovered.news,
      nameOf: (number) => must(declared.get(number) ?? chunks.logOf(number), 'a log of the journal is known'),
      journal,
      ledger: options.isShared === true ? await NewsLedger.open({ journal, env }, claim.compacted) : null,
      compacted: claim.compacted,
    });
    const store = new LogStore(options, { flight, index, news, nextNumber: claim.nextNumber });
    for (const log of declared.values()) {
      const lead = index.leadOf(log.number);
      const snapshot = index.snapshotOf(log.number);
      store.#table.restore(
        { ...log, first: 1, tail: 1, lead, snapshot },
        Math.max(1, index.endOf(log.number)),
      );
    }
    store.#compactor.noticed();
    return store;
  }

  private constructor(
    options: LogStoreOptions,
    found: {
      readonly flight: Flight;
      readonly index: RunIndex;
      readonly news: StoreNews;
      readonly nextNumber: number;
    },
  ) {
    const { journal, chunks, env, primitives, retention = null, cold = null, limits = {} } = options;
    const { flight, index, news, nextNumber } = found;
    this.#journal = journal;
    this.#chunks = chunks;
    this.#env = env;
    this.#flight = flight;
    this.#index = index;
    this.#news = news;
    this.#sliceBytes = limits.sliceBytes ?? compactSliceBytes;
    this.#lagBytesMax = limits.lagBytesMax ?? journalLagBytesMax;
    this.#newsHoldBytesMax = limits.newsHoldBytesMax ?? newsHoldBytesMax;
    this.#retention = retention;
    this.#sweepCount = limits.sweepCount ?? retentionLookMax;
    this.#rings = new Rings(limits.ring);
    this.#table = new LogTable(nextNumber, {
      countMax: limits.openLogsMax ?? openLogsMax,
      busy: (log) => index.isAhead(log.number),
    });
    this.#cold = new StoreCold({ chunks, env, primitives, cold, epoch: () => flight.epoch });
    this.#compactor = new Compactor({
      env,
      bytesMin: limits.compactBytesMin ?? compactBytesMin,
      waitingBytes: () => (this.#heldTo() < index.first ? 0 : index.bytes),
      compact: () => this.#compactAll(),
      sweep: () => this.#sweep(),
    });
  }

  /** Why nothing is committed any more; null as long as it is. */
  get stopped(): Fault | null {
    return this.#flight.stopped;
  }

  /** Rises with every owner of the shard. */
  get epoch(): number {
    return this.#flight.epoch;
  }

  find(site: SiteId, log: LogId): LogState | undefined {
    return this.#held(site, log)?.state;
  }

  open(site: SiteId, log: LogId): LogState {
    return (this.#held(site, log) ?? this.#table.add(site, log)).state;
  }

  #held(site: SiteId, log: LogId): Held | undefined {
    const held = this.#table.find(site, log);
    if (held !== undefined) return held;
    const row = this.#chunks.find(site, log);
    if (row === null) return undefined;
    const lead = this.#index.leadOf(row.number) ?? row.lead;
    const snapshot = this.#index.snapshotOf(row.number) ?? row.snapshot;
    return this.#table.restore({ ...row, lead, snapshot }, Math.max(row.tail, this.#index.endOf(row.number)));
  }

  writersReady(log: LogState): void {
    const held = must(this.#table.of(log), 'the log is one of this store');
    if (held.writersReady) return;
    for (const row of this.#chunks.writersOf(log.number)) {
      log.writers.restore(row.device, row.floor, row.states);
    }
    // Rows reach as far as chunks do; what compaction did meanwhile is replayed once more, which changes nothing.
    for (const run of this.#index.takeWriters(log.number)) replayRun(log.writers, run);
    held.writersReady = true;
  }

  commit(batch: Batch<unknown>): Promise<void> {
    const commit = this.#commit(batch, this.#last);
    this.#last = commit;
    // Whoever handed the batch over is told; here it only marks the turn of the next one.
    commit.catch(() => {
      if (this.#last === commit) this.#last = Promise.resolve();
    });
    return commit;
  }

  async #commit(batch: Batch<unknown>, before: Promise<void>): Promise<void> {
    this.#checkOpen();
    // Answers to entries that are known already, perhaps from a commit that is still under way.
    if (isAnswers(batch)) return before;
    if (this.#index.bytes > this.#lagBytesMax) {
      throw new Fault('full', 'Compaction is behind; see the log of the node.');
    }
    this.#table.advance(batch.runs);
    const record = encodeRecord(batch);
    const size = record.bytes.length;
    const seq = await this.#flight.append(record.bytes).catch((thrown: unknown) => {
      this.#table.retreat(batch.runs);
      throw thrown;
    });
    this.#index.addRecord(seq, size);
    this.#remember(batch, seq, record);
    this.#compactor.noticed();
  }

  #remember(batch: Batch<unknown>, seq: number, { places }: EncodedRecord): void {
    this.#news.durable(seq, batch.runs);
    for (const [i, run] of batch.runs.entries()) {
      const { first, count, parts } = run;
      const { number } = run.log;
      this.#index.add(number, { seq, start: places[2 * i]!, end: places[2 * i + 1]!, first, count });
      this.#rings.add(number, first, { count, parts });
    }
    for (const { log, epoch, device } of batch.leads) this.#index.addLead(log.number, seq, { epoch, device });
    for (const { log, place } of batch.snapshots) this.#index.addSnapshot(log.number, seq, place);
  }

  read(log: LogState, from: number, bytesMax: number): ReadPage {
    assert(from >= 1, 'positions begin with 1');
    if (from < log.first) return { kind: 'trimmed', first: log.first };
    // What the sequencer has not called durable yet stays unseen, though it may be on disk by now.
    const page = new Page(from, bytesMax, Math.min(pageCountMax, log.durable - from));
    let fetchLeft = FETCH_BYTES_MAX;
    while (!page.full) {
      const run = this.#rings.at(log.number, page.next) ?? this.#index.at(log.number, page.next);
      if (run === null) {
        const chunk = this.#cold.chunkAt(log.number, page.next);
        if (chunk === null) return this.#swept(log, page);
        if (chunk !== 'cold') page.take(chunk);
        else if (page.count > 0) break;
        else return { kind: 'cold', warm: () => this.#cold.warm(log.number, from) };
      } else if ('bytes' in run) page.take(run);
      else {
        const { bytes, fetched } = this.#fetch(run);
        page.take({ first: run.first, count: run.count, bytes });
        fetchLeft -= fetched;
        if (fetchLeft <= 0) break;
      }
    }
    return { kind: 'page', at: from, count: page.count, entries: page.entries() };
  }

  coldFrom(log: LogState, from: number, countMax: number): readonly ColdChunk[] {
    // What is still in the journal is in no chunk at all.
    if (this.#rings.at(log.number, from) !== null) return [];
    return this.#cold.from(log.number, from, countMax);
  }

  /** Moves what is old enough now into the blob store; nothing without one. */
  async cool(): Promise<void> {
    this.#checkOpen();
    await this.#cold.run();
  }

  /** Chunks that the index does not know of may be gone since the log's first position was looked at. */
  #swept(log: LogState, page: Page): ReadPage {
    const first = this.#chunks.logOf(log.number)?.first ?? 0;
    if (first <= page.next) {
      throw new Fault('corrupt', `Log ${log.log} of site ${log.site} has a hole at position ${page.next}.`);
    }
    log.first = first;
    return { kind: 'trimmed', first };
  }

  #fetch(run: JournalRun): { readonly bytes: Uint8Array; readonly fetched: number } {
    const known = this.#records.get(run.seq);
    if (known !== undefined) return { bytes: known.subarray(run.start, run.end), fetched: 0 };
    const record = this.#journal.read(run.seq);
    if (record === null) throw new BrokenRecord(run.seq, 'is missing');
    this.#records.set(run.seq, record.bytes);
    return { bytes: record.bytes.subarray(run.start, run.end), fetched: record.bytes.length };
  }

  async retain(site: SiteId, log: LogId | null, retention: Retention | null): Promise<void> {
    this.#checkOpen();
    await this.#chunks.retain(site, log, retention);
  }

  async compact(): Promise<void> {
    this.#checkOpen();
    await this.#compactor.run();
    await this.#sweep();
  }

  untoldNews(): readonly HeardNews[] {
    return this.#news.take();
  }

  olderNews(): AsyncIterable<HeardNews> {
    return this.#news.older();
  }

  newsTold(record: number): void {
    this.#news.told(Math.min(record, this.#flight.durable));
    this.#compactor.noticed();
  }

  /** The last record that need not wait for its news to be told. */
  #heldTo(): number {
    return this.#index.bytes > this.#newsHoldBytesMax ? Number.POSITIVE_INFINITY : this.#news.first - 1;
  }

  async #compactAll(): Promise<void> {
    const { epoch, durable } = this.#flight;
    const upTo = Math.min(durable, this.#heldTo());
    for (;;) {
      const nowMs = this.#env.wallMs();
      const last = await this.#chunks.compact(epoch, { upTo, bytesMax: this.#sliceBytes, nowMs });
      this.#index.dropThrough(last);
      await this.#journal.trim(last);
      if (last >= upTo || this.#closed) return;
    }
  }

  async #sweep(): Promise<void> {
    const [fallback, countMax] = [this.#retention, this.#sweepCount];
    for (let after: number | null = 0; after !== null && !this.#closed;) {
      const nowMs = this.#env.wallMs();
      const sweep: Sweep = { nowMs, fallback, after, countMax };
      const swept: Swept = await this.#chunks.sweep(this.#flight.epoch, sweep);
      for (const { number, first } of swept.moved) {
        const held = this.#table.byNumber(number);
        if (held !== undefined) held.state.first = first;
      }
      this.#dropped += swept.dropped;
      after = swept.next;
    }
  }

  async *verify(): AsyncGenerator<Problem> {
    for await (const met of everyRecord((from) => this.#journal.scan(from))) {
      if (met instanceof BrokenRecord) yield { where: `record ${met.seq} of the journal`, what: met.detail };
    }
    yield* this.#cold.problems();
  }

  figures(): readonly Figure[] {
    return [
      ...this.#cold.figures().map(([name, unit, value]) => figure(name, unit, value)),
      figure('storeLogsOpen', '', this.#table.size),
      figure('storeJournalWaiting', 'bytes', this.#index.bytes),
      figure('storeJournalLogs', '', this.#index.logCount),
      figure('storeDroppedEntriesTotal', 'entries', this.#dropped),
      figure('storeRings', 'bytes', this.#rings.bytes),
      figure('storeRecord', '', this.#flight.durable),
      figure('storeEpoch', '', this.#flight.epoch),
    ];
  }

  #checkOpen(): void {
    if (this.#closed) throw new Fault('closed', 'the store is closed');
    if (this.#flight.stopped !== null) throw this.#flight.stopped;
  }

  /** Waits for the commits that were handed over; what is in the journal is compacted after the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#last.catch(() => {});
    await this.#compactor.close();
    await this.#cold.close();
    await this.#news.close();
    await this.#chunks[Symbol.asyncDispose]();
    await this.#journal[Symbol.asyncDispose]();
  }
}

function figure(name: string, unit: string, value: number): Figure {
  return { name, unit, value: String(value) };
}
