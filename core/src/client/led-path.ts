/**
 * The way of this device's entries in a led log: to whoever leads it, through the node or directly, or, while this
 * device leads, to its own application (SPEC V3, V7, V10, V11). What became of an entry is read in the log; so nothing is lost with a leader.
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import type { DeviceId, Handle, LogId, SiteId } from '../base/ids.ts';
import { leadTtlMs } from '../base/limits-led.ts';
import type { NackReason } from '../api/tail.ts';
import type { Way } from '../log/direct-path.ts';
import { EntryCursor } from '../wire/entry.ts';
import type { Identity } from './identity.ts';
import { LedDirect } from './led-direct.ts';
import { LedLine, type LedEvents } from './led-line.ts';
import { standingIn } from './led-standing.ts';
import { LogLeader, type Question, type Verdict } from './led-leader.ts';
import type { LogWriter } from './log-writer.ts';
import type { PeerSource } from './peer.ts';
import type { SiteKeys } from './site-keys.ts';
import type { TailSession } from './tail-session.ts';

export interface LedOwner {
  readonly env: Env;
  readonly keys: SiteKeys;
  readonly log: LogId;
  readonly identity: Pick<Identity, 'device'>;
  readonly writer: LogWriter;
  readonly peers?: PeerSource | undefined;
  /** Keeps the log attached: what was handed in is seen there. */
  watch(): () => void;
  renewKeys(site: SiteId, keyEpoch: number): Promise<void>;
  /** Asks for the lease anew. */
  again(): void;
}

/** The lease on the present connection. */
export interface LedLease {
  readonly session: TailSession;
  readonly handle: Handle;
  readonly channel: number;
  readonly mayWrite: boolean;
  readonly writerEpoch: number;
  readonly kind: 'open' | 'led';
  readonly tail: number;
}

/** Who wants to lead, and decides while it does: an application. */
export interface Candidate {
  onWaiting(): void;
  onLeading(lead: number, tail: number): void;
  onDecide(lead: number, question: Question): void;
  onFailed(thrown: unknown): void;
}

/** Pause before entries are handed in again that met a change of leaders, or the lead is asked for again. */
type Send = (at: number | null, run: Uint8Array) => void;

const AGAIN_MS = 100;
/** A leader speaks at least this often, so that the node does not take it for gone. */
const BEAT_MS = leadTtlMs / 3;

export class LedPath {
  readonly #owner: LedOwner;
  /** Ends the watch on the log, while there is one. */
  #unwatch: (() => void) | null = null;
  #lease: LedLease | null = null;
  #line: LedLine | null = null;
  #lead = 0;
  /** Whether the node has pushed who leads, under this lease. */
  #isTold = false;
  /** Whether nobody writes it for itself. */
  #isLedLog = false;
  #leader: LogLeader | null = null;
  #direct: LedDirect | null = null;
  /** Applications of this device that want to lead; the first one decides, another when it is gone. */
  readonly #candidates: Candidate[] = [];
  /** Questions of a lead that the application is not ready for yet. */
  #questions: Question[] | null = null;
  /** The way on which entries go now. */
  #send: Send | null = null;
  /** When the node is asked again who leads, and whether this device may: a slow connection fails both at once. */
  #followAgain: Timer | null = null;
  #leadAgain: Timer | null = null;
  #resend: Timer | null = null;
  #beat: Timer | null = null;

  constructor(owner: LedOwner) {
    this.#owner = owner;
  }

