/**
 * Sign-ins that are under way (SPEC E2, E7): bounded in number, per address and per device, single-use and
 * short. They live in memory only: a restart of the node ends them and nothing of them is ever logged.
 */

import type { EmailFailure } from 'copse/internal/api/email.ts';
import { equal, hex } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import {
  emailVisitMs,
  emailVisitsMax,
  emailVisitsPerAddressMax,
  emailVisitsPerDeviceMax,
} from 'copse/internal/base/limits.ts';
import type { HandOver } from './hand-over.ts';
import type { LiveSession } from './live.ts';
import { addressGroup } from './rates.ts';

export interface Caller {
  readonly session: LiveSession;
  readonly device: Key;
  /** Key of the user, or of the device while it has none. */
  readonly user: Key;
  readonly address: string;
}

export interface SignedIn {
  readonly at: 'signedIn';
  readonly email: string;
  /** In hex. */
  readonly label: string;
  readonly statement: number;
  readonly sameAccount: boolean;
  readonly timeMs: number;
  /** Users who may give this device what it waits for. */
  readonly holders: readonly Key[];
  readonly handOver: HandOver;
}

export type Phase =
  | { readonly at: 'away'; readonly state: string; readonly nonce: string; readonly verifier: string }
  /** The provider or the log is being asked. */
  | { readonly at: 'busy' }
  | {
      readonly at: 'returned';
      readonly email: string;
      readonly issuer: string;
      readonly subject: string;
      readonly code: string;
      triesLeft: number;
    }
  | { readonly at: 'failed'; readonly reason: EmailFailure }
  | SignedIn;

export interface Visit {
  /** In hex. */
  readonly ticket: string;
  readonly knock: string;
  readonly caller: Caller;
  readonly provider: string;
  readonly deviceName: string;
  readonly commitment: Uint8Array | null;
  untilMs: number;
  phase: Phase;
}

export type NewVisit = Pick<Visit, 'caller' | 'provider' | 'deviceName' | 'commitment'>;

export class EmailVisits {
  readonly #env: Env;
  readonly #byTicket = new Map<string, Visit>();
  readonly #byState = new Map<string, Visit>();
  readonly #byKnock = new Map<string, Visit>();

  constructor(env: Env) {
    this.#env = env;
  }

  get size(): number {
    return this.#byTicket.size;
  }

  /** Throws `tooMany` when there is no place for another. */
  add(part: NewVisit): Visit {
    this.#sweep();
    const all = [...this.#byTicket.values()];
    const group = addressGroup(part.caller.address);
    const isUnderWay = ({ phase }: Visit): boolean => phase.at !== 'failed';
    const ofAddress = all.filter((v) => isUnderWay(v) && addressGroup(v.caller.address) === group).length;
    const ofDevice = all.filter((v) => isUnderWay(v) && equal(v.caller.device, part.caller.device)).length;
    if (all.length >= emailVisitsMax) throw new Fault('tooMany', 'sign-ins of this node');
    if (ofAddress >= emailVisitsPerAddressMax) throw new Fault('tooMany', 'sign-ins of this address');
    if (ofDevice >= emailVisitsPerDeviceMax) throw new Fault('tooMany', 'sign-ins of this device');
    const visit: Visit = {
      ...part,
      ticket: hex(this.#env.random(16)),
      knock: hex(this.#env.random(16)),
      untilMs: this.#env.nowMs() + emailVisitMs,
      phase: { at: 'busy' },
    };
    this.#byTicket.set(visit.ticket, visit);
    return visit;
  }

  /** The visit that this device began; `unknown` for every other one. */
  mine(ticket: Uint8Array, device: Key): Visit {
    const visit = this.#byTicket.get(hex(ticket));
    if (visit === undefined || !equal(visit.caller.device, device)) throw new Fault('unknown', 'a sign-in');
    if (this.#isOver(visit)) this.fail(visit, 'expired');
    return visit;
  }

  away(visit: Visit, phase: Phase & { at: 'away' }): void {
    visit.phase = phase;
    this.#byState.set(phase.state, visit);
  }

  /** The visit of a state, once: whatever comes of it, the state is used up. */
  takeState(state: string): { readonly visit: Visit; readonly asked: Phase & { at: 'away' } } | null {
    const visit = this.#byState.get(state);
    this.#byState.delete(state);
    if (visit === undefined || visit.phase.at !== 'away') return null;
    const asked = visit.phase;
    if (this.#isOver(visit)) {
      this.fail(visit, 'expired');
      return null;
    }
    visit.phase = { at: 'busy' };
    return { visit, asked };
  }

  fail(visit: Visit, reason: EmailFailure): void {
    if (visit.phase.at === 'away') this.#byState.delete(visit.phase.state);
    this.#byKnock.delete(visit.knock);
    visit.phase = { at: 'failed', reason };
  }

  /** Others may find it from now on. */
  knocks(visit: Visit): void {
    this.#byKnock.set(visit.knock, visit);
  }

  /** Those that wait and are not over. */
  waiting(): readonly Visit[] {
    this.#sweep();
    return [...this.#byKnock.values()];
  }

  waitingAs(knock: Uint8Array): Visit | null {
    const visit = this.#byKnock.get(hex(knock));
    return visit === undefined || this.#isOver(visit) ? null : visit;
  }

  /** Nobody finds it any more; the one who waits still sees what became of it. */
  answered(visit: Visit): void {
    this.#byKnock.delete(visit.knock);
  }

  #isOver({ untilMs }: Visit): boolean {
    return this.#env.nowMs() >= untilMs;
  }

  #sweep(): void {
    for (const visit of this.#byTicket.values()) {
      if (!this.#isOver(visit)) continue;
      this.#byTicket.delete(visit.ticket);
      this.#byKnock.delete(visit.knock);
      if (visit.phase.at === 'away') this.#byState.delete(visit.phase.state);
    }
  }
}
