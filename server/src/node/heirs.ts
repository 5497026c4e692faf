/**
 * What was brought and uploaded under a key that another one has replaced counts for that one (SPEC Z105). It goes
 * over when the account is first met with its present key, so that a node that was killed on the way goes on, and
 * before anything is counted for it.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Key } from 'copse/internal/base/ids.ts';

/** Keys that are remembered as looked after; of another one it is asked again. */
const MET_MAX = 10_000;

export interface HeirsOptions {
  /** The keys that an account had before. */
  readonly formers: (key: Key) => Promise<readonly Key[]>;
  readonly inherit: (from: Key, to: Key) => Promise<void>;
}

export class Heirs {
  readonly #options: HeirsOptions;
  readonly #met = new Cache<string, Promise<void>>(MET_MAX);

  constructor(options: HeirsOptions) {
    this.#options = options;
  }

  /** Once that is done, everything of this account counts for its key. Only for one that is there. */
  meet(key: Key): Promise<void> {
    const name = hex(key);
    const known = this.#met.get(name);
    if (known !== undefined) return known;
    const meeting = this.#meet(key);
    this.#met.set(name, meeting);
    meeting.catch(() => this.#met.delete(name));
    return meeting;
  }

  async #meet(key: Key): Promise<void> {
    for (const from of await this.#options.formers(key)) await this.#options.inherit(from, key);
  }
}
