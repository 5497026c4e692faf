/**
 * The writing half of a log on this device: takes appends, sends their entries and finds out what became
 * of them (SPEC S2, L9-L11). The protocol is `log/writer.ts`; entries and rows are the backlog's.
 *
 * An entry's way: append → sealed under the next identity → row in the queue → sent → acknowledged → row
 * deleted. A conditional entry has no row, and those behind it are held until its fate is known, because
 * a refusal frees its number.
 */

import { concat } from '../base/bytes.ts';
import type { Timer } from '../base/env.ts';
import { asFault, Fault, FAULT_CODES } from '../base/fault.ts';
import { inFlightBytesMax, inFlightCountMax, pageBytesMax } from '../base/limits.ts';
import type { AckRun, NackReason } from '../api/tail.ts';
import { WriterMachine, type Queued, type WriterEffect } from '../log/writer.ts';
import { Backlog, nameOf, queued, type AppendRequest, type Joined } from './backlog.ts';
import { ownRuns, type Own } from './own-runs.ts';
import { standing, type Outcome, type WriteLease, type WriterOwner } from './log-outcome.ts';
import type { Run } from './log-items.ts';
import type { Waiting } from './queue.ts';
import { Renaming } from './renaming.ts';
import { SyncGate } from './sync-gate.ts';
import type { Durability } from './types.ts';

/** Pause before a question that the node did not answer is asked again. */
const AGAIN_MS = 1_000;

export class LogWriter {
  readonly #owner: WriterOwner;
  readonly #backlog: Backlog;
  readonly #renaming: Renaming;
  readonly #gate: SyncGate;
  #machine = new WriterMachine();
  #conditional: { readonly request: AppendRequest; readonly entry: Queued } | null = null;
  /** Appends behind a conditional one, which have no identity yet. */
  #held: AppendRequest[] = [];
  #lease: WriteLease | null = null;
  /** The node is being asked something that must be known before anything is sent. */
  #question: object | null = null;
  #pause: Timer | null = null;
  /** Something was sent under the present epoch in this run. */
  #hasSent = false;
  #inFlightBytes = 0;
  /** What the node said last of what it has accepted. */
  #durability: Durability = 'synced';
  #owedSinceMs = 0;
  #isTorn = false;
  #isPumping = false;

