/** The facet `snapshot` of one connection: where the newest snapshots of its leases' logs stand (SPEC Q2). */

import { permission } from 'copse/internal/api/model.ts';
import type { Place, SnapshotApi } from 'copse/internal/api/snapshot.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import {
  snapshotAsksBurst,
  snapshotAsksPerSecond,
  snapshotSpanMax,
} from 'copse/internal/base/limits-snapshot.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { isNewer, type LogState } from 'copse/internal/log/batch.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import type { TailSession } from './session.ts';
import type { Shard } from './shard.ts';

type Request<Name extends keyof SnapshotApi> = Parameters<SnapshotApi[Name]>[0];
type Answer<Name extends keyof SnapshotApi> = Awaited<ReturnType<SnapshotApi[Name]>>;

export class SnapshotDesk implements SnapshotApi {
  readonly #shard: Shard;
  readonly #session: TailSession;
  readonly #asks = new Meter(snapshotAsksPerSecond, snapshotAsksBurst);

  constructor(shard: Shard, session: TailSession) {
    this.#shard = shard;
    this.#session = session;
  }

  newest({ handle }: Request<'newest'>): Answer<'newest'> {
    this.#asked();
    const { log } = this.#session.readable(handle).topic;
    const { snapshot } = log;
    // One whose parts retention has let go is none.
    if (snapshot === null || snapshot.at < log.first) return { place: null };
    const { from, at, last } = snapshot;
    return { place: { from, at, last } };
  }

  note({ handle, place }: Request<'note'>): Answer<'note'> {
    this.#asked();
    const lease = this.#session.held(handle);
    const { log } = lease.topic;
    if (!lease.mayWrite) throw new Fault('forbidden', 'to write to this log');
    if (this.#shard.draining) throw new Fault('draining');
    this.#check(log, place);
    if (!isNewer({ ...place, isLeaders: false }, log.snapshot)) return { isNewest: false };
    const isLeaders = (lease.permissions & permission.lead) !== 0;
    this.#shard.committer.snapshot(log, { ...place, isLeaders });
    return { isNewest: true };
  }

  #asked(): void {
    if (this.#asks.take(this.#shard.env.nowMs()) > 0) throw new Fault('tooMany', 'questions about snapshots');
  }

  /** What is noted was made by this device and stands behind what it stands for. */
  #check(log: LogState, { from, at, last }: Place): void {
    const isOrdered = from > 1 && from <= at && at <= last && last < log.durable;
    if (!isOrdered || last - at >= snapshotSpanMax) {
      throw new Fault('malformed', `from ${from}, parts at ${at} to ${last}, tail ${log.durable}`);
    }
    for (const position of [at, last]) {
      if (!this.#isOwnPart(log, position)) {
        throw new Fault('forbidden', `no part of a snapshot of this device at ${position}`);
      }
    }
  }

  #isOwnPart(log: LogState, position: number): boolean {
    const page = this.#shard.logs.read(log, position, 1);
    if (page.kind !== 'page') return false;
    const cursor = new EntryCursor(page.entries);
    return cursor.next() && cursor.isPart && cursor.device() === hex(this.#session.ids.subarray(0, 8));
  }
}
