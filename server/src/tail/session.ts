/**
 * What one connection may do. It implements the contract: the session object is the permission, and a
 * handle is a place in its table of leases (SPEC T1, T2, T3, T5).
 */

import { permission } from 'copse/internal/api/model.ts';
import {
  tailApi,
  type LeaseAnswer,
  type NackReason,
  type Page,
  type TailApi,
} from 'copse/internal/api/tail.ts';
import { protocolVersion } from 'copse/internal/api/version.ts';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { Fault, FAULT_CODES, FAULTS, type FaultCode } from 'copse/internal/base/fault.ts';
import { handle as asHandle, type Handle, type SiteId, type StandingId } from 'copse/internal/base/ids.ts';
import { ephemeralBurst, ephemeralPerSecond } from 'copse/internal/base/limits.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { isLed } from 'copse/internal/log/batch.ts';
import { frameKind, putNote } from 'copse/internal/wire/frame.ts';
import {
  admit,
  admitAgain,
  NOBODY,
  questionOf,
  type Admitted,
  type ConnectRequest,
  type ResumeRequest,
} from './admission.ts';
import { Lease } from './lease.ts';
import { partingOf } from './led-log.ts';
import { LeaseTable } from './lease-table.ts';
import type { Line } from './line.ts';
import { pageOf } from './page.ts';
import { permittedHere, Proofs } from './permitted.ts';
import { isFallen, type Access } from './rights.ts';
import type { Shard } from './shard.ts';

type Request<Name extends keyof TailApi> = Parameters<TailApi[Name]>[0];
type LeaseRequest = Request<'lease'>;
type Welcome = Awaited<ReturnType<TailApi['connect']>>;

interface PageRequest {
  readonly handle: Handle;
  readonly from: number;
  readonly bytesMax: number;
}

interface WriteRequest {
  readonly handle: Handle;
  readonly at: number | null;
  readonly entries: Uint8Array;
}

/** Entries are `bytes[from, to)`. */
interface EntryBytes {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

export class TailSession implements TailApi {
  readonly line: Line;
  /** Number under which others see this connection. */
  readonly who: number;
  readonly leases = new LeaseTable();
  isConnected = false;
  /** Bytes of entries that are not durable yet. */
  inFlightBytes = 0;
  /** Monotonic time at which the token or the first of the leases ends. */
  untilMs = Number.POSITIVE_INFINITY;
  /** Monotonic time at which the connection began. */
  readonly sinceMs: number;
  readonly #shard: Shard;
  #caller: Admitted = NOBODY;
  /** What the proof of `connect` covers; null once it was used. */
  #nonce: Uint8Array | null;
  #ephemeral: Meter | null = null;
  #leasing: Meter | null = null;
  /** Made when the first is asked for: most connections never show one. */
  #proofs: Proofs | null = null;

  constructor(shard: Shard, line: Line, who: number) {
    this.#shard = shard;
    this.line = line;
    this.who = who;
    this.sinceMs = shard.env.nowMs();
    this.#nonce = shard.env.random(32);
  }

  get user(): Admitted['user'] {
    return this.#caller.user;
  }

  get device(): Admitted['device'] {
    return this.#caller.device;
  }

  /** Device and user, 8 bytes each. */
  get ids(): Uint8Array {
    return this.#caller.ids;
  }

  get deviceEpoch(): number {
    return this.#caller.deviceEpoch;
  }

  get attachedCount(): number {
    let count = 0;
    for (const lease of this.leases.live()) if (lease.attachedAt >= 0) count++;
    return count;
  }

