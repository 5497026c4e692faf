/**
 * One log on this device: its lease on the present connection, its writer, its readers, and what passes
 * without being kept. It asks for the lease when somebody needs it and gives it back when nobody does.
 */

import { asFault, Fault } from '../base/fault.ts';
import type { Timer } from '../base/env.ts';
import type { DeviceId, Handle, LogId, SiteId } from '../base/ids.ts';
import { leaseIdleMs } from '../base/limits.ts';
import { permission } from '../api/model.ts';
import { askingOf, askLease, mayOnlyRead, type Leased } from './ask-lease.ts';
import type { AppendRequest } from './backlog.ts';
import { noticing } from './lease-reads.ts';
import { LeaseWaiters } from './lease-waiters.ts';
import { Lateness } from './lateness.ts';
import { LogAudience } from './log-audience.ts';
import type { LedPath } from './led-path.ts';
import { LogPassing } from './log-passing.ts';
import type { LogPagePart, PageWant } from './log-pages.ts';
import type { Along, LogReader, Start } from './log-reader.ts';
import { LogSource } from './log-source.ts';
import type { OpenLogOwner } from './open-log-types.ts';
import { LogWriter } from './log-writer.ts';
import type { PresentPerson } from './presence.ts';
import type { Waiting } from './queue.ts';
import type { SiteKeys } from './site-keys.ts';
import type { LeaseEvents, TailSession } from './tail-session.ts';

interface Lease extends Leased {
  readonly session: TailSession;
  readonly sinceMs: number;
}

/** Pause before a lease that was refused for now is asked again. */
const AGAIN_MS = 1_000;

