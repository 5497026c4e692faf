/**
 * What the node keeps of strangers (SPEC Z72, Z73, Z75, Z77): bounded queues in which those with the most work
 * stay, who was accepted, who is kept away, and what was reported. On the database of the messages, which its
 * store closes. Everything happens at once; what has returned is durable.
 */

import type { Key } from '../../base/ids.ts';
import { Fault } from '../../base/fault.ts';
import {
  guestsPerUserMax,
  keptAwayMax,
  knocksAnsweredMax,
  knocksBytesMax,
  knocksPerUserMax,
  knocksSweptMax,
  reportRowsMax,
  reportsMax,
  reportsPerUserMax,
} from '../../base/limits-work.ts';
import type { Reach } from '../../api/strangers.ts';
import type { SqlDatabase } from '../store/sql.ts';
import { prepareStrangers } from './rows.ts';
import type { GuestRow, KnockRow, LeastRow, NumberedRow, ReportRow, StrangerStatements } from './rows.ts';

export interface NewKnock {
  readonly recipient: Key;
  readonly id: Uint8Array;
  readonly sender: Key;
  readonly bits: number;
  readonly isInvitation: boolean;
  readonly atMs: number;
  readonly untilMs: number;
  readonly body: Uint8Array;
}

/** What became of a knock: it waits; it is here or was; those who wait have worked at least `bits`. */
export type Left =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'known' }
  | { readonly kind: 'crowded'; readonly bits: number };

type Victims =
  | { readonly kind: 'some'; readonly rows: readonly LeastRow[] }
  | (Left & { readonly kind: 'crowded' });

export interface NewReport {
  readonly by: Key;
  readonly about: Uint8Array;
  readonly why: string;
  readonly message: Uint8Array | null;
  readonly atMs: number;
}

const REACHES: readonly Reach[] = ['everybody', 'friendsOfFriends', 'members', 'nobody'];

export class StrangerStore {
  readonly #database: SqlDatabase;
  readonly #sql: StrangerStatements;
  readonly #onCommit: () => void;
  /** Of all that waits; counted along, because every knock asks. */
  #bytes: number;

  constructor(database: SqlDatabase, onCommit: () => void = () => {}) {
    this.#database = database;
    this.#sql = prepareStrangers(database);
    this.#onCommit = onCommit;
    this.#bytes = this.#sql.bytes.get()?.bytes ?? 0;
  }

  /** All of one commit, answered in the order of what was asked. */
  leave(knocks: readonly NewKnock[]): readonly Left[] {
    return this.#write(() => knocks.map((knock) => this.#leave(knock)));
  }

  knows(recipient: Key, id: Uint8Array): boolean {
    return this.#sql.knows.get(recipient, id) !== null;
  }

  waiting(recipient: Key, id: Uint8Array, nowMs: number): KnockRow | null {
    return this.#sql.waiting.get(recipient, id, nowMs);
  }

  /** Those with the most work first. */
  queue(recipient: Key, { skip, rows, nowMs }: { skip: number; rows: number; nowMs: number }): KnockRow[] {
    return this.#sql.queue.all(recipient, nowMs, rows, skip);
  }

  /** Knocks that wait, behind a number, in the order in which they came. */
  after(seq: number, rowsMax: number): readonly NumberedRow[] {
    return this.#sql.after.all(seq, rowsMax);
  }

  /** The number of the last one that there was. */
  last(): number {
    return this.#sql.last.get()?.seq ?? 0;
  }

  count(recipient: Key): number {
    return this.#sql.count.get(recipient)?.count ?? 0;
  }

