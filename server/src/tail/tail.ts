/**
 * The tail: connections, leases, group commits and fan-out of one shard's open logs (SPEC T1–T11). It
 * owns its connections and one timer; the disk, the network and the clock are given to it.
 */

import type { AuthInternalEvents, Change } from 'copse/internal/api/auth.ts';
import type { Ice } from 'copse/internal/api/lead.ts';
import { tailApi } from 'copse/internal/api/tail.ts';
import { pause, randomUint, type Env, type Timer } from 'copse/internal/base/env.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { Batch, Lost, News } from 'copse/internal/log/batch.ts';
import { frameKind, putNote } from 'copse/internal/wire/frame.ts';
import type { Logs } from '../store/log-store.ts';
import { Bearers } from './bearer.ts';
import type { BlobAddresses } from './cold-desk.ts';
import { Committer } from './committer.ts';
import { Delivery, type Party } from './delivery.ts';
import { Feed } from './feed.ts';
import { countersOf, figuresOf, Rates, type Figure } from './figures.ts';
import type { Durability } from './frames.ts';
import { tellersOf, type NotifySink } from './tellers.ts';
import { InsideLogs, type Watchers } from './insider.ts';
import { TAIL_LIMITS, type TailLimits } from './limits.ts';
import { Leads } from './leads.ts';
import { Line, type LineOwner } from './line.ts';
import { Presence } from './presence.ts';
import { fallenOf, Rights, type Authority } from './rights.ts';
import { Flusher, Scratch, Topics, type Shard } from './shard.ts';
import type { Connection, Fanout, Transport } from './transport.ts';

export interface TailOptions {
  /** The shard's logs; the tail does not dispose of them. */
  readonly logs: Logs;
  /** Where cold entries are fetched from by who can; through the tail alone unless it says so. */
  readonly addresses?: BlobAddresses | null;
  /** Connects to auth: the tail asks through what is answered and is told through `events`. */
  readonly authority: (events: AuthInternalEvents) => Authority;
  readonly fanout: Fanout;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly nodeKey: Key;
  readonly shard: number;
  /**
   * Runs a task behind the messages that have already arrived: `setImmediate` in a process. What arrives
   * together is committed together, without a timer.
   */
  readonly soon: (task: () => void) => void;
  /** How safe an entry is that the store calls durable. */
  readonly durability?: Durability;
  readonly limits?: Partial<TailLimits>;
  /** How devices may reach each other directly; when nothing is said they try their own addresses. */
  readonly ice?: (device: DeviceId) => Ice;
  /** Who is told what is news, and who is here; nobody unless it says so. */
  readonly notify?: NotifySink | null;
  /** People are to hear of what stands in a log, for good (SPEC I1). */
  readonly onNews?: (news: NewsOfLog) => void;
}

export interface NewsOfLog extends News {
  readonly site: SiteId;
  readonly log: LogId;
}

/** The tail is the only one that changes what its connections only read. */
type MutableShard = Shard & { draining: boolean; tick: number };

export class Tail implements AsyncDisposable, LineOwner {
  readonly #env: Env;
  readonly #limits: TailLimits;
  readonly #shard: MutableShard;
  readonly #lines = new Set<Line>();
  readonly #watchers: Watchers = new Map();
  readonly #strangersByAddress = new Map<string, number>();
  readonly #rates: Rates;
  #sweeping: Timer | null = null;
  #nextWho: number;

  /** A tail that has caught up with auth, or will when auth answers. */
  static async open(options: TailOptions): Promise<Tail> {
    const tail = new Tail(options);
    await tail.#shard.feed.follow();
    tail.#sweepLater();
    return tail;
  }

  private constructor(options: TailOptions) {
    const { env } = options;
    this.#env = env;
    this.#limits = { ...TAIL_LIMITS, ...options.limits };
    this.#nextWho = randomUint(env, 2 ** 32);
    this.#rates = new Rates(env);
    this.#shard = this.#assemble(options);
  }

