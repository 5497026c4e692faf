/**
 * Pages of a log for who asks once and does not follow: the log is leased for as long as it takes, and
 * nothing is attached. An answer that the connection took along is asked for again on the next one.
 */

import type { Env } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { LogId } from '../base/ids.ts';
import { callMs } from '../base/limits.ts';
import { deferred, type Deferred } from './deferred.ts';
import { lacksKey, openRun, type Item } from './log-items.ts';
import type { ReadLease } from './log-reader.ts';
import type { SiteKeys } from './site-keys.ts';

export interface PageWant {
  /** First position; null with `last` null is the first kept one. */
  readonly from: number | null;
  /** Or so many entries before the tail. */
  readonly last: number | null;
  readonly countMax: number;
  readonly bytesMax: number;
}

export interface LogPagePart {
  readonly items: readonly Item[];
  /** First position that the node keeps. */
  readonly first: number;
  /** Position that the next entry of the log will get. */
  readonly tail: number;
  /** Where the next page begins. */
  readonly next: number;
}

export interface LogPagesOwner {
  readonly env: Env;
  readonly keys: SiteKeys;
  readonly log: LogId;
}

export class LogPages {
  readonly #owner: LogPagesOwner;
  #lease: ReadLease | null = null;
  #waiting: Deferred<ReadLease>[] = [];

  constructor(owner: LogPagesOwner) {
    this.#owner = owner;
  }

  opened(lease: ReadLease): void {
    this.#lease = lease;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each.resolve(lease);
  }

  closed(): void {
    this.#lease = null;
  }

  /** The log will not be had any more. */
  end(fault: Fault): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each.reject(fault);
  }

  /** Throws `closed` when the log is not reached in time. */
  async read(want: PageWant): Promise<LogPagePart> {
    const endMs = this.#owner.env.nowMs() + callMs;
    for (;;) {
      const lease = await this.#leased(endMs - this.#owner.env.nowMs());
      try {
        return await this.#read(lease, want);
      } catch (thrown) {
        const fault = asFault(thrown);
        // On the same lease the same answer would come. One that has ended meanwhile the node does not know.
        const isEnded = this.#lease !== lease && (fault.retry !== 'never' || fault.code === 'unknown');
        if (!isEnded) throw fault;
      }
    }
  }

  async #leased(limitMs: number): Promise<ReadLease> {
    if (this.#lease !== null) return this.#lease;
    const waiting = deferred<ReadLease>();
    this.#waiting.push(waiting);
    const timer = this.#owner.env.after(limitMs, () => {
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      waiting.reject(new Fault('closed', 'The node cannot be reached.'));
    });
    return waiting.promise.finally(() => timer.cancel());
  }

  async #read(lease: ReadLease, want: PageWant): Promise<LogPagePart> {
    // What is known of the tail may be old: one entry at most tells where it is now.
    const look = await lease.read(lease.tail, 1);
    const { tail } = look;
    let first = look.kind === 'trimmed' ? look.first : lease.first;
    let from = Math.max(first, want.from ?? (want.last === null ? 1 : tail - want.last));
    while (from < tail) {
      const page = await lease.read(from, want.bytesMax);
      if (page.kind === 'trimmed') {
        first = Math.max(page.first, first);
        from = Math.max(page.first, from + 1);
        continue;
      }
      const { keys, log } = this.#owner;
      const { bytesMax, countMax } = want;
      const open = (): readonly Item[] => openRun(keys, log, page, { from, bytesMax }).slice(0, countMax);
      let items = open();
      if (lacksKey(items) && (await keys.seekWanted())) items = open();
      return { items, first, tail: Math.max(tail, page.tail), next: from + items.length };
    }
    return { items: [], first, tail, next: from };
  }
}
