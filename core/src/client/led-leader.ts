/**
 * This device leads a log: it takes what is handed in, has the application decide what becomes of it, and
 * writes it (SPEC V7, V8, V10). The protocol is `log/leader.ts`; the decisions are made in order, and an entry
 * that the application changes or refuses is sealed anew under the identity of who made it.
 */

import { concat, NO_BYTES, utf8 } from '../base/bytes.ts';
import type { Env, Timer } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import type { DeviceId, LogId } from '../base/ids.ts';
import { inFlightBytesMax, inFlightCountMax, pageBytesMax } from '../base/limits.ts';
import type { LeadRemote } from '../api/lead.ts';
import type { NackReason } from '../api/tail.ts';
import { LeaderMachine, type Identity, type LeaderEffect } from '../log/leader.ts';
import { EntryCursor, type Ruling } from '../wire/entry.ts';
import type { SiteKeys } from './site-keys.ts';
import type { Broken } from './types.ts';

/** What the application says of an entry. */
export type Verdict =
  | { readonly kind: 'take' }
  | { readonly kind: 'change'; readonly value: Uint8Array }
  | { readonly kind: 'refuse'; readonly reason: string };

export interface Question {
  readonly number: number;
  readonly device: DeviceId;
  readonly timeMs: number;
  readonly value: Uint8Array;
}

export interface LeaderOwner {
  readonly env: Env;
  readonly keys: SiteKeys;
  readonly log: LogId;
  /** Asks the application. */
  decide(question: Question): void;
  write(at: number, entries: Uint8Array): void;
  writers: (device: DeviceId) => ReturnType<LeadRemote['writers']>;
  /** Tells who handed an entry in that it is not taken; `who` is null for this device. */
  decline(who: number | null, nack: { epoch: number; seq: number; reason: NackReason }): void;
  renewKeys(keyEpoch: number): Promise<void>;
  /** It does not lead any more, or has lost its way. */
  onLost(): void;
}

/** An entry that was handed in. */
interface Handed {
  /** Those that were handed in together have the same. */
  readonly flight: number;
  readonly who: number | null;
  readonly identity: Identity;
  readonly keyEpoch: number;
  readonly timeMs: number;
  readonly isPart: boolean;
  /** As in the header; null: it is no news. */
  readonly news: Uint8Array | null;
  readonly bytes: Uint8Array;
}

interface Deciding extends Handed {
  readonly number: number;
  readonly value: Uint8Array;
  verdict: Verdict | null;
}

/** What was placed, for sealing it again. */
interface Sealed {
  readonly identity: Identity;
  readonly timeMs: number;
  readonly ruling: Ruling | null;
  readonly isPart: boolean;
  /** As in the header; null: it is no news. */
  readonly news: Uint8Array | null;
  readonly value: Uint8Array;
}

const TAKEN: Verdict = { kind: 'take' };
const UNREADABLE: Verdict = { kind: 'refuse', reason: 'The entry does not open.' };
const KEY_RETRY_MS = 500;
/** Bytes that may be on their way to the node; it takes no more from a connection. */
const WRITTEN_BYTES_MAX = inFlightBytesMax / 2;

export class LogLeader {
  readonly #owner: LeaderOwner;
  readonly #machine: LeaderMachine;
  /** In the order in which they were taken. */
  readonly #deciding: Deciding[] = [];
  readonly #parked = new Map<DeviceId, Handed[]>();
  readonly #sealedByAt = new Map<number, Sealed>();
  #lastNumber = 0;
  #lastFlight = 0;
  #writtenBytes = 0;
  #pause: Timer | null = null;
  #isResealing = false;
  #isOver = false;

  constructor(owner: LeaderOwner, start: { readonly lead: number; readonly tail: number }) {
    this.#owner = owner;
    this.#machine = new LeaderMachine(start.lead, start.tail);
  }

  get lead(): number {
    return this.#machine.lead;
  }

