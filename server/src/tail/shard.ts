/** What all connections of a tail share: the machines of its shard, its limits and its scratch objects. */

import { tailFacets } from 'copse/internal/api/facets.ts';
import type { Ice } from 'copse/internal/api/lead.ts';
import { tailApi } from 'copse/internal/api/tail.ts';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import type { DeviceId, Key } from 'copse/internal/base/ids.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { WriterPool } from 'copse/internal/link/outbox.ts';
import { service, type Service } from 'copse/internal/link/serve.ts';
import type { LogState } from 'copse/internal/log/batch.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import type { Logs } from '../store/log-store.ts';
import type { Authors } from './authors.ts';
import type { BlobAddresses } from './cold-desk.ts';
import type { Committer } from './committer.ts';
import type { Delivery, Party } from './delivery.ts';
import type { Feed } from './feed.ts';
import { WriteView } from './frames.ts';
import type { Here } from './here.ts';
import type { Herald } from './herald.ts';
import type { Leads } from './leads.ts';
import type { TailLimits } from './limits.ts';
import type { Presence } from './presence.ts';
import type { Rights } from './rights.ts';
import { Topic } from './topic.ts';

/** Logs that somebody holds a lease on. */
export class Topics {
  readonly #rights: Rights;
  readonly byNumber = new Map<number, Topic>();

  constructor(rights: Rights) {
    this.#rights = rights;
  }

  /** The topic of a log, with one more lease on it. */
  enter(log: LogState): Topic {
    let topic = this.byNumber.get(log.number);
    if (topic === undefined) {
      topic = new Topic(log, this.#rights.enter(log.site));
      this.byNumber.set(log.number, topic);
    }
    topic.leases++;
    return topic;
  }

  leave(topic: Topic): void {
    topic.leases--;
    if (topic.leases > 0) return;
    this.byNumber.delete(topic.log.number);
    this.#rights.leave(topic.site);
  }
}

/** Flushes what a turn has put into outboxes, at its end. */
export class Flusher {
  #waiting: (() => void)[] = [];

  readonly schedule = (flush: () => void): void => {
    this.#waiting.push(flush);
    if (this.#waiting.length === 1) queueMicrotask(this.flush);
  };

  readonly flush = (): void => {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const flush of waiting) flush();
  };
}

export interface Shard {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly limits: TailLimits;
  readonly nodeKey: Key;
  readonly number: number;
  /** How devices may reach each other directly. */
  readonly ice: (device: DeviceId) => Ice;
  readonly logs: Logs;
  /** Null: nobody is sent to a blob. */
  readonly addresses: BlobAddresses | null;
  readonly feed: Feed;
  readonly rights: Rights;
  readonly committer: Committer<Party>;
  readonly delivery: Delivery;
  readonly presence: Presence;
  readonly leads: Leads;
  /** Null: nobody is notified. */
  readonly herald: Herald | null;
  readonly authors: Authors | null;
  readonly here: Here | null;
  readonly topics: Topics;
  readonly flusher: Flusher;
  readonly scratch: Scratch;
  /** True when no new connection, lease or write is accepted. */
  readonly draining: boolean;
  /** Counts sweeps: what was heard in which. */
  readonly tick: number;
}

/** Objects that every connection uses in turn, within one call. */
export class Scratch {
  readonly service: Service = service(tailApi, ...tailFacets);
  readonly pool = new WriterPool();
  readonly write = new WriteView();
  readonly cursor = new EntryCursor(NO_BYTES, nativeCrc32);
}

/** The same polynomial in half the time (decision 0005); the view costs as much as the checksum. */
function nativeCrc32(bytes: Uint8Array, from: number, to: number): number {
  return Bun.hash.crc32(bytes.subarray(from, to));
}

/** Numbers of the methods that `session.ts` looks for in a frame before the contract does. */
export const methodNumber = {
  attach: tailApi.calls.attach.number,
  read: tailApi.calls.read.number,
  write: tailApi.casts.write.number,
} as const;
