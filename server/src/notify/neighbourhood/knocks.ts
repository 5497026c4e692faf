/**
 * Strangers who knock are news to whom they knock at, once a day at most (SPEC I28): whoever has work to spare would
 * ring at will otherwise. They have numbers, and a start looks behind the last one of which everything was said.
 */

import type { Timer } from 'copse/internal/base/env.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { key, type UserId } from 'copse/internal/base/ids.ts';
import { authorNewsMetersMax, knockNewsMs, neighbourLookRows } from 'copse/internal/base/limits-notify.ts';
import { knocksLog, neighbourhoodOf } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { NeighbourhoodDesk, NeighbourhoodSource } from './source.ts';

export interface KnocksOptions {
  readonly base: () => number;
  /** `kept` has moved. */
  readonly moved: () => void;
}

export class Knocks implements Disposable {
  readonly #source: NeighbourhoodSource;
  readonly #desk: NeighbourhoodDesk;
  readonly #options: KnocksOptions;
  /** When it was last said to somebody, and the newest that was not said since. */
  readonly #saidMs = new Cache<UserId, number>(authorNewsMetersMax);
  readonly #waiting = new Map<UserId, { readonly first: number; last: number }>();
  #seq = 0;
  #kept = 0;
  #looking: Promise<void> | null = null;
  #isAgain = false;
  #timer: Timer | null = null;
  #isOver = false;

  constructor(source: NeighbourhoodSource, desk: NeighbourhoodDesk, options: KnocksOptions) {
    this.#source = source;
    this.#desk = desk;
    this.#options = options;
  }

  /** Everything up to this number was said. */
  get kept(): number {
    return this.#kept;
  }

  begin(knock: number): void {
    this.#seq = knock;
    this.#kept = knock;
  }

  /** Somebody may have knocked. */
  look(): void {
    if (this.#isOver) return;
    if (this.#looking !== null) {
      this.#isAgain = true;
      return;
    }
    this.#isAgain = false;
    this.#looking = this.#all()
      .catch((thrown: unknown) =>
        this.#source.env.log('debug', 'notify.knocks', { fault: asFault(thrown).code }),
      )
      .finally(() => {
        this.#looking = null;
        if (this.#isAgain) this.look();
      });
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  async #all(): Promise<void> {
    for (;;) {
      const rows = this.#source.strangers.after(this.#seq, neighbourLookRows);
      const last = rows.at(-1);
      if (last === undefined || this.#isOver) break;
      for (const { seq, recipient } of rows)
        for (const user of await this.#source.answering(key(recipient))) this.#wait(user, seq);
      this.#seq = last.seq;
    }
    await this.#say();
  }

  #wait(user: UserId, seq: number): void {
    if (!this.#desk.hears(neighbourhoodOf(user))) return;
    const waiting = this.#waiting.get(user);
    if (waiting === undefined) this.#waiting.set(user, { first: seq, last: seq });
    else waiting.last = seq;
  }

  async #say(): Promise<void> {
    const nowMs = this.#source.env.nowMs();
    let nextMs = Infinity;
    let hasSaid = false;
    for (const [user, { last }] of this.#waiting) {
      const dueMs = (this.#saidMs.get(user) ?? -knockNewsMs) + knockNewsMs;
      if (dueMs > nowMs) {
        nextMs = Math.min(nextMs, dueMs);
        continue;
      }
      this.#waiting.delete(user);
      this.#saidMs.set(user, nowMs);
      const length = last + 1 + this.#options.base();
      this.#desk.publish({ site: neighbourhoodOf(user), log: knocksLog, length, mentions: [] });
      hasSaid = true;
    }
    if (nextMs !== Infinity) this.#lookIn(nextMs - nowMs);
    // What waits for its day is said by a start, too.
    const first = Math.min(...[...this.#waiting.values()].map((each) => each.first - 1), this.#seq);
    if (first <= this.#kept) return;
    if (hasSaid) await this.#desk.kept();
    this.#kept = first;
    this.#options.moved();
  }

  #lookIn(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#isOver ? null : this.#source.env.after(delayMs, () => this.look());
  }
}
