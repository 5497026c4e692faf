/**
 * Everything of one shard's logs on disk: group commits go to a journal, a background job turns them into
 * chunks, and reads come from memory, journal or chunks, whichever has them (SPEC J2, J4, J5, L3).
 *
 * The store runs on any journal and any chunk store; `log-store-directory.ts` opens one on SQLite files,
 * `log-store-memory.ts` one on a simulated disk.
 */

import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import type { Batch, LogState } from 'copse/internal/log/sequencer.ts';

export type ReadPage =
  /** `count` entries laid end to end from position `at`; a view: copy it to keep it beyond this turn. */
  | { readonly kind: 'page'; readonly at: number; readonly count: number; readonly entries: Uint8Array }
  /** The position is older than what is kept. */
  | { readonly kind: 'trimmed'; readonly first: number };

/** How much of a log is kept; a chunk goes when every given bound lets all of it go. */
export interface Retention {
  readonly ageMs?: number;
  readonly bytes?: number;
  readonly count?: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

export interface Problem {
  /** The record, log or chunk that is wrong. */
  readonly where: string;
  readonly what: string;
}

/** What the tail needs of the store. */
export interface Logs extends AsyncDisposable {
  /** The log, when it has ever been opened or written. One object per log as long as anybody holds it. */
  find(site: SiteId, log: LogId): LogState | undefined;
  /** The log, made when it is new: numbered now, declared by its first record. */
  open(site: SiteId, log: LogId): LogState;
  /** Fills `log.writers` from disk: call it before the first `offer` to the log. Nothing the second time. */
  writersReady(log: LogState): void;
  /**
   * Makes a batch of the sequencer durable; readers see it once `sequencer.committed` was called. At most
   * `commitsInFlightMax` may be under way; they settle in order. Rejects with `full` when the disk is
   * (then every later batch that is under way rejects too, right after it: call `sequencer.failed` once),
   * with `moved` when another owner has sealed the journal.
   */
  commit(batch: Batch<unknown>): Promise<void>;
  /** Durable entries from a position: at least one when there is one, else about `bytesMax`. */
  read(log: LogState, from: number, bytesMax: number): ReadPage;
  /** Sets what is kept of a log, or of every log of a site that has no rule of its own; null: everything. */
  retain(site: SiteId, log: LogId | null, retention: Retention | null): Promise<void>;
  /** Moves everything that is durable now from the journal into chunks. */
  compact(): Promise<void>;
  /** Reads everything and names what is not as it was written. */
  verify(): AsyncIterable<Problem>;
  figures(): readonly Figure[];
}
