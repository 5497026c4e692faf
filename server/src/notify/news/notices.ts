/**
 * Notices: what leaves for a device, made when there is room for it, so that it says what is true then. Who
 * takes one answers whether it arrived; until then nothing else leaves for the device (SPEC I3, I9, I12).
 */

import type { DeviceId, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { badgeMax, noticePlacesMax } from 'copse/internal/base/limits-notify.ts';

import { rank } from './judge.ts';
import { flag, list } from './listeners.ts';
import type { Log } from './logs.ts';
import { deviceWord } from './people.ts';
import type { Places } from './places.ts';
import type { Reading } from './reading.ts';
import type { State } from './state.ts';

/** A log that has something for her. */
export interface Place {
  readonly site: SiteId;
  readonly log: LogId;
  /** Length of the log. */
  readonly upTo: number;
  readonly isMention: boolean;
}

/** A site that the notice tells of: everything that is news up to the ordinal, or only mentions. */
export interface ToldSite {
  readonly site: SiteId;
  readonly ordinal: number;
  readonly isNews: boolean;
}

export interface Notice {
  readonly number: number;
  readonly device: DeviceId;
  readonly user: UserId;
  /** Mentions first, then the newest; the rest is in the badge. */
  readonly places: readonly Place[];
  readonly sites: readonly ToldSite[];
  /** Logs with news that the user has not read; `badgeMax` means as many or more. */
  readonly badge: number;
  readonly isUrgent: boolean;
}

/** Devices that one `take` looks at: one whose turn has passed takes a microsecond. */
const LOOKS_MAX = 1024;
/** Numbers of notices fit a word of a row, and none is 0. */
const NUMBER_MAX = 2 ** 32 - 1;

interface Found {
  readonly log: Log;
  readonly isMention: boolean;
}

export class Notices {
  readonly #state: State;
  readonly #places: Places;
  readonly #reading: Reading;
  #number = 0;

  constructor(state: State, places: Places, reading: Reading) {
    this.#state = state;
    this.#places = places;
    this.#reading = reading;
  }

  /** The next notice, or null when none is to leave now. */
  take(): Notice | null {
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const device = this.#state.ready.next();
      if (device === 0) return null;
      const notice = this.#make(device);
      if (notice !== null) return notice;
    }
    return null;
  }

  #make(device: number): Notice | null {
    const { listeners, devices, users, ready, env } = this.#state;
    const user = devices.userOf(device);
    const found: Found[] = [];
    const sites: ToldSite[] = [];
    const due: number[] = [];
    for (let row = devices.get(device, deviceWord.due); row !== 0; row = listeners.next(row)) due.push(row);
    for (const row of due) {
      // What was due may have waited in a window, and the night may have begun.
      if (this.#places.place(row) !== list.due) continue;
      const { isNews } = this.#places.judge;
      this.#find(row, user, found);
      const site = this.#state.siteOf(row);
      sites.push({ site: site.name, ordinal: site.ordinal, isNews });
      this.#places.unlink(row);
      listeners.put(row, flag.inFlight);
    }
    if (sites.length === 0) return null;
    this.#number = (this.#number % NUMBER_MAX) + 1;
    ready.leave(device, this.#number, env.nowMs());
    return {
      number: this.#number,
      device: devices.names.of(device),
      user: users.names.of(user),
      places: placesOf(found),
      sites,
      badge: this.badge(user),
      isUrgent: found.some((one) => one.isMention),
    };
  }

  /** What the notice names of one site; the judge has just said that it is due. */
  #find(row: number, user: number, found: Found[]): void {
    const { judge } = this.#places;
    const { isNews, isMention } = judge;
    const mentions = isMention ? judge.mentionsOf(row, user).map((mention) => mention.log) : [];
    for (const log of mentions) found.push({ log, isMention: true });
    if (!isNews) return;
    const { listeners } = this.#state;
    const site = this.#state.siteOf(row);
    const logs: Log[] = [];
    const after = listeners.told(row, site.ordinal);
    const countMax = noticePlacesMax + mentions.length;
    this.#state.unread(listeners.head(row), user, site, { after, countMax, into: logs });
    for (const log of logs) if (!mentions.includes(log)) found.push({ log, isMention: false });
  }

  /**
   * Logs with unread news in all sites where a device of the user hears something: the same number on each
   * of them (SPEC I10).
   */
  badge(user: number): number {
    const { listeners, users } = this.#state;
    let count = 0;
    for (let head = users.heads(user); head !== 0; head = listeners.nextHead(head)) {
      if (!this.#isHeard(head)) continue;
      const part = { after: 0, countMax: badgeMax - count, into: null };
      count += this.#state.unread(head, user, this.#state.siteOf(head), part);
      if (count >= badgeMax) return badgeMax;
    }
    return count;
  }

  #isHeard(head: number): boolean {
    const { listeners } = this.#state;
    for (let row = head; row !== 0; row = listeners.nextSame(row))
      if (this.#places.judge.level(row) !== rank.none) return true;
    return false;
  }

  /** The notice has arrived: its sites are told until the user reads there. */
  sent(notice: Notice): void {
    const { devices, options, ready } = this.#state;
    const device = devices.names.find(notice.device);
    if (device !== 0 && !this.#isOf(device, notice)) return;
    for (const told of notice.sites) {
      const row = this.#inFlight(notice, told.site);
      // Who has left meanwhile has a notification of a place that is not hers any more.
      if (row === 0) options.onClear({ user: notice.user, device: notice.device, site: told.site });
      else this.#sentTo(row, told);
    }
    if (device !== 0) ready.arrived(device);
  }

  /** The notice is lost: what it told is due again, after a pause. */
  failed(notice: Notice, pauseMs: number): void {
    const { listeners, devices, ready, env } = this.#state;
    const device = devices.names.find(notice.device);
    if (!this.#isOf(device, notice)) return;
    ready.failed(device, env.nowMs() + pauseMs);
    for (const { site } of notice.sites) {
      const row = this.#inFlight(notice, site);
      if (row === 0) continue;
      listeners.drop(row, flag.inFlight | flag.answered);
      this.#places.place(row);
    }
  }

  /** Whatever was taken for the device never left it: it is made anew when its turn comes. */
  back(name: DeviceId): void {
    const { listeners, devices, ready } = this.#state;
    const device = devices.names.find(name);
    if (device === 0 || devices.get(device, deviceWord.flight) === 0) return;
    ready.back(device);
    for (const row of this.#state.all(devices.userOf(device))) {
      if (listeners.device(row) !== device || !listeners.has(row, flag.inFlight)) continue;
      listeners.drop(row, flag.inFlight | flag.answered);
      this.#places.place(row);
    }
  }

  /** The listener whose notification is on its way, or 0. */
  #inFlight(notice: Notice, site: SiteId): number {
    const row = this.#state.find(notice.device, site);
    return row !== 0 && this.#state.listeners.has(row, flag.inFlight) ? row : 0;
  }

  #isOf(device: number, notice: Notice): boolean {
    return device !== 0 && this.#state.devices.get(device, deviceWord.flight) === notice.number;
  }

  #sentTo(row: number, told: ToldSite): void {
    const state = this.#state;
    const { listeners } = state;
    const site = state.siteOf(row);
    if (!listeners.has(row, flag.answered)) listeners.put(row, flag.outstanding);
    listeners.drop(row, flag.inFlight | flag.answered);
    listeners.put(row, flag.shown);
    if (told.isNews) listeners.setTold(row, Math.max(told.ordinal, listeners.told(row, site.ordinal)));
    const left = state.mentions.waiting(row).filter((mention) => mention.ordinal > told.ordinal);
    state.mentions.setWaiting(row, left);
    if (left.length === 0) listeners.drop(row, flag.mentioned);
    state.touch(row);
    const user = state.devices.userOf(listeners.device(row));
    this.#reading.settle(listeners.head(row), user, site);
  }
}

function placesOf(found: readonly Found[]): readonly Place[] {
  return found
    .toSorted((a, b) => Number(b.isMention) - Number(a.isMention) || b.log.order - a.log.order)
    .slice(0, noticePlacesMax)
    .map(({ log, isMention }) => ({ site: log.site.name, log: log.name, upTo: log.length, isMention }));
}
