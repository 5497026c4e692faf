/** The state of a user as it stands in the tables, read row by row: an update looks at few of them. */

import type { QuietSpec } from 'copse/internal/api/notify.ts';
import { deviceId, siteId, type DeviceId, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import type { Endpoint, Held, Listener, ListenerAt } from 'copse/internal/social/subscriptions/held.ts';
import { endpointOf, listenerOf, quietOf } from './held-rows.ts';
import { SQL, type EndpointRow, type ListenerRow, type UserRow } from './news-sqlite-rows.ts';
import type { Database } from './sqlite.ts';

interface Count {
  readonly n: number;
}

export class SqliteHeld implements Held {
  readonly #database: Database;
  readonly #user: UserId;
  readonly quiet: QuietSpec | null;

  constructor(database: Database, user: UserId, row: UserRow | null) {
    this.#database = database;
    this.#user = user;
    this.quiet = row === null ? null : quietOf(row);
  }

  get listenerCount(): number {
    return this.#database.prepare<Count>(SQL.listenerCount).get(this.#user)?.n ?? 0;
  }

  get endpointCount(): number {
    return this.#database.prepare<Count>(SQL.endpointCount).get(this.#user)?.n ?? 0;
  }

  listener(device: DeviceId, site: SiteId): Listener | null {
    const row = this.#database.prepare<ListenerRow>(SQL.listener).get(this.#user, device, site);
    return row === null ? null : listenerOf(row);
  }

  endpoint(device: DeviceId): Endpoint | null {
    const row = this.#database.prepare<EndpointRow>(SQL.endpoint).get(this.#user, device);
    return row === null ? null : endpointOf(row);
  }

  sitesOf(device: DeviceId): Iterable<SiteId> {
    const rows = this.#database.prepare<{ readonly site: string }>(SQL.sitesOf).all(this.#user, device);
    return rows.map(({ site }) => siteId(site));
  }

  *listeners(): Generator<ListenerAt> {
    for (const row of this.#database.prepare<ListenerRow>(SQL.listeners).iterate(this.#user))
      yield { device: deviceId(row.device), site: siteId(row.site), listener: listenerOf(row) };
  }

  endpoints(): Iterable<readonly [DeviceId, Endpoint]> {
    const rows = this.#database.prepare<EndpointRow>(SQL.endpoints).all(this.#user);
    return rows.map((row) => [deviceId(row.device), endpointOf(row)] as const);
  }
}
