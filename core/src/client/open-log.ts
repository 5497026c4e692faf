/**
 * One log on this device: its lease on the present connection, its writer, its readers, and what passes
 * without being kept. It asks for the lease when somebody needs it and gives it back when nobody does.
 */

import { asFault, Fault } from '../base/fault.ts';
import type { Env, Timer } from '../base/env.ts';
import type { DeviceId, Handle, LogId, SiteId } from '../base/ids.ts';
import { ephemeralBytesMax, leaseIdleMs, pageBytesMax } from '../base/limits.ts';
import { permission } from '../api/model.ts';
import type { Page } from '../api/tail.ts';
import { EntryCursor } from '../wire/entry.ts';
import { nameOf, type AppendRequest } from './backlog.ts';
import type { Identity } from './identity.ts';
import { LogSource, type LogReader, type Start } from './log-source.ts';
import { LogWriter, type Outcome } from './log-writer.ts';
import { PresenceList, type PresentPerson } from './presence.ts';
import type { Queue, Waiting } from './queue.ts';
import type { SiteKeys } from './site-keys.ts';
import type { LeaseEvents, TailSession } from './tail-session.ts';

export interface OpenLogOwner {
  readonly env: Env;
  readonly identity: Identity;
  readonly queue: Queue;
  renewKeys(site: SiteId, keyEpoch: number): Promise<void>;
  /** Something changed that a status is made of. */
  onState(): void;
}

/** What a face hears of a log that it has opened. */
export interface LogListener {
  onState(): void;
  onWaiting(request: AppendRequest): void;
  onSettled(id: string, outcome: Outcome): void;
  onSaid(who: number, device: DeviceId, value: Uint8Array): void;
  onPresent(people: readonly PresentPerson[]): void;
}

interface Lease {
  readonly session: TailSession;
  readonly handle: Handle;
  readonly channel: number;
}

/** Pause before a lease that was refused for now is asked again. */
const AGAIN_MS = 1_000;
/** An answer that takes longer means that the log is not up to date (SPEC S3). */
const LATE_MS = 800;

export class OpenLog {
  readonly site: SiteId;
  readonly log: LogId;
  readonly writer: LogWriter;
  readonly source: LogSource;
  readonly listeners = new Set<LogListener>();
  /** Appends without an outcome, in the order in which they came. */
  readonly waiting = new Map<string, AppendRequest>();
  readonly #owner: OpenLogOwner;
  readonly #keys: SiteKeys;
  readonly #permissions: () => number;
  readonly #presence: PresenceList;
  #session: TailSession | null = null;
  #lease: Lease | null = null;
  #isAsking = false;
  #trouble: Fault | null = null;
  #appearance: Uint8Array | null = null;
  #idle: Timer | null = null;
  #again: Timer | null = null;
  #lateness: Timer | null = null;
  #isTelling = false;

