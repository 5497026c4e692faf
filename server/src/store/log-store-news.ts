/**
 * Which records of the journal hold news that may not have been told. They wait for chunks until it was, because a
 * start looks through the journal alone: what it does not have was told before (SPEC I2). Where telling takes so
 * long that too much would wait, chunks come first.
 */

import type { Run } from 'copse/internal/log/batch.ts';

import type { HeardNews } from './untold-news.ts';

export class StoreNews {
  /** Records, the oldest first. */
  #records: number[];
  #found: readonly HeardNews[];
  /** Whether somebody tells what becomes durable now. */
  #isTold = false;

  /** News that a start has found. */
  constructor(found: readonly HeardNews[]) {
    this.#found = found;
    this.#records = found.map(({ record }) => record);
  }

  /** The oldest record that waits. */
  get first(): number {
    return this.#records[0] ?? Number.POSITIVE_INFINITY;
  }

  /** A record is durable. */
  durable(record: number, runs: readonly Run[]): void {
    let isNews = false;
    for (const { news } of runs) {
      if (news === undefined) continue;
      news.record = record;
      isNews = true;
    }
    if (isNews && this.#isTold) this.#records.push(record);
  }

  take(): readonly HeardNews[] {
    const found = this.#found;
    this.#found = [];
    this.#isTold = true;
    return found;
  }

  told(record: number): void {
    const at = this.#records.findIndex((waiting) => waiting > record);
    this.#records = at < 0 ? [] : this.#records.slice(at);
  }
}