  #assemble({ env, logs, fanout, primitives, ...options }: TailOptions): MutableShard {
    const limits = this.#limits;
    const feed = new Feed({
      authority: options.authority,
      primitives,
      env,
      shard: options.shard,
      staleMs: limits.feedStaleMs,
      onChanges: (changes, seq) => this.#changed(changes, seq),
      onReset: (seq) => this.#reset(seq),
    });
    const rights = new Rights(feed.authority, env, limits.accessesIdleMax);
    const topics = new Topics(rights);
    const delivery = new Delivery({
      fanout,
      durability: options.durability ?? 'synced',
      lagBytes: limits.lagBytes,
      topicByNumber: topics.byNumber,
      lines: () => this.#lines,
      watchers: this.#watchers,
    });
    const committer = new Committer<Party>({
      commit: (batch) => logs.commit(batch),
      soon: options.soon,
      onCommitted: (batch) => {
        delivery.committed(batch);
        if (batch.leads.length > 0) leads.committed(batch);
        tellers.herald?.committed(batch);
        tellNews(batch, options.onNews);
        this.#shard.flusher.flush();
      },
      onFailed: (lost, fault) => this.#commitFailed(lost, fault),
      onBroken: (fault) => this.#broken(fault),
    });
    const presence = new Presence({
      env,
      presenceMs: limits.presenceMs,
      publish: (topic, message) => delivery.publish(topic, message),
    });
    const leads = new Leads({
      env,
      record: (log, lead) => committer.lead(log, lead),
      flush: () => this.#shard.flusher.flush(),
    });
    const { nodeKey, shard: number, ice = () => OWN_ADDRESSES, addresses = null, notify = null } = options;
    const { soon } = options;
    const tellers = tellersOf({ env, logs, notify, shard: number, soon, authority: feed.authority });
    const machines = { feed, rights, topics, delivery, committer, presence, leads, ...tellers };
    const own = { flusher: new Flusher(), scratch: new Scratch(), draining: false, tick: 0 };
    return { env, primitives, limits, nodeKey, number, ice, logs, addresses, ...machines, ...own };
  }

  #commitFailed(lost: Lost<Party>, fault: Fault): void {
    const { delivery, flusher, leads } = this.#shard;
    this.#env.log('error', 'tail.commit.failed', { fault: fault.code, writes: lost.settled.length });
    delivery.failed(lost.settled, fault);
    leads.failed(lost.leads);
    flusher.flush();
    // Another node owns the shard now; whoever comes back is sent there.
    if (fault.code === 'moved') this.#endAll(fault);
  }

  /** An assertion does not hold: nothing is accepted any more. */
  #broken(fault: Fault): void {
    const { cause } = fault;
    this.#env.log('error', 'tail.broken', { what: cause instanceof Error ? `${cause.stack}` : fault.code });
    this.#shard.draining = true;
    this.#endAll(new Fault('internal'));
  }

  /** The logs for a door of this process. */
  inside(): InsideLogs {
    return new InsideLogs(this.#shard, this.#watchers);
  }

  /** Callers of such a door. */
  bearers(): Bearers {
    return new Bearers(this.#shard);
  }

  /** A new connection. The transport belongs to the tail until `closed`. */
  open(transport: Transport): Connection {
    const line = new Line(this.#shard, this, transport, this.#nextWho);
    this.#nextWho = (this.#nextWho + 1) % 2 ** 32;
    const { address } = transport;
    const strangers = this.#strangersByAddress.get(address) ?? 0;
    const refusal = this.#refusal(strangers);
    if (refusal !== null) {
      line.over = true;
      transport.close(new Fault(refusal));
      return line;
    }
    this.#lines.add(line);
    this.#strangersByAddress.set(address, strangers + 1);
    line.session.greet();
    line.outbox.flush();
    return line;
  }

  #refusal(strangers: number): FaultCode | null {
    if (this.#shard.draining) return 'draining';
    const isFull = this.#lines.size >= this.#limits.connectionsMax;
    return isFull || strangers >= this.#limits.strangersPerAddressMax ? 'tooMany' : null;
  }

  connected(line: Line): void {
    this.#strangerLess(line.transport.address);
  }

  ended(line: Line): void {
    this.#lines.delete(line);
    if (!line.session.isConnected) this.#strangerLess(line.transport.address);
  }

  #strangerLess(address: string): void {
    const strangers = (this.#strangersByAddress.get(address) ?? 1) - 1;
    if (strangers === 0) this.#strangersByAddress.delete(address);
    else this.#strangersByAddress.set(address, strangers);
  }

  /** Says where to go and when, acknowledges what was accepted, and closes all connections (SPEC T6). */
  async drain(): Promise<void> {
    const { env, committer, flusher, limits } = this.#shard;
    this.#shard.draining = true;
    const spreadMs = Math.min(GO_AWAY_SPREAD_MS_MAX, Math.max(GO_AWAY_SPREAD_MS_MIN, this.#lines.size));
    for (const line of this.#lines) {
      const reconnectMs = Math.round(GO_AWAY_MS + env.chance() * spreadMs);
      line.push((writer) => putNote(writer, frameKind.push, tailApi.pushes.goAway, { reconnectMs }));
    }
    flusher.flush();
    await committer.idle();
    flusher.flush();
    const untilMs = env.nowMs() + limits.drainMs;
    while (env.nowMs() < untilMs && this.#isSending()) await pause(env, DRAIN_STEP_MS);
    this.#endAll(new Fault('draining'));
  }

  #isSending(): boolean {
    for (const { transport } of this.#lines) if (transport.buffered() > 0) return true;
    return false;
  }

  /** Ends without waiting for peers. What was accepted is still committed: the store is closed after the tail. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#shard.draining = true;
    this.#sweeping?.cancel();
    this.#sweeping = null;
    this.#shard.feed.close();
    await this.#shard.committer.idle();
    this.#endAll(new Fault('draining'));
    this.#shard.herald?.[Symbol.dispose]();
    this.#shard.here?.[Symbol.dispose]();
    this.#shard.presence.close();
    this.#shard.leads.close();
  }

  /** Another tail owns the shard: whoever is connected goes there (SPEC A18, J11). */
  fence(): void {
    this.#shard.draining = true;
    this.#shard.here?.[Symbol.dispose]();
    this.#endAll(new Fault('moved'));
  }

  #endAll(fault: Fault): void {
    this.#shard.here?.leaving();
    for (const line of this.#lines) line.end(fault);
  }

  figures(): readonly Figure[] {
    let strangers = 0;
    for (const count of this.#strangersByAddress.values()) strangers += count;
    return figuresOf(this.#shard, this.#rates, { connections: this.#lines.size, strangers });
  }

  // What auth says

  #changed(changes: readonly Change[], seq: number): void {
    const { rights, feed, flusher } = this.#shard;
    rights.changed(changes, seq);
    const fallen = fallenOf(changes);
    const withdrawn = new Map<UserId, Set<SiteId>>();
    // Pages of other origins may use these now: whoever is still welcome gets a new lease.
    const pages = new Set<SiteId>();
    let isAnyoneRevoked = false;
    for (const change of changes) {
      if (change.kind === 'origins') pages.add(change.site);
      if (change.kind === 'grant') addTo(withdrawn, change.user, change.site);
      if (change.kind === 'device' || change.kind === 'user') isAnyoneRevoked = true;
    }
    if (!isAnyoneRevoked && withdrawn.size === 0 && fallen.size === 0 && pages.size === 0) return;
    for (const { session } of this.#lines) {
      if (!session.isConnected) continue;
      if (isAnyoneRevoked && feed.isRevoked(session.user, session.device, session.deviceEpoch)) {
        session.revokeAll('revoked');
        session.line.end(new Fault('revoked'));
      } else {
        const sites = withdrawn.get(session.user);
        if (sites !== undefined) session.revokeWithdrawn(sites, seq);
        if (fallen.size > 0) session.revokeFallen(fallen, seq);
        if (pages.size > 0 && session.line.transport.origin !== null) session.revokeWithdrawn(pages, seq);
      }
    }
    flusher.flush();
  }

  #reset(seq: number): void {
    this.#shard.rights.clear(seq);
    for (const { session } of this.#lines) session.revokeAll('stale');
    this.#shard.flusher.flush();
  }

  // Time

  #sweepLater(): void {
    this.#sweeping = this.#env.after(this.#limits.sweepMs, () => {
      this.#sweep();
      this.#sweepLater();
    });
  }

  #sweep(): void {
    const { handshakeMs, idleMs, sweepMs } = this.#limits;
    this.#shard.tick++;
    const { tick, feed, flusher, leads } = this.#shard;
    const nowMs = this.#env.nowMs();
    for (const line of this.#lines) {
      const isLate = !line.session.isConnected && (tick - line.openedTick) * sweepMs > handshakeMs;
      if (isLate || (tick - line.heardTick) * sweepMs > idleMs) line.end(new Fault('deadline'));
      else if (line.session.untilMs <= nowMs) line.session.expire(nowMs);
      line.sweep(nowMs);
    }
    leads.sweep(tick, sweepMs);
    feed.sweep();
    flusher.flush();
    this.#rates.mark(countersOf(this.#shard));
  }
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

const OWN_ADDRESSES: Ice = { policy: 'all', servers: [] };
/** The first pause that a draining tail asks for, and by how much the pauses differ: a millisecond per connection, so that a successor meets a thousand a second. */
const GO_AWAY_MS = 250;
const GO_AWAY_SPREAD_MS_MIN = 1_000;
const GO_AWAY_SPREAD_MS_MAX = 30_000;
/** How often a draining tail looks whether its peers have taken what was sent. */
const DRAIN_STEP_MS = 20;

function tellNews({ runs }: Batch<Party>, onNews: TailOptions['onNews']): void {
  for (const { log, news } of runs)
    if (news !== undefined) onNews?.({ site: log.site, log: log.log, ...news });
}
