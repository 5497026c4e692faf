/**
 * A led log on its shard: who follows it, who leads it, and what passes between them (SPEC V1-V10). The
 * protocol of leading is `log/leadership.ts`; this carries out what it says.
 */

import { leadApi, type Signal } from 'copse/internal/api/lead.ts';
import { tailApi, type NackReason } from 'copse/internal/api/tail.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { Fault, FAULTS } from 'copse/internal/base/fault.ts';
import type { DeviceId } from 'copse/internal/base/ids.ts';
import type { Lead, LogState } from 'copse/internal/log/batch.ts';
import { Leadership, type LeadEffect, type Parting } from 'copse/internal/log/leadership.ts';
import { endedWritersMax } from 'copse/internal/base/limits-led.ts';
import type { Cast } from 'copse/internal/wire/contract.ts';
import type { EntryCursor } from 'copse/internal/wire/entry.ts';
import { frameKind, putNote } from 'copse/internal/wire/frame.ts';
import type { Lease } from './lease.ts';

export interface LedOptions {
  readonly env: Env;
  readonly log: LogState;
  /** The lead that may not have run out yet, or null. */
  readonly last: DeviceId | null;
  /** When the shard started. */
  readonly startMs: number;
  /** Makes a control record durable; `granted`, `failed` or `openedFor` follows. */
  readonly record: (lead: Lead) => void;
  /** Asks to send what was said soon, outside of a message that came in. */
  readonly flush: () => void;
}

const { pushes } = leadApi;

export class LedLog {
  readonly log: LogState;
  readonly #options: LedOptions;
  readonly #followers = new Set<Lease>();
  /** Those of whom the present leader has heard. */
  readonly #met = new Set<Lease>();
  #leadership: Leadership<Lease>;
  #timer: Timer | null = null;
  /** Devices whose right on this log has ended: a leader may not have heard of it yet. */
  readonly #ended = new Set<DeviceId>();
  /** A record that opens the log is on its way to the disk. */
  #isOpening = false;

  constructor(options: LedOptions) {
    const { log, last, startMs } = options;
    this.#options = options;
    this.log = log;
    this.#leadership = new Leadership({ epoch: log.lead?.epoch ?? 0, device: last }, startMs);
  }

  /** Epoch of the newest lead. */
  get epoch(): number {
    return this.log.lead?.epoch ?? 0;
  }

  get leader(): Lease | null {
    return this.#leadership.holder;
  }

  /** Whether nobody needs it any more. */
  get isIdle(): boolean {
    if (this.#followers.size > 0 || this.#timer !== null || this.#isOpening) return false;
    return this.#leadership.isIdle(this.#options.env.nowMs());
  }

  follow(lease: Lease): void {
    this.#followers.add(lease);
    this.#ended.delete(lease.session.device);
    lease.led = this;
  }

  ask(lease: Lease): void {
    this.follow(lease);
    const { session } = lease;
    const candidate = { who: lease, device: session.device, sinceMs: session.sinceMs };
    const effects = this.#leadership.ask(candidate, this.#options.env.nowMs());
    if (effects === null) throw new Fault('tooMany', 'devices that wait to lead this log');
    this.#apply(effects);
  }

  /** The leader leads no more, or a candidate waits no more. */
  stepDown(lease: Lease, to: DeviceId | null, isOpen: boolean): void {
    const nowMs = this.#options.env.nowMs();
    if (to !== null) {
      const effects = this.#leadership.handOver(lease, to, nowMs);
      if (effects === null) throw new Fault('unknown', 'no such device waits to lead, or this one does not');
      this.#apply(effects);
    } else if (isOpen) {
      this.#open(lease);
    } else {
      this.#apply(this.#leadership.stepDown(lease, nowMs));
    }
  }

  #open(lease: Lease): void {
    if (this.leader !== lease) throw new Fault('forbidden', 'only the leader opens a log');
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#leadership.hold();
    this.#options.record({ epoch: this.epoch + 1, device: null });
  }

  /** A lease on the log has ended. */
  parted(lease: Lease, parting: Parting, fault: number): void {
    this.#followers.delete(lease);
    if (parting === 'revoked') this.#end(lease.session.device);
    const { leader } = this;
    if (this.#met.delete(lease) && leader !== null && leader !== lease) {
      tell(leader, pushes.parted, { handle: leader.handle, who: lease.session.who, fault });
    }
    this.#apply(this.#leadership.parted(lease, parting, this.#options.env.nowMs()));
  }

  #end(device: DeviceId): void {
    this.#ended.add(device);
    const [first] = this.#ended;
    if (this.#ended.size > endedWritersMax && first !== undefined) this.#ended.delete(first);
  }

