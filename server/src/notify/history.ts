/** What became of notifications, for their user to look at: kept here until it is written (SPEC I20). */

import type { Env } from 'copse/internal/base/env.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import { toldPerUserMax, toldWaitingMax } from 'copse/internal/base/limits-notify.ts';
import type { NewsStore, ToldRecord } from '../store/news.ts';

export class History {
  readonly #env: Pick<Env, 'wallMs'>;
  readonly #store: Pick<NewsStore, 'told'>;
  readonly #waiting: ToldRecord[] = [];

  constructor(env: Pick<Env, 'wallMs'>, store: Pick<NewsStore, 'told'>) {
    this.#env = env;
    this.#store = store;
  }

  add(row: Omit<ToldRecord, 'atMs'>): void {
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
