/**
 * The chunks of a shard: where a log's entries stay after their records have left the journal, with the
 * row of each log and of each of its writers. Written by compaction in one transaction per slice, read at
 * once (SPEC J5, J6).
 *
 * A chunk is an immutable run of one log's entries of about `chunkBytesTarget`. What is smaller stands at
 * the end of its log and is merged with what comes, so a log has a few small chunks at most.
 */

import type { DeviceId, LogId, SiteId } from 'copse/internal/base/ids.ts';
import type { Lead, SnapshotPlace } from 'copse/internal/log/batch.ts';
import type { WriterState } from 'copse/internal/log/writer-table.ts';

import type { Freezing, Frost, Frozen } from './chunks-cold.ts';
import type { JournalRecord } from './journal.ts';

export interface LogRow {
  readonly number: number;
  readonly site: SiteId;
  readonly log: LogId;
  /** First kept position. */
  readonly first: number;
  /** Position after the last one in chunks. */
  readonly tail: number;
  /** Who leads it, or led it last; null for a log that nobody has ever led. */
  readonly lead: Lead | null;
  /** Where its newest snapshot stands, or null. */
  readonly snapshot: SnapshotPlace | null;
}

export interface WriterRow {
  readonly device: DeviceId;
  readonly floor: number;
  readonly states: readonly WriterState[];
}

export interface Chunk {
  readonly first: number;
  readonly count: number;
  /** The entries, laid end to end. */
  readonly bytes: Uint8Array;
  /** Nobody but who was handed the piece refers to its bytes: give them back when it is done with. */
  readonly lent?: true;
}

/** A chunk whose bytes are in a blob. */
export interface ColdChunk {
  readonly first: number;
  readonly count: number;
  /** Of the entries. */
  readonly size: number;
  /** Of the blob. */
  readonly stored: number;
  readonly codec: number;
  /** Of the entries, in the domain of chunks. */
  readonly sha256: Uint8Array;
  /** Name of the blob, in hex. */
  readonly blob: string;
}

/** Where it belongs. */
export interface ColdRow extends ColdChunk {
  readonly number: number;
}

/** How much of a log is kept; a chunk goes when all of it lies beyond one of the bounds. */
export interface Retention {
  readonly ageMs?: number;
  readonly bytes?: number;
  readonly count?: number;
  /** What a snapshot of a leader stands for is kept this long. */
  readonly replacedMs?: number;
}

export interface Claim {
  /** Records of the journal up to this one are in chunks. */
  readonly compacted: number;
  /** Its hash: what the next record must follow. */
  readonly compactedHash: Uint8Array;
  /** The next log gets this number, or a higher one. */
  readonly nextNumber: number;
}

export interface Slice {
  /** Records up to this one are durable in the journal. */
  readonly upTo: number;
  readonly bytesMax: number;
  /** Wall clock, for retention by age. */
  readonly nowMs: number;
}

/** One of the looks of retention through all logs. */
export interface Sweep {
  readonly nowMs: number;
  /** The rule of every log that neither has one nor its site. */
  readonly fallback: Retention | null;
  /** Where the last look ended; 0 begins. */
  readonly after: number;
  /** Logs without a rule that one look passes. */
  readonly countMax: number;
}

export interface Swept {
  /** Logs whose first kept position has moved. */
  readonly moved: readonly { readonly number: number; readonly first: number }[];
  /** Entries that are gone. */
  readonly dropped: number;
  /** Where the next look goes on; null when all logs have been looked at. */
  readonly next: number | null;
}

export interface Problem {
  /** The record, log or chunk that is wrong. */
  readonly where: string;
  readonly what: string;
}

/** Where compaction finds the records: by number, at once, null when it is not there. */
export interface RecordSource {
  read(seq: number): JournalRecord | null;
}

export interface ChunkStore extends AsyncDisposable {
  /** Makes `epoch` the owner; calls of a former owner answer `moved` from now on. */
  claim(epoch: number): Promise<Claim>;
  /** Moves the next records into chunks, as many as fit; answers the last one that was moved. */
  compact(epoch: number, slice: Slice): Promise<number>;
  retain(site: SiteId, log: LogId | null, retention: Retention | null): Promise<void>;
  /** Drops chunks that retention lets go, a bounded number in one transaction. */
  sweep(epoch: number, sweep: Sweep): Promise<Swept>;

  /** The next run of chunks behind a log that is to leave for the blob store; null when there is none. */
  freeze(epoch: number, frost: Frost): Promise<Freezing | null>;
  /** The blob is there: the run becomes a row that names it; false when retention was faster. */
  settle(epoch: number, frozen: Omit<Frozen, 'data'>): Promise<boolean>;
  /** Blobs that no row has named since then, to be deleted. */
  strays(epoch: number, sinceMs: number): Promise<readonly string[]>;
  forget(epoch: number, names: readonly string[]): Promise<void>;

  /** The four below answer at once from what is durable. */
  find(site: SiteId, log: LogId): LogRow | null;
  logOf(number: number): LogRow | null;
  writersOf(number: number): Iterable<WriterRow>;
  /** The chunk that holds a position; throws `corrupt` when its bytes are not what was written. */
  chunkAt(number: number, position: number): Chunk | ColdChunk | null;

  /** Reads everything, hash by hash; what is in blobs by name and place alone. */
  problems(): AsyncIterable<Problem>;
  /** Every chunk that is in a blob, in order. */
  cold(): Iterable<ColdRow>;
}
