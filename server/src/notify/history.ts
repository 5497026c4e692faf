/**
 * What became of notifications, for their user to look at: kept here until it is written (SPEC I20). Why nothing
 * was sent is said of devices that have an address, and not when there is more to be written already.
 */

import type { Env } from 'copse/internal/base/env.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import { toldPerUserMax, toldWaitingMax } from 'copse/internal/base/limits-notify.ts';
import type { NewsStore, ToldRecord } from '../store/news.ts';
import type { Addresses } from './addresses.ts';
import type { PassedBy } from './news/state.ts';

/** Rows that wait; beyond that only what was sent, or given up, comes behind them. */
const PASSED_MAX = 1_024;

export class History implements PassedBy {
  readonly #env: Pick<Env, 'wallMs'>;
  readonly #store: Pick<NewsStore, 'told'>;
  readonly #waiting: ToldRecord[] = [];

  readonly #addresses: Pick<Addresses, 'canReach'>;

  constructor(
    env: Pick<Env, 'wallMs'>,
    store: Pick<NewsStore, 'told'>,
    addresses: Pick<Addresses, 'canReach'>,
  ) {
    this.#env = env;
    this.#store = store;
    this.#addresses = addresses;
  }

  get isFull(): boolean {
    return this.#waiting.length >= PASSED_MAX;
  }

  add(row: Omit<ToldRecord, 'atMs'>): void {
    if (!this.#addresses.canReach(row.device) && row.what !== 'gone') return;
    if (this.#waiting.length >= toldWaitingMax) this.#waiting.splice(0, toldWaitingMax / 2);
    this.#waiting.push({ ...row, atMs: this.#env.wallMs() });
  }

  /** The newest first. */
  async of(user: UserId): Promise<readonly ToldRecord[]> {
    const written = await this.#store.told(user, toldPerUserMax);
    const waiting = this.#waiting.filter((row) => row.user === user).toReversed();
    return [...waiting, ...written].slice(0, toldPerUserMax);
  }

  /** What is to be written, so many at most. */
  take(countMax: number): readonly ToldRecord[] {
    return this.#waiting.splice(0, countMax);
  }
}
