/**
 * A tail in a few lines for the tests of the SDK: the real sequencer over memory that forgets what was
 * not committed, behind the real contract. It can crash, drain, lag, trim, revoke and demand a newer key.
 * What the product's tail does is proven on the product's tail; this one is here to be misused.
 */

import type { Page } from 'copse/internal/api/tail.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import {
  type DeviceId,
  type Handle,
  type Key,
  type LogId,
  type SiteId,
  type UserId,
} from 'copse/internal/base/ids.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { newLog, type LogState } from 'copse/internal/log/batch.ts';
import { Sequencer } from 'copse/internal/log/sequencer.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { Session } from './tail-double-session.ts';

export interface TailDoubleOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly node: Key;
  /** Whose device it is, once its key has been proven; a fault refuses the connection. */
  readonly userOf: (device: DeviceId, token: Uint8Array) => UserId | Fault;
  /** What a user may do on a site. */
  readonly permissionsOf: (user: UserId, site: SiteId) => number;
  readonly commitMs?: number;
}

export interface Kept {
  readonly site: SiteId;
  readonly log: LogId;
  state: LogState;
  /** Durable entries from position 1; trimmed ones are null. */
  readonly entries: (Uint8Array | null)[];
  /** Oldest key epoch that is accepted. */
  keyEpoch: number;
}

export class TailDouble {
  readonly options: TailDoubleOptions;
  readonly sessions = new Set<Session>();
  readonly #keptByPlace = new Map<string, Kept>();
  #sequencer = new Sequencer<{ session: Session; handle: Handle }>();
  #isCommitting = false;
  /** Fail commits: nothing becomes durable, writers are told `full`. */
  isFull = false;
  /** Messages are taken and never answered: a node that hangs. */
  isDeaf = false;
  connections = 0;
  /** What leases were asked for. */
  readonly leases: ('read' | 'write')[] = [];
  /** Write casts that came in, with the entries of each. */
  readonly writes: number[] = [];
  #generation = 0;

  constructor(options: TailDoubleOptions) {
    this.options = options;
  }

  get sequencer(): Sequencer<{ session: Session; handle: Handle }> {
    return this.#sequencer;
  }

  /** Serves one connection. */
  open(link: Link): Session {
    this.connections++;
    const session = new Session(this, link);
    this.sessions.add(session);
    return session;
  }

  kept(site: SiteId, log: LogId): Kept {
    const place = `${site}/${log}`;
    let kept = this.#keptByPlace.get(place);
    if (kept === undefined) {
      const state = newLog(this.#keptByPlace.size + 1, site, log);
      kept = { site, log, state, entries: [], keyEpoch: 1 };
      this.#keptByPlace.set(place, kept);
    }
    return kept;
  }

  all(): readonly Kept[] {
    return [...this.#keptByPlace.values()];
  }

  /** All connections are cut, and what was not committed is lost. */
  crash(): void {
    this.cut();
    this.#generation++;
    this.#sequencer = new Sequencer();
    this.#isCommitting = false;
    for (const kept of this.#keptByPlace.values()) this.#restore(kept);
  }

  #restore(kept: Kept): void {
    const first = kept.state.first;
    kept.state = newLog(kept.state.number, kept.site, kept.log);
    kept.state.first = first;
    kept.entries.forEach((bytes, i) => {
      if (bytes === null) return;
      const cursor = new EntryCursor(bytes);
      cursor.next();
      kept.state.writers.replay(cursor.device(), cursor.epoch, cursor.seq, i + 1);
    });
    kept.state.tail = kept.entries.length + 1;
    kept.state.durable = kept.state.tail;
    kept.state.declared = true;
  }

  /** All connections are cut. */
  cut(): void {
    for (const session of this.sessions) session.end(null);
  }

  goAway(reconnectMs: number): void {
    for (const session of this.sessions) {
      session.events.goAway({ reconnectMs });
      session.flush();
      session.end(new Fault('draining'));
    }
  }

  /** Positions before `first` are no longer kept. */
  trim(kept: Kept, first: number): void {
    for (let at = 1; at < first; at++) kept.entries[at - 1] = null;
    kept.state.first = first;
  }

  /** The leases of a log end with a fault. */
  revoke(kept: Kept, code: FaultCode): void {
    for (const session of this.sessions) session.revoke(kept, code);
  }

  /** Forgets all writers of a log, as if their rows had been lost. */
  forgetWriters(kept: Kept): void {
    const fresh = newLog(kept.state.number, kept.site, kept.log);
    Object.assign(fresh, {
      first: kept.state.first,
      tail: kept.state.tail,
      durable: kept.state.durable,
      declared: true,
    });
    kept.state = fresh;
  }

  commitSoon(): void {
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    const generation = this.#generation;
    this.options.env.after(this.options.commitMs ?? 1, () => {
      if (generation !== this.#generation) return;
      this.#isCommitting = false;
      this.#commit();
    });
  }

  #commit(): void {
    const batch = this.#sequencer.take();
    if (batch === null) return;
    if (this.isFull) {
      for (const { who, epoch, seq } of this.#sequencer.failed().settled) {
        who.session.events.nack({ handle: who.handle, epoch, seq, reason: { kind: 'full', retryMs: 200 } });
      }
      return;
    }
    this.#sequencer.committed(batch);
    for (const run of batch.runs) {
      const kept = this.kept(run.log.site, run.log.log);
      const bytes = concat(...run.parts).slice();
      const cursor = new EntryCursor(bytes);
      while (cursor.next()) kept.entries.push(bytes.subarray(cursor.start, cursor.end));
      for (const session of this.sessions) session.publish(kept, run.first, run.count, bytes);
    }
    for (const { who, epoch, seq, count, at } of batch.settled) {
      if (!this.sessions.has(who.session)) continue;
      who.session.events.ack({ handle: who.handle, durability: 'synced', runs: [{ epoch, seq, count, at }] });
    }
  }

  page(kept: Kept, from: number, bytesMax: number, live: boolean): Page {
    const tail = kept.state.durable;
    if (from < kept.state.first) return { kind: 'trimmed', first: kept.state.first, tail };
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let at = from;
    for (; at < tail && (parts.length === 0 || bytes < bytesMax) && parts.length < 64; at++) {
      const part = kept.entries[at - 1]!;
      parts.push(part);
      bytes += part.length;
    }
    return {
      kind: 'page',
      at: from,
      count: parts.length,
      tail,
      live: live && at >= tail,
      entries: concat(...parts),
    };
  }

  presence(kept: Kept): readonly Session[] {
    return [...this.sessions].filter((session) => session.isAttached(kept));
  }
}
