/**
 * The state of notifications without any cleverness: maps, loops, and everything asked anew each time. What
 * `News` does with lists, rows and deadlines must look the same from outside.
 */

import type { Env } from 'copse/internal/base/env.ts';
import type { DeviceId, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { badgeMax, noticePauseMs, unmuteGraceMs } from 'copse/internal/base/limits-notify.ts';
import { covers, type Resource } from 'copse/internal/capability/policy.ts';
import type { Levels } from '../news.ts';
import type { Notice } from '../notices.ts';
import { noticeWindowsMs } from '../ready.ts';
import type { NewsOptions } from '../state.ts';

interface NaiveLog {
  readonly name: LogId;
  length: number;
  ordinal: number;
  order: number;
}

interface NaiveMention {
  readonly log: NaiveLog;
  readonly ordinal: number;
}

interface NaiveListener {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly site: SiteId;
  told: number;
  levels: Levels;
  isOutstanding: boolean;
  isShown: boolean;
  isInFlight: boolean;
  isAnswered: boolean;
  tags: readonly string[];
  mentions: readonly NaiveMention[];
}

interface NaiveMember {
  readAll: number;
  audience: readonly Resource[];
  readonly marks: Map<LogId, number>;
}

const rounded = (ms: number): number => Math.ceil(ms / 50) * 50;

export class Naive {
  readonly #env: Env;
  readonly #options: NewsOptions;
  readonly #sites = new Map<SiteId, { ordinal: number; logs: Map<LogId, NaiveLog> }>();
  #listeners: NaiveListener[] = [];
  readonly #members = new Map<string, NaiveMember>();
  readonly #here = new Map<UserId, { count: number; graceMs: number }>();
  #windows = new Map<DeviceId, { grown: number; endMs: number; isHeld: boolean; flight: Notice | null }>();
  #jobs: (NaiveMention & { readonly site: SiteId; readonly tag: string })[] = [];
  #order = 0;

  constructor(options: NewsOptions) {
    this.#env = options.env;
    this.#options = options;
  }

  join(user: UserId, device: DeviceId, site: SiteId, audience: readonly Resource[]): void {
    const ordinal = this.#site(site).ordinal;
    const member = this.#members.get(user + site);
    if (member === undefined)
      this.#members.set(user + site, { readAll: ordinal, audience, marks: new Map() });
    else member.audience = audience;
    if (this.#find(device, site) === undefined) {
      const levels: Levels = { base: 'all', override: null, untilMs: 0 };
      const flags = { isOutstanding: false, isShown: false, isInFlight: false, isAnswered: false };
      this.#listeners.push({ user, device, site, told: ordinal, levels, ...flags, tags: [], mentions: [] });
    }
    if (!this.#windows.has(device))
      this.#windows.set(device, { grown: 0, endMs: 0, isHeld: false, flight: null });
    if (!this.#here.has(user)) this.#here.set(user, { count: 0, graceMs: 0 });
    this.#settle(user, site);
  }

  leave(device: DeviceId, site: SiteId): void {
    const listener = this.#find(device, site);
    if (listener?.isShown === true) this.#options.onClear({ user: listener.user, device, site });
    if (listener !== undefined) this.#remove(listener);
  }

  forget(device: DeviceId): void {
    for (const listener of this.#listeners.filter((one) => one.device === device)) this.#remove(listener);
  }

  #remove(gone: NaiveListener): void {
    this.#listeners = this.#listeners.filter((one) => one !== gone);
    const { user, device, site } = gone;
    if (!this.#listeners.some((one) => one.user === user && one.site === site))
      this.#members.delete(user + site);
    if (!this.#listeners.some((one) => one.device === device)) this.#windows.delete(device);
    if (!this.#listeners.some((one) => one.site === site)) {
      this.#sites.delete(site);
      this.#jobs = this.#jobs.filter((job) => job.site !== site);
    }
    this.#release(user);
  }

  #release(user: UserId): void {
    const isKnown = this.#listeners.some((one) => one.user === user) || this.#here.get(user)!.count > 0;
    if (!isKnown) this.#here.delete(user);
  }

  level(device: DeviceId, site: SiteId, levels: Levels): void {
    const listener = this.#find(device, site);
    if (listener !== undefined) listener.levels = levels;
  }

  tags(device: DeviceId, site: SiteId, tags: readonly string[]): void {
    const listener = this.#find(device, site);
    if (listener !== undefined) listener.tags = tags;
  }

  publish(site: SiteId, name: LogId, length: number, mentions: readonly string[]): void {
    if (!this.#listeners.some((one) => one.site === site)) return;
    const { logs, ordinal } = this.#site(site);
    const log = logs.get(name) ?? { name, length: 0, ordinal: 0, order: 0 };
    if (length <= log.length) return;
    logs.set(name, log);
    this.#site(site).ordinal = ordinal + 1;
    Object.assign(log, { length, ordinal: ordinal + 1, order: ++this.#order });
    for (const tag of mentions) this.#jobs.push({ site, log, ordinal: log.ordinal, tag });
  }

  read(user: UserId, read: { readonly site: SiteId; readonly log: LogId; readonly at: number }): void {
    const member = this.#members.get(user + read.site);
    if (member === undefined) return;
    const log = this.#site(read.site).logs.get(read.log);
    if (log !== undefined && read.at >= log.length) member.marks.set(log.name, log.ordinal);
    for (const one of this.#of(user, read.site)) {
      one.isOutstanding = false;
      one.isAnswered = one.isInFlight;
    }
    this.#settle(user, read.site);
    for (const device of new Set(this.#listeners.filter((l) => l.user === user).map((l) => l.device))) {
      const window = this.#windows.get(device)!;
      window.grown = 0;
      if (!window.isHeld) window.endMs = 0;
    }
  }

  mute(user: UserId): void {
    const here = this.#here.get(user) ?? { count: 0, graceMs: 0 };
    this.#here.set(user, here);
    here.count++;
  }

  unmute(user: UserId): void {
    const here = this.#here.get(user)!;
    if (--here.count > 0) return;
    here.graceMs = rounded(this.#env.nowMs() + unmuteGraceMs);
    this.#release(user);
  }

  tick(): void {
    for (const window of this.#windows.values()) {
      if (window.endMs > this.#env.nowMs()) continue;
      window.endMs = 0;
      window.isHeld = false;
    }
    for (const job of this.#jobs) {
      for (const one of this.#listeners.filter((l) => l.site === job.site && l.tags.includes(job.tag))) {
        if (!this.#isUnread(one, job)) continue;
        one.mentions = [...one.mentions.filter((mention) => mention.log !== job.log), job].slice(-8);
      }
    }
    this.#jobs = [];
  }

  /** Everything that is to leave now. */
  take(): readonly Omit<Notice, 'number'>[] {
    const notices: Omit<Notice, 'number'>[] = [];
    for (const [device, window] of this.#windows) {
      if (window.flight !== null || window.endMs > this.#env.nowMs()) continue;
      const due = this.#listeners.filter((one) => one.device === device && this.#due(one) !== 0);
      const [first] = due;
      if (first === undefined) continue;
      const all = due.flatMap((one) => this.#found(one, this.#due(one)));
      all.sort((a, b) => Number(b.isMention) - Number(a.isMention) || b.log.order - a.log.order);
      const sites = due.map((one) => {
        const isNews = (this.#due(one) & 1) !== 0;
        return { site: one.site, ordinal: this.#site(one.site).ordinal, isNews };
      });
      const places = all
        .slice(0, 8)
        .map(({ site, log, isMention }) => ({ site, log: log.name, upTo: log.length, isMention }));
      const isUrgent = all.some((one) => one.isMention);
      const notice = { device, user: first.user, places, sites, badge: this.badge(first.user), isUrgent };
      for (const one of due) one.isInFlight = true;
      window.endMs = rounded(this.#env.nowMs() + noticeWindowsMs[window.grown]!);
      window.grown = Math.min(window.grown + 1, noticeWindowsMs.length - 1);
      notices.push(notice);
    }
    return notices;
  }

  /** `notice` is the one that `News` made: it has the number. */
  taken(notice: Notice): void {
    this.#windows.get(notice.device)!.flight = notice;
  }

  sent(notice: Notice): void {
    const window = this.#windows.get(notice.device);
    if (window !== undefined && window.flight !== notice) return;
    for (const told of notice.sites) {
      const one = this.#find(notice.device, told.site);
      if (one === undefined || !one.isInFlight) {
        this.#options.onClear({ user: notice.user, device: notice.device, site: told.site });
        continue;
      }
      one.isOutstanding = !one.isAnswered;
      one.isShown = true;
      one.isInFlight = one.isAnswered = false;
      if (told.isNews) one.told = Math.max(one.told, told.ordinal);
      one.mentions = one.mentions.filter((mention) => mention.ordinal > told.ordinal);
      this.#settle(one.user, one.site);
    }
    if (window !== undefined) window.flight = null;
  }

  failed(notice: Notice): void {
    const window = this.#windows.get(notice.device);
    if (window === undefined || window.flight !== notice) return;
    for (const { site } of notice.sites) {
      const one = this.#find(notice.device, site);
      if (one !== undefined) one.isInFlight = one.isAnswered = false;
    }
    Object.assign(window, { flight: null, isHeld: true, endMs: rounded(this.#env.nowMs() + noticePauseMs) });
  }

  putBack(device: DeviceId): void {
    const window = this.#windows.get(device);
    if (window === undefined || window.flight === null) return;
    for (const one of this.#listeners) if (one.device === device) one.isInFlight = one.isAnswered = false;
    Object.assign(window, { flight: null, endMs: 0, grown: Math.max(0, window.grown - 1) });
  }

  badge(user: UserId): number {
    let count = 0;
    for (const [site, { logs }] of this.#sites) {
      const heard = this.#of(user, site).filter((one) => this.#level(one) !== 'none');
      const [first] = heard;
      if (first === undefined) continue;
      for (const log of logs.values()) if (this.#isUnread(first, { log, ordinal: log.ordinal })) count++;
    }
    return Math.min(count, badgeMax);
  }

  /** Everything that no store keeps is gone. */
  restart(): void {
    for (const one of this.#listeners) one.isInFlight = one.isAnswered = false;
    for (const window of this.#windows.values()) {
      const isKept = window.grown >= 2;
      const { grown, endMs } = isKept ? window : { grown: 0, endMs: 0 };
      Object.assign(window, { grown, endMs, isHeld: false, flight: null });
    }
    this.#here.clear();
    const graceMs = rounded(this.#env.nowMs() + unmuteGraceMs);
    for (const { user } of this.#listeners) this.#here.set(user, { count: 0, graceMs });
  }

  /** 1 for news, 2 for a mention, 3 for both. */
  #due(one: NaiveListener): number {
    const here = this.#here.get(one.user)!;
    if (one.isInFlight || here.count > 0 || here.graceMs > this.#env.nowMs()) return 0;
    const level = this.#level(one);
    const logs = [...this.#site(one.site).logs.values()];
    const hasNews =
      level === 'all' &&
      !one.isOutstanding &&
      logs.some((log) => log.ordinal > one.told && this.#isUnread(one, { log, ordinal: log.ordinal }));
    const hasMention = level !== 'none' && one.mentions.some((mention) => this.#isUnread(one, mention));
    return (
      (hasNews && this.#isLoud(one, 'news') ? 1 : 0) | (hasMention && this.#isLoud(one, 'mention') ? 2 : 0)
    );
  }

  #isLoud(one: NaiveListener, kind: 'news' | 'mention'): boolean {
    return this.#options.quietUntil(one.user, this.#env.wallMs(), kind) === null;
  }

  #found(one: NaiveListener, due: number): { site: SiteId; log: NaiveLog; isMention: boolean }[] {
    const { site } = one;
    const mentions = (due & 2) === 0 ? [] : one.mentions.filter((mention) => this.#isUnread(one, mention));
    const found = mentions.map(({ log }) => ({ site, log, isMention: true }));
    if ((due & 1) === 0) return found;
    for (const log of this.#site(site).logs.values()) {
      if (mentions.some((mention) => mention.log === log) || log.ordinal <= one.told) continue;
      if (this.#isUnread(one, { log, ordinal: log.ordinal })) found.push({ site, log, isMention: false });
    }
    return found;
  }

  #level({ levels }: NaiveListener): string {
    return levels.override !== null && levels.untilMs > this.#env.wallMs() ? levels.override : levels.base;
  }

  #isUnread(one: NaiveListener, at: NaiveMention): boolean {
    const { readAll, marks, audience } = this.#members.get(one.user + one.site)!;
    if (!audience.some((resource) => covers(resource, at.log.name))) return false;
    return at.ordinal > Math.max(readAll, marks.get(at.log.name) ?? 0);
  }

  #settle(user: UserId, site: SiteId): void {
    const member = this.#members.get(user + site)!;
    const [first] = this.#of(user, site);
    if (first === undefined) return;
    const { logs, ordinal } = this.#site(site);
    if (![...logs.values()].some((log) => this.#isUnread(first, { log, ordinal: log.ordinal }))) {
      member.readAll = ordinal;
      member.marks.clear();
      for (const one of this.#of(user, site)) {
        if (one.isShown) this.#options.onClear({ user, device: one.device, site });
        one.isShown = one.isOutstanding = false;
      }
    }
    for (const one of this.#of(user, site))
      one.mentions = one.mentions.filter((mention) => this.#isUnread(one, mention));
  }

  #of(user: UserId, site: SiteId): readonly NaiveListener[] {
    return this.#listeners.filter((one) => one.user === user && one.site === site);
  }

  #find(device: DeviceId, site: SiteId): NaiveListener | undefined {
    return this.#listeners.find((one) => one.device === device && one.site === site);
  }

  #site(site: SiteId): { ordinal: number; logs: Map<LogId, NaiveLog> } {
    const known = this.#sites.get(site) ?? { ordinal: 0, logs: new Map<LogId, NaiveLog>() };
    this.#sites.set(site, known);
    return known;
  }
}
