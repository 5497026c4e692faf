/**
 * One reader of a log: it gets every entry once and in order, from where it begins (SPEC L8).
 *
 * When the node is set back to a backup, a reader that has read more goes back, once, to where the log is another
 * one or before, and gets everything from there on once and in order (SPEC L12). What its device had read ahead
 * it may still get until then; whoever never goes back had read nothing else than what is there in the end.
 */

import type { LogHistory, Sight } from './history.ts';
import type { World } from './world.ts';

export class ReaderHistory {
  readonly #world: World;
  readonly #log: LogHistory;
  readonly #name: string;
  next: number;
  /** Whether what it gets is of the log as it is now. */
  #isSure: () => boolean;
  /** What it got; null: a part. */
  readonly #unsure = new Map<number, string | null>();
  /** It has gone back. */
  isSetBack = false;

  /** `isSure`: the device has found out already, should the node have been set back. */
  constructor(log: LogHistory, name: string, begin: { readonly from: number; readonly isSure?: boolean }) {
    this.#world = log.world;
    this.#log = log;
    this.#name = name;
    this.next = begin.from;
    // A device may have a copy of the log as it was, also for readers that begin later.
    this.#isSure = begin.isSure === true ? () => true : () => log.setBackTo === null;
  }

  got(sight: Sight): void {
    const { at, value } = sight;
    this.#next(at, value);
    if (this.#isOfNow(at)) this.#log.seen(sight, this.#name);
  }

  /** A part of a snapshot, which is no value. */
  passed(at: number): void {
    this.#next(at, null);
    if (this.#isOfNow(at)) this.#log.part(at, this.#name);
  }

  /** What stands before the end of the backup is the same before and after. */
  #isOfNow(at: number): boolean {
    return this.#isSure() || at < (this.#log.setBackTo ?? 0);
  }

  #next(at: number, value: string | null): void {
    if (!this.#isSure() && at < this.next) this.#goBack(at);
    const { next } = this;
    this.#world.check(
      at === next,
      'L8',
      () => `${this.#log.name}: ${this.#name} got ${at} when ${next} was next`,
    );
    if (this.#log.isCopied) this.#unsure.set(at, value);
    this.next = next + 1;
  }

  #goBack(to: number): void {
    this.isSetBack = true;
    this.#isSure = () => true;
    for (const at of this.#unsure.keys()) if (at >= to) this.#unsure.delete(at);
    this.next = to;
  }

  /** What lies from `from` up to `to` is gone, as the reader was told: also what it has read of it. */
  skipped(to: number, from = Math.min(to, this.next)): void {
    if (!this.#isSure() && from < this.next) this.#goBack(from);
    this.#world.check(
      to >= this.next,
      'L8',
      () => `${this.#log.name}: ${this.#name} goes back from ${this.next} to ${to}`,
    );
    this.#log.trimmed(to);
    // The end of what it had read is kept no more: nobody can say whether the log is the same.
    if (to > from) this.#unsure.clear();
    this.next = to;
  }

  /** Whether it has read everything. Who has gone back to the end of the log has nothing to show for it but the alarm. */
  isAtEnd(isAlarmed: boolean): boolean {
    const { tail } = this.#log;
    return this.next === tail || (this.next > tail && isAlarmed && !this.#isSure());
  }

  /** In the end it has read what is there, or there is nothing and it is told. */
  conclude(isAlarmed: boolean): void {
    for (const [at, value] of this.#unsure) {
      if (at >= this.#log.tail && isAlarmed) continue;
      const now = this.#log.valueAt(at);
      // Perhaps nobody else has read it.
      if (now !== undefined || at >= this.#log.tail) this.#checkSame(at, value, now);
      else if (value === null) this.#log.part(at, this.#name);
      else this.#log.seen({ at, value, stamp: '' }, this.#name);
    }
  }

  #checkSame(at: number, value: string | null, now: string | null | undefined): void {
    this.#world.check(
      now === value,
      'L12',
      () => `${this.#log.name}: ${this.#name} read ${value} at ${at}, where ${now} stands, and was not told`,
    );
  }
}
