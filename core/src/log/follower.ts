/**
 * The follower: one reader of one log. Pure: it turns pages and pushes into every entry exactly once
 * and in order, whatever the connection does, and says when to attach or detach (SPEC L8, T3, T4).
 *
 * Its owner tells how many bytes the application has not taken yet; a reader that does not keep up is
 * detached and attached again later instead of filling the memory of the device.
 */

import { assert } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import type { Page } from '../api/tail.ts';

export type FollowerState =
  | 'offline' // no connection
  | 'paging' // an attach is under way
  | 'live' // pushes continue where the last page ended
  | 'holding'; // the application has more than enough to take

/** Entries to hand to the application: `bytes` begins at the entry that has position `at`. */
export interface Delivery {
  readonly at: number;
  readonly count: number;
  readonly entries: Uint8Array;
  /** Entries at the front that were delivered before and must be skipped. */
  readonly skip: number;
}

export interface FollowerStep {
  readonly deliver: Delivery | null;
  /** Attach from this position, or null. */
  readonly attachFrom: number | null;
  readonly detach: boolean;
  /** Positions before this one are no longer kept: `[next, trimmedTo)` is gone. */
  readonly trimmedTo: number | null;
}

const NOTHING: FollowerStep = { deliver: null, attachFrom: null, detach: false, trimmedTo: null };

export class Follower {
  #next: number;
  #tail = 0;
  #state: FollowerState = 'offline';

  /** Starts at position `from`. */
  constructor(from: number) {
    assert(from >= 1, 'positions begin with 1');
    this.#next = from;
  }

  /** Position of the next entry the application gets. */
  get next(): number {
    return this.#next;
  }

  /** The tail of the log as far as it is known. */
  get tail(): number {
    return Math.max(this.#tail, this.#next);
  }

  get state(): FollowerState {
    return this.#state;
  }

  /** The log is leased on a connection. */
  connected(): FollowerStep {
    return this.#attach();
  }

  disconnected(): void {
    this.#state = 'offline';
  }

  /** The answer to an attach. */
  page(page: Page): FollowerStep {
    if (this.#state === 'offline') return NOTHING;
    const held = this.#state === 'holding';
    this.#tail = Math.max(this.#tail, page.tail);
    if (page.kind === 'trimmed') {
      const trimmedTo = Math.max(page.first, this.#next);
      this.#next = trimmedTo;
      return { ...(held ? NOTHING : this.#attach()), trimmedTo };
    }
    if (page.at > this.#next)
      throw new Fault('malformed', 'a page begins after the position it was asked for');
    const deliver = this.#take(page);
    if (held) return { ...NOTHING, deliver, detach: page.live };
    if (page.live) {
      this.#state = 'live';
      return { ...NOTHING, deliver };
    }
    return { ...this.#attach(), deliver };
  }

  /** A push. In any other state than live it is older than the attach under way, and skipped. */
  pushed(at: number, count: number, entries: Uint8Array): FollowerStep {
    if (this.#state !== 'live') return NOTHING;
    this.#tail = Math.max(this.#tail, at + count);
    if (at > this.#next) return this.#attach();
    return { ...NOTHING, deliver: this.#take({ at, count, entries }) };
  }

  #take(run: { readonly at: number; readonly count: number; readonly entries: Uint8Array }): Delivery | null {
    const skip = this.#next - run.at;
    assert(skip >= 0, 'a page begins at or before the next position');
    if (skip >= run.count) return null;
    this.#next = run.at + run.count;
    return { ...run, skip };
  }

  /** The server moved this reader from push to pull. */
  lagging(): FollowerStep {
    return this.#state === 'live' ? this.#attach() : NOTHING;
  }

  /** The application has more than enough to take. */
  hold(): FollowerStep {
    if (this.#state === 'offline' || this.#state === 'holding') return NOTHING;
    const wasLive = this.#state === 'live';
    this.#state = 'holding';
    return { ...NOTHING, detach: wasLive };
  }

  /** The application took what it had. */
  resume(): FollowerStep {
    return this.#state === 'holding' ? this.#attach() : NOTHING;
  }

  #attach(): FollowerStep {
    this.#state = 'paging';
    return { ...NOTHING, attachFrom: this.#next };
  }
}
