/** In the home: an application that wants to lead a log, at the way of its entries. Loaded with the first word. */

import { asFault, FAULTS } from '../base/fault.ts';
import { decode, encode } from '../wire/shape.ts';
import type { Candidate, LedPath } from './led-path.ts';
import { leadNewsShape, leadWishShape, type LeadNews, type LeadWish } from './led-words.ts';

export class LedSeat {
  readonly #path: LedPath;
  readonly #tell: (word: Uint8Array) => void;
  readonly #candidate: Candidate;

  constructor(path: LedPath, tell: (word: Uint8Array) => void) {
    this.#path = path;
    this.#tell = tell;
    this.#candidate = {
      onWaiting: () => this.#say({ kind: 'waiting' }),
      onLeading: (lead, tail) => this.#say({ kind: 'leading', lead, tail }),
      onDecide: (lead, question) => this.#say({ kind: 'decide', lead, ...question }),
      onFailed: (thrown) => this.#fail(thrown),
    };
  }

  #say(news: LeadNews): void {
    this.#tell(encode(leadNewsShape, news));
  }

  #fail(thrown: unknown): void {
    const { code, detail } = asFault(thrown);
    this.#say({ kind: 'failed', fault: FAULTS[code].number, detail: detail.slice(0, 128) });
  }

  hear(word: Uint8Array): void {
    const wish = understood(word);
    if (wish === null) return;
    switch (wish.kind) {
      case 'ask':
        return this.#path.want(this.#candidate);
      case 'ready':
        return this.#path.ready(wish.lead);
      case 'ruled':
        return this.#path.ruled(wish.lead, wish.number, wish.ruling);
      case 'stepDown':
        this.#path.stepDown(this.#candidate, wish).then(
          () => this.#say({ kind: 'steppedDown' }),
          (thrown: unknown) => this.#fail(thrown),
        );
    }
  }

  /** The application is gone. */
  end(): void {
    this.#path.stepDown(this.#candidate, { to: null, open: false }).catch(() => {});
  }
}

/** A tab of another version may say what this one does not understand. */
function understood(word: Uint8Array): LeadWish | null {
  try {
    return decode(leadWishShape, word);
  } catch {
    return null;
  }
}
