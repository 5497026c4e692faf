/**
 * The sessions that are open now, found by device, user and site, so that what one changes the others
 * hear, and a device that ends is told so at once (SPEC A6).
 */

import type { AuthEvents } from 'copse/internal/api/auth.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { FaultCode } from 'copse/internal/base/fault.ts';
import type { DeviceId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { sitesWatchedMax } from 'copse/internal/base/limits.ts';

export type Changed = Parameters<AuthEvents['changed']>[0];

export interface LiveSession {
  readonly device: DeviceId;
  changed(message: Changed): void;
  end(code: FaultCode): void;
}

interface Entry {
  user: UserId | null;
  /** Sites that the session has been shown. */
  readonly sites: Cache<SiteId, true>;
}

export class Live {
  readonly #entries = new Map<LiveSession, Entry>();
  readonly #byDevice = new Groups<DeviceId>();
  readonly #byUser = new Groups<UserId>();
  readonly #bySite = new Groups<SiteId>();

  get size(): number {
    return this.#entries.size;
  }

  add(session: LiveSession): void {
    this.#entries.set(session, { user: null, sites: new Cache(sitesWatchedMax) });
    this.#byDevice.add(session.device, session);
  }

  remove(session: LiveSession): void {
    const entry = this.#entries.get(session);
    if (entry === undefined) return;
    this.#entries.delete(session);
    this.#byDevice.remove(session.device, session);
    if (entry.user !== null) this.#byUser.remove(entry.user, session);
    for (const site of entry.sites.keys()) this.#bySite.remove(site, session);
  }

  /** The session turned out to be this user's. */
  belongs(session: LiveSession, user: UserId): void {
    const entry = this.#entries.get(session);
    if (entry === undefined || entry.user === user) return;
    if (entry.user !== null) this.#byUser.remove(entry.user, session);
    entry.user = user;
    this.#byUser.add(user, session);
  }

  /** The session shows this site; beyond its limit it is no longer told about the one looked at longest ago. */
  watch(session: LiveSession, site: SiteId): void {
    const sites = this.#entries.get(session)?.sites;
    if (sites === undefined) return;
    if (sites.get(site) === undefined && sites.size >= sitesWatchedMax) {
      for (const oldest of sites.keys()) {
        this.unwatch(session, oldest);
        break;
      }
    }
    sites.set(site, true);
    this.#bySite.add(site, session);
  }

  unwatch(session: LiveSession, site: SiteId): void {
    this.#entries.get(session)?.sites.delete(site);
    this.#bySite.remove(site, session);
  }

  isHere(device: DeviceId): boolean {
    return this.#byDevice.of(device).length > 0;
  }

  tellUser(user: UserId, message: Changed, except: LiveSession | null): void {
    for (const session of this.#byUser.of(user)) if (session !== except) session.changed(message);
  }

  tellDevice(device: DeviceId, message: Changed): void {
    for (const session of this.#byDevice.of(device)) session.changed(message);
  }

  tellAll(message: Changed): void {
    for (const session of this.#entries.keys()) session.changed(message);
  }

  tellSite(site: SiteId, except: LiveSession | null): void {
    for (const session of this.#bySite.of(site)) {
      if (session !== except) session.changed({ what: 'site', site });
    }
  }

  /** The site waits for a key. */
  tellKeys(site: SiteId): void {
    for (const session of this.#bySite.of(site)) session.changed({ what: 'keys', site });
  }

  /** Whose sessions show the site. */
  usersAt(site: SiteId): ReadonlySet<UserId> {
    const users = this.#bySite.of(site).map((session) => this.#entries.get(session)?.user ?? null);
    return new Set(users.filter((user) => user !== null));
  }

  /** The user is no member any more: her sessions hear no more of the site. */
  leaveSite(user: UserId, site: SiteId): void {
    for (const session of this.#byUser.of(user)) this.unwatch(session, site);
  }

  endDevice(device: DeviceId, code: FaultCode): void {
    for (const session of this.#byDevice.of(device)) session.end(code);
  }
}

/** Sets of sessions by key; an empty set is no set. */
class Groups<K> {
  readonly #sessionsByKey = new Map<K, Set<LiveSession>>();

  add(key: K, session: LiveSession): void {
    const sessions = this.#sessionsByKey.get(key);
    if (sessions === undefined) this.#sessionsByKey.set(key, new Set([session]));
    else sessions.add(session);
  }

  remove(key: K, session: LiveSession): void {
    const sessions = this.#sessionsByKey.get(key);
    if (sessions?.delete(session) === true && sessions.size === 0) this.#sessionsByKey.delete(key);
  }

  /** As they are now: who hears may end and remove himself. */
  of(key: K): readonly LiveSession[] {
    return [...(this.#sessionsByKey.get(key) ?? [])];
  }
}
