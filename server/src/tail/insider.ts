/**
 * Logs for a door of the same process that keeps no connection, such as streams over HTTP (SPEC F1): it offers
 * entries to the same sequencer, group commits and readers as connections do, and is told when they are durable.
 * Who may do it is the door's to know.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { blobCacheMax } from 'copse/internal/base/limits-cold.ts';
import type { DeviceId, LogId, SiteId } from 'copse/internal/base/ids.ts';
import { isLed, type LogState, type Settled, type Verdict } from 'copse/internal/log/batch.ts';
import type { ReadPage, Retention } from '../store/log-store.ts';
import type { Shard } from './shard.ts';

/** A writer without a connection. */
export interface Insider {
  readonly isInsider: true;
  /** These of its entries have become durable, in the order in which they were offered. */
  settled(run: Pick<Settled<unknown>, 'log' | 'seq' | 'at' | 'count'>): void;
  /** Nothing of what it was not told of as durable will be. */
  lost(fault: Fault): void;
}

export interface InsideOffer {
  readonly who: Insider;
  readonly log: LogState;
  readonly device: DeviceId;
  /** Begins with the 8 bytes of the device. */
  readonly deviceBytes: Uint8Array;
  readonly keyEpoch: number;
  /** Laid end to end; all of one writer, with consecutive seqs. They belong to the log from now on. */
  readonly entries: Uint8Array;
}

/** Called after each commit with entries of a log, when readers may see them. */
export type Wake = () => void;
/** By number of the log. */
export type Watchers = Map<number, Set<Wake>>;

/** What a walk through pages met: no fault, but a pause within it (SPEC B4). */
export class ColdRead extends Error {
  readonly warm: () => Promise<void>;

  constructor(warm: () => Promise<void>) {
    super('a cold read');
    this.warm = warm;
  }
}

/** Blobs that one walk may lack: more than fit into the store's cache would never be there together. */
const WARMINGS_MAX = blobCacheMax;

/** Walks again after each blob that was not there. */
export async function warmed<T>(walk: () => T): Promise<T> {
  for (let left = WARMINGS_MAX; ; left--) {
    try {
      return walk();
    } catch (thrown) {
      if (!(thrown instanceof ColdRead) || left === 0) throw thrown;
      await thrown.warm();
    }
  }
}

export class InsideLogs {
  readonly #shard: Shard;
  readonly #watchers: Watchers;

  constructor(shard: Shard, watchers: Watchers) {
    this.#shard = shard;
    this.#watchers = watchers;
  }

  /** The log, when it has ever been written, ready for offers. */
  find(site: SiteId, log: LogId): LogState | undefined {
    const found = this.#shard.logs.find(site, log);
    if (found !== undefined) this.#shard.logs.writersReady(found);
    return found;
  }

  open(site: SiteId, log: LogId): LogState {
    const opened = this.#shard.logs.open(site, log);
    this.#shard.logs.writersReady(opened);
    return opened;
  }

  /** Throws `ColdRead` when the blob of that position has to be fetched first. */
  read(log: LogState, from: number, bytesMax: number): Exclude<ReadPage, { readonly kind: 'cold' }> {
    const page = this.#shard.logs.read(log, from, bytesMax);
    if (page.kind === 'cold') throw new ColdRead(page.warm);
    return page;
  }

  retain(site: SiteId, log: LogId, retention: Retention | null): Promise<void> {
    return this.#shard.logs.retain(site, log, retention);
  }

  /** As a write of a connection; throws `draining`. */
  offer({ who, log, device, deviceBytes, keyEpoch, entries }: InsideOffer): Verdict {
    const { committer, scratch, draining } = this.#shard;
    if (draining) throw new Fault('draining');
    if (isLed(log)) throw new Fault('taken', 'a device leads this log');
    const { cursor } = scratch;
    cursor.rewind(entries, 0, entries.length);
    return committer.offer({ who, log, device, deviceBytes, at: null, keyEpoch, cursor });
  }

  /** What is offered within becomes durable in one commit, as far as it is at most one large write. */
  together(offers: () => void): void {
    this.#shard.committer.together(offers);
  }

  /** Answers how to stop. */
  watch(log: LogState, wake: Wake): () => void {
    const { number } = log;
    const watching = this.#watchers.get(number) ?? new Set();
    this.#watchers.set(number, watching);
    watching.add(wake);
    return () => {
      watching.delete(wake);
      if (watching.size === 0 && this.#watchers.get(number) === watching) this.#watchers.delete(number);
    };
  }
}
