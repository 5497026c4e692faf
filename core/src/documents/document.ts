/**
 * What the values of a log make under a rule: the same on every device that has read as far (SPEC V15). In a led log
 * the leader refuses what the rule does not allow; in an open one it stands there and leaves no trace. So everybody
 * asks the rule again, and nobody needs to know which kind of log it is.
 */

import type { Decision, Maker, Sequencer } from '../client/lead.ts';

/** Who made a value. */
export type Author = Pick<Maker, 'device'>;

export interface Document<V> {
  /** What it is now. It never changes; the next one shares what has stayed. */
  view(): V;
  /** What becomes of a value: answers the same for the same document, value and author, and changes nothing. */
  judge(value: unknown, by: Author): Decision<unknown>;
  /** Judges, and does what is allowed. */
  take(value: unknown, by: Author): Decision<unknown>;
  /** A copy that goes its own way. */
  fork(): Document<V>;
  /** Everything that it knows, and what `load` goes on from. */
  save(): Uint8Array;
  /** Throws for what no document of this kind has saved, and changes nothing then. */
  load(state: Uint8Array): void;
}

/** A leader's rule: the document decides. It saves what it is, so that a lead begins with that (SPEC Q8). */
export class DocumentSequencer implements Sequencer<unknown> {
  readonly #document: Document<unknown>;

  constructor(document: Document<unknown>) {
    this.#document = document;
  }

  apply(value: unknown, by: Author): void {
    this.#document.take(value, by);
  }

  decide(value: unknown, by: Author): Decision<unknown> {
    return this.#document.judge(value, by);
  }
  save(): Uint8Array {
    return this.#document.save();
  }

  load(state: Uint8Array): void {
    this.#document.load(state);
  }
}
