/**
 * What is to become of a listener now: the one place where levels, mutes, quiet hours, notifications that
 * are not answered and news meet (SPEC I3, I4, I7, I8). It changes nothing.
 */

import { wallLookMs } from 'copse/internal/base/limits-notify.ts';
import { isCovered, newestOrdinal } from './audiences.ts';
import { flag, list, type ListName } from './listeners.ts';
import type { Site } from './logs.ts';
import type { Mention } from './mentions.ts';
import { userWord } from './people.ts';
import type { State, WhyNot } from './state.ts';
import { tickMs } from './wheel.ts';

/** Levels as the rows have them. */
export const rank = { none: 0, mentions: 1, all: 2 } as const;

/** What would be told, and what may be now. */
const NEWS = 1;
const MENTION = 2;

export class Judge {
  readonly #state: State;
  /** Of the last verdict `parked`: when it may change, on the monotonic clock; 0 when somebody says so. */
  wakeAtMs = 0;
  /** And why, where that is worth saying. */
  whyNot: WhyNot | null = null;
  /** Of the last verdict `due`: what of. */
  isNews = false;
  isMention = false;

  /** The wall clock while many are judged at once; 0 otherwise. */
  #heldWallMs = 0;

  constructor(state: State) {
    this.#state = state;
  }

  /** What `work` judges is judged at one time: looking at the clock takes as long as all the rest. */
  atOnce<T>(work: () => T): T {
    this.#heldWallMs = this.#state.env.wallMs();
    try {
      return work();
    } finally {
      this.#heldWallMs = 0;
    }
  }

  /** The list in which the listener belongs. */
  verdict(row: number): ListName {
    const { listeners } = this.#state;
    if (listeners.isPlain(row)) {
      const site = this.#state.siteOf(row);
      const newest = newestOrdinal(this.#state.audiences.of(listeners.headAudience(row)), site);
      return newest > listeners.knownToHead(row, site.ordinal) ? this.#soon(row, NEWS) : list.armed;
    }
    const untilMs = this.#overrideUntil(row);
    const base = listeners.base(row);
    const level = untilMs === 0 ? base : listeners.override(row) - 1;
    // What the base lets through counts too while something overrides it: it is told when that ends (SPEC I7).
    const highest = Math.max(level, base);
    const hearsNews = highest === rank.all && !listeners.has(row, flag.outstanding | flag.inFlight);
    const what = this.#what(row, hearsNews, highest);
    if (what === 0) return hearsNews ? list.armed : list.none;
    const now = what & (level === rank.all ? NEWS | MENTION : level === rank.mentions ? MENTION : 0);
    if (now === 0) return this.#park(this.#inWall(untilMs), untilMs === 0 ? null : 'muted');
    return this.#soon(row, now);
  }

  /** Something is to be told, unless she is here or has her quiet hours. */
  #soon(row: number, now: number): ListName {
    const { users, devices, listeners } = this.#state;
    const user = devices.userOf(listeners.device(row));
    if (users.get(user, userWord.here) > 0) return this.#park(0, 'here');
    const graceMs = users.get(user, userWord.grace) * tickMs;
    return graceMs > 0 && graceMs > this.#state.env.nowMs()
      ? this.#park(graceMs, null)
      : this.#loud(user, now);
  }

  /** What waits for the listener and is not read, without regard to levels, mutes and quiet hours. */
  mentionsOf(row: number, user: number): readonly Mention[] {
    const { listeners, audiences, mentions } = this.#state;
    if (!listeners.has(row, flag.mentioned)) return [];
    const head = listeners.head(row);
    const audience = audiences.of(listeners.audience(head));
    return mentions
      .waiting(row)
      .filter((one) => isCovered(audience, one.log) && this.#state.isUnread(head, user, one));
  }

  #what(row: number, hearsNews: boolean, highest: number): number {
    const { listeners, devices } = this.#state;
    const isNews = hearsNews && this.#hasNews(row, this.#state.siteOf(row));
    if (!listeners.has(row, flag.mentioned) || highest === rank.none || listeners.has(row, flag.inFlight))
      return isNews ? NEWS : 0;
    const isMention = this.mentionsOf(row, devices.userOf(listeners.device(row))).length > 0;
    return (isNews ? NEWS : 0) | (isMention ? MENTION : 0);
  }

  /** Whether something covered is unread and was not told. */
  #hasNews(row: number, site: Site): boolean {
    const { listeners, audiences, devices } = this.#state;
    const after = listeners.told(row, site.ordinal);
    const head = listeners.head(row);
    const newest = newestOrdinal(audiences.of(listeners.audience(head)), site);
    if (newest <= Math.max(after, listeners.read(head, site.ordinal))) return false;
    if (!listeners.has(head, flag.marked)) return true;
    const user = devices.userOf(listeners.device(row));
    return this.#state.unread(head, user, site, { after, countMax: 1, into: null }) > 0;
  }

  #loud(user: number, now: number): ListName {
    const { options, env, users } = this.#state;
    this.isNews = (now & NEWS) !== 0;
    this.isMention = (now & MENTION) !== 0;
    // Nearly everybody: a name and what is kept under it are not even looked at.
    if (users.get(user, userWord.quiet) === 0) return list.due;
    const wallMs = this.#heldWallMs || env.wallMs();
    const name = users.names.of(user);
    const newsUntil = !this.isNews ? null : options.quietUntil(name, wallMs, 'news');
    const mentionUntil = !this.isMention ? null : options.quietUntil(name, wallMs, 'mention');
    this.isNews &&= newsUntil === null;
    this.isMention &&= mentionUntil === null;
    if (this.isNews || this.isMention) return list.due;
    return this.#park(this.#inWall(Math.min(newsUntil ?? Infinity, mentionUntil ?? Infinity)), 'quiet');
  }

  #park(wakeAtMs: number, whyNot: WhyNot | null): ListName {
    this.wakeAtMs = wakeAtMs;
    this.whyNot = whyNot;
    return list.parked;
  }

  /** A time of the wall clock, or when to look at that clock again. */
  #inWall(wallMs: number): number {
    const { env } = this.#state;
    return env.nowMs() + Math.min(Math.max(wallMs - env.wallMs(), 0), wallLookMs);
  }

  /** 0 when nothing overrides the level of the listener. */
  #overrideUntil(row: number): number {
    const { listeners, untilMs, env } = this.#state;
    if (listeners.override(row) === 0) return 0;
    const until = untilMs.get(row) ?? 0;
    return until > env.wallMs() ? until : 0;
  }

  /** What the device hears of the site now. */
  level(row: number): number {
    const { listeners } = this.#state;
    return this.#overrideUntil(row) === 0 ? listeners.base(row) : listeners.override(row) - 1;
  }
}
