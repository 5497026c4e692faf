/**
 * What a store keeps. `rows` gives what changed, and after any part of it was written, a state made of the
 * rows loses nothing (SPEC I12): the ordinals of sites come before what is measured by them, and a log whose
 * mentions are not all found is given later, so that the tail says it once more.
 */

import { assert } from 'copse/internal/base/assert.ts';
import type { DeviceId, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Resource } from 'copse/internal/capability/policy.ts';
import { noticeLastWindowMs } from 'copse/internal/base/limits-notify.ts';
import { flag, list } from './listeners.ts';
import type { Log, Site } from './logs.ts';
import type { Members } from './members.ts';
import { deviceWord } from './people.ts';
import type { Gone, State } from './state.ts';

export interface SiteRow {
  readonly kind: 'site';
  readonly site: SiteId;
  readonly ordinal: number;
}

export interface LogRow {
  readonly kind: 'log';
  readonly site: SiteId;
  readonly log: LogId;
  readonly length: number;
  readonly ordinal: number;
  readonly order: number;
}

export interface ListenerRow {
  readonly kind: 'listener';
  readonly device: DeviceId;
  readonly user: UserId;
  readonly site: SiteId;
  readonly audience: readonly Resource[];
  /** 0 none, 1 mentions, 2 all; what overrides it plus 1, or 0. */
  readonly base: number;
  readonly override: number;
  readonly untilMs: number;
  readonly readAll: number;
  readonly told: number;
  readonly isOutstanding: boolean;
  readonly isShown: boolean;
  /** In hex. */
  readonly tags: readonly string[];
  readonly mentions: readonly { readonly log: LogId; readonly ordinal: number }[];
}

export interface MarkRow {
  readonly kind: 'mark';
  readonly user: UserId;
  readonly site: SiteId;
  readonly log: LogId;
  readonly ordinal: number;
}

export interface WindowRow {
  readonly kind: 'window';
  readonly user: UserId;
  readonly device: DeviceId;
  /** How often it has grown. */
  readonly step: number;
  /** By the wall clock; 0: it is over. */
  readonly untilMs: number;
}

/** With its logs and marks; it comes by itself, because a site of the same name may follow. */
export interface SiteGoneRow {
  readonly kind: 'site-gone';
  readonly site: SiteId;
}

/** Rows have the key of their names: a later one takes the place of an earlier one. */
export type Row = SiteRow | LogRow | ListenerRow | MarkRow | WindowRow | SiteGoneRow | Gone;

