/**
 * What a store keeps. `rows` gives what changed, and after any part of it was written, a state made of the
 * rows loses nothing (SPEC I12): the ordinals of sites come before what is measured by them, and a log whose
 * mentions are not all found is given later, so that the tail says it once more.
 */

import type { DeviceId, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Resource } from 'copse/internal/capability/policy.ts';
import { flag } from './listeners.ts';
import type { Log, Site } from './logs.ts';
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

/** Its logs, before those that follow. */
export interface LogsGoneRow {
  readonly kind: 'logs-gone';
  readonly site: SiteId;
}

/** Rows have the key of their names: a later one takes the place of an earlier one. */
export type Row = SiteRow | LogRow | ListenerRow | MarkRow | WindowRow | SiteGoneRow | LogsGoneRow | Gone;

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
    for (const site of logs.cleared) {
      if (!room()) return rows;
      logs.cleared.delete(site);
      rows.push({ kind: 'logs-gone', site });
    }
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
      if (log.site.isGone || log.site.logs.get(log.name) !== log) continue;
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
