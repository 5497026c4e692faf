/** The copies of logs as the home has them: loaded when the first log is opened (`copies.ts`, SPEC S15). */

import { asFault } from '../base/fault.ts';
import type { SiteId } from '../base/ids.ts';
import type { Copies, CopiesOwner } from './copies.ts';
import type { LogCopy } from './log-copy.ts';
import type { Run } from './log-items.ts';
import type { Place } from './queue.ts';
import type { SiteKeys } from './site-keys.ts';

export class LazyCopies {
  readonly #owner: CopiesOwner;
  #copies: Promise<Copies> | null = null;

  constructor(owner: CopiesOwner) {
    this.#owner = owner;
  }

  #get(): Promise<Copies> {
    this.#copies ??= import('./copies.ts').then(({ Copies: Made }) => Made.load(this.#owner));
    return this.#copies;
  }

  /** What is kept of a log and of use, or null; from now on `copy` is what will be kept. */
  async open(place: Place, copy: LogCopy, keys: SiteKeys): Promise<Run | null> {
    try {
      return await (await this.#get()).open(place, copy, keys);
    } catch (thrown) {
      // The log opens without it, and the next one asks again.
      this.#copies = null;
      this.#owner.env.log('warn', 'copies.load', { fault: asFault(thrown).code });
      return null;
    }
  }

  /** A copy has changed, of a log that was opened before. */
  changed(): void {
    this.#copies?.then((copies) => copies.changed()).catch(() => {});
  }

  /** The site is not this user's any more. */
  async forget(site: SiteId): Promise<void> {
    await (await this.#get()).forget(site);
  }

  /** Writes what is not written yet. */
  async stop(): Promise<void> {
    const copies = await this.#copies?.catch(() => null);
    await copies?.stop();
  }
}
