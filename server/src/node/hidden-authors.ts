/**
 * Of whom nothing is shown, because they were removed so (SPEC Z14): asked of the account tree once at the start and
 * whenever somebody is removed or restored. What can no longer be restored is taken away.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { Hidden } from 'copse/internal/social/peer/hidden.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import type { Standings } from '../store/accounts-tree.ts';

export interface HiddenAuthorsOptions {
  readonly standings: Standings;
  readonly store: PeerStore;
  readonly env: Env;
  /** Runs a task behind what has already arrived: `setImmediate` in a process. */
  readonly soon: (task: () => void) => void;
}

/** Of those whose end is final so many are looked at between two turns: half a millisecond, as a rule for nothing. */
const LOOKED = 64;

export class HiddenAuthors implements Hidden {
  readonly #standings: Standings;
  readonly #store: PeerStore;
  readonly #env: Env;
  readonly #soon: (task: () => void) => void;
  #keys: ReadonlySet<string> = new Set();
  #asking: Promise<void> = Promise.resolve();
  /** Questions without an answer. */
  #asked = 0;
  #isOver = false;

  private constructor({ standings, store, env, soon }: HiddenAuthorsOptions) {
    this.#standings = standings;
    this.#store = store;
    this.#env = env;
    this.#soon = soon;
  }

  static async open(options: HiddenAuthorsOptions): Promise<HiddenAuthors> {
    const hidden = new HiddenAuthors(options);
    options.standings.listen(() => hidden.#ask());
    hidden.#ask();
    await hidden.settled();
    return hidden;
  }

  get size(): number {
    return this.#keys.size;
  }

  has(author: Key): boolean {
    return this.#keys.has(hex(author));
  }

  get isSettled(): boolean {
    return this.#asked === 0;
  }

  settled(): Promise<void> {
    return this.#asking;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
  }

  /** One question behind the other: the last answer is that of the last change. */
  #ask(): void {
    this.#asked += 1;
    this.#asking = this.#askAfter(this.#asking).finally(() => {
      this.#asked -= 1;
    });
    // Told to whoever reads next.
    this.#asking.catch(() => {});
  }

  /** Fails where the tree cannot be read: what may have to be hidden is not shown then. */
  async #askAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => {});
    if (this.#isOver) return;
    const keys = await this.#standings.hidden();
    this.#keys = new Set(keys.map(({ key }) => hex(key)));
    void this.#takeAway(keys.flatMap(({ key, isFinal }) => (isFinal ? [key] : [])));
  }

  async #takeAway(keys: readonly Key[]): Promise<void> {
    try {
      for (const [at, key] of keys.entries()) {
        if (at % LOOKED === LOOKED - 1) await new Promise<void>(this.#soon);
        while (!this.#isOver && this.#store.pruneAccount(key, 0) > 0) await new Promise<void>(this.#soon);
      }
    } catch (thrown) {
      this.#env.log('error', 'peer.hidden', { fault: asFault(thrown).code });
    }
  }
}