  /** Entries that were taken and do not stand in the log yet. */
  get owed(): number {
    return this.#machine.owed;
  }

  /** Entries of one device, laid end to end. Those of another device among them are not looked at. */
  handed(who: number | null, device: DeviceId, entries: Uint8Array): void {
    const cursor = new EntryCursor(entries);
    const flight = ++this.#lastFlight;
    while (!this.#isOver && cursor.next()) {
      if (cursor.device() !== device || cursor.ruling !== null) return;
      const { epoch, seq, keyEpoch, timeMs, isPart } = cursor;
      const news = cursor.news?.slice() ?? null;
      const bytes = entries.slice(cursor.start, cursor.end);
      // Behind one that is not taken nothing is: its writer sends all of them again.
      const identity = { device, epoch, seq };
      if (!this.#take({ flight, who, identity, keyEpoch, timeMs, isPart, news, bytes })) return;
    }
  }

  /** False when it is declined. */
  #take(handed: Handed): boolean {
    const { keys, log } = this.#owner;
    const { device } = handed.identity;
    const parked = this.#parked.get(device);
    if (parked !== undefined) {
      if (parked.length >= inFlightCountMax)
        return this.#decline(handed, { kind: 'full', retryMs: KEY_RETRY_MS });
      parked.push(handed);
      return true;
    }
    const cursor = new EntryCursor(handed.bytes);
    cursor.next();
    const value = keys.openEntry(log, cursor);
    if (value === 'noKey') return this.#lacksKey(handed);
    const taking = this.#machine.hand(handed.identity);
    if (taking.kind === 'decline') return this.#decline(handed, taking.reason);
    if (taking.kind === 'ask') void this.#ask(device, handed);
    if (taking.kind === 'take') this.#decide(handed, value);
    return true;
  }

