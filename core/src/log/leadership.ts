/**
 * Who leads a log: one device at a time, by a lease of the tail (SPEC V1-V6). Pure: the tail tells what
 * happens, with its monotonic time, and carries out what is answered.
 *
 * A lead begins with a control record in the journal, so that it is ordered with the entries: whoever was
 * leading before can place nothing behind it (the fencing of Gray and Cheriton, "Leases", SOSP 1989, by
 * epochs). Only when the record is durable does the new leader hear of it. It ends with the connection of
 * the leader; then its device has a grace to come back, after which the next candidate is asked.
 */

import { assert } from '../base/assert.ts';
import type { DeviceId } from '../base/ids.ts';
import { candidatesMax, leadGraceMs, leadHandMs, leadTtlMs } from '../base/limits-led.ts';

/** How a lease on the log ended. */
export type Parting =
  | 'cut' // the connection broke: it may come back
  | 'left' // given back
  | 'revoked'; // the right has ended

export type LeadEffect<C> =
  /** Make LEASE{log, epoch, device} durable, then say `granted`; when that fails, `failed`. */
  | { readonly kind: 'record'; readonly epoch: number; readonly device: DeviceId }
  /** Tell the candidate that it leads. */
  | { readonly kind: 'promote'; readonly who: C; readonly epoch: number }
  /** Tell everybody that nobody leads any more. */
  | { readonly kind: 'gone'; readonly epoch: number };

/** A lease on the log whose holder wants to lead. */
export interface Candidate<C> {
  readonly who: C;
  readonly device: DeviceId;
  /** When its connection began, in the tail's monotonic time. */
  readonly sinceMs: number;
}

/** For whom the lead is kept free, and until when. */
interface Reserved {
  readonly device: DeviceId;
  readonly untilMs: number;
}

export class Leadership<C> {
  #epoch: number;
  #holder: Candidate<C> | null = null;
  /** Its record is on the way to the disk; null in it when it left meanwhile. */
  #granting: { readonly candidate: Candidate<C>; parting: Parting | null } | null = null;
  #reserved: Reserved | null = null;
  #waiting: Candidate<C>[] = [];
  /** A record was not written, and is to be tried again then; whatever happens meanwhile. */
  #againMs: number | null = null;
  /** The log is being opened: nobody gets the lead before that is known. */
  #isHeld = false;

  /**
   * `last` is the newest lead that is known to be durable, of a shard that started at `startMs`. Its lease may not
   * have run out, so that nobody but this device gets the lead for as long as it may last.
   */
  constructor(last: { readonly epoch: number; readonly device: DeviceId | null }, startMs: number) {
    this.#epoch = last.epoch;
    if (last.device !== null) this.#reserved = { device: last.device, untilMs: startMs + leadTtlMs };
  }

  /** The newest epoch, of a lead that is or was. */
  get epoch(): number {
    return this.#epoch;
  }

  get holder(): C | null {
    return this.#holder?.who ?? null;
  }

  get candidateCount(): number {
    return this.#waiting.length;
  }