  /** The least work of those who would have to go for so many bytes; null: there is room. */
  leastOf(recipient: Key, size: number): number | null {
    const { rows } = this.#inTheWay(recipient, size);
    return rows.length === 0 ? null : Math.max(...rows.map(({ bits }) => bits));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** It was accepted or declined: its id is remembered until its time would have been over. */
  answered(recipient: Key, seq: number): void {
    this.#write(() => {
      this.#sql.answer.run(seq);
      this.#sql.forget.run(recipient, knocksAnsweredMax);
      this.#recount();
    });
  }

  /** Takes away what is over, a bounded number at once; answers how many. */
  sweep(nowMs: number): number {
    const over = this.#sql.over.all(nowMs, knocksSweptMax);
    if (over.length === 0) return 0;
    this.#write(() => {
      for (const { seq, size } of over) this.#remove(seq, size);
    });
    return over.length;
  }

  reach(user: Key): Reach {
    return REACHES[this.#sql.reach.get(user)?.reach ?? 0] ?? 'nobody';
  }

  setReach(user: Key, reach: Reach): void {
    this.#write(() => this.#sql.setReach.run(user, REACHES.indexOf(reach)));
  }

  guest(user: Key, who: Key, nowMs: number): GuestRow | null {
    return this.#sql.guest.get(user, who, nowMs);
  }

  guests(user: Key, nowMs: number): readonly GuestRow[] {
    return this.#sql.guests.all(user, nowMs, guestsPerUserMax);
  }

  setGuest(user: Key, who: Key, { nowMs, untilMs }: { nowMs: number; untilMs: number }): void {
    this.#write(() => {
      this.#sql.overGuests.run(user, nowMs);
      if ((this.#sql.guestCount.get(user)?.count ?? 0) >= guestsPerUserMax) this.#dropGuest(user, nowMs);
      this.#sql.setGuest.run(user, who, untilMs);
    });
  }

  guestWrote(user: Key, who: Key, bytes: number): void {
    this.#write(() => this.#sql.guestWrote.run(bytes, user, who));
  }

  isAway(user: Key, whom: Key): boolean {
    return this.#sql.isAway.get(user, whom) !== null;
  }

  away(user: Key): readonly Uint8Array[] {
    return this.#sql.away.all(user, keptAwayMax).map(({ whom }) => whom);
  }

  keepAway(user: Key, whom: Key): void {
    if ((this.#sql.awayCount.get(user)?.count ?? 0) >= keptAwayMax)
      throw new Fault('full', `one keeps at most ${keptAwayMax} away: let somebody near again first`);
    this.#write(() => {
      this.#sql.setAway.run(user, whom);
      this.#sql.removeGuest.run(user, whom);
      for (const { seq } of this.#sql.bySender.all(user, whom)) this.#sql.answer.run(seq);
      this.#recount();
    });
  }

  letNear(user: Key, whom: Key): void {
    this.#write(() => this.#sql.removeAway.run(user, whom));
  }

  report({ by, about, why, message, atMs }: NewReport): void {
    if ((this.#sql.reportsBy.get(by)?.count ?? 0) >= reportsPerUserMax)
      throw new Fault('full', `${reportsPerUserMax} of your reports wait for an admin`);
    if ((this.#sql.reportCount.get()?.count ?? 0) >= reportsMax)
      throw new Fault('full', 'so many reports wait that there is no room for another');
    this.#write(() => this.#sql.report.run(by, about, why, message, atMs));
  }

  reports(after: number): readonly ReportRow[] {
    return this.#sql.reports.all(after, reportRowsMax);
  }

  /** Answers whether it was there. */
  settle(number: number): boolean {
    return this.#write(() => this.#sql.settle.run(number)) > 0;
  }

  #leave(knock: NewKnock): Left {
    const { recipient, id, sender, bits, isInvitation, atMs, untilMs, body } = knock;
    if (this.#sql.knows.get(recipient, id) !== null) return { kind: 'known' };
    const victims = this.#victims(knock);
    if (victims.kind === 'crowded') return victims;
    for (const { seq, size } of victims.rows) this.#remove(seq, size);
    this.#sql.insert.run(recipient, id, sender, bits, isInvitation ? 1 : 0, atMs, untilMs, body.length, body);
    this.#bytes += body.length;
    return { kind: 'waiting' };
  }

  /**
   * Who goes for a knock: the last one of a full queue, and where all of them together are full those with less
   * work, whoever they are for. Nobody, where that would not be enough.
   */
  #victims({ recipient, bits, body }: NewKnock): Victims {
    const { rows, isEnough } = this.#inTheWay(recipient, body.length);
    const stays = rows.find((row) => row.bits >= bits);
    if (stays !== undefined) return { kind: 'crowded', bits: stays.bits };
    return isEnough ? { kind: 'some', rows } : { kind: 'crowded', bits };
  }

  /** Those with the least work, as many as make room for so many bytes; whether they do. */
  #inTheWay(
    recipient: Key,
    size: number,
  ): { readonly rows: readonly LeastRow[]; readonly isEnough: boolean } {
    const last = this.#lastOf(recipient);
    const rows = last === null ? [] : [last];
    let over = this.#bytes + size - knocksBytesMax - (last?.size ?? 0);
    for (const row of over > 0 ? this.#sql.leastOfAll.all(knocksSweptMax) : []) {
      if (over <= 0) break;
      if (row.seq === last?.seq) continue;
      rows.push(row);
      over -= row.size;
    }
    return { rows, isEnough: over <= 0 };
  }

  /** Of a full queue the one that goes first. */
  #lastOf(recipient: Key): LeastRow | null {
    return this.count(recipient) < knocksPerUserMax ? null : this.#sql.least.get(recipient);
  }

  #remove(seq: number, size: number): void {
    this.#sql.remove.run(seq);
    this.#bytes -= size;
  }

  #dropGuest(user: Key, nowMs: number): void {
    const last = this.guests(user, nowMs).at(-1);
    if (last !== undefined) this.#sql.removeGuest.run(user, last.who);
  }

  #recount(): void {
    this.#bytes = this.#sql.bytes.get()?.bytes ?? 0;
  }

  #write<T>(task: () => T): T {
    try {
      const answer = this.#database.transaction(task);
      this.#onCommit();
      return answer;
    } catch (thrown) {
      this.#recount();
      throw thrown;
    }
  }
}