  constructor(owner: WriterOwner, leftover: readonly Waiting[]) {
    this.#owner = owner;
    this.#backlog = new Backlog(owner, leftover);
    for (const waiting of this.#backlog.all()) {
      this.#machine.add(queued(waiting));
      owner.onWaiting(this.#backlog.requestOf(waiting));
    }
    this.#renaming = new Renaming(owner, {
      onKept: (joined) => this.#backlog.confirmAll(joined),
      again: () => this.#renumber(this.#backlog.unkept()),
      onDone: () => {
        this.#rebuild();
        this.#pump();
      },
    });
    this.#gate = new SyncGate(owner.env, owner.queue, () => this.#pump());
  }

  /** Appends that have no outcome yet. */
  get size(): number {
    return this.#backlog.size + this.#held.length + (this.#conditional === null ? 0 : 1);
  }

  /** Since when the node owes an answer, or null. */
  get owedSinceMs(): number | null {
    return this.#machine.inFlight > 0 ? this.#owedSinceMs : null;
  }

  /** Takes an append in. Throws `full`, `tooLarge` or, for a conditional one without a connection, `closed`. */
  append(request: AppendRequest): void {
    this.#owner.queue.requireRoom(request.value.length);
    if (request.at !== null && this.#lease === null) {
      throw new Fault('closed', 'A conditional append needs a connection.');
    }
    if (this.#held.length >= inFlightCountMax) throw new Fault('full', 'appends behind a conditional one');
    if (this.#held.length > 0 || this.#mustHold(request)) this.#held.push(request);
    else this.#start(request);
    this.#owner.onWaiting(request);
  }

  /** A conditional entry stands alone in the machine. */
  #mustHold(request: AppendRequest): boolean {
    return this.#conditional !== null || (request.at !== null && this.#backlog.size > 0);
  }

  #start(request: AppendRequest): void {
    const entry = this.#backlog.seal(request);
    if (request.at !== null) void this.#startConditional(request, entry);
    else void this.#sendWhenKept(this.#backlog.add(request, entry, this.#owner.tail()));
  }

  async #sendWhenKept({ waiting, kept }: Joined): Promise<void> {
    try {
      await kept;
      // An epoch that the keep did not take would be given again, and the entry be taken for another's.
      await this.#owner.identity.whenRaised();
    } catch (thrown) {
      this.#notKept(waiting, asFault(thrown));
      return;
    }
    this.#kept(waiting);
  }

  #kept(waiting: Waiting): void {
    // Undefined when it was settled or got another identity meanwhile; nothing passes those that are getting one.
    const now = this.#backlog.confirm(waiting);
    if (now === undefined || this.#renaming.isUnderWay) return;
    this.#machine.add(queued(now));
    this.#pumpSoon();
  }

  /** What was written together is sent together. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  /** The keep refused a row: its append fails. Those behind it, which were not sent either, close the gap. */
  #notKept(waiting: Waiting, fault: Fault): void {
    const now = this.#backlog.confirm(waiting);
    if (now === undefined) return;
    this.#settle(now, { kind: 'failed', fault });
    if (this.#isTorn) return;
    this.#isTorn = true;
    // In a later turn: what was to be written together fails together.
    queueMicrotask(() => {
      this.#isTorn = false;
      this.#renumber(this.#backlog.after(waiting.seq));
      this.#release();
    });
  }

  async #startConditional(request: AppendRequest, entry: Queued): Promise<void> {
    const conditional = { request, entry };
    this.#conditional = conditional;
    try {
      await this.#owner.identity.whenRaised();
    } catch (thrown) {
      if (this.#conditional !== conditional) return;
      this.#settleConditional({ kind: 'failed', fault: asFault(thrown) });
      this.#renumber([]);
      this.#release();
      return;
    }
    if (this.#conditional !== conditional) return;
    this.#machine.add(entry);
    this.#pump();
  }

  /** The log is leased: what has no fate yet is sent, from the first on. */
  opened(lease: WriteLease): void {
    this.#lease = lease;
    this.#inFlightBytes = 0;
    this.#machine.opened();
    // An epoch above ours, or ours before this run said a word: another copy of this keep has written, and
    // what it wrote must not be taken for ours.
    const { epoch } = this.#backlog;
    const isOther = lease.writerEpoch > epoch || (lease.writerEpoch === epoch && !this.#hasSent);
    if (isOther) this.#renumber(this.#hasSent ? [] : this.#backlog.after(0), lease.writerEpoch);
    this.#pump();
  }

  /** The connection or the lease ended; what was asked of the node is asked again on the next one. */
  closed(): void {
    this.#lease = null;
    this.#inFlightBytes = 0;
    if (this.#question !== null) {
      this.#question = null;
      this.#rebuild();
    }
    this.#machine.closed();
  }

  /** Nothing more is sent or settled; the rows stay for the next run. */
  stop(): void {
    this.closed();
    this.#pause?.cancel();
    this.#pause = null;
    this.#renaming.stop();
    this.#gate.stop();
  }

  #pump(): void {
    const lease = this.#lease;
    if (lease === null || this.#question !== null || this.#pause !== null) return;
    while (this.#inFlightBytes < inFlightBytesMax / 2 && this.#gate.isOpen) {
      if (this.#machine.inFlight === 0) this.#owedSinceMs = this.#owner.env.nowMs();
      const entries = this.#machine.next(pageBytesMax);
      if (entries === null) return;
      const bytes = concat(...entries.map((entry) => entry.bytes));
      const first = entries[0];
      this.#inFlightBytes += bytes.length;
      this.#hasSent ||= first?.epoch === this.#backlog.epoch;
      lease.send(first?.at ?? null, bytes);
    }
  }

  acked(durability: Durability, runs: readonly AckRun[]): void {
    this.#durability = durability;
    for (const run of runs) this.#landed(run, (at) => ({ kind: 'ok', at, durability }));
    this.#goOn();
  }

  #stands(own: Own): void {
    this.#landed(own, () => standing(this.#owner, own, this.#durability));
  }

  /** Appends that wait, in the order of their identities. */
  get waiting(): readonly Waiting[] {
    return this.#backlog.all();
  }

  /** What has waited since before this lease and was found to stand in the log is done (SPEC V10). */
  stand(found: readonly Own[]): void {
    for (const own of found) this.#stands(own);
    this.#release();
  }

  #landed(run: AckRun, outcomeAt: (at: number) => Outcome): void {
    for (const { entry, at } of this.#machine.acked(run)) {
      this.#inFlightBytes = Math.max(0, this.#inFlightBytes - entry.bytes.length);
      const waiting = this.#backlog.get(entry);
      if (waiting === undefined) this.#settleConditional(outcomeAt(at));
      else this.#settle(waiting, outcomeAt(at));
    }
  }

  #goOn(): void {
    this.#owedSinceMs = this.#owner.env.nowMs();
    this.#release();
    this.#pump();
  }

  /** Entries of the log were read. Those of this device need no other answer, and are not shown twice. */
  saw(run: Run): void {
    if (this.size === 0) return;
    const runs = ownRuns(run, this.#owner.identity.device);
    for (const own of runs) this.#stands(own);
    if (runs.length > 0) this.#goOn();
  }

  nacked(epoch: number, seq: number, reason: NackReason): void {
    this.#inFlightBytes = 0;
    // Another question would take the place of the one that is asked, and what that is about be lost.
    if (this.#question !== null) return;
    this.#take(this.#machine.nacked(epoch, seq, reason));
    this.#release();
    this.#pump();
  }

  #take(effect: WriterEffect): void {
    switch (effect.kind) {
      case 'none':
        return;
      case 'pause':
        return this.#pauseFor(effect.pauseMs);
      case 'conflict':
        this.#backlog.unuse(effect.entry);
        return this.#settleConditional({ kind: 'conflict', tail: effect.tail });
      case 'led':
        return this.#owner.onLed();
      case 'refused':
        return this.refuse(new Fault(FAULT_CODES.get(effect.fault) ?? 'internal'));
      case 'reseal':
        return void this.#ask((isCurrent) => this.#reseal(effect.keyEpoch, isCurrent));
      case 'recover':
        return void this.#ask((isCurrent) => this.#recover(isCurrent));
    }
  }

  #pauseFor(pauseMs: number): void {
    this.#pause?.cancel();
    this.#pause = this.#owner.env.after(pauseMs, () => {
      this.#pause = null;
      this.#pump();
    });
  }

  /** Settles everything with a fault: the log will not take it. */
  refuse(fault: Fault): void {
    const outcome = { kind: 'failed', fault } as const;
    const held = this.#held;
    this.#held = [];
    this.#settleConditional(outcome);
    for (const waiting of this.#backlog.all()) this.#settle(waiting, outcome);
    for (const request of held) this.#owner.onSettled(request.id, outcome);
    this.#renumber([]);
  }

  /** Asks the node while nothing is sent; again after a pause when it does not answer. */
  async #ask(work: (isCurrent: () => boolean) => Promise<void>): Promise<void> {
    const question = (this.#question = {});
    const isCurrent = (): boolean => this.#question === question;
    try {
      await work(isCurrent);
    } catch (thrown) {
      if (!isCurrent()) return;
      this.#owner.env.log('warn', 'log.writer', { fault: asFault(thrown).code });
      this.#rebuild();
      this.#pauseFor(AGAIN_MS);
    }
    if (!isCurrent()) return;
    this.#question = null;
    // What was refused meanwhile as well was not looked at; it is sent again, and refused again.
    this.#machine.opened();
    this.#release();
    this.#pump();
  }

  /** Every waiting entry under the newest key, each with the identity it has (SPEC L11). */
  async #reseal(keyEpoch: number, isCurrent: () => boolean): Promise<void> {
    if (this.#owner.keys.epoch < keyEpoch) await this.#owner.renewKeys(keyEpoch);
    if (!isCurrent()) return;
    for (const waiting of this.#backlog.reseal(keyEpoch)) this.#machine.replace(queued(waiting));
    if (this.#conditional === null) return;
    const { request, entry } = this.#conditional;
    this.#conditional = { request, entry: this.#backlog.again(request, entry) };
    this.#machine.replace(this.#conditional.entry);
  }

  /**
   * The log forgot these writers: what stands in it is done, the rest is sent as somebody new (SPEC L6, L9), and
   * with it whatever waits behind it, also what came while the log was read: nothing passes it (SPEC S2).
   */
  async #recover(isCurrent: () => boolean): Promise<void> {
    // It stands alone in the machine.
    const conditional = this.#conditional;
    const froms = this.#backlog.all().map((waiting) => waiting.from);
    if (conditional !== null) froms.push(conditional.entry.at ?? 1);
    const ownByName = await this.#owner.findOwn(Math.min(...froms));
    if (!isCurrent()) return;
    for (const waiting of this.#backlog.all()) {
      const own = ownByName.get(nameOf(waiting));
      if (own !== undefined) this.#settle(waiting, standing(this.#owner, own, 'synced'));
    }
    if (conditional !== null) {
      const own = ownByName.get(nameOf(conditional.entry));
      this.#settleConditional(
        own === undefined
          ? { kind: 'conflict', tail: this.#owner.tail() }
          : standing(this.#owner, own, 'synced'),
      );
    }
    this.#renumber(this.#backlog.all());
  }

  /** Goes on under a new epoch; `entries` are sent under it, and were not accepted under the old one. */
  #renumber(entries: readonly Waiting[], floor = 0): void {
    const joined = this.#backlog.renumber(entries, floor, this.#owner.tail());
    this.#hasSent = false;
    this.#rebuild();
    this.#renaming.begin(joined);
  }

  /** The machine's queue from everything that is kept and has no fate yet. */
  #rebuild(): void {
    this.#machine = new WriterMachine();
    for (const waiting of this.#backlog.kept()) this.#machine.add(queued(waiting));
    if (this.#conditional !== null) this.#machine.add(this.#conditional.entry);
    this.#inFlightBytes = 0;
    if (this.#lease !== null) this.#machine.opened();
  }

  #settle(waiting: Waiting, outcome: Outcome): void {
    const at = 'at' in outcome ? outcome.at : null;
    if (this.#backlog.settle(waiting, at)) this.#owner.onSettled(waiting.id, outcome);
  }

  #settleConditional(outcome: Outcome): void {
    const conditional = this.#conditional;
    if (conditional === null) return;
    this.#conditional = null;
    this.#owner.onSettled(conditional.request.id, outcome);
  }

  /** Lets those behind a settled conditional append go on. */
  #release(): void {
    for (let next = this.#held[0]; next !== undefined && !this.#mustHold(next); next = this.#held[0]) {
      this.#held.shift();
      try {
        this.#start(next);
      } catch (thrown) {
        this.#owner.onSettled(next.id, { kind: 'failed', fault: asFault(thrown) });
      }
    }
  }
}
