/**
 * Messages that could not be delivered, for an operator to see and to send again (SPEC I15). What is kept is the
 * record: the state still holds what the message told, so that sending it again says what is true then.
 */

import type { NotifyInternal } from 'copse/internal/api/notify.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { deadLettersPageMax } from 'copse/internal/base/limits-notify.ts';
import type { KeptLetter, LetterRecord, NewsStore } from '../store/news.ts';
import type { Ended } from './deliveries.ts';
import { shortened } from './shortened.ts';

export interface LettersOptions {
  readonly env: Pick<Env, 'wallMs'>;
  readonly store: Pick<NewsStore, 'letters' | 'commit'>;
}

type Page = Awaited<ReturnType<NotifyInternal['letters']>>;

const LAST_BYTES_MAX = 200;

export class Letters {
  readonly #options: LettersOptions;
  #waiting: LetterRecord[] = [];
  #count = 0;

  constructor(options: LettersOptions) {
    this.#options = options;
  }

  /** How many there were since the start. */
  get count(): number {
    return this.#count;
  }

  add({ notice, origin, end }: Ended): void {
    if (end.how !== 'dead') return;
    const { user, device } = notice;
    const atMs = this.#options.env.wallMs();
    const last = shortened(end.last, LAST_BYTES_MAX);
    this.#waiting.push({ user, device, atMs, why: end.why, last, origin });
    this.#count++;
  }

  /** What is to be written, so many at most. */
  take(countMax: number): readonly LetterRecord[] {
    return this.#waiting.splice(0, countMax);
  }

  /** The oldest first, behind the one that is named. */
  async page(after: number): Promise<Page> {
    const found = await this.#options.store.letters(after, deadLettersPageMax + 1);
    const rows = found.slice(0, deadLettersPageMax);
    return {
      // Older versions kept more of it.
      rows: rows.map((row) => ({ ...row, last: shortened(row.last, LAST_BYTES_MAX) })),
      more: found.length > deadLettersPageMax ? (rows.at(-1)?.id ?? null) : null,
    };
  }

  /** Takes them out; those that were there. */
  async remove(ids: readonly number[]): Promise<readonly KeptLetter[]> {
    const { store } = this.#options;
    const letters: KeptLetter[] = [];
    for (const id of new Set(ids)) {
      const [letter] = await store.letters(id - 1, 1);
      if (letter?.id === id) letters.push(letter);
    }
    if (letters.length > 0) await store.commit({ lettersGone: letters.map(({ id }) => id) });
    return letters;
  }
}
