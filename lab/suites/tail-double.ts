/**
 * A tail in a few lines for the tests of the SDK: the real sequencer over memory that forgets what was
 * not committed, behind the real contract. It can crash, drain, lag, trim, revoke and demand a newer key.
 * What the product's tail does is proven on the product's tail; this one is here to be misused.
 */

import { tailApi, type Page, type Person, type TailApi, type TailEvents } from 'copse/internal/api/tail.ts';
import { concat, fromHex } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault, FAULTS, type FaultCode } from 'copse/internal/base/fault.ts';
import {
  handle as asHandle,
  key,
  type DeviceId,
  type Handle,
  type Key,
  type LogId,
  type SiteId,
  type UserId,
} from 'copse/internal/base/ids.ts';
import { connecting, isProven } from 'copse/internal/capability/possession.ts';
import { deviceIdOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { Outbox, WriterPool } from 'copse/internal/link/outbox.ts';
import { Host, implementing, pusher, service } from 'copse/internal/link/serve.ts';
import { newLog, Sequencer, type LogState } from 'copse/internal/log/sequencer.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';

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

interface Kept {
  readonly site: SiteId;
  readonly log: LogId;
  state: LogState;
  /** Durable entries from position 1; trimmed ones are null. */
  readonly entries: (Uint8Array | null)[];
  /** Oldest key epoch that is accepted. */
  keyEpoch: number;
}

const SERVICE = service(tailApi);

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
      for (const { who, epoch, seq } of this.#sequencer.failed()) {
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

export class Session {
  readonly events: TailEvents;
  readonly #tail: TailDouble;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #nonce: Uint8Array;
  readonly #leaseByHandle = new Map<Handle, { readonly kept: Kept; isLive: boolean; state: Uint8Array }>();
  readonly who: number;
  device: DeviceId | null = null;
  user: UserId | null = null;
  #isOver = false;

  constructor(tail: TailDouble, link: Link) {
    const { env, node } = tail.options;
    this.#tail = tail;
    this.#link = link;
    this.who = tail.connections;
    this.#nonce = env.random(32);
    this.#outbox = new Outbox(
      { send: (message) => link.send(message.slice()), schedule: (flush) => queueMicrotask(flush) },
      new WriterPool(),
    );
    this.events = pusher(tailApi, this.#outbox);
    const host = new Host(implementing(tailApi, this.#api()), {
      service: SERVICE,
      outbox: this.#outbox,
      onFault: (fault) => this.end(fault),
      onMistake: (fault, method) => {
        throw new Error(`the double made a mistake in ${method}`, { cause: fault.cause });
      },
    });
    link.listen({
      onMessage: (message) => {
        if (!this.#isOver && !tail.isDeaf) host.receive(message);
      },
      onClose: () => this.#leave(),
    });
    this.events.hello({ version: 1, nonce: this.#nonce, node, shard: 0 });
  }

  #api(): TailApi {
    return {
      connect: async ({ token, device, proof }) => {
        const { primitives, node, env } = this.#tail.options;
        const statement = connecting({ nonce: this.#nonce, node, token });
        if (!(await isProven(primitives, key(device), statement, proof))) throw new Fault('badProof');
        const id = deviceIdOf(primitives, device);
        const user = this.#tail.options.userOf(id, token);
        if (user instanceof Fault) throw user;
        this.device = id;
        this.user = user;
        return { who: this.who, user, device: id, serverMs: env.wallMs() };
      },
      lease: ({ site, log }) => {
        if (this.user === null) throw new Fault('unauthorized');
        const permissions = this.#tail.options.permissionsOf(this.user, site);
        if (permissions === 0) throw new Fault('forbidden');
        const kept = this.#tail.kept(site, log);
        const known = [...this.#leaseByHandle].find(([, lease]) => lease.kept === kept);
        const handle = known?.[0] ?? asHandle(1000 * this.who + this.#leaseByHandle.size + 1);
        if (known === undefined)
          this.#leaseByHandle.set(handle, { kept, isLive: false, state: new Uint8Array(0) });
        const writerEpoch = this.device === null ? 0 : kept.state.writers.newest(this.device);
        const { first, durable: tail } = kept.state;
        return {
          kind: 'open',
          handle,
          channel: handle,
          permissions,
          first,
          tail,
          keyEpoch: kept.keyEpoch,
          writerEpoch,
        };
      },
      attach: ({ handle, from, bytesMax }) => {
        const lease = this.#lease(handle);
        const page = this.#tail.page(lease.kept, from, bytesMax, true);
        const wasLive = lease.isLive;
        lease.isLive = page.kind === 'page' && page.live;
        if (lease.isLive && !wasLive) queueMicrotask(() => this.#joined(lease.kept));
        return page;
      },
      read: ({ handle, from, bytesMax }) => this.#tail.page(this.#lease(handle).kept, from, bytesMax, false),
      detach: ({ handle }) => {
        this.#lease(handle).isLive = false;
        return {};
      },
      release: ({ handle }) => {
        this.#leaseByHandle.delete(handle);
        return {};
      },
      write: ({ handle, at, entries }) => this.#write(handle, at, entries),
      say: ({ handle, payload }) => {
        const { kept } = this.#lease(handle);
        for (const other of this.#tail.presence(kept)) {
          if (other !== this) other.said(kept, this, payload.slice());
        }
      },
      appear: ({ handle, state }) => {
        const lease = this.#lease(handle);
        lease.state = state.slice();
        if (lease.isLive) this.#joined(lease.kept);
      },
    };
  }

  #lease(handle: Handle): { readonly kept: Kept; isLive: boolean; state: Uint8Array } {
    const lease = this.#leaseByHandle.get(handle);
    if (lease === undefined) throw new Fault('unknown', 'no such handle');
    return lease;
  }

  #write(handle: Handle, at: number | null, entries: Uint8Array): void {
    const lease = this.#leaseByHandle.get(handle);
    if (lease === undefined || this.device === null) return;
    const { kept } = lease;
    const cursor = new EntryCursor(entries.slice());
    const count = new EntryCursor(entries);
    let n = 0;
    while (count.next()) n++;
    this.#tail.writes.push(n);
    const verdict = this.#tail.sequencer.offer({
      who: { session: this, handle },
      log: kept.state,
      device: this.device,
      deviceBytes: fromHex(this.device)!,
      at,
      keyEpoch: kept.keyEpoch,
      cursor,
    });
    if (verdict !== null) this.events.nack({ handle, ...verdict });
    this.#tail.commitSoon();
  }

  isAttached(kept: Kept): boolean {
    return [...this.#leaseByHandle.values()].some((lease) => lease.kept === kept && lease.isLive);
  }

  #channelOf(kept: Kept): Handle | undefined {
    return [...this.#leaseByHandle].find(([, lease]) => lease.kept === kept)?.[0];
  }

  publish(kept: Kept, at: number, count: number, entries: Uint8Array): void {
    for (const [handle, lease] of this.#leaseByHandle) {
      if (lease.kept === kept && lease.isLive) this.events.entries({ channel: handle, at, count, entries });
    }
  }

  #person(kept: Kept): Person {
    const lease = [...this.#leaseByHandle.values()].find((each) => each.kept === kept);
    return {
      who: this.who,
      user: this.user!,
      device: this.device!,
      state: lease?.state ?? new Uint8Array(0),
    };
  }

  #joined(kept: Kept): void {
    const present = this.#tail.presence(kept);
    for (const other of present) {
      const joined = other === this ? present.map((each) => each.#person(kept)) : [this.#person(kept)];
      const channel = other.#channelOf(kept);
      if (channel === undefined) continue;
      other.events.present({ channel, reset: other === this, count: present.length, joined, left: [] });
    }
  }

  said(kept: Kept, from: Session, payload: Uint8Array): void {
    const channel = this.#channelOf(kept);
    if (channel !== undefined) this.events.said({ channel, who: from.who, device: from.device!, payload });
  }

  /** Moves the readers of a log from push to pull. */
  lag(kept: Kept): void {
    for (const [handle, lease] of this.#leaseByHandle) {
      if (lease.kept !== kept || !lease.isLive) continue;
      lease.isLive = false;
      this.events.lagging({ channel: handle, at: kept.state.durable });
    }
  }

  revoke(kept: Kept, code: FaultCode): void {
    for (const [handle, lease] of this.#leaseByHandle) {
      if (lease.kept !== kept) continue;
      this.#leaseByHandle.delete(handle);
      this.events.revoke({ handle, fault: FAULTS[code].number });
    }
  }

  flush(): void {
    this.#outbox.flush();
  }

  end(fault: Fault | null): void {
    if (this.#isOver) return;
    this.#leave();
    this.#link.close(fault ?? undefined);
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tail.sessions.delete(this);
    for (const { kept, isLive } of this.#leaseByHandle.values()) {
      if (!isLive) continue;
      for (const other of this.#tail.presence(kept)) {
        const channel = other.#channelOf(kept);
        const count = this.#tail.presence(kept).length;
        if (channel !== undefined)
          other.events.present({ channel, reset: false, count, joined: [], left: [this.who] });
      }
    }
  }
}