export class Saving {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  rows(countMax: number): readonly Row[] {
    const rows: Row[] = [];
    const room = (): boolean => rows.length < countMax;
    const { logs, listeners, marks } = this.#state;
    if (logs.gone.length > 0)
      return logs.gone.splice(0, countMax).map((site) => ({ kind: 'site-gone', site }));
    while (room() && logs.dirtySites.length > 0) {
      const site = logs.dirtySites.pop()!;
      site.isDirty = false;
      if (!site.isGone) rows.push({ kind: 'site', site: site.name, ordinal: site.ordinal });
    }
    // What is there again is written again.
    const gone = this.#state.gone.splice(0, countMax - rows.length);
    rows.push(...gone.filter((row) => !this.#isBack(row)));
    this.#logs(rows, room);
    while (room() && this.#state.dirtyListeners.length > 0) {
      const row = this.#state.dirtyListeners.pop()!;
      // One that was let go is not dirty; its number may be another's now, who then is.
      if (!listeners.has(row, flag.dirty)) continue;
      listeners.drop(row, flag.dirty);
      rows.push(this.#listener(row));
    }
    for (const device of this.#state.ready.changed) {
      if (!room()) return rows;
      this.#state.ready.changed.delete(device);
      rows.push(this.#window(device));
    }
    for (const [user, dirty] of this.#state.dirtyMarks) {
      for (const log of dirty) {
        if (!room()) return rows;
        dirty.delete(log);
        const ordinal = marks.of(user)?.get(log);
        if (ordinal !== undefined) rows.push(this.#mark(user, log, ordinal));
      }
      this.#state.dirtyMarks.delete(user);
    }
    return rows;
  }

  /** Of these listeners, changed or not, with the sites that they are measured by. */
  rowsOf(names: readonly { readonly device: DeviceId; readonly site: SiteId }[]): readonly Row[] {
    const sites = new Map<SiteId, SiteRow>();
    const rows: Row[] = [];
    for (const { device, site: name } of names) {
      const row = this.#state.find(device, name);
      if (row === 0) continue;
      const site = this.#state.siteOf(row);
      if (site.isDirty) sites.set(name, { kind: 'site', site: name, ordinal: site.ordinal });
      this.#state.listeners.drop(row, flag.dirty);
      rows.push(this.#listener(row));
    }
    return [...sites.values(), ...rows];
  }

  /** What was read: the user's listeners in a site, and the logs there that she has read by themselves. */
  rowsRead(userName: UserId, siteName: SiteId): readonly Row[] {
    const state = this.#state;
    const [user, site] = [state.users.names.find(userName), state.logs.find(siteName)];
    const head = user === 0 || site === undefined ? 0 : state.headOf(user, site);
    if (head === 0 || site === undefined) return [];
    const rows: Row[] = site.isDirty ? [{ kind: 'site', site: siteName, ordinal: site.ordinal }] : [];
    for (let row = head; row !== 0; row = state.listeners.nextSame(row)) {
      state.listeners.drop(row, flag.dirty);
      rows.push(this.#listener(row));
    }
    return [...rows, ...this.#marksIn(user, site)];
  }

  /** Marks that are not written, with the places of their logs, without which they mean nothing. */
  #marksIn(user: number, site: Site): readonly Row[] {
    const rows: Row[] = [];
    const dirty = this.#state.dirtyMarks.get(user);
    for (const log of dirty ?? []) {
      if (log.site !== site) continue;
      dirty?.delete(log);
      const read = this.#state.marks.of(user)?.get(log);
      if (read === undefined) continue;
      const { name, length, ordinal, order } = log;
      if (site.jobs.size === 0)
        rows.push({ kind: 'log', site: site.name, log: name, length, ordinal, order });
      rows.push(this.#mark(user, log, read));
    }
    return rows;
  }

  #isBack(row: Gone): boolean {
    // Its row comes later, if there is one.
    if (row.kind === 'window-gone') return false;
    if (row.kind === 'listener-gone') return this.#state.find(row.device, row.site) !== 0;
    const log = this.#state.logs.find(row.site)?.logs.get(row.log);
    const marks = this.#state.marks.of(this.#state.users.names.find(row.user));
    return log !== undefined && marks?.has(log) === true;
  }

  #logs(rows: Row[], room: () => boolean): void {
    const { logs } = this.#state;
    const later: Log[] = [];
    while (room() && logs.dirtyLogs.length > 0) {
      const log = logs.dirtyLogs.pop()!;
      if (log.site.isGone) continue;
      if (log.site.jobs.size > 0) {
        later.push(log);
        continue;
      }
      log.isDirty = false;
      const { site, name, length, ordinal, order } = log;
      rows.push({ kind: 'log', site: site.name, log: name, length, ordinal, order });
    }
    logs.dirtyLogs.push(...later);
  }

  #listener(row: number): ListenerRow {
    const { listeners, devices, users, audiences, mentions, untilMs } = this.#state;
    const site = this.#state.siteOf(row);
    const device = listeners.device(row);
    return {
      kind: 'listener',
      device: devices.names.of(device),
      user: users.names.of(devices.get(device, deviceWord.user)),
      site: site.name,
      audience: audiences.of(listeners.audience(row)).resources,
      base: listeners.base(row),
      override: listeners.override(row),
      untilMs: untilMs.get(row) ?? 0,
      readAll: listeners.read(row, site.ordinal),
      told: listeners.told(row, site.ordinal),
      isOutstanding: listeners.has(row, flag.outstanding),
      isShown: listeners.has(row, flag.shown),
      tags: mentions.tagsOf(row),
      mentions: mentions.waiting(row).map(({ log, ordinal }) => ({ log: log.name, ordinal })),
    };
  }

  #window(device: number): Row {
    const { devices, users, ready, env } = this.#state;
    const [user, name] = [users.names.of(devices.userOf(device)), devices.names.of(device)];
    const { step, untilMs } = ready.kept(device);
    if (step === 0) return { kind: 'window-gone', user, device: name };
    const wallMs = untilMs === 0 ? 0 : Math.round(untilMs + env.wallMs() - env.nowMs());
    return { kind: 'window', user, device: name, step, untilMs: wallMs };
  }

  #mark(user: number, log: Log, ordinal: number): MarkRow {
    const name = this.#state.users.names.of(user);
    return { kind: 'mark', user: name, site: log.site.name, log: log.name, ordinal };
  }
}

/**
 * Puts rows into an empty state, a part at a time: sites and logs first, then listeners, then marks. Within a
 * part their order is free. What belongs to none is left out.
 */
export class Restoring {
  readonly #state: State;
  readonly #members: Members;
  /** Until the first listener comes; then they are put in their order. */
  #logs: LogRow[] | null = [];
  readonly #windows: WindowRow[] = [];

  constructor(state: State, members: Members) {
    this.#state = state;
    this.#members = members;
  }

  add(rows: Iterable<Row>): void {
    const listenerRows: ListenerRow[] = [];
    const markRows: MarkRow[] = [];
    for (const row of rows) {
      if (row.kind === 'site') this.#state.logs.site(row.site).ordinal = row.ordinal;
      else if (row.kind === 'log') this.#addLog(row);
      else if (row.kind === 'listener') listenerRows.push(row);
      else if (row.kind === 'mark') markRows.push(row);
      else if (row.kind === 'window') this.#windows.push(row);
    }
    if (listenerRows.length > 0 || markRows.length > 0) this.logsAreThere();
    for (const row of listenerRows) restoreListener(this.#state, this.#members, row);
    for (const row of markRows) restoreMark(this.#state, row);
    for (const listener of this.#state.dirtyListeners) this.#state.listeners.drop(listener, flag.dirty);
    this.#state.dirtyListeners = [];
  }

  /** When all devices are there. */
  windowsAreThere(): void {
    const { devices, ready, env } = this.#state;
    const aheadMs = env.wallMs() - env.nowMs();
    for (const { device: name, step, untilMs } of this.#windows) {
      const device = devices.names.find(name);
      if (device === 0) continue;
      // However the clock was set meanwhile: no window is longer than itself.
      const leftMs = Math.min(untilMs - env.wallMs(), noticeLastWindowMs);
      ready.restore(device, step, leftMs > 0 ? env.wallMs() + leftMs - aheadMs : 0);
    }
  }

  logsAreThere(): void {
    for (const row of (this.#logs ?? []).toSorted((a, b) => a.order - b.order))
      this.#state.logs.restore(this.#state.logs.site(row.site), row.log, row);
    this.#logs = null;
  }

  #addLog(row: LogRow): void {
    assert(this.#logs !== null, 'logs come before listeners');
    this.#logs.push(row);
  }
}

function restoreListener(state: State, members: Members, row: ListenerRow): void {
  const { listeners, mentions } = state;
  const listener = members.join(row.user, row.device, row.site, row.audience);
  const site = state.siteOf(listener);
  const head = listeners.head(listener);
  // What of a user's rows was written last has the highest number: it only grows.
  const isFirst = head === listener;
  const readAll = isFirst ? row.readAll : Math.max(row.readAll, listeners.read(head, site.ordinal));
  listeners.setRead(head, readAll);
  listeners.setTold(listener, row.told);
  listeners.setLevels(listener, row.base, row.override);
  if (row.override !== 0) state.untilMs.set(listener, row.untilMs);
  if (row.isOutstanding) listeners.put(listener, flag.outstanding);
  if (row.isShown) listeners.put(listener, flag.shown);
  mentions.registerTexts(listener, site, row.tags);
  const waiting = row.mentions.flatMap(({ log, ordinal }) => {
    const known = site.logs.get(log);
    return known === undefined ? [] : [{ log: known, ordinal }];
  });
  mentions.setWaiting(listener, waiting);
  if (waiting.length > 0) listeners.put(listener, flag.mentioned);
  // The first sweep finds out who belongs there.
  listeners.link(listener, list.armed, site.armed);
  site.armed = listener;
}

function restoreMark(state: State, row: MarkRow): void {
  const site = state.logs.find(row.site);
  const log = site?.logs.get(row.log);
  const user = state.users.names.find(row.user);
  if (site === undefined || log === undefined || user === 0) return;
  const head = state.headOf(user, site);
  if (head === 0 || row.ordinal <= state.listeners.read(head, site.ordinal)) return;
  state.marks.set(user, log, row.ordinal);
  state.listeners.put(head, flag.marked);
}