  /** Entries go this way, or this device wants to lead: it has to see what comes to stand. */
  #stay(): void {
    this.#unwatch ??= this.#owner.watch();
  }

  /** Nobody needs the log here for now: it need not stay attached for this. */
  rest(): void {
    if (this.#candidates.length > 0 || this.#owner.writer.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = null;
  }

  /** The lease on the connection that is used from now on, or none. */
  use(lease: LedLease | null): void {
    const before = this.#lease;
    if (lease === before) return;
    if (before !== null) this.#line?.unbind(before.handle, before.channel);
    this.#lease = lease;
    this.#line = lease === null ? null : LedLine.of(lease.session);
    this.#followAgain?.cancel();
    this.#lost();
    this.#direct?.stop();
    this.#direct = null;
    this.#send = null;
    this.#isTold = false;
    this.#isLedLog = lease?.kind === 'led';
    if (lease === null) return;
    this.#stay();
    this.#direct = this.#directOf(lease);
    this.#line?.bind(lease.handle, lease.channel, this.#events());
    void this.#follow(lease);
  }

  async #follow(lease: LedLease): Promise<void> {
    try {
      const { handle } = lease;
      const { remote } = LedLine.of(lease.session);
      // What came to stand while this device was away is not pushed.
      const [state] = await Promise.all([remote.follow({ handle }), this.#lookUp(lease)]);
      if (lease !== this.#lease) return;
      // What was pushed meanwhile is newer.
      if (!this.#isTold) this.#came(state.lead, state.isLed);
      this.#askToLead();
    } catch (thrown) {
      if (lease !== this.#lease) return;
      this.#owner.env.log('warn', 'log.follow', { fault: asFault(thrown).code });
      this.#followAgain = this.#owner.env.after(AGAIN_MS, () => void this.#follow(lease));
    }
  }

  async #lookUp(lease: LedLease): Promise<void> {
    const { writer, identity } = this.#owner;
    // In an open log too: it may come to be led before what is sent again is acknowledged.
    if (writer.size > 0) writer.stand(await standingIn(lease, identity.device, () => writer.waiting));
  }

  #came(lead: number, isLed: boolean): void {
    this.#lead = lead;
    this.#isLedLog ||= isLed;
    const lease = this.#lease;
    if (lease === null || this.#leader !== null) return;
    if (isLed) return this.#direct?.came(lead);
    this.#direct?.gone();
    this.#send = null;
    if (this.#isLedLog) this.#owner.writer.closed();
  }

  /** Entries go this way from now on, from the first that has no place. */
  #open(send: Send): void {
    const lease = this.#lease;
    this.#send = send;
    if (lease?.mayWrite === true) this.#owner.writer.opened({ writerEpoch: lease.writerEpoch, send });
  }

  #directOf(lease: LedLease): LedDirect {
    const { env, keys, log, writer, identity, peers } = this.#owner;
    return new LedDirect({
      env,
      keys,
      log,
      device: identity.device,
      peers: lease.mayWrite ? (peers ?? null) : null,
      remote: LedLine.of(lease.session).remote,
      handle: lease.handle,
      use: (way) => this.#open((at, run) => this.#hand(lease, { way, at }, run)),
      nacked: (epoch, seq, reason) => writer.nacked(epoch, seq, reason),
      handed: (who, device, entries) => this.#leader?.handed(who, device, entries),
    });
  }

  #hand(
    { session, handle }: LedLease,
    { way, at }: { readonly way: Way; readonly at: number | null },
    entries: Uint8Array,
  ): void {
    if (at !== null) return this.#refuseConditional(entries);
    this.#stay();
    if (way === 'direct') return this.#direct?.hand(entries);
    this.#direct?.handedIn();
    LedLine.of(session).remote.hand({ handle, lead: this.#lead, entries });
  }

  /** Only the leader knows the place of an entry; one that was written before the log was led may have its own. */
  #refuseConditional(entries: Uint8Array): void {
    const cursor = new EntryCursor(entries);
    if (!cursor.next()) return;
    const { epoch, seq } = cursor;
    queueMicrotask(() => this.#owner.writer.nacked(epoch, seq, { kind: 'fenced', floor: epoch }));
  }

  #events(): LedEvents {
    return {
      onGone: (lead) => {
        if (lead < this.#lead) return;
        this.#isTold = true;
        this.#lost();
        this.#came(lead, false);
        this.#candidate?.onWaiting();
        // Whoever has handed over or lost the lead waits for its turn like the others.
        this.#askToLead();
      },
      onCame: (lead) => {
        this.#isTold = true;
        if (this.#leader?.lead !== lead) this.#came(lead, true);
      },
      onPromoted: (lead, tail) => this.#promoted(lead, tail),
      onHanded: ({ who, device }, entries) => this.#leader?.handed(who, device, entries),
      onSignal: (from, signal) => this.#direct?.heard(from, signal),
      onParted: (who) => this.#direct?.parted(who),
      onPlaced: (lead, at, count) => {
        if (this.#leader?.lead === lead) this.#leader.placed(at, count);
      },
      onNotPlaced: (lead, at, reason) => {
        if (this.#leader?.lead === lead) this.#leader.notPlaced(at, reason);
      },
      onOpened: () => {
        this.#lost();
        this.#owner.again();
      },
    };
  }

  // Leading

  get #candidate(): Candidate | null {
    return this.#candidates[0] ?? null;
  }

  /** An application wants to lead from now on, until it stops; it waits for those of this device that came before. */
  want(candidate: Candidate): void {
    if (!this.#candidates.includes(candidate)) this.#candidates.push(candidate);
    this.#stay();
    candidate.onWaiting();
    this.#askToLead();
  }

  /** The application wants to lead no more. */
  async stepDown(
    candidate: Candidate,
    { to, open: isOpen }: { readonly to: DeviceId | null; readonly open: boolean },
  ): Promise<void> {
    const isFirst = candidate === this.#candidate;
    const isOver = to === null && !isOpen;
    if (isOver && this.#candidates.includes(candidate))
      this.#candidates.splice(this.#candidates.indexOf(candidate), 1);
    const [lease, line] = [this.#lease, this.#line];
    if (!isFirst || lease === null || line === null) return;
    try {
      await line.remote.stepDown({ handle: lease.handle, to, open: isOpen });
    } catch (thrown) {
      // Nobody decides here any more: without its lease the node gives the lead to the next.
      if (isOver && lease === this.#lease) this.#lostLead();
      throw thrown;
    }
    if (isOver) this.#askToLead();
  }

  #askToLead(): void {
    const [lease, line, candidate] = [this.#lease, this.#line, this.#candidate];
    if (lease === null || line === null || candidate === null || this.#leader !== null) return;
    line.remote.lead({ handle: lease.handle }).catch((thrown: unknown) => {
      if (lease !== this.#lease || candidate !== this.#candidate) return;
      candidate.onFailed(thrown);
      // A right that is given meanwhile comes with another lease.
      if (asFault(thrown).retry === 'never') return;
      this.#leadAgain?.cancel();
      this.#leadAgain = this.#owner.env.after(AGAIN_MS, () => this.#askToLead());
    });
  }

  #promoted(lead: number, tail: number): void {
    const [lease, line, candidate] = [this.#lease, this.#line, this.#candidate];
    if (lease === null || line === null) return;
    if (candidate === null) {
      line.remote.stepDown({ handle: lease.handle, to: null, open: false }).catch(() => {});
      return;
    }
    this.#lead = lead;
    this.#isTold = true;
    this.#questions = [];
    this.#leader = this.#leaderOf(lease, line, { lead, tail });
    this.#direct?.leads(lead);
    this.#keepAlive();
    candidate.onLeading(lead, tail);
    const { device } = this.#owner.identity;
    this.#open((at, run) => {
      if (at !== null) this.#refuseConditional(run);
      else this.#leader?.handed(null, device, run.slice());
    });
  }

  #leaderOf(lease: LedLease, line: LedLine, start: { lead: number; tail: number }): LogLeader {
    const { env, keys, log, writer } = this.#owner;
    const { handle } = lease;
    const declineOwn = (nack: { epoch: number; seq: number; reason: NackReason }): void => {
      queueMicrotask(() => writer.nacked(nack.epoch, nack.seq, nack.reason));
    };
    return new LogLeader(
      {
        env,
        keys,
        log,
        decide: (question) => this.#decide(start.lead, question),
        write: (at, entries) => line.remote.place({ handle, lead: start.lead, at, entries }),
        writers: (device) => line.remote.writers({ handle, device }),
        decline: (who, nack) => {
          if (who === null) declineOwn(nack);
          else if (this.#direct?.decline(who, nack) !== true)
            line.remote.decline({ handle, to: who, ...nack });
        },
        renewKeys: (keyEpoch) => this.#owner.renewKeys(keys.site, keyEpoch),
        onLost: () => this.#lostLead(),
      },
      start,
    );
  }

  #decide(lead: number, question: Question): void {
    if (this.#questions !== null) this.#questions.push(question);
    else this.#candidate?.onDecide(lead, question);
  }

  /** The application has applied what stands in the log, and decides from now on. */
  ready(lead: number): void {
    if (this.#leader?.lead !== lead) return;
    const questions = this.#questions ?? [];
    this.#questions = null;
    for (const question of questions) this.#candidate?.onDecide(lead, question);
  }

  ruled(lead: number, number: number, verdict: Verdict): void {
    if (this.#leader?.lead === lead) this.#leader.ruled(number, verdict);
  }

  /** Entries met a change of leaders: everything that has no place is sent again, the way it goes now. */
  misled(): void {
    this.#resend ??= this.#owner.env.after(AGAIN_MS, () => {
      this.#resend = null;
      if (this.#send !== null) this.#open(this.#send);
    });
  }

  /** The node says that another device leads: what was placed since is handed in to it. */
  #lostLead(): void {
    this.#lost();
    this.#candidate?.onWaiting();
    this.#owner.again();
  }

  #lost(): void {
    this.#leader?.close();
    this.#leader = null;
    this.#direct?.leadsNot();
    this.#questions = null;
    for (const timer of [this.#leadAgain, this.#beat, this.#resend]) timer?.cancel();
    this.#leadAgain = null;
    this.#resend = null;
    this.#beat = null;
  }

  #keepAlive(): void {
    this.#beat = this.#owner.env.after(BEAT_MS, () => {
      this.#lease?.session.doubt(leadTtlMs);
      this.#keepAlive();
    });
  }

  stop(): void {
    this.use(null);
    this.#unwatch?.();
    this.#unwatch = null;
  }
}
