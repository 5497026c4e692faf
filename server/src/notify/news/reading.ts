/**
 * What reading does (SPEC I3, I10): the log counts as read, the devices of the user may be notified again, and
 * when nothing unread is left in the site, notifications that stand on devices are taken back.
 */

import type { LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { flag } from './listeners.ts';
import type { Log, Site } from './logs.ts';
import type { Mention } from './mentions.ts';
import { deviceWord, userWord } from './people.ts';
import type { Places } from './places.ts';
import type { State } from './state.ts';

/** Entries of a log up to a position. */
export interface Read {
  readonly site: SiteId;
  readonly log: LogId;
  readonly at: number;
}

export class Reading {
  readonly #state: State;
  readonly #places: Places;

  constructor(state: State, places: Places) {
    this.#state = state;
    this.#places = places;
  }

  read(userName: UserId, read: Read): void {
    const state = this.#state;
    const user = state.users.names.find(userName);
    const site = state.logs.find(read.site);
    const head = user === 0 || site === undefined ? 0 : state.headOf(user, site);
    if (head === 0 || site === undefined) return;
    const log = site.logs.get(read.log);
    if (log !== undefined && read.at >= log.length) this.#mark(head, user, log);
    for (let row = head; row !== 0; row = state.listeners.nextSame(row)) this.#answer(row);
    this.settle(head, user, site);
    const over = state.marks.overflow(user);
    if (over !== null) this.#passBy(user, over);
    let device = state.users.get(user, userWord.devices);
    for (; device !== 0; device = state.devices.get(device, deviceWord.next)) state.ready.close(device);
  }

  /** Something of what the user has not read, or may read, has changed. */
  settle(head: number, user: number, site: Site): void {
    const state = this.#state;
    if (!state.hasUnread(head, user, site)) this.#allRead(head, user, site);
    for (let row = head; row !== 0; row = state.listeners.nextSame(row)) this.#dropMentions(row, user);
    this.#places.placeSite(head);
  }

  #mark(head: number, user: number, log: Log): void {
    const state = this.#state;
    if (!state.isUnread(head, user, { log, ordinal: log.ordinal })) return;
    state.marks.set(user, log, log.ordinal);
    state.touchMark(user, log);
    state.listeners.put(head, flag.marked);
  }

  /** What is not newer than this counts as read. */
  #passBy(user: number, { log, ordinal }: Mention): void {
    const state = this.#state;
    state.markGone(user, log);
    const head = state.headOf(user, log.site);
    if (ordinal <= state.listeners.read(head, log.site.ordinal)) return;
    state.listeners.setRead(head, ordinal);
    state.touch(head);
    this.settle(head, user, log.site);
  }

  #answer(row: number): void {
    const { listeners } = this.#state;
    if (listeners.has(row, flag.inFlight)) {
      listeners.put(row, flag.answered);
      this.#state.options.onAnswered?.(this.#state.devices.names.of(listeners.device(row)));
    }
    if (!listeners.has(row, flag.outstanding)) return;
    listeners.drop(row, flag.outstanding);
    this.#state.touch(row);
  }

  #allRead(head: number, user: number, site: Site): void {
    const state = this.#state;
    const { listeners } = state;
    if (listeners.read(head, site.ordinal) !== site.ordinal) {
      listeners.setRead(head, site.ordinal);
      state.touch(head);
    }
    if (listeners.has(head, flag.marked)) {
      for (const log of state.marks.clear(user, site)) state.markGone(user, log);
      listeners.drop(head, flag.marked);
    }
    for (let row = head; row !== 0; row = listeners.nextSame(row)) this.#takeBack(row);
  }

  #takeBack(row: number): void {
    const { listeners } = this.#state;
    listeners.drop(row, flag.outstanding);
    if (!listeners.has(row, flag.shown)) return;
    listeners.drop(row, flag.shown);
    this.#state.touch(row);
    this.#state.clear(row);
  }

  /** Mentions that were read or are not hers to read any more wait no longer. */
  #dropMentions(row: number, user: number): void {
    const state = this.#state;
    if (!state.listeners.has(row, flag.mentioned)) return;
    const waiting = state.mentions.waiting(row);
    const left = this.#places.judge.mentionsOf(row, user);
    if (left.length === waiting.length) return;
    state.mentions.setWaiting(row, left);
    if (left.length === 0) state.listeners.drop(row, flag.mentioned);
    state.touch(row);
  }
}
