/**
 * An application leads a log: it hears everything that stands there, then decides what becomes of each entry
 * that is handed in (SPEC V10). Where it runs, the connection may be in another tab; the words go through the
 * home. Every lead begins with a new sequencer, because the one before may have decided what never came to stand.
 */

import { asFault, Fault, FAULT_CODES } from '../base/fault.ts';
import type { DeviceId, UserId } from '../base/ids.ts';
import { decode, encode } from '../wire/shape.ts';
import { leadNewsShape, leadWishShape, type LeadNews, type LeadWish } from './led-words.ts';
import { canSave, LeadShadow } from './lead-shadow.ts';
import type { Log } from './log.ts';
import { deferred, type Deferred } from './deferred.ts';
import { Cell, type Store } from './store.ts';

/** Who made an entry. */
export interface Maker {
  readonly device: DeviceId;
  /** Null while it is not known whose device that is. */
  readonly user: UserId | null;
  readonly timeMs: number;
}

/** What becomes of an entry. */
export type Decision<T> =
  | { readonly kind: 'take' }
  | { readonly kind: 'change'; readonly value: T }
  | { readonly kind: 'refuse'; readonly reason: string };

export interface Sequencer<T> {
  /** A value that stands in the log, or will: in order, each once. */
  apply(value: T, by: Maker): void;
  /** What becomes of a value that somebody wants to append; when it is taken, `apply` follows. */
  decide(value: T, by: Maker): Decision<T>;
  /** With both of these a lead begins with what the last one had, however long the log is (SPEC Q8). */
  save?(): Uint8Array;
  load?(state: Uint8Array): void;
}

/** A decision, with the value that it is about. */
type Decided<T> =
  | { readonly kind: 'take'; readonly value: T }
  | { readonly kind: 'change'; readonly value: T }
  | { readonly kind: 'refuse'; readonly reason: string };

export type LeadStatus = 'waiting' | 'leading' | 'over';

/** Longest reason of a refusal, in characters: four bytes each at most. */
const REASON_CHARS_MAX = 128;

export class Lead<T> {
  readonly #log: Log<T>;
  readonly #make: () => Sequencer<T>;
  readonly #status = new Cell<LeadStatus>('waiting');
  readonly #trouble = new Cell<Fault | null>(null);
  #sequencer: Sequencer<T> | null = null;
  /** Made to see whether it can save itself; of the first lead. */
  #first: Sequencer<T> | null;
  #lead = 0;
  /** Ends the reading of what stands in the log, when the lead has ended meanwhile. */
  #reading: AbortController | null = null;
  #stepping: Deferred<void> | null = null;
  #stopping: Promise<void> | null = null;
  /** Follows the log beside the leads, when the sequencer can save what it is. */
  readonly #shadow: LeadShadow<T> | null;

  /** `before` is the lead that the application had on this log. */
  constructor(log: Log<T>, make: () => Sequencer<T>, before: Lead<T> | null) {
    if (before?.isOver === false) throw new Fault('taken', 'this application leads the log already');
    this.#log = log;
    this.#make = make;
    const first = make();
    this.#first = first;
    this.#shadow = canSave(first) ? new LeadShadow(log, make) : null;
    this.moved();
  }

  get status(): Store<LeadStatus> {
    return this.#status;
  }

  /** Why it cannot lead, or null. */
  get trouble(): Store<Fault | null> {
    return this.#trouble;
  }

  get isOver(): boolean {
    return this.#status.get() === 'over';
  }

  /** There is another home: it does not know that this application wants to lead. */
  moved(): void {
    this.#stepping?.reject(new Fault('closed'));
    if (this.isOver) return;
    this.#ended();
    this.#say({ kind: 'ask' });
  }

  /** Hands the lead over to a device that waits for it. */
  handOver(to: DeviceId): Promise<void> {
    return this.#stepDown(to, false);
  }

  /** Opens the log: from then on each device writes for itself. */
  open(): Promise<void> {
    return this.#stepDown(null, true);
  }

