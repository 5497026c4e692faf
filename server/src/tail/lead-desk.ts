/** The facet `lead` of one connection: what its leases may do with led logs (SPEC V1-V10). */

import type { LeadApi } from 'copse/internal/api/lead.ts';
import { permission } from 'copse/internal/api/model.ts';
import { tailApi, type NackReason } from 'copse/internal/api/tail.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault, FAULTS } from 'copse/internal/base/fault.ts';
import {
  handsBurst,
  handsPerSecond,
  signalsBurst,
  signalsPerSecond,
} from 'copse/internal/base/limits-led.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { frameKind, putNote } from 'copse/internal/wire/frame.ts';
import type { Lease } from './lease.ts';
import type { LedLog } from './led-log.ts';
import { tellNotPlaced } from './led-words.ts';
import type { TailSession } from './session.ts';
import type { Shard } from './shard.ts';

type Request<Name extends keyof LeadApi> = Parameters<LeadApi[Name]>[0];

const NEEDED = permission.read | permission.write | permission.lead;

export class LeadDesk implements LeadApi {
  readonly #shard: Shard;
  readonly #session: TailSession;
  readonly #questions: Meter;
  readonly #hands = new Meter(handsPerSecond, handsBurst);
  readonly #signals = new Meter(signalsPerSecond, signalsBurst);

  constructor(shard: Shard, session: TailSession) {
    this.#shard = shard;
    this.#session = session;
    const { leasesPerSecond, leaseBurst } = shard.limits;
    this.#questions = new Meter(leasesPerSecond, leaseBurst);
  }

  /** A lead is a record in the journal, and each of these questions costs more than a message. */
  #asked(): void {
    if (this.#questions.take(this.#shard.env.nowMs()) > 0)
      throw new Fault('tooMany', 'questions about leads');
  }

