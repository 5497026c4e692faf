/** A shard that writes and tells notify, without the connections and rights of a tail. */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { deviceId, type DeviceId, type LogId, type SiteId } from 'copse/internal/base/ids.ts';
import { EntryCursor, encodeEntry } from 'copse/internal/wire/entry.ts';
import type { LogStore } from '../../store/log-store.ts';
import type { Batch, LogState } from 'copse/internal/log/batch.ts';
import type { AuthorsOptions } from '../authors.ts';
import { Committer } from '../committer.ts';
import type { Insider } from '../insider.ts';
import { tellersOf, type NotifySink, type Tellers } from '../tellers.ts';
import { log, SITE } from './harness.ts';

const NOBODY: Insider = { isInsider: true, settled: () => {}, lost: () => {} };

export interface LifeParts {
  readonly env: Env;
  readonly notify: NotifySink;
  /** No two lives have the same one. */
  readonly number: number;
  /** Knows whose devices write; nobody unless it says so. */
  readonly authority?: AuthorsOptions['authority'];
  readonly soon?: (task: () => void) => void;
  /** A batch is durable; the tellers hear of it next. */
  readonly onCommitted?: (batch: Batch<Insider>) => void;
}

/** One life of a shard: a tail without connections, which writes and tells. */
export class Life {
  readonly store: LogStore;
  readonly tellers: Tellers;
  readonly #committer: Committer<Insider>;
  readonly #device: DeviceId;
  readonly #seqByLog = new Map<LogState, number>();

  constructor(store: LogStore, parts: LifeParts) {
    this.store = store;
    const { env, notify, number, onCommitted = () => {} } = parts;
    const { soon = (task) => void setImmediate(task), authority = null } = parts;
    this.#device = deviceId(number.toString(16).padStart(16, '0'));
    this.tellers = tellersOf({ env, logs: store, notify, shard: 0, soon, authority });
    this.#committer = new Committer({
      commit: (batch) => store.commit(batch),
      soon,
      onCommitted: (batch) => {
        onCommitted(batch);
        this.tellers.herald?.committed(batch);
      },
      onFailed: () => {},
      onBroken: (fault) => {
        throw fault;
      },
    });
  }

  /** It is over: nobody is told anything any more. */
  end(): void {
    this.tellers.herald?.[Symbol.dispose]();
    this.tellers.here?.[Symbol.dispose]();
  }

  write(n: number, news: Uint8Array | null): void {
    this.writeTo(SITE, log(n), news);
  }

  writeTo(site: SiteId, name: LogId, news: Uint8Array | null): void {
    const state = this.store.open(site, name);
    this.store.writersReady(state);
    const seq = (this.#seqByLog.get(state) ?? 0) + 1;
    this.#seqByLog.set(state, seq);
    const deviceBytes = must(fromHex(this.#device), 'an id is hex');
    const entry = encodeEntry({
      sealed: false,
      device: deviceBytes,
      epoch: 1,
      seq,
      keyEpoch: 1,
      timeMs: 1,
      payload: new Uint8Array(100),
      ...(news === null ? {} : { news }),
    });
    const cursor = new EntryCursor(entry);
    this.#committer.offer({
      who: NOBODY,
      log: state,
      device: this.#device,
      deviceBytes,
      at: null,
      keyEpoch: 0,
      cursor,
    });
  }
}