  #decide(handed: Handed, value: Uint8Array | Broken): void {
    const { device } = handed.identity;
    const isOpen = typeof value !== 'string';
    const number = ++this.#lastNumber;
    const plain = isOpen ? value : NO_BYTES;
    // A snapshot is nobody's to decide: whoever reads it sees whether it holds.
    const verdict = handed.isPart ? TAKEN : isOpen ? null : UNREADABLE;
    this.#deciding.push({ ...handed, number, value: plain, verdict });
    if (verdict === null) this.#owner.decide({ number, device, timeMs: handed.timeMs, value: plain });
    else this.#settle();
  }

  /** Somebody has a newer key than this device: it gets it, and is handed the entry again. */
  #lacksKey(handed: Handed): boolean {
    this.#owner.renewKeys(handed.keyEpoch).catch(() => {});
    return this.#decline(handed, { kind: 'full', retryMs: KEY_RETRY_MS });
  }

  #decline({ who, identity: { epoch, seq } }: Handed, reason: NackReason): false {
    this.#owner.decline(who, { epoch, seq, reason });
    return false;
  }

  /** Asks the log what it knows of a device, once per lead; meanwhile its entries wait. */
  async #ask(device: DeviceId, first: Handed): Promise<void> {
    this.#parked.set(device, [first]);
    try {
      const { floor, states } = await this.#owner.writers(device);
      this.#machine.learned(device, floor, states);
    } catch (thrown) {
      this.#owner.env.log('warn', 'leader.writers', { fault: asFault(thrown).code });
      this.#parked.delete(device);
      if (!this.#isOver) this.#decline(first, { kind: 'full', retryMs: KEY_RETRY_MS });
      return;
    }
    const parked = this.#parked.get(device) ?? [];
    this.#parked.delete(device);
    if (this.#isOver) return;
    let declined = 0;
    for (const handed of parked)
      if (handed.flight !== declined && !this.#take(handed)) declined = handed.flight;
  }

  /** The application has decided. */
  ruled(number: number, verdict: Verdict): void {
    const deciding = this.#deciding.find((each) => each.number === number);
    if (deciding === undefined || deciding.verdict !== null) return;
    deciding.verdict = verdict;
    this.#settle();
  }

  /** Places what is decided, as far as everything before it is. */
  #settle(): void {
    for (let next = this.#deciding[0]; next !== undefined; next = this.#deciding[0]) {
      if (next.verdict === null) break;
      this.#deciding.shift();
      this.#place(next, next.verdict);
    }
    this.#pump();
  }

  #place({ identity, timeMs, isPart, news, bytes, value, keyEpoch }: Deciding, verdict: Verdict): void {
    const ruling = RULINGS[verdict.kind];
    const plain = verdict.kind === 'take' ? value : payloadOf(verdict);
    // Nobody is to hear of what is refused.
    const sealed = {
      identity,
      timeMs,
      ruling,
      isPart,
      news: ruling === 'refused' ? null : news,
      value: plain,
    };
    const isAsItWas = ruling === null && keyEpoch >= this.#owner.keys.epoch;
    const at = this.#machine.place(isAsItWas ? bytes : this.#seal(sealed));
    this.#sealedByAt.set(at, sealed);
  }

  #seal({ identity, timeMs, ruling, isPart, news, value }: Sealed): Uint8Array {
    const { keys, log } = this.#owner;
    const as = { ...(ruling === null ? {} : { ruling }), ...(news === null ? {} : { news }) };
    const by = { ...identity, timeMs, isPart, ...as };
    return keys.sealEntry(log, by, value);
  }

  #pump(): void {
    if (this.#pause !== null || this.#isResealing || this.#isOver) return;
    while (this.#writtenBytes < WRITTEN_BYTES_MAX) {
      const next = this.#machine.write(pageBytesMax);
      if (next === null) return;
      const bytes = concat(...next.entries.map((entry) => entry.bytes));
      this.#writtenBytes += bytes.length;
      this.#owner.write(next.at, bytes);
    }
  }

  /** Entries that stand in the log for good. */
  placed(at: number, count: number): void {
    for (const { at: position, bytes } of this.#machine.acked(at, count)) {
      this.#sealedByAt.delete(position);
      this.#writtenBytes = Math.max(0, this.#writtenBytes - bytes.length);
    }
    this.#pump();
  }

  notPlaced(at: number, reason: NackReason): void {
    this.#writtenBytes = 0;
    this.#apply(this.#machine.nacked(at, reason));
  }

  #apply(effect: LeaderEffect): void {
    switch (effect.kind) {
      case 'none':
        return this.#pump();
      case 'pause':
        this.#pause?.cancel();
        this.#pause = this.#owner.env.after(effect.pauseMs, () => {
          this.#pause = null;
          this.#pump();
        });
        return;
      case 'reseal':
        return void this.#reseal(effect.keyEpoch);
      case 'lost':
        this.close();
        return this.#owner.onLost();
    }
  }

  /** Everything that is not durable, under the newest key; what was decided stays decided. */
  async #reseal(keyEpoch: number): Promise<void> {
    if (this.#isResealing) return;
    this.#isResealing = true;
    try {
      if (this.#owner.keys.epoch < keyEpoch) await this.#owner.renewKeys(keyEpoch);
      for (const [at, sealed] of this.#sealedByAt) this.#machine.replace({ at, bytes: this.#seal(sealed) });
      this.#isResealing = false;
      this.#pump();
    } catch (thrown) {
      this.#isResealing = false;
      this.#owner.env.log('warn', 'leader.reseal', { fault: asFault(thrown).code });
      this.#apply({ kind: 'pause', pauseMs: KEY_RETRY_MS });
    }
  }

  close(): void {
    this.#isOver = true;
    this.#pause?.cancel();
    this.#pause = null;
  }
}

const RULINGS = { take: null, change: 'changed', refuse: 'refused' } as const;

function payloadOf(verdict: Exclude<Verdict, { readonly kind: 'take' }>): Uint8Array {
  if (verdict.kind === 'change') return verdict.value;
  return utf8(verdict.reason);
}