  /**
   * Whether one of these entries is by a device whose right has ended (SPEC T5): its leader took it over a direct
   * connection before it heard. Such a leader leads no more, and what the others wrote is handed to the next one.
   */
  refuses(leader: Lease, entries: EntryCursor): boolean {
    if (this.#ended.size === 0) return false;
    let isEnded = false;
    do isEnded ||= this.#ended.has(entries.device());
    while (entries.next());
    if (isEnded) this.#apply(this.#leadership.stepDown(leader, this.#options.env.nowMs()));
    return isEnded;
  }

  /** The control record is durable. */
  recorded(lead: Lead): void {
    if (lead.device !== null) return this.#apply(this.#leadership.granted(this.#options.env.nowMs()));
    this.#isOpening = false;
    for (const lease of this.#followers) tell(lease, pushes.opened, { channel: this.log.number });
    this.#met.clear();
    this.#leadership = new Leadership({ epoch: lead.epoch, device: null }, this.#options.env.nowMs());
    this.#watch();
    this.#options.flush();
  }

  /** It was not written: who leads, leads on; who waits, waits. */
  notRecorded(lead: Lead): void {
    if (lead.device === null) return this.#goOnLed();
    this.#leadership.failed(this.#options.env.nowMs() + AGAIN_MS);
    this.#watch();
  }

  /** The log stays led: what was refused because it was to be open is handed to the next leader. */
  #goOnLed(): void {
    this.#isOpening = false;
    this.#apply(this.#leadership.release(this.#options.env.nowMs()));
  }

  #apply(effects: readonly LeadEffect<Lease>[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'record':
          this.#options.record({ epoch: effect.epoch, device: effect.device });
          break;
        case 'gone':
          this.#met.clear();
          this.#tellAll(pushes.leaderGone, effect.epoch);
          break;
        case 'promote': {
          const { who, epoch } = effect;
          tell(who, pushes.promoted, { handle: who.handle, lead: epoch, tail: this.log.durable });
          this.#tellAll(pushes.leaderCame, epoch);
        }
      }
    }
    this.#watch();
    if (effects.length > 0) this.#options.flush();
  }

  #tellAll(push: typeof pushes.leaderGone, lead: number): void {
    for (const lease of this.#followers) tell(lease, push, { channel: this.log.number, lead });
  }

  /** Looks again when the lead may be given to the next. */
  #watch(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const { env } = this.#options;
    const { lookMs } = this.#leadership;
    if (lookMs === null) return;
    this.#timer = env.after(Math.max(0, lookMs - env.nowMs()), () => {
      this.#timer = null;
      this.#apply(this.#leadership.look(env.nowMs()));
    });
  }

  /** Passes entries of a follower on to the leader; answers why not, or null. */
  hand(lease: Lease, lead: number, entries: Uint8Array, lagBytes: number): NackReason | null {
    const { leader } = this;
    if (leader === null || leader === lease || lead !== this.epoch || leader.session.line.over) {
      return { kind: 'led', lead: this.epoch };
    }
    if (isLagging(leader, lagBytes)) return FULL;
    this.#met.add(lease);
    const { who, user, device } = lease.session;
    tell(leader, pushes.handed, { handle: leader.handle, who, user, device, entries });
    return null;
  }

  /** The leader's answer to entries that it does not take. */
  decline(leader: Lease, to: number, nack: { epoch: number; seq: number; reason: NackReason }): void {
    if (this.leader !== leader) return;
    const lease = this.#follower(to);
    if (lease === undefined) return;
    const message = { handle: lease.handle, ...nack };
    lease.session.line.push((writer) => putNote(writer, frameKind.push, tailApi.pushes.nack, message));
  }

  /** A word about a direct connection: to the leader, or of the leader to somebody. */
  signal(from: Lease, to: number | null, signal: Signal, lagBytes: number): void {
    const { leader } = this;
    const target = from === leader ? this.#follower(to ?? -1) : (leader ?? undefined);
    if (target === undefined || target === from || isLagging(target, lagBytes)) return;
    if (from !== leader) this.#met.add(from);
    const { user, device, who } = from.session;
    const { handle } = target;
    tell(target, pushes.signal, { handle, who: from === leader ? null : who, user, device, signal });
  }

  #follower(who: number): Lease | undefined {
    for (const lease of this.#met) if (lease.session.who === who) return lease;
    return undefined;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}

/** Whether too much waits to be sent to it already. */
function isLagging({ session }: Lease, lagBytes: number): boolean {
  const { transport, outbox } = session.line;
  return transport.buffered() + outbox.size > lagBytes;
}

function tell<T>(lease: Lease, push: Cast<T>, message: T): void {
  lease.session.line.push((writer) => putNote(writer, frameKind.push, push, message));
}

/** Pause before a control record that was not written is tried again. */
const AGAIN_MS = 250;
const FULL: NackReason = { kind: 'full', retryMs: 250 };

/** By the number of the fault that ended a lease: whether its holder may come back for the lead. */
export function partingOf(fault: number): Parting {
  if (fault === FAULTS.closed.number || fault === FAULTS.stale.number) return 'cut';
  return fault === FAULTS.unknown.number ? 'left' : 'revoked';
}
