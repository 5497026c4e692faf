/**
 * Appends of this device that wait in its queue and were not made by this provider: by an earlier run, or by another
 * tab (SPEC Y3). The document shows them at once. One that leaves the queue without standing in the log was refused;
 * it is taken as if it had been typed here, so that it is told as unsaved and appended again.
 */

import type { PendingEntry } from 'copse';
import type { DocumentFold } from './document-fold.ts';
import { Parts, readEntry } from './entry.ts';
import type { Outgoing } from './outgoing.ts';

interface Queued {
  readonly value: Uint8Array;
  /** The change that it is, or that it completes; null of a part that is followed by others. */
  readonly update: Uint8Array | null;
}

export class QueuedAppends {
  readonly #fold: DocumentFold;
  readonly #outgoing: Outgoing;
  readonly #byName = new Map<string, Queued | null>();
  readonly #parts = new Parts();
  #gone: Queued[] = [];

  constructor(fold: DocumentFold, outgoing: Outgoing) {
    this.#fold = fold;
    this.#outgoing = outgoing;
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  get hasGone(): boolean {
    return this.#gone.length > 0;
  }

  /** What waits now. */
  take(pending: readonly PendingEntry<Uint8Array>[]): void {
    const names = new Set(pending.map(({ id }) => id));
    for (const [name, queued] of this.#byName) {
      if (names.has(name)) continue;
      this.#byName.delete(name);
      if (queued !== null) this.#gone.push(queued);
    }
    for (const { id, value } of pending) {
      if (value !== undefined && !this.#byName.has(id)) this.#byName.set(id, this.#show(value));
    }
  }

  /** Null for what this provider appended itself, and for what is no change. */
  #show(value: Uint8Array): Queued | null {
    const entry = readEntry(value);
    if (entry === null || this.#outgoing.expects(value)) return null;
    this.#outgoing.expect(value);
    const update = entry.kind === 'whole' ? entry.update : this.#parts.take('', value);
    if (update !== null) this.#fold.add(update);
    return { value, update };
  }

  /** The document has all that stands in the log. */
  settle(): void {
    const gone = this.#gone;
    this.#gone = [];
    for (const { update, value } of gone) {
      if (this.#outgoing.recognise(value) && update !== null) this.#outgoing.add(update);
    }
  }
}
