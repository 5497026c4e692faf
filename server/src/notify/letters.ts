/**
 * Messages that could not be delivered, for an operator to see and to send again (SPEC I15). What is kept is the
 * record: the state still holds what the message told, so that sending it again says what is true then.
 */

import type { Env } from 'copse/internal/base/env.ts';
import type { KeptLetter, LetterRecord, NewsStore } from '../store/news.ts';
import type { Ended } from './deliveries.ts';

export interface LettersOptions {
  readonly env: Pick<Env, 'wallMs'>;
  readonly store: Pick<NewsStore, 'letters' | 'commit'>;
}

const LAST_LENGTH_MAX = 200;

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
    const last = end.last.slice(0, LAST_LENGTH_MAX);
    this.#waiting.push({ user, device, atMs, why: end.why, last, origin });
    this.#count++;
  }

  /** What is to be written, so many at most. */
  take(countMax: number): readonly LetterRecord[] {
    return this.#waiting.splice(0, countMax);
  }

  /** The oldest first, behind the one that is named. */
  list(after: number, countMax: number): Promise<readonly KeptLetter[]> {
    return this.#options.store.letters(after, countMax);
  }

  /** Takes one out; null when it is not there. */
  async remove(id: number): Promise<KeptLetter | null> {
    const [letter] = await this.#options.store.letters(id - 1, 1);
    if (letter === undefined || letter.id !== id) return null;
    await this.#options.store.commit({ lettersGone: [id] });
    return letter;
  }
}
