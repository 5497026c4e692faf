/** What the tail needs of the store of its shard's logs. `log-store.ts` is the store. */

import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import type { Batch, LogState } from 'copse/internal/log/batch.ts';

import type { ColdChunk, Problem, Retention } from './chunks.ts';
import type { HeardNews } from './untold-news.ts';

export type ReadPage =
  /** `count` entries laid end to end from position `at`; a view: copy it to keep it beyond this turn. */
  | { readonly kind: 'page'; readonly at: number; readonly count: number; readonly entries: Uint8Array }
  /** The position is older than what is kept. */
  | { readonly kind: 'trimmed'; readonly first: number }
  /** It lies in a blob: ask again when `warm` has resolved (SPEC B4). */
  | { readonly kind: 'cold'; readonly warm: () => Promise<void> };

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: string;
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
   * `commitsInFlightMax` may be under way; they settle in order. Rejects with `full` when the disk is;
   * what is under way behind it then rejects with the same fault. Rejects with `moved` when another owner
   * has sealed the journal, and from then on always.
   */
  commit(batch: Batch<unknown>): Promise<void>;
  /** Durable entries from a position: at least one when there is one, else about `bytesMax`. */
  read(log: LogState, from: number, bytesMax: number): ReadPage;
  /** The blobs that hold a log from a position on, as far as they do, at most so many. */
  coldFrom(log: LogState, from: number, countMax: number): readonly ColdChunk[];
  /**
   * News in the journal that may not have been told; to be asked once. From now on what becomes durable as news
   * stays in the journal until `newsTold`, as far as there is room (SPEC I2).
   */
  untoldNews(): readonly HeardNews[];
  /** What may not have been told although it is in chunks already, where others made them; to be read once. */
  olderNews(): AsyncIterable<HeardNews>;
  /** News up to this record of the journal has been told. */
  newsTold(record: number): void;
  /** Sets what is kept of a log, or of every log of a site that has no rule of its own; null: everything. */
  retain(site: SiteId, log: LogId | null, retention: Retention | null): Promise<void>;
  /** Moves what is durable now from the journal into chunks, but for what waits for its news to be told, and lets go what retention lets go. */
  compact(): Promise<void>;
  /** Reads everything and names what is not as it was written. */
  verify(): AsyncIterable<Problem>;
  figures(): readonly Figure[];
}