  /** Leads no more, and waits for its turn no more. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    if (this.isOver) return;
    try {
      // A hand-over that is under way may fail, and the lead stay here.
      await this.#stepping?.promise.catch(() => {});
      await this.#stepDown(null, false);
    } finally {
      // A home that was not told learns it by not being asked.
      this.#status.set('over');
      this.#ended();
      await this.#shadow?.close();
    }
  }

  async #stepDown(to: DeviceId | null, open: boolean): Promise<void> {
    if (this.#stepping !== null) throw new Fault('tooMany', 'a lead is handed over once');
    if (this.#log.line.now === null) throw new Fault('closed');
    const stepping = deferred<void>();
    this.#stepping = stepping;
    this.#say({ kind: 'stepDown', to, open });
    try {
      await stepping.promise;
    } finally {
      this.#stepping = null;
    }
  }

  #say(wish: LeadWish): void {
    const { line, number } = this.#log;
    line.now?.lead({ log: number, word: encode(leadWishShape, wish) });
  }

  /** News of the home. */
  hear(word: Uint8Array): void {
    const news = decode(leadNewsShape, word.slice());
    switch (news.kind) {
      case 'waiting':
        return this.#ended();
      case 'leading':
        return void this.#begin(news);
      case 'decide':
        return this.#decide(news);
      case 'failed':
        return this.#failed(news);
      case 'steppedDown':
        return this.#stepping?.resolve();
    }
  }

  #failed({ fault, detail }: Extract<LeadNews, { readonly kind: 'failed' }>): void {
    const thrown = new Fault(FAULT_CODES.get(fault) ?? 'internal', detail);
    if (this.#stepping !== null) this.#stepping.reject(thrown);
    else this.#trouble.set(thrown);
  }

  #ended(): void {
    this.#reading?.abort();
    this.#reading = null;
    this.#sequencer = null;
    this.#lead = 0;
    if (!this.isOver) this.#status.set('waiting');
  }

  async #begin({ lead, tail }: Extract<LeadNews, { readonly kind: 'leading' }>): Promise<void> {
    if (this.isOver) return;
    this.#lead = lead;
    this.#trouble.set(null);
    const sequencer = this.#first ?? this.#make();
    this.#first = null;
    try {
      if (tail > 1) await this.#catchUp(sequencer, lead, tail);
    } catch (thrown) {
      this.#trouble.set(asFault(thrown));
      if (lead === this.#lead) this.#say({ kind: 'stepDown', to: null, open: false });
      return;
    }
    if (lead !== this.#lead) return;
    this.#sequencer = sequencer;
    this.#status.set('leading');
    this.#say({ kind: 'ready', lead });
  }

  /** Applies everything that stands in the log before the lead. */
  async #catchUp(sequencer: Sequencer<T>, lead: number, tail: number): Promise<void> {
    if (this.#shadow === null) await this.#readAll(sequencer, lead, tail);
    else await this.#shadow.into(sequencer, tail, () => lead === this.#lead);
  }

  async #readAll(sequencer: Sequencer<T>, lead: number, tail: number): Promise<void> {
    const { first } = this.#log.bounds.get();
    if (first >= tail) return;
    const reading = new AbortController();
    this.#reading = reading;
    for await (const entry of this.#log.entries({ signal: reading.signal })) {
      if (lead !== this.#lead) return;
      const { value, device, user, timeMs } = entry;
      const isPast = entry.at >= tail;
      if (!isPast && value !== undefined) sequencer.apply(value, { device, user, timeMs });
      if (entry.at >= tail - 1) return;
    }
  }

  #decide({ lead, number, device, timeMs, value: bytes }: Extract<LeadNews, { kind: 'decide' }>): void {
    const sequencer = this.#sequencer;
    if (lead !== this.#lead || sequencer === null) return;
    const by = { device, user: this.#log.ownerOf(device)?.user ?? null, timeMs };
    const decision = this.#decisionOn(sequencer, bytes, by);
    if (decision.kind !== 'refuse') sequencer.apply(decision.value, by);
    this.#say({ kind: 'ruled', lead, number, ruling: this.#rulingOf(decision) });
  }

  #rulingOf(decision: Decided<T>): Extract<LeadWish, { readonly kind: 'ruled' }>['ruling'] {
    const { kind } = decision;
    switch (kind) {
      case 'take':
        return { kind };
      case 'change':
        return { kind, value: this.#log.codec.encode(decision.value) };
      case 'refuse':
        return { kind, reason: decision.reason.slice(0, REASON_CHARS_MAX) };
    }
  }

  /** The decision, with the value that it is about. What cannot be decoded is nobody's to decide. */
  #decisionOn(sequencer: Sequencer<T>, bytes: Uint8Array, by: Maker): Decided<T> {
    try {
      const value = this.#log.codec.decode(bytes.slice());
      const decision = sequencer.decide(value, by);
      if (decision.kind === 'refuse') return decision;
      return decision.kind === 'change' ? decision : { kind: 'take', value };
    } catch (thrown) {
      this.#log.line.env.log('error', 'lead.decide', { fault: asFault(thrown).code });
      return { kind: 'refuse', reason: 'The sequencer could not decide it.' };
    }
  }
}
