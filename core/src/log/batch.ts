/** A log as its sequencer holds it, what a batch of a group commit is made of, and what one write asks. */

import type { DeviceId, LogId, SiteId } from '../base/ids.ts';
import { newsWritersMax } from '../base/limits-notify.ts';
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
  /** Who leads it by the newest control record, durable or on its way; null for a log that is open. */
  lead: Lead | null;
  /** Where its newest snapshot stands, when there is one; durable. */
  snapshot: SnapshotPlace | null;
}

/** Where a snapshot stands in its log (SPEC Q2). */
export interface SnapshotPlace {
  /** First position for which it does not stand. */
  readonly from: number;
  /** Positions of its first and its last part. */
  readonly at: number;
  readonly last: number;
  /** Its maker may lead the log: retention may go by it. */
  readonly isLeaders: boolean;
}

/** A control record of a batch: where the newest snapshot of a log stands. */
export interface SnapshotRecord {
  readonly log: LogState;
  readonly place: SnapshotPlace;
}

export interface Lead {
  readonly epoch: number;
  /** Null: nobody, and the log is open again. */
  readonly device: DeviceId | null;
}

/** A control record of a batch: who leads a log from here on. */
export interface LeadRecord extends Lead {
  readonly log: LogState;
  /** What it takes the place of, should the batch fail. */
  readonly before: Lead | null;
  readonly declare: boolean;
}

/** Entries of one writer that a leader placed in a batch. */
export interface Spoken {
  readonly log: LogState;
  readonly writer: WriterState;
  readonly seq: number;
  readonly at: number;
}

/** Consecutive entries of one log in a batch. */
export interface Run {
  readonly log: LogState;
  readonly first: number;
  count: number;
  readonly parts: Uint8Array[];
  readonly declare: boolean;
  news?: News;
}

/** What people are to hear of in a run (SPEC I1). */
export interface News {
  /** Position after the newest entry that is news. */
  length: number;
  /** Of each entry that mentions somebody, the tags. */
  readonly mentions: Uint8Array[];
  /** Devices under whose identity it stands, each once, and one more than `newsWritersMax` at most. */
  readonly writers: DeviceId[];
  /** Of the journal in which it stands, once it is durable. */
  record?: number;
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
  /**
   * Whose state takes the entries back when the batch fails; null for entries that were known, `led` for those
   * of a leader, whose epoch and seq are those of the lead and of the position.
   */
  readonly placed: WriterState | 'led' | null;
}

export interface Batch<W> {
  readonly runs: Run[];
  /** In the order in which the entries came. */
  readonly settled: Settled<W>[];
  /** Who leads from here on, per log at most one. */
  readonly leads: LeadRecord[];
  readonly snapshots: SnapshotRecord[];
  readonly spoken: Spoken[];
  bytes: number;
  count: number;
}

/** What will not become durable: acknowledgements and control records that will not come. */
export interface Lost<W> {
  readonly settled: readonly Settled<W>[];
  readonly leads: readonly LeadRecord[];
}

export type Refusal =
  | { readonly kind: 'gap'; readonly expected: number }
  | { readonly kind: 'fenced'; readonly floor: number }
  | { readonly kind: 'conflict'; readonly tail: number }
  | { readonly kind: 'staleKey'; readonly keyEpoch: number }
  | { readonly kind: 'full'; readonly retryMs: number }
  | { readonly kind: 'led'; readonly lead: number };

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

/** What a leader's write asks: entries of any writers, each continuing its own sequence. */
export interface LedOffer<W> {
  readonly who: W;
  readonly log: LogState;
  /** The lead under which it speaks. */
  readonly epoch: number;
  /** Required position of the first entry: what a leader calls its entries by. */
  readonly at: number;
  readonly keyEpoch: number;
  readonly cursor: EntryCursor;
}

/** `null` when every entry was accepted or known; else where and why it stopped. */
export type Verdict = { readonly epoch: number; readonly seq: number; readonly reason: Refusal } | null;

export function emptyBatch<W>(): Batch<W> {
  return { runs: [], settled: [], leads: [], snapshots: [], spoken: [], bytes: 0, count: 0 };
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
    lead: null,
    snapshot: null,
  };
}

/** One more device has written what is news. Beyond the bound the one more says that there are many. */
export function addWriter(writers: DeviceId[], device: DeviceId): void {
  if (writers.length <= newsWritersMax && !writers.includes(device)) writers.push(device);
}

/** Whether only the leader of a log may write it. */
export function isLed(log: LogState): log is LogState & { readonly lead: Lead } {
  return log.lead !== null && log.lead.device !== null;
}

/** Whether there is nothing in a batch to be written: only answers to entries that were known. */
export function isAnswers({
  runs,
  leads,
  snapshots,
}: Pick<Batch<unknown>, 'runs' | 'leads' | 'snapshots'>): boolean {
  return runs.length === 0 && leads.length === 0 && snapshots.length === 0;
}

/** Whether a snapshot stands for more than the one that was known. */
export function isNewer(place: SnapshotPlace, known: SnapshotPlace | null): boolean {
  return known === null || place.from > known.from;
}