  /** The first frame of a connection. */
  greet(): void {
    const { nodeKey: node, number: shard } = this.#shard;
    const hello = { version: protocolVersion, nonce: this.#nonce ?? NO_BYTES, node, shard };
    this.line.push((writer) => putNote(writer, frameKind.push, tailApi.pushes.hello, hello));
  }

  connect(request: ConnectRequest): Promise<Welcome> {
    return this.#enter((nonce) => admit(this.#shard, nonce, request));
  }

  resume(request: ResumeRequest): Promise<Welcome> {
    return this.#enter((nonce) => admitAgain(this.#shard, nonce, request));
  }

  async #enter(admitting: (nonce: Uint8Array) => Admitted | Promise<Admitted>): Promise<Welcome> {
    const nonce = this.#nonce;
    if (nonce === null) throw new Fault('unauthorized', 'a connection connects once');
    this.#nonce = null;
    if (this.#shard.draining) throw new Fault('draining');
    const caller = await admitting(nonce);
    if (this.line.over) throw new Fault('closed');
    this.#caller = caller;
    this.untilMs = caller.untilMs;
    this.isConnected = true;
    this.line.connected();
    const { user, device } = caller;
    return { who: this.who, user, device, serverMs: this.#shard.env.wallMs() };
  }

  lease(request: LeaseRequest): LeaseAnswer | Promise<LeaseAnswer> {
    const { feed, rights, limits, env } = this.#shard;
    this.#mustBeConnected();
    this.#leasing ??= new Meter(limits.leasesPerSecond, limits.leaseBurst);
    if (this.#leasing.take(env.nowMs()) > 0) throw new Fault('tooMany', 'leases');
    if (feed.stale) throw new Fault('stale');
    const access = rights.access(questionOf(this.#shard, this.#caller, request));
    if (!(access instanceof Promise)) return this.#leaseBy(access, request);
    return access.then((known) => this.#leaseBy(known, request));
  }

  #leaseBy(access: Access, request: LeaseRequest): LeaseAnswer {
    const { env, logs, topics, limits, draining } = this.#shard;
    if (this.line.over) throw new Fault('closed');
    if (draining) throw new Fault('draining');
    // A change may have come between the answer of auth and this line.
    if (!access.current) throw new Fault('stale', 'the right has just changed');
    const here = permittedHere(env, access, { log: request.log, from: this.line.transport });
    if (here.untilMs <= env.nowMs()) throw new Fault('forbidden', 'the right has ended');
    const permissions = here.permissions & this.#caller.scope;
    const needed = request.want === 'write' ? permission.read | permission.write : permission.read;
    if ((permissions & needed) !== needed) {
      // Only a proof can help; each is asked for with a nonce of its own.
      if (access.provable)
        return { kind: 'needProof', nonce: (this.#proofs ??= new Proofs()).ask(env, request) };
      throw new Fault('forbidden', `to ${request.want} this site`);
    }
    const log = logs.open(request.site, request.log);
    logs.writersReady(log);
    const lease =
      this.leases.ofLog(log.number) ??
      this.leases.add(limits.handlesPerConnectionMax, env.random(3), (handle) => {
        return new Lease(this, handle, topics.enter(log));
      });
    if (lease === null) throw new Fault('tooMany', 'leases of this connection');
    const { site } = lease.topic;
    site.keyEpoch = Math.max(site.keyEpoch, access.keyEpoch);
    lease.standOn(access, { permissions, untilMs: here.untilMs });
    this.untilMs = Math.min(this.untilMs, here.untilMs);
    if (request.want === 'write') lease.forWriting = true;
    const answer = {
      handle: lease.handle,
      channel: lease.topic.channel,
      permissions,
      first: log.first,
      tail: log.durable,
      keyEpoch: site.keyEpoch,
      writerEpoch: log.writers.newest(this.device),
    };
    return isLed(log) ? { kind: 'led', ...answer, lead: log.lead.epoch } : { kind: 'open', ...answer };
  }

  /** The lease by a proof that the node does not keep (SPEC R8). */
  async attest(request: Request<'attest'>): Promise<LeaseAnswer> {
    this.#mustBeConnected();
    if (this.#shard.feed.stale) throw new Fault('stale');
    return this.#leaseBy(
      ...(await (this.#proofs ??= new Proofs()).check(this.#shard, this.#caller, request)),
    );
  }

  attach(request: PageRequest): Page | Promise<Page> {
    const lease = this.readable(request.handle);
    const page = pageOf(this.#shard, lease.topic.log, request);
    const isLive = page.kind === 'page' && page.at + page.count === page.tail;
    // Nothing is published between the page and this line: one clean cut (SPEC T3).
    if (isLive) lease.topic.attach(lease);
    else lease.topic.detach(lease);
    this.#shard.presence.changed(lease.topic);
    // What comes while a blob is fetched would be in no cut: such a page is never live.
    if (page.kind === 'cold') return page.warm().then(() => this.read(request));
    return isLive ? { ...page, live: true } : page;
  }

  read(request: PageRequest): Page | Promise<Page> {
    const page = pageOf(this.#shard, this.readable(request.handle).topic.log, request);
    return page.kind === 'cold' ? page.warm().then(() => this.read(request)) : page;
  }

  detach({ handle }: { readonly handle: Handle }): object {
    const lease = this.held(handle);
    lease.topic.detach(lease);
    this.#shard.presence.changed(lease.topic);
    return {};
  }

  release({ handle }: { readonly handle: Handle }): object {
    this.#endLease(this.held(handle), FAULTS.unknown.number);
    return {};
  }

  write({ handle, at, entries }: WriteRequest): void {
    this.place(handle, at, { bytes: entries, from: 0, to: entries.length });
  }

  /** As `write`, for who has found the entries in a message. */
  place(handle: number, at: number | null, run: EntryBytes): void {
    const { committer, limits, scratch, draining } = this.#shard;
    this.#mustBeConnected();
    const { cursor } = scratch;
    cursor.rewind(run.bytes, run.from, run.to);
    const lease = this.leases.find(handle);
    const fault = lease === undefined ? FAULTS.unknown.number : lease.endedBy;
    if (lease === undefined || fault !== 0) return this.#refuse(handle, { kind: 'refused', fault });
    if (!lease.mayWrite) return this.#refuse(handle, { kind: 'refused', fault: FAULTS.forbidden.number });
    if (draining || this.inFlightBytes + (run.to - run.from) > limits.inFlightBytesMax) {
      return this.#refuse(handle, FULL);
    }
    const settledBytes = committer.settledBytes;
    const { device, ids: deviceBytes } = this.#caller;
    const { log, site } = lease.topic;
    try {
      // What was written before the log was led, or by somebody who does not know it: it will be handed in.
      if (isLed(log)) return this.#refuse(handle, { kind: 'led', lead: log.lead.epoch });
      const verdict = committer.offer({
        who: lease,
        log,
        device,
        deviceBytes,
        at,
        keyEpoch: site.keyEpoch,
        cursor,
      });
      if (verdict !== null) this.#nack(handle, verdict.epoch, verdict.seq, verdict.reason);
    } finally {
      this.inFlightBytes += committer.settledBytes - settledBytes;
    }
  }

  /** Refuses a write as a whole. */
  #refuse(handle: number, reason: NackReason): void {
    const { cursor } = this.#shard.scratch;
    if (!cursor.next()) throw new Fault('malformed', 'a write without entries');
    this.#nack(handle, cursor.epoch, cursor.seq, reason);
  }

  #nack(handle: number, epoch: number, seq: number, reason: NackReason): void {
    const nack = { handle: asHandle(handle), epoch, seq, reason };
    this.line.push((writer) => putNote(writer, frameKind.push, tailApi.pushes.nack, nack));
  }

  say({ handle, payload }: { readonly handle: Handle; readonly payload: Uint8Array }): void {
    const lease = this.heldOrGone(handle);
    if (lease === null) return;
    const { delivery, env } = this.#shard;
    this.#ephemeral ??= new Meter(ephemeralPerSecond, ephemeralBurst);
    const isRefused = (lease.permissions & permission.write) === 0 || this.#ephemeral.take(env.nowMs()) > 0;
    if (isRefused) delivery.ephemeralRefusedCount++;
    else delivery.say(lease, payload);
  }

  appear({ handle, state }: { readonly handle: Handle; readonly state: Uint8Array }): void {
    const lease = this.heldOrGone(handle);
    if (lease === null) return;
    lease.state = state.slice();
    lease.topic.stateChanged(lease);
    this.#shard.presence.changed(lease.topic);
  }

  /** Gives everything back; nothing is told any more. */
  close(): void {
    for (const lease of this.leases.live()) this.#endLease(lease, FAULTS.closed.number);
  }

  /** Ends a lease and tells it (SPEC T5). */
  revoke(lease: Lease, code: FaultCode): void {
    if (lease.endedBy !== 0) return;
    const { handle } = lease;
    const fault = FAULTS[code].number;
    this.#endLease(lease, fault);
    this.line.push((writer) => putNote(writer, frameKind.push, tailApi.pushes.revoke, { handle, fault }));
  }

  revokeAll(code: FaultCode): void {
    for (const lease of this.leases.live()) this.revoke(lease, code);
  }

  /** Ends the leases that stand on an attestation that fell by a change up to `seq`. */
  revokeFallen(fallen: ReadonlySet<StandingId>, seq: number): void {
    for (const lease of this.leases.live()) {
      if (lease.accessSeq < seq && isFallen(lease.stands, fallen)) this.revoke(lease, 'revoked');
    }
  }

  /** Ends the leases on sites where the right of this user was taken back by a change up to `seq`. */
  revokeWithdrawn(sites: ReadonlySet<SiteId>, seq: number): void {
    for (const lease of this.leases.live()) {
      if (lease.accessSeq < seq && sites.has(lease.topic.site.id)) this.revoke(lease, 'revoked');
    }
  }

  #endLease(lease: Lease, fault: number): void {
    const { topics, presence } = this.#shard;
    lease.topic.detach(lease);
    presence.changed(lease.topic);
    this.leases.end(lease, fault);
    lease.led?.parted(lease, partingOf(fault), fault);
    topics.leave(lease.topic);
  }

  /** Ends what has reached its time (SPEC T5). */
  expire(nowMs: number): void {
    if (this.#caller.untilMs <= nowMs) return this.line.end(new Fault('expired', 'the token'));
    this.untilMs = this.#caller.untilMs;
    for (const lease of this.leases.live()) {
      if (lease.untilMs <= nowMs) this.revoke(lease, 'expired');
      else this.untilMs = Math.min(this.untilMs, lease.untilMs);
    }
  }

  /** Moves this connection from push to pull when its peer does not keep up (SPEC T4). */
  moveIfLagging(lagBytes: number): void {
    if (this.line.over || this.line.transport.buffered() <= lagBytes) return;
    const { presence, delivery } = this.#shard;
    for (const lease of this.leases.live()) {
      const { topic } = lease;
      if (lease.attachedAt < 0) continue;
      topic.detach(lease);
      presence.changed(topic);
      delivery.laggingCount++;
      const lagging = { channel: topic.channel, at: topic.next };
      this.line.push((writer) => putNote(writer, frameKind.push, tailApi.pushes.lagging, lagging));
    }
  }

  #mustBeConnected(): void {
    if (!this.isConnected) throw new Fault('unauthorized', 'connect first');
  }

  /** The lease of a handle; throws when it is none or has ended. */
  held(handle: Handle): Lease {
    this.#mustBeConnected();
    const lease = this.leases.find(handle);
    if (lease === undefined) throw new Fault('unknown', 'no such handle');
    const { endedBy } = lease;
    if (endedBy !== 0) throw new Fault(FAULT_CODES.get(endedBy) ?? 'unknown', 'the lease has ended');
    return lease;
  }

  /** The same, when it may be read with. */
  readable(handle: Handle): Lease {
    const lease = this.held(handle);
    if (!lease.mayRead) throw new Fault('forbidden', 'to read this site');
    return lease;
  }

  /** For messages that have no answer: they may cross the end of their lease. */
  heldOrGone(handle: Handle): Lease | null {
    this.#mustBeConnected();
    const lease = this.leases.find(handle);
    return lease === undefined || lease.endedBy !== 0 ? null : lease;
  }
}

const FULL: NackReason = { kind: 'full', retryMs: 250 };