  constructor(
    owner: OpenLogOwner,
    site: { readonly keys: SiteKeys; readonly permissions: () => number },
    log: { readonly id: LogId; readonly leftover: readonly Waiting[] },
  ) {
    this.#owner = owner;
    this.#keys = site.keys;
    this.#permissions = site.permissions;
    this.site = site.keys.site;
    this.log = log.id;
    const { env, identity, queue } = owner;
    const place = { site: this.site, log: log.id };
    this.source = new LogSource({ env, keys: site.keys, log: log.id, onChange: () => this.#changed() });
    this.#presence = new PresenceList(site.keys, log.id, (people) =>
      this.#tell((listener) => listener.onPresent(people)),
    );
    this.writer = new LogWriter(
      {
        env,
        identity,
        queue,
        place,
        keys: site.keys,
        tail: () => this.source.tail,
        onWaiting: (request) => this.#addWaiting(request),
        onSettled: (id, outcome) => this.#settled(id, outcome),
        renewKeys: (keyEpoch) => owner.renewKeys(this.site, keyEpoch),
        findOwn: (from) => this.#findOwn(from),
      },
      log.leftover,
    );
  }

  /** Why the log cannot be used, or null. */
  get trouble(): Fault | null {
    return this.#trouble;
  }

  get people(): readonly PresentPerson[] {
    return this.#presence.people;
  }

  get isNeeded(): boolean {
    return this.writer.size > 0 || this.source.isWanted || this.#appearance !== null;
  }

  /** Whether the log is open on the present connection, and followed when somebody wants that. */
  get isAttached(): boolean {
    return this.#lease !== null && this.source.isAttached;
  }

  /** Whether what is shown of the log is up to date and what was written is on its way. */
  get isCurrent(): boolean {
    if (!this.isNeeded) return true;
    if (this.#trouble !== null || this.#lease === null || !this.source.isCurrent) return false;
    const owedSinceMs = this.writer.owedSinceMs;
    return owedSinceMs === null || this.#owner.env.nowMs() - owedSinceMs < LATE_MS;
  }

  /** Takes an append in; throws when it cannot be. */
  append(request: AppendRequest): void {
    if (this.#trouble?.retry === 'never') throw this.#trouble;
    this.writer.append(request);
    this.#need();
  }

  read(start: Start): LogReader {
    const reader = this.source.reader(start);
    if (this.#trouble?.retry === 'never') reader.fail(this.#trouble);
    this.#need();
    return reader;
  }

  /** Keeps the log attached, for what passes without being kept. */
  watch(): () => void {
    const stop = this.source.watch();
    this.#need();
    return stop;
  }

  say(value: Uint8Array): void {
    const lease = this.#lease;
    if (lease === null) return;
    const payload = this.#keys.sealNote(this.log, this.#owner.identity.device, value);
    if (payload.length > ephemeralBytesMax) throw new Fault('tooLarge', 'an ephemeral message');
    lease.session.remote.say({ handle: lease.handle, payload });
  }

  appear(state: Uint8Array): void {
    this.#appearance = state;
    this.#sendAppearance();
    this.#need();
  }

  #sendAppearance(): void {
    const lease = this.#lease;
    if (lease === null || this.#appearance === null) return;
    const state = this.#keys.sealNote(this.log, this.#owner.identity.device, this.#appearance);
    lease.session.remote.appear({ handle: lease.handle, state });
  }

  /** The connection that is used from now on, or none. */
  use(session: TailSession | null): void {
    this.#session = session;
    this.#lost();
    if (session !== null) this.#need();
  }

  /** The rights or keys of the site have changed: what was refused may be granted now. */
  reconsider(): void {
    this.#trouble = null;
    this.#need();
    this.#changed();
  }

  #need(): void {
    this.#watchIdle();
    if (this.#session === null || this.#lease !== null || this.#isAsking || !this.isNeeded) return;
    if (this.#trouble?.retry === 'never') return;
    void this.#ask(this.#session);
  }

  async #ask(session: TailSession): Promise<void> {
    this.#isAsking = true;
    this.#again?.cancel();
    try {
      const want = (this.#permissions() & permission.write) === 0 ? 'read' : 'write';
      const answer = await session.remote.lease({ site: this.site, log: this.log, want });
      if (session !== this.#session) return;
      if (answer.kind === 'needProof') throw new Fault('forbidden', 'the node wants a proof');
      this.#leased({ session, handle: answer.handle, channel: answer.channel }, answer);
    } catch (thrown) {
      if (session === this.#session) this.refuse(asFault(thrown));
    } finally {
      this.#isAsking = false;
    }
    // The connection changed while the question was under way.
    if (session !== this.#session) this.#need();
  }

  #leased(
    lease: Lease,
    answer: { readonly first: number; readonly tail: number; readonly writerEpoch: number },
  ): void {
    this.#lease = lease;
    this.#trouble = null;
    const { session, handle, channel } = lease;
    session.bind(handle, channel, this.#events());
    this.source.opened({
      first: answer.first,
      tail: answer.tail,
      attach: (from) => session.remote.attach({ handle, from, bytesMax: pageBytesMax }),
      detach: () => {
        session.remote.detach({ handle }).catch(() => {});
      },
      read: (from) => session.remote.read({ handle, from, bytesMax: pageBytesMax }),
    });
    this.writer.opened({
      writerEpoch: answer.writerEpoch,
      send: (at, entries) => {
        session.remote.write({ handle, at, entries });
        this.#watchLateness();
      },
    });
    this.#sendAppearance();
    this.#changed();
  }

  #events(): LeaseEvents {
    return {
      onEntries: (run) => this.source.pushed(run),
      onLagging: () => this.source.lagging(),
      onAck: (durability, runs) => this.writer.acked(durability, runs),
      onNack: (epoch, seq, reason) => this.writer.nacked(epoch, seq, reason),
      onRevoked: (fault) => this.refuse(fault),
      onSaid: (_, device, payload) => this.#said(_, device, payload),
      onPresent: (change) => this.#presence.change(change),
    };
  }

  #said(who: number, device: DeviceId, payload: Uint8Array): void {
    const value = this.#keys.openNote(this.log, device, payload);
    if (value !== null) this.#tell((listener) => listener.onSaid(who, device, value));
  }

  /** The lease was refused or has ended. For good: appends and readers end with the fault. */
  refuse(fault: Fault): void {
    this.#lost();
    this.#trouble = fault;
    this.#owner.env.log('info', 'log.refused', { fault: fault.code });
    if (fault.retry === 'never') {
      this.source.end(fault);
      this.writer.refuse(fault);
    } else {
      this.#again?.cancel();
      this.#again = this.#owner.env.after(AGAIN_MS, () => this.#need());
    }
    this.#changed();
  }

  #lost(): void {
    const lease = this.#lease;
    this.#lease = null;
    lease?.session.unbind(lease.handle, lease.channel);
    this.source.closed();
    this.writer.closed();
    this.#presence.clear();
    this.#changed();
  }

  /** Gives the lease back when nobody has needed it for a while. */
  #watchIdle(): void {
    if (this.#idle !== null) return;
    this.#idle = this.#owner.env.after(leaseIdleMs, () => {
      this.#idle = null;
      if (this.#lease === null) return;
      if (this.isNeeded) this.#watchIdle();
      else this.#release(this.#lease);
    });
  }

  #release(lease: Lease): void {
    lease.session.remote.release({ handle: lease.handle }).catch(() => {});
    this.#lost();
  }

  /** Tells when the node owes an answer for too long, and doubts the connection then. */
  #watchLateness(): void {
    const owedSinceMs = this.writer.owedSinceMs;
    if (this.#lateness !== null || owedSinceMs === null) return;
    const lateInMs = owedSinceMs + LATE_MS - this.#owner.env.nowMs();
    this.#lateness = this.#owner.env.after(lateInMs > 0 ? lateInMs : LATE_MS, () => {
      this.#lateness = null;
      if (!this.isCurrent) this.#session?.doubt();
      this.#changed();
      this.#watchLateness();
    });
  }

  /** Reads the log from a position to its end for what this device wrote. */
  async #findOwn(from: number): Promise<ReadonlyMap<string, number>> {
    const atByName = new Map<string, number>();
    for (let at = from; ;) {
      const lease = this.#lease;
      if (lease === null) throw new Fault('closed');
      const page = await lease.session.remote.read({
        handle: lease.handle,
        from: at,
        bytesMax: pageBytesMax,
      });
      if (page.kind === 'trimmed') {
        at = Math.max(page.first, at + 1);
        continue;
      }
      collectOwn(page, this.#owner.identity.device, atByName);
      at = page.at + page.count;
      if (page.count === 0 || at >= page.tail) return atByName;
    }
  }

  #addWaiting(request: AppendRequest): void {
    this.waiting.set(request.id, request);
    this.#tell((listener) => listener.onWaiting(request));
  }

  #settled(id: string, outcome: Outcome): void {
    this.waiting.delete(id);
    this.#tell((listener) => listener.onSettled(id, outcome));
    this.#changed();
  }

  /** Once per turn, however much has changed in it. */
  #changed(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      this.#tell((listener) => listener.onState());
      this.#owner.onState();
    });
  }

  #tell(say: (listener: LogListener) => void): void {
    for (const listener of this.listeners) say(listener);
  }

  /** Nothing is sent or read any more; what waits stays in the queue for the next run. */
  stop(): void {
    this.#session = null;
    this.#lost();
    this.writer.stop();
    for (const timer of [this.#idle, this.#again, this.#lateness]) timer?.cancel();
    this.source.end(new Fault('closed'));
  }
}

function collectOwn(
  page: Extract<Page, { readonly kind: 'page' }>,
  device: DeviceId,
  atByName: Map<string, number>,
): void {
  const cursor = new EntryCursor(page.entries);
  for (let at = page.at; cursor.next(); at++) {
    if (cursor.device() === device) atByName.set(nameOf(cursor), at);
  }
}
