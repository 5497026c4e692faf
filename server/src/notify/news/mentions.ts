/**
 * Who is mentioned. Devices register blind tags of their user and of everybody; a publish that names one
 * becomes a job that finds the listeners in the slices of a sweep, since everybody may be a million. What it
 * finds waits with the listener until it is told or read (SPEC I3).
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { mentionsWaitingMax } from 'copse/internal/base/limits-notify.ts';

import type { Log, Site } from './logs.ts';

export interface Mention {
  readonly log: Log;
  readonly ordinal: number;
}

/** A mention on the way to its listeners. */
export interface Job extends Mention {
  readonly tag: string;
  /** The listeners that are not looked at; null before the first one is. */
  rest: IterableIterator<number> | null;
  /** A newer mention in the same log took its place. */
  isOver: boolean;
}

export class Mentions {
  readonly #tags = new Map<number, readonly string[]>();
  readonly #listeners = new Map<Site, Map<string, Set<number>>>();
  readonly #waiting = new Map<number, readonly Mention[]>();

  tagsOf(listener: number): readonly string[] {
    return this.#tags.get(listener) ?? [];
  }

  /** In place of all tags before. */
  register(listener: number, site: Site, tags: readonly Uint8Array[]): void {
    this.registerTexts(listener, site, [...new Set(tags.map(hex))]);
  }

  registerTexts(listener: number, site: Site, tags: readonly string[]): void {
    // A set for each user would take more than all that is known of her otherwise.
    if (site.isOwn) return;
    // First what is new: a job must find who registers the same once more.
    for (const tag of tags) this.#add(listener, site, tag);
    for (const tag of this.tagsOf(listener)) if (!tags.includes(tag)) this.#remove(listener, site, tag);
    if (tags.length === 0) this.#tags.delete(listener);
    else this.#tags.set(listener, tags);
  }

  /** The jobs of a publish. */
  jobs(log: Log, tags: readonly Uint8Array[]): readonly Job[] {
    return [...new Set(tags.map(hex))].map((tag) => {
      const job: Job = { log, ordinal: log.ordinal, tag, rest: null, isOver: false };
      const before = log.site.jobs.get(keyOf(job));
      if (before !== undefined) before.isOver = true;
      log.site.jobs.set(keyOf(job), job);
      return job;
    });
  }

  /** The next listener that a job means; 0 when there is none. */
  next(job: Job): number {
    if (job.isOver) return 0;
    job.rest ??= (this.#listeners.get(job.log.site)?.get(job.tag) ?? new Set<number>()).values();
    const next = job.rest.next();
    return next.done === true ? 0 : next.value;
  }

  over(job: Job): void {
    if (!job.isOver) job.log.site.jobs.delete(keyOf(job));
  }

  waiting(listener: number): readonly Mention[] {
    return this.#waiting.get(listener) ?? [];
  }

  /** In place of those that wait; the newest are kept. */
  setWaiting(listener: number, mentions: readonly Mention[]): void {
    if (mentions.length === 0) this.#waiting.delete(listener);
    else if (mentions.length <= mentionsWaitingMax) this.#waiting.set(listener, mentions);
    else this.#waiting.set(listener, mentions.slice(-mentionsWaitingMax));
  }

  add(listener: number, job: Job): void {
    const others = this.waiting(listener).filter((mention) => mention.log !== job.log);
    // One array for all whom a job finds: a mention of everybody is held once.
    this.setWaiting(listener, others.length === 0 ? this.#alone(job) : [...others, job]);
  }

  #last: readonly Mention[] = [];

  #alone(job: Job): readonly Mention[] {
    if (this.#last[0] !== job) this.#last = [job];
    return this.#last;
  }

  /** The listener is let go. */
  forget(listener: number, site: Site): void {
    this.registerTexts(listener, site, []);
    this.#waiting.delete(listener);
  }

  #add(listener: number, site: Site, tag: string): void {
    let byTag = this.#listeners.get(site);
    if (byTag === undefined) {
      byTag = new Map();
      this.#listeners.set(site, byTag);
    }
    const listeners = byTag.get(tag);
    if (listeners === undefined) byTag.set(tag, new Set([listener]));
    else listeners.add(listener);
  }

  #remove(listener: number, site: Site, tag: string): void {
    const byTag = this.#listeners.get(site);
    const listeners = byTag?.get(tag);
    listeners?.delete(listener);
    if (listeners?.size === 0) byTag?.delete(tag);
    if (byTag?.size === 0) this.#listeners.delete(site);
  }
}

function keyOf(job: Job): string {
  return job.tag + job.log.name;
}