  /** Whether nobody holds, gets, awaits or may come back for the lead: then there is nothing to look after. */
  isIdle(nowMs: number): boolean {
    if (this.#holder !== null || this.#granting !== null || this.#waiting.length > 0) return false;
    return this.#reserved === null || nowMs >= this.#reserved.untilMs;
  }

  /** When `look` may have something to do, or null. */
  get lookMs(): number | null {
    if (this.#isHeld) return null;
    if (this.#holder !== null || this.#granting !== null || this.#waiting.length === 0) return null;
    return this.#reserved?.untilMs ?? this.#againMs;
  }

  /**
   * Somebody with the right to lead asks for it; null when too many do. Asking again changes nothing. A device
   * that has connected anew takes the lead from its own older connection, which is dead and does not know it.
   */
  ask(candidate: Candidate<C>, nowMs: number): LeadEffect<C>[] | null {
    const { who } = candidate;
    const holder = this.#holder;
    if (holder?.who === who || this.#waiting.some((other) => other.who === who)) return [];
    if (this.#granting?.candidate.who === who && this.#granting.parting === null) return [];
    if (this.#waiting.length >= candidatesMax) return null;
    if (holder !== null && holder.device === candidate.device && holder.sinceMs < candidate.sinceMs) {
      this.#waiting.unshift(candidate);
      return this.#ended('cut', nowMs);
    }
    this.#waiting.push(candidate);
    return this.look(nowMs);
  }

  /** The record of the lead that was asked for last is durable. */
  granted(nowMs: number): LeadEffect<C>[] {
    const granting = this.#granting;
    assert(granting !== null, 'a lead was under way');
    this.#granting = null;
    this.#holder = granting.candidate;
    if (granting.parting !== null) return this.#ended(granting.parting, nowMs);
    return [{ kind: 'promote', who: granting.candidate.who, epoch: this.#epoch }];
  }

  /** The record was not written: the candidate waits on, in front. `look` tries again, at `againMs` at the latest. */
  failed(againMs: number): void {
    const granting = this.#granting;
    assert(granting !== null, 'a lead was under way');
    this.#granting = null;
    this.#epoch--;
    this.#againMs = againMs;
    if (granting.parting === null) this.#waiting.unshift(granting.candidate);
  }

  /** A lease on the log has ended, perhaps the leader's. */
  parted(who: C, parting: Parting, nowMs: number): LeadEffect<C>[] {
    this.#waiting = this.#waiting.filter((candidate) => candidate.who !== who);
    if (this.#granting?.candidate.who === who) this.#granting.parting = parting;
    if (this.#holder?.who !== who) return [];
    return this.#ended(parting, nowMs);
  }

  /** The leader leads no more, and does not want to again unless it asks. */
  stepDown(who: C, nowMs: number): LeadEffect<C>[] {
    return this.parted(who, 'left', nowMs);
  }

  /** The leader hands the lead to a device that waits for it; null when none does, and nothing has changed. */
  handOver(who: C, to: DeviceId, nowMs: number): LeadEffect<C>[] | null {
    if (this.#holder?.who !== who || !this.#waiting.some(({ device }) => device === to)) return null;
    const effects: LeadEffect<C>[] = [{ kind: 'gone', epoch: this.#epoch }];
    this.#holder = null;
    this.#reserved = { device: to, untilMs: nowMs + leadHandMs };
    return [...effects, ...this.look(nowMs)];
  }

  #ended(parting: Parting, nowMs: number): LeadEffect<C>[] {
    const holder = this.#holder;
    assert(holder !== null, 'somebody leads');
    this.#holder = null;
    this.#reserved = parting === 'cut' ? { device: holder.device, untilMs: nowMs + leadGraceMs } : null;
    return [{ kind: 'gone', epoch: this.#epoch }, ...this.look(nowMs)];
  }

  /** A record that opens the log is on its way. */
  hold(): void {
    this.#isHeld = true;
  }

  /** The log stays led after all: who was to open it leads no more, the next one does. */
  release(nowMs: number): LeadEffect<C>[] {
    this.#isHeld = false;
    return this.#holder === null ? this.look(nowMs) : this.#ended('left', nowMs);
  }

  /** Gives the lead to who is next, when nobody has it and nobody else may come back for it. */
  look(nowMs: number): LeadEffect<C>[] {
    if (this.#holder !== null || this.#granting !== null || this.#isHeld) return [];
    if (this.#reserved !== null && nowMs >= this.#reserved.untilMs) this.#reserved = null;
    const { device } = this.#reserved ?? { device: null };
    const place = this.#waiting.findIndex((candidate) => device === null || candidate.device === device);
    const candidate = this.#waiting[place];
    if (candidate === undefined) return [];
    this.#waiting.splice(place, 1);
    this.#reserved = null;
    this.#againMs = null;
    this.#epoch++;
    this.#granting = { candidate, parting: null };
    return [{ kind: 'record', epoch: this.#epoch, device: candidate.device }];
  }
}
