/**
 * The logs that have news, newest first in their site and in their folder (SPEC I2). What is known of a log
 * only grows: a length that is not larger changes nothing, one that is gives the log the next ordinal of its
 * site. Ordinals of different sites are not comparable; `order` is.
 */

import { assert } from 'copse/internal/base/assert.ts';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import { neighbourIn } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { Job } from './mentions.ts';

/** A log with news. */
export interface Log {
  readonly site: Site;
  readonly name: LogId;
  readonly folder: Folder;
  length: number;
  ordinal: number;
  order: number;
  newer: Log | null;
  older: Log | null;
  newerInFolder: Log | null;
  olderInFolder: Log | null;
  isDirty: boolean;
}

export interface Folder {
  newest: Log | null;
}

export interface Site {
  readonly name: SiteId;
  /** Of one user alone: her neighbourhood. Whom a mention means there needs no tag. */
  readonly isOwn: boolean;
  readonly logs: Map<LogId, Log>;
  /** By the part of a log's name that is its folder's. */
  readonly folders: Map<string, Folder>;
  newest: Log | null;
  ordinal: number;
  /** Number for the rows of listeners. */
  readonly number: number;
  /** First listener of the armed list, and the one that a pass looks at next. */
  armed: number;
  cursor: number;
  /** Whether a pass is to begin with the next round. */
  isQueued: boolean;
  isDirty: boolean;
  listenerCount: number;
  /** Nobody listens any more: it is not one of the sites. */
  isGone: boolean;
  /** Mentions whose listeners are not all looked at: until they are, the logs are not written (SPEC I12). */
  readonly jobs: Map<string, Job>;
}

/** A log as it is kept. */
export interface Moved {
  readonly length: number;
  readonly ordinal: number;
  readonly order: number;
}

const FOLDER_CHARS = 16;

export class Logs {
  readonly #byName = new Map<SiteId, Site>();
  readonly #byNumber: (Site | null)[] = [null];
  readonly #free: number[] = [];
  #order = 0;
  /** Sites and logs that changed since they were written. */
  dirtySites: Site[] = [];
  dirtyLogs: Log[] = [];
  /** Sites that are to be taken from the store. */
  readonly gone: SiteId[] = [];
  /** Sites of which the logs are to be taken from the store, before others are written. */
  readonly cleared = new Set<SiteId>();

  find(name: SiteId): Site | undefined {
    return this.#byName.get(name);
  }

  byNumber(number: number): Site {
    const site = this.#byNumber[number];
    assert(site !== null && site !== undefined, 'the site has a number');
    return site;
  }

  sites(): IterableIterator<Site> {
    return this.#byName.values();
  }

  site(name: SiteId): Site {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const site: Site = {
      name,
      isOwn: neighbourIn(name) !== null,
      logs: new Map(),
      folders: new Map(),
      newest: null,
      ordinal: 0,
      number: this.#free.pop() ?? this.#byNumber.length,
      armed: 0,
      cursor: 0,
      isQueued: false,
      isDirty: false,
      listenerCount: 0,
      isGone: false,
      jobs: new Map(),
    };
    this.#byName.set(name, site);
    this.#byNumber[site.number] = site;
    return site;
  }

  /** Nobody listens there any more: what is known of it goes, and who comes next hears of what comes then. */
  drop(site: Site): void {
    assert(site.listenerCount === 0 && site.armed === 0, 'nobody listens there');
    site.isGone = true;
    this.#byName.delete(site.name);
    this.#byNumber[site.number] = null;
    this.#free.push(site.number);
    this.gone.push(site.name);
  }

  /** Everything there was read, and what is known of its logs goes; those that have news again are there again. */
  clear(site: Site): void {
    assert(site.jobs.size === 0, 'nobody looks at the logs');
    site.logs.clear();
    site.folders.clear();
    site.newest = null;
    this.cleared.add(site.name);
  }

  /** The log, or null when nothing is new about it. */
  publish(site: Site, name: LogId, length: number): Log | null {
    const log = site.logs.get(name) ?? this.#add(site, name);
    if (length <= log.length) return null;
    this.move(log, { length, ordinal: site.ordinal + 1 });
    this.touch(log);
    return log;
  }

  /** The log is the newest one of its site from now on. */
  move(log: Log, to: { readonly length: number; readonly ordinal: number }): void {
    const { site } = log;
    assert(to.ordinal > (site.newest?.ordinal ?? 0), 'the newest log has the highest ordinal');
    site.ordinal = Math.max(site.ordinal, to.ordinal);
    log.length = to.length;
    log.ordinal = to.ordinal;
    log.order = ++this.#order;
    if (site.newest !== log) toFront(site, log);
    if (log.folder.newest !== log) toFrontOfFolder(log);
  }

  touch(log: Log): void {
    if (!log.isDirty) {
      log.isDirty = true;
      this.dirtyLogs.push(log);
    }
    if (log.site.isDirty) return;
    log.site.isDirty = true;
    this.dirtySites.push(log.site);
  }

  /** A log as it was written; logs are restored in their order. */
  restore(site: Site, name: LogId, was: Moved): void {
    assert(!site.logs.has(name), 'a log is restored once');
    this.#order = Math.max(this.#order, was.order - 1);
    this.move(this.#add(site, name), was);
  }

  #add(site: Site, name: LogId): Log {
    const folderName = name.slice(0, FOLDER_CHARS);
    let folder = site.folders.get(folderName);
    if (folder === undefined) {
      folder = { newest: null };
      site.folders.set(folderName, folder);
    }
    const log: Log = {
      site,
      name,
      folder,
      length: 0,
      ordinal: 0,
      order: 0,
      newer: null,
      older: null,
      newerInFolder: null,
      olderInFolder: null,
      isDirty: false,
    };
    site.logs.set(name, log);
    return log;
  }
}

function toFront(site: Site, log: Log): void {
  if (log.newer !== null) log.newer.older = log.older;
  if (log.older !== null) log.older.newer = log.newer;
  log.newer = null;
  log.older = site.newest;
  if (site.newest !== null) site.newest.newer = log;
  site.newest = log;
}

function toFrontOfFolder(log: Log): void {
  const { folder } = log;
  if (log.newerInFolder !== null) log.newerInFolder.olderInFolder = log.olderInFolder;
  if (log.olderInFolder !== null) log.olderInFolder.newerInFolder = log.newerInFolder;
  log.newerInFolder = null;
  log.olderInFolder = folder.newest;
  if (folder.newest !== null) folder.newest.newerInFolder = log;
  folder.newest = log;
}
