/**
 * Logs that were read while others of their site were not: per user and log the ordinal up to which she has
 * read it. They go when nothing unread is left in the site. A user has so many at most; beyond it, what is
 * older than everything that she has read out of turn in a site counts as read (SPEC I10): she has passed it
 * by hundreds of times, and a number that never reaches zero is worse.
 */

import { must } from 'copse/internal/base/assert.ts';
import { marksPerUserMax } from 'copse/internal/base/limits-notify.ts';

import type { Log, Site } from './logs.ts';

export class Marks {
  /** By user; the mark that was made first is the first. */
  readonly #byUser = new Map<number, Map<Log, number>>();

  of(user: number): ReadonlyMap<Log, number> | undefined {
    return this.#byUser.get(user);
  }

  set(user: number, log: Log, ordinal: number): void {
    let marks = this.#byUser.get(user);
    if (marks === undefined) {
      marks = new Map();
      this.#byUser.set(user, marks);
    }
    marks.delete(log);
    marks.set(log, ordinal);
  }

  /** When the user has more marks than she may: takes the one of the oldest log, in the site of the first mark. */
  overflow(user: number): { readonly log: Log; readonly ordinal: number } | null {
    const marks = this.#byUser.get(user);
    if (marks === undefined || marks.size <= marksPerUserMax) return null;
    const [first] = marks;
    const { site } = must(first, 'there are marks')[0];
    let [log, ordinal] = must(first, 'there are marks');
    for (const [other, at] of marks) if (other.site === site && at < ordinal) [log, ordinal] = [other, at];
    marks.delete(log);
    return { log, ordinal };
  }

  /** Takes the marks of a site away. */
  clear(user: number, site: Site): readonly Log[] {
    const marks = this.#byUser.get(user);
    if (marks === undefined) return [];
    const logs = [...marks.keys()].filter((log) => log.site === site);
    for (const log of logs) marks.delete(log);
    if (marks.size === 0) this.#byUser.delete(user);
    return logs;
  }
}