export class OpenLog {
  readonly site: SiteId;
  readonly log: LogId;
  readonly writer: LogWriter;
  readonly source: LogSource;
  readonly audience: LogAudience;
  readonly #owner: OpenLogOwner;
  readonly #keys: SiteKeys;
  readonly #permissions: () => number;
  readonly #passing: LogPassing;
  readonly #lateness: Lateness;
  #session: TailSession | null = null;
  #lease: Lease | null = null;
  #isAsking = false;
  #trouble: Fault | null = null;
  /** What ended the last lease, until the next one. */
  #revokedBy: Fault | null = null;
  #idle: Timer | null = null;
  #again: Timer | null = null;
  #path: LedPath | null = null;
  readonly #asking = new LeaseWaiters<Lease>();

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
    this.audience = new LogAudience(() => owner.onState());
    const { env, identity, queue } = owner;
    const place = { site: this.site, log: log.id };
    this.source = new LogSource({
      env,
      keys: site.keys,
      log: log.id,
      onCopy: () => owner.copies?.changed(),
      onChange: () => this.audience.changed(),
      onSetBack: owner.onAlarm,
    });
    const kept = owner.copies?.open(place, this.source.copy, site.keys);
    if (kept !== undefined) void this.source.restore(kept);
    this.#passing = new LogPassing({
      keys: site.keys,
      log: log.id,
      device: identity.device,
      lease: () => this.#lease,
      onSaid: (who, device, value) => this.audience.tell((listener) => listener.onSaid(who, device, value)),
      onPresent: (people) => this.audience.tell((listener) => listener.onPresent(people)),
    });
    this.#lateness = new Lateness({
      env,
      owedSinceMs: () => this.writer.owedSinceMs,
      onLate: () => {
        this.#session?.doubt();
        this.audience.changed();
      },
    });
    this.writer = new LogWriter(
      {
        env,
        identity,
        queue,
        place,
        keys: site.keys,
        tail: () => this.source.tail,
        onWaiting: (request) => this.audience.addWaiting(request),
        onSettled: (id, outcome) => this.audience.settled(id, outcome),
        renewKeys: (keyEpoch) => owner.renewKeys(this.site, keyEpoch),
        findOwn: async (from) =>
          (await import('./find-own.ts')).findOwnIn(this.#lease, identity.device, from),
        onLed: () => (this.#path === null ? this.#leaseAgain() : this.#path.misled()),
      },
      log.leftover,
    );
  }

  /** Why the log cannot be used, or null. */
  get trouble(): Fault | null {
    return this.#trouble;
  }

  get people(): readonly PresentPerson[] {
    return this.#passing.presence.people;
  }

  get isNeeded(): boolean {
    const { isWanted, isPageWanted } = this.source;
    return (
      this.writer.size > 0 || isWanted || isPageWanted || this.#passing.isWanted || this.#asking.isWanted
    );
  }

  /** What may be done here now: what the node said last, or, before it was asked, what the site's row says. */
  get permissions(): number {
    if (this.#trouble?.retry === 'never') return 0;
    const lease = this.#lease;
    if (lease === null) return this.#permissions();
    return lease.mayWrite ? lease.permissions : lease.permissions & ~permission.write;
  }

  /** Whether the log is open on the present connection, and followed when somebody wants that. */
  get isAttached(): boolean {
    return this.#lease !== null && this.source.isAttached;
  }

  /** Whether what is shown of the log is up to date and what was written is on its way. */
  get isCurrent(): boolean {
    if (!this.isNeeded) return true;
    if (this.#trouble !== null || this.#lease === null || !this.source.isCurrent) return false;
    return !this.#lateness.isLate;
  }

  /** Takes an append in; throws when it cannot be. */
  append(request: AppendRequest): void {
    if (this.#trouble?.retry === 'never') throw this.#trouble;
    if (this.#lease?.mayWrite === false) throw mayOnlyRead();
    this.writer.append(request);
    this.#need();
  }

  read(start: Start, along: Along | null = null): LogReader {
    const reader = this.source.reader(start, along);
    if (this.#trouble?.retry === 'never') reader.fail(this.#trouble);
    this.#need();
    return reader;
  }

  /** What seals and opens things of this log for this device. */
  keysOf(): { readonly keys: SiteKeys; readonly log: LogId; readonly device: DeviceId } {
    return { keys: this.#keys, log: this.log, device: this.#owner.identity.device };
  }

  /** The lease on the present connection, as soon as there is one. */
  async leased(): Promise<{ readonly session: TailSession; readonly handle: Handle }> {
    if (this.#lease !== null) return this.#lease;
    if (this.#trouble?.retry === 'never') throw this.#trouble;
    const asking = this.#asking.wait();
    this.#need();
    return asking;
  }

  /** Reads a page without following. */
  readPage(want: PageWant): Promise<LogPagePart> {
    if (this.#trouble?.retry === 'never') return Promise.reject(this.#trouble);
    const page = this.source.page(want);
    this.#need();
    return page;
  }

  /** Keeps the log attached, for what passes without being kept. */
  watch(): () => void {
    const stop = this.source.watch();
    this.#need();
    return stop;
  }

  say(value: Uint8Array): void {
    this.#passing.say(value);
  }

  appear(state: Uint8Array): void {
    this.#passing.appear(state);
    this.#need();
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
    this.#revokedBy = null;
    // To write or to lead: that needs another lease.
    if ((this.#permissions() & ~this.permissions & (permission.write | permission.lead)) !== 0) this.#lost();
    this.#need();
    this.audience.changed();
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
      const place = { site: this.site, log: this.log };
      const permissions = this.#permissions() | (this.writer.size > 0 ? permission.write : 0);
      const answer = await askLease(askingOf(session, this.#owner.identity), place, permissions);
      if (session === this.#session) this.#leased(session, answer);
    } catch (thrown) {
      const [fault, revokedBy] = [asFault(thrown), this.#revokedBy];
      const isOver = fault.retry === 'never' && revokedBy?.retry === 'never';
      if (session === this.#session) this.refuse(isOver ? revokedBy : fault);
    } finally {
      this.#isAsking = false;
    }
    // The connection changed while the question was under way.
    if (session !== this.#session) this.#need();
  }

  #leased(session: TailSession, answer: Leased): void {
    const { handle, channel, mayWrite } = answer;
    this.#lease = { ...answer, session, sinceMs: this.#owner.env.nowMs() };
    this.#trouble = null;
    this.#revokedBy = null;
    session.bind(handle, channel, this.#events());
    this.source.opened({
      first: answer.first,
      tail: answer.tail,
      ...noticing(session, answer, (run) => this.writer.saw(run)),
      detach: () => {
        session.remote.detach({ handle }).catch(() => {});
      },
    });
    const send = (at: number | null, run: Uint8Array): void => this.#send(at, run);
    if (!mayWrite && this.writer.size > 0) this.writer.refuse(mayOnlyRead());
    if (mayWrite && answer.kind === 'open') this.writer.opened({ writerEpoch: answer.writerEpoch, send });
    if (this.#path !== null || answer.kind === 'led') void this.way();
    this.#passing.opened();
    this.#asking.opened(this.#lease);
    this.audience.changed();
  }

  #send(at: number | null, entries: Uint8Array): void {
    const lease = this.#lease;
    if (lease === null) return;
    lease.session.remote.write({ handle: lease.handle, at, entries });
    this.#lateness.watch();
  }

  /** A right was taken back. What remains of it is used on; that nothing remains, the next lease says (SPEC S12). */
  #revoked(fault: Fault): void {
    const leasedMs = this.#owner.env.nowMs() - (this.#lease?.sinceMs ?? 0);
    this.#owner.env.log('info', 'log.revoked', { fault: fault.code });
    this.#lost();
    this.#revokedBy = fault;
    // A node that takes back every lease at once is not asked at its pace.
    if (leasedMs < AGAIN_MS) this.#needLater();
    else this.#need();
  }

  #events(): LeaseEvents {
    return {
      onEntries: (run) => {
        this.writer.saw(run);
        this.source.pushed(run);
      },
      onLagging: () => this.source.lagging(),
      onAck: (durability, runs) => this.writer.acked(durability, runs),
      onNack: (epoch, seq, reason) => this.writer.nacked(epoch, seq, reason),
      onRevoked: (fault) => this.#revoked(fault),
      ...this.#passing.events,
    };
  }

  /** The way of this device's entries when the log is led, or shall be (`led-path.ts`). */
  async way(): Promise<LedPath> {
    const { LedPath: Path } = await import('./led-path.ts');
    this.#path ??= new Path({
      ...this.#owner,
      keys: this.#keys,
      log: this.log,
      writer: this.writer,
      watch: () => this.watch(),
      again: () => this.#leaseAgain(),
    });
    if (this.#lease !== null) this.#path.use(this.#lease);
    return this.#path;
  }

  #leaseAgain(): void {
    if (this.#lease !== null) this.#release(this.#lease);
    this.#need();
  }

  /** The lease was refused or has ended. For good: appends and readers end with the fault. */
  refuse(fault: Fault): void {
    this.#lost();
    this.#trouble = fault;
    this.#owner.env.log('info', 'log.refused', { fault: fault.code });
    if (fault.retry === 'never') {
      this.#asking.end(fault);
      this.source.end(fault);
      this.writer.refuse(fault);
    } else {
      if (fault.retry === 'elsewhere') this.#owner.onMoved?.();
      this.#needLater();
    }
    this.audience.changed();
  }

  /** The device will not be connected any more; what waits stays in the queue, should somebody find a way. */
  shutOut(fault: Fault): void {
    this.#lost();
    this.#trouble = fault;
    this.#asking.end(fault);
    this.source.end(fault);
  }

  #needLater(): void {
    this.#again?.cancel();
    this.#again = this.#owner.env.after(AGAIN_MS, () => this.#need());
  }

  #lost(): void {
    const lease = this.#lease;
    this.#lease = null;
    lease?.session.unbind(lease.handle, lease.channel);
    this.source.closed();
    this.writer.closed();
    this.#path?.use(null);
    this.#passing.presence.clear();
    this.audience.changed();
  }

  /** Gives the lease back when nobody has needed it for a while. */
  #watchIdle(): void {
    if (this.#idle !== null) return;
    this.#idle = this.#owner.env.after(leaseIdleMs, () => {
      this.#idle = null;
      if (this.#lease === null) return;
      this.#path?.rest();
      if (this.isNeeded) this.#watchIdle();
      else this.#release(this.#lease);
    });
  }

  #release(lease: Lease): void {
    lease.session.remote.release({ handle: lease.handle }).catch(() => {});
    this.#lost();
  }

  /** Nothing is sent or read any more; what waits stays in the queue for the next run. */
  stop(): void {
    this.#session = null;
    this.#lost();
    this.writer.stop();
    for (const timer of [this.#idle, this.#again]) timer?.cancel();
    this.#lateness.stop();
    this.#path?.stop();
    this.#asking.end(new Fault('closed'));
    this.source.end(new Fault('closed'));
  }
}
