/**
 * Of whom nothing is shown, because they were removed so (SPEC Z14): asked of the account tree once at the start and
 * whenever somebody is removed or restored. What can no longer be restored is taken away.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { hiddenAgainMs } from 'copse/internal/base/limits-peer.ts';
import type { Hidden } from 'copse/internal/social/peer/hidden.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import type { Standings } from '../store/accounts-tree.ts';

export interface HiddenAuthorsOptions {
  readonly standings: Standings;
  readonly store: Pick<PeerStore, 'pruneAccount'>;
  readonly env: Env;
  /** Runs a task behind what has already arrived: `setImmediate` in a process. */
  readonly soon: (task: () => void) => void;
}

export class HiddenAuthors implements Hidden {
  readonly #options: HiddenAuthorsOptions;
  #keys: ReadonlySet<string> = new Set();
  /** Whose messages have been taken away. */
  readonly #emptied = new Set<string>();
  #asking: Promise<void> = Promise.resolve();
  #taking: Promise<void> = Promise.resolve();
  /** A question waits that has not begun: it tells of later changes too. */
  #isDue = false;
  #isKnown = false;
  #again: Timer | null = null;
  #isOver = false;

  private constructor(options: HiddenAuthorsOptions) {
    this.#options = options;
  }

  static async open(options: HiddenAuthorsOptions): Promise<HiddenAuthors> {
    const hidden = new HiddenAuthors(options);
    options.standings.listen(({ below }) => {
      if (below) hidden.#ask();
    });
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
    return this.#isKnown;
  }

  settled(): Promise<void> {
    return this.#asking;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#again?.cancel();
  }

  /** One question behind the other: the last answer is that of the last change. */
  #ask(): void {
    this.#isKnown = false;
    this.#again?.cancel();
    this.#again = null;
    if (this.#isDue) return;
    this.#isDue = true;
    this.#asking = this.#askAfter(this.#asking);
    // Told to whoever reads next, and asked again in a while.
    this.#asking.catch(() => this.#later());
  }

  /** Fails where the tree cannot be read: what may have to be hidden is not shown then. */
  async #askAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => {});
    this.#isDue = false;
    // Who waits for it is told nothing more, and does not wait in vain.
    if (this.#isOver) throw new Fault('closed');
    const keys = await this.#options.standings.hidden();
    this.#keys = new Set(keys.map(({ key }) => hex(key)));
    this.#isKnown = !this.#isDue;
    const final = keys.flatMap(({ key, isFinal }) => (isFinal ? [key] : []));
    this.#taking = this.#takeAwayAfter(this.#taking, final);
  }

  async #takeAwayAfter(before: Promise<void>, keys: readonly Key[]): Promise<void> {
    await before;
    try {
      for (const key of keys) if (!this.#emptied.has(hex(key))) await this.#takeAway(key);
    } catch (thrown) {
      this.#options.env.log('error', 'peer.hidden', { fault: asFault(thrown).code });
      this.#later();
    }
  }

  async #takeAway(key: Key): Promise<void> {
    const { store, soon } = this.#options;
    for (let gone = 1; gone > 0;) {
      await new Promise<void>(soon);
      if (this.#isOver) return;
      gone = store.pruneAccount(key, 0);
    }
    this.#emptied.add(hex(key));
  }

  #later(): void {
    if (this.#isOver || this.#again !== null) return;
    this.#again = this.#options.env.after(hiddenAgainMs, () => this.#ask());
  }
}
