/** A shard that writes and tells notify, without the connections and rights of a tail. */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { deviceId, type DeviceId } from 'copse/internal/base/ids.ts';
import { EntryCursor, encodeEntry } from 'copse/internal/wire/entry.ts';
import type { LogStore } from '../../store/log-store.ts';
import { Committer } from '../committer.ts';
import type { Insider } from '../insider.ts';
import { tellersOf } from '../tellers.ts';
import { log, SITE } from './harness.ts';
import type { NotifyDouble } from './notify-double.ts';

const NOBODY: Insider = { isInsider: true, settled: () => {}, lost: () => {} };

/** One life of a shard: a tail without connections, which writes and tells. */
export class Life {
  readonly store: LogStore;
  readonly #committer: Committer<Insider>;
  readonly #device: DeviceId;
  readonly #seqByLog = new Map<number, number>();
  readonly end: () => void;

  constructor(store: LogStore, env: Env, notify: NotifyDouble, number: number) {
    this.store = store;
    this.#device = deviceId(number.toString(16).padStart(16, '0'));
    const soon = (task: () => void): void => void setImmediate(task);
    const { herald, here } = tellersOf({ env, logs: store, notify: notify.remote, shard: 0, soon });
    this.end = () => {
      herald?.[Symbol.dispose]();
      here?.[Symbol.dispose]();
    };
    this.#committer = new Committer({
      commit: (batch) => store.commit(batch),
      soon,
      onCommitted: (batch) => herald?.committed(batch),
      onFailed: () => {},
      onBroken: (fault) => {
        throw fault;
      },
    });
  }

  write(n: number, news: Uint8Array | null): void {
    const state = this.store.open(SITE, log(n));
    this.store.writersReady(state);
    const seq = (this.#seqByLog.get(n) ?? 0) + 1;
    this.#seqByLog.set(n, seq);
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