  /** Who takes part writes, through whomever: it is known whose device that is. */
  #isKnown(): void {
    this.#shard.authors?.learn(this.#session.device, this.#session.user);
  }

  follow({ handle }: Request<'follow'>): Awaited<ReturnType<LeadApi['follow']>> {
    this.#asked();
    const lease = this.#session.held(handle);
    const led = this.#shard.leads.of(lease.topic.log);
    this.#isKnown();
    led.follow(lease);
    return { lead: led.epoch, isLed: led.leader !== null };
  }

  lead({ handle }: Request<'lead'>): Awaited<ReturnType<LeadApi['lead']>> {
    this.#asked();
    const lease = this.#session.held(handle);
    if (!lease.forWriting || (lease.permissions & NEEDED) !== NEEDED) {
      throw new Fault('forbidden', 'to lead this log');
    }
    const led = this.#shard.leads.of(lease.topic.log);
    this.#isKnown();
    led.ask(lease);
    if (led.leader === lease) return { kind: 'leader', lead: led.epoch, tail: led.log.durable };
    return { kind: 'client', lead: led.epoch, isLed: led.leader !== null };
  }

  stepDown({ handle, to, open }: Request<'stepDown'>): object {
    this.#asked();
    const lease = this.#session.held(handle);
    this.#led(lease).stepDown(lease, to, open);
    return {};
  }

  writers({ handle, device }: Request<'writers'>): Awaited<ReturnType<LeadApi['writers']>> {
    this.#asked();
    const lease = this.#session.held(handle);
    const isAllowed = device === this.#session.device || this.#led(lease).leader === lease;
    if (!isAllowed) throw new Fault('forbidden', 'only the leader asks for other writers');
    const { writers, durable } = lease.topic.log;
    const states = writers.statesOf(device).map((state) => {
      const { epoch, seq } = state;
      return { epoch, seq, runs: state.places(durable) };
    });
    return { floor: writers.floor(device), states };
  }

  ice({ handle }: Request<'ice'>): Awaited<ReturnType<LeadApi['ice']>> {
    this.#session.held(handle);
    return this.#shard.ice(this.#session.device);
  }

  #led(lease: Lease): LedLog {
    const led = this.#shard.leads.find(lease.topic.log);
    if (led === undefined) throw new Fault('unknown', 'nobody leads or follows this log');
    return led;
  }

  hand({ handle, lead, entries }: Request<'hand'>): void {
    const lease = this.#session.heldOrGone(handle);
    const { cursor } = this.#shard.scratch;
    cursor.rewind(entries, 0, entries.length);
    if (!cursor.next()) throw new Fault('malformed', 'nothing is handed in');
    const { epoch, seq } = cursor;
    const reason = lease === null ? gone() : this.#handed(lease, lead, entries);
    if (reason === null) return;
    const nack = { handle, epoch, seq, reason };
    this.#session.line.push((writer) => putNote(writer, frameKind.push, tailApi.pushes.nack, nack));
  }

  #handed(lease: Lease, lead: number, entries: Uint8Array): NackReason | null {
    const { scratch, leads, env, limits } = this.#shard;
    const { cursor } = scratch;
    if (!lease.mayWrite) return { kind: 'refused', fault: FAULTS.forbidden.number };
    const own = hex(this.#session.ids.subarray(0, 8));
    const { keyEpoch } = lease.topic.site;
    let isStale = false;
    let count = 0;
    do {
      if (cursor.device() !== own) throw new Fault('forbidden', 'an entry of another device');
      isStale ||= cursor.keyEpoch < keyEpoch;
      count++;
    } while (cursor.next());
    if (isStale) return { kind: 'staleKey', keyEpoch };
    const waitMs = this.#hands.take(env.nowMs(), count);
    if (waitMs > 0) return { kind: 'full', retryMs: Math.ceil(waitMs) };
    const led = leads.find(lease.topic.log);
    if (led === undefined) return { kind: 'led', lead: lease.topic.log.lead?.epoch ?? 0 };
    const reason = led.hand(lease, lead, entries, limits.lagBytes);
    if (reason === null) leads.handedCount += count;
    return reason;
  }

  /** What the leader writes, if it leads still (SPEC V2, V8). */
  place({ handle, lead, at, entries }: Request<'place'>): void {
    const lease = this.#session.heldOrGone(handle);
    if (lease === null) return;
    const { committer, scratch, leads, limits, draining } = this.#shard;
    const { log, site } = lease.topic;
    const { cursor } = scratch;
    const refuse = (reason: NackReason): void => tellNotPlaced(lease, { epoch: lead, seq: at, reason });
    if (leads.find(log)?.leader !== lease || log.lead?.epoch !== lead) {
      return refuse({ kind: 'led', lead: log.lead?.epoch ?? 0 });
    }
    if (draining || this.#session.inFlightBytes + entries.length > limits.inFlightBytesMax) {
      return refuse({ kind: 'full', retryMs: RETRY_MS });
    }
    cursor.rewind(entries, 0, entries.length);
    if (cursor.next() && leads.find(log)?.refuses(lease, cursor) === true)
      return refuse({ kind: 'led', lead: log.lead?.epoch ?? 0 });
    const settledBytes = committer.settledBytes;
    cursor.rewind(entries, 0, entries.length);
    try {
      const offer = { who: lease, log, epoch: lead, at, keyEpoch: site.keyEpoch, cursor };
      const verdict = committer.offerLed(offer);
      if (verdict !== null) tellNotPlaced(lease, verdict);
    } finally {
      this.#session.inFlightBytes += committer.settledBytes - settledBytes;
    }
  }

  decline({ handle, to, epoch, seq, reason }: Request<'decline'>): void {
    const lease = this.#session.heldOrGone(handle);
    if (lease !== null) this.#shard.leads.find(lease.topic.log)?.decline(lease, to, { epoch, seq, reason });
  }

  signal({ handle, to, signal }: Request<'signal'>): void {
    const lease = this.#session.heldOrGone(handle);
    if (lease === null || !lease.mayWrite || this.#signals.take(this.#shard.env.nowMs()) > 0) return;
    this.#shard.leads.signalCount++;
    this.#shard.leads.find(lease.topic.log)?.signal(lease, to, signal, this.#shard.limits.lagBytes);
  }
}

/** Pause before a leader writes again what did not fit. */
const RETRY_MS = 250;

function gone(): NackReason {
  return { kind: 'refused', fault: FAULTS.unknown.number };
}
