/** What the parts of the state of notifications share, and the small things that all of them do. */

import { tickMs } from './wheel.ts';
import type { Env } from 'copse/internal/base/env.ts';
import type { DeviceId, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { neighbourIn } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { Audiences, countUnread, type Unread } from './audiences.ts';
import { flag, Listeners } from './listeners.ts';
import { type Log, Logs, type Site } from './logs.ts';
import { Marks } from './marks.ts';
import { Mentions } from './mentions.ts';
import { Devices, deviceWord, Users, userWord } from './people.ts';
import { Ready } from './ready.ts';
import { Wheel } from './wheel.ts';

/** Takes a notification back from a device. */
export interface Clear {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly site: SiteId;
}

/** Why a device is not told now of what there is for it. */
export type WhyNot = 'here' | 'muted' | 'quiet' | 'held';

/** Hears of it, as often as it can: at most once an hour of one device and reason. */
export interface PassedBy {
  readonly isFull: boolean;
  add(passed: {
    readonly user: UserId;
    readonly device: DeviceId;
    readonly site: SiteId;
    readonly what: WhyNot;
  }): void;
}

export interface NewsOptions {
  readonly env: Env;
  /** Until when a user hears nothing of this kind, by the wall clock; null when she hears it now. */
  quietUntil(user: UserId, wallMs: number, kind: 'news' | 'mention'): number | null;
  /** Whether the user has such hours; asked once, until `revisit` says that they are others. */
  hasQuietHours(user: UserId): boolean;
  onClear(clear: Clear): void;
  /** The user has read something while a notice was on its way to the device: it may say what is not true any more. */
  onAnswered?(device: DeviceId): void;
  readonly passedBy?: PassedBy;
  /** `take` has something to give, from now on until it answers null. */
  onDue(): void;
}

/** A row that is to be taken from the store. */
export type Gone =
  | { readonly kind: 'listener-gone'; readonly device: DeviceId; readonly site: SiteId }
  | { readonly kind: 'window-gone'; readonly user: UserId; readonly device: DeviceId }
  | { readonly kind: 'mark-gone'; readonly user: UserId; readonly site: SiteId; readonly log: LogId };

export class State {
  readonly options: NewsOptions;
  readonly env: Env;
  readonly logs = new Logs();
  readonly audiences = new Audiences();
  readonly listeners = new Listeners();
  readonly users = new Users();
  readonly devices = new Devices(this.users);
  readonly marks = new Marks();
  readonly mentions = new Mentions();
  readonly ready: Ready;
  /** When a user's parked listeners are looked at again. */
  readonly wakes: Wheel;
  /** When the override of a listener ends, by the wall clock. */
  readonly untilMs = new Map<number, number>();
  /** What changed since it was written, beside the logs. */
  dirtyListeners: number[] = [];
  dirtyMarks = new Map<number, Set<Log>>();
  gone: Gone[] = [];

  constructor(options: NewsOptions) {
    this.options = options;
    this.env = options.env;
    this.ready = new Ready(this.devices, this.env.nowMs());
    this.wakes = new Wheel(this.env.nowMs());
  }

  /** The row of a user, who may be new. */
  userRow(name: UserId): number {
    const known = this.users.names.find(name);
    if (known !== 0) return known;
    const user = this.users.make(name);
    this.noteQuiet(user);
    return user;
  }

  noteQuiet(user: number): void {
    const hasHours = this.options.hasQuietHours(this.users.names.of(user));
    this.users.set(user, userWord.quiet, hasHours ? 1 : 0);
  }

  siteOf(listener: number): Site {
    return this.logs.byNumber(this.listeners.site(listener));
  }

  /** All listeners of a user. */
  all(user: number): readonly number[] {
    const { listeners } = this;
    const rows: number[] = [];
    for (let head = this.users.heads(user); head !== 0; head = listeners.nextHead(head)) {
      for (let row = head; row !== 0; row = listeners.nextSame(row)) rows.push(row);
    }
    return rows;
  }

  /** The listeners of the one user whose neighbourhood it is. */
  ownRows(site: Site): readonly number[] {
    const owner = neighbourIn(site.name);
    const user = owner === null ? 0 : this.users.names.find(owner);
    const rows: number[] = [];
    for (let row = user === 0 ? 0 : this.headOf(user, site); row !== 0; row = this.listeners.nextSame(row))
      rows.push(row);
    return rows;
  }

  /** The first of the user's listeners in the site; 0 when she has none there. */
  headOf(user: number, site: Site): number {
    return this.listeners.headAt(this.users.heads(user), site.number);
  }

  /** The listener of a device in a site, or 0. */
  find(device: DeviceId, site: SiteId): number {
    const number = this.devices.names.find(device);
    const known = this.logs.find(site);
    if (number === 0 || known === undefined) return 0;
    let listener = this.headOf(this.devices.userOf(number), known);
    while (listener !== 0 && this.listeners.device(listener) !== number)
      listener = this.listeners.nextSame(listener);
    return listener;
  }

  /** The logs that are unread for a head's user. */
  unread(head: number, user: number, site: Site, part: UnreadPart): number {
    const { listeners } = this;
    const which: Unread = {
      after: Math.max(listeners.read(head, site.ordinal), part.after),
      marks: listeners.has(head, flag.marked) ? this.marks.of(user) : undefined,
      countMax: part.countMax,
    };
    return countUnread(this.audiences.of(listeners.audience(head)), site, which, part.into);
  }

  hasUnread(head: number, user: number, site: Site): boolean {
    return this.unread(head, user, site, { after: 0, countMax: 1, into: null }) > 0;
  }

  /** Whether the user has not read the log up to this ordinal. */
  isUnread(head: number, user: number, at: { readonly log: Log; readonly ordinal: number }): boolean {
    const { site } = at.log;
    if (at.ordinal <= this.listeners.read(head, site.ordinal)) return false;
    return !this.listeners.has(head, flag.marked) || at.ordinal > (this.marks.of(user)?.get(at.log) ?? 0);
  }

  touch(listener: number): void {
    if (this.listeners.has(listener, flag.dirty)) return;
    this.listeners.put(listener, flag.dirty);
    this.dirtyListeners.push(listener);
  }

  touchMark(user: number, log: Log): void {
    const logs = this.dirtyMarks.get(user);
    if (logs === undefined) this.dirtyMarks.set(user, new Set([log]));
    else logs.add(log);
  }

  markGone(user: number, log: Log): void {
    this.dirtyMarks.get(user)?.delete(log);
    this.gone.push({
      kind: 'mark-gone',
      user: this.users.names.of(user),
      site: log.site.name,
      log: log.name,
    });
  }

  /** Says why nothing leaves; most of the time it has just been said. */
  passBy(listener: number, what: WhyNot): void {
    const { passedBy } = this.options;
    if (passedBy === undefined || passedBy.isFull) return;
    const device = this.listeners.device(listener);
    const hour = Math.floor(this.env.nowMs() / HOUR_MS) + 1;
    const said = hour * WHYS.length + WHYS.indexOf(what);
    if (this.devices.get(device, deviceWord.passed) === said) return;
    this.devices.set(device, deviceWord.passed, said);
    passedBy.add({
      user: this.users.names.of(this.devices.userOf(device)),
      device: this.devices.names.of(device),
      site: this.siteOf(listener).name,
      what,
    });
  }

  clear(listener: number): void {
    const device = this.listeners.device(listener);
    this.options.onClear({
      user: this.users.names.of(this.devices.userOf(device)),
      device: this.devices.names.of(device),
      site: this.siteOf(listener).name,
    });
  }
}

const HOUR_MS = 3_600_000;
const WHYS: readonly WhyNot[] = ['here', 'muted', 'quiet', 'held'];

interface UnreadPart {
  readonly after: number;
  readonly countMax: number;
  readonly into: Log[] | null;
}

export function tickOf(nowMs: number): number {
  return Math.ceil(nowMs / tickMs);
}
