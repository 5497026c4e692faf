/** What devices hear in the SQLite file of the accounts (interface and promises: `notices.ts`). */

import {
  deviceId,
  siteId,
  userId,
  type DeviceId,
  type SiteId,
  type UserId,
} from 'copse/internal/base/ids.ts';
import { noticeRowsWrittenMax } from 'copse/internal/base/limits-notify.ts';
import type { Difference, Endpoint } from 'copse/internal/social/subscriptions/held.ts';
import type { Write } from './accounts-sqlite-changes.ts';
import { endpointOf, listenerOf, listenerValues, quietValues } from './held-rows.ts';
import type { NoticeGlance, NoticeRow, NoticeUser, NoticeWrite, Notices } from './notices.ts';
import { glanceOf, noticesStatements, type NoticesStatements } from './notices-sqlite-rows.ts';
import type { Database } from './sqlite.ts';

type ListenerChange = Difference['listeners'][number];

export interface SqliteNoticesOptions {
  readonly write: Write;
  /** For what is done again when it is lost. */
  readonly writeRepeatable: Write;
  /** Arranges that a task runs after what is ready now. */
  readonly schedule: (task: () => void) => void;
}

export class SqliteNotices implements Notices {
  readonly #write: Write;
  readonly #writeRepeatable: Write;
  readonly #schedule: (task: () => void) => void;
  readonly #of: NoticesStatements;
  readonly #listeners: (() => void)[] = [];

  constructor(database: Database, { write, writeRepeatable, schedule }: SqliteNoticesOptions) {
    this.#write = write;
    this.#writeRepeatable = writeRepeatable;
    this.#schedule = schedule;
    this.#of = noticesStatements(database);
  }

  listen(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Something was committed. */
  committed(): void {
    for (const listener of this.#listeners) listener();
  }

  async begin(user: UserId): Promise<void> {
    await this.#write(() => this.#of.begin.run(user));
  }

  async glance(user: UserId): Promise<NoticeGlance | null> {
    const row = this.#of.user.get(user);
    return row === null ? null : glanceOf(row);
  }

  /** Page by page with others between them: only who reads it here writes it. */
  async read(user: UserId): Promise<NoticeUser | null> {
    const glance = await this.glance(user);
    if (glance === null) return null;
    const devices = this.#of.devices.all(user);
    const listeners: ListenerChange[] = [];
    for (let at = { device: '', site: '' }; ;) {
      const rows = this.#of.page.all(user, at.device, at.site, noticeRowsWrittenMax);
      for (const row of rows) {
        const device = deviceId(row.device);
        listeners.push({ device, site: siteId(row.site), listener: listenerOf(row) });
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < noticeRowsWrittenMax) break;
      at = last;
      await this.#turn();
    }
    const { quiet } = glance;
    return {
      ...glance,
      state: {
        listeners,
        endpoints: devices.map((row) => [deviceId(row.device), endpointOf(row)] as const),
        quiet,
      },
      epochs: new Map(devices.map((row) => [deviceId(row.device), row.min_epoch])),
    };
  }

  async rows(
    user: UserId,
    device: DeviceId,
    after: SiteId | null,
    countMax: number,
  ): Promise<readonly NoticeRow[]> {
    const rows = this.#of.rows.all(user, device, after ?? '', countMax);
    return rows.map((row) => ({ site: siteId(row.site), listener: listenerOf(row) }));
  }

  async endpoint(user: UserId, device: DeviceId): Promise<Endpoint | null> {
    const row = this.#of.device.get(user, device);
    return row === null ? null : endpointOf(row);
  }

  async write(write: NoticeWrite): Promise<void> {
    const listeners = write.difference?.listeners ?? [];
    const count = Math.max(0, Math.ceil(listeners.length / noticeRowsWrittenMax) - 1);
    for (let part = 0; part < count; part++) {
      const from = noticeRowsWrittenMax * part;
      await this.#write(() => {
        // Should this be all that is written, she is looked at again.
        this.#of.begun.run(write.user);
        this.#putListeners(write.user, listeners.slice(from, from + noticeRowsWrittenMax));
      });
      await this.#turn();
    }
    const rest = listeners.slice(noticeRowsWrittenMax * count);
    // What notify was told is told again when this is lost; what it has to be told was written before.
    const commit = write.head.isSettled ? this.#writeRepeatable : this.#write;
    await commit(() => this.#put(write, rest));
  }

  #put({ user, head, difference, epochs = [], looked }: NoticeWrite, rest: readonly ListenerChange[]): void {
    const of = this.#of;
    this.#putListeners(user, rest);
    for (const [device, endpoint] of difference?.endpoints ?? []) {
      if (endpoint === null) of.dropDevice.run(user, device);
      else of.putDevice.run(user, device, endpoint.url, endpoint.p256dh, endpoint.auth);
    }
    for (const [device, epoch] of epochs) of.putEpoch.run(epoch, user, device);
    if (difference?.quiet !== undefined) of.putQuiet.run(...quietValues(difference.quiet), user);
    of.putHead.run(head.epoch, head.version, head.isSettled ? 1 : 0, user);
    if (looked !== undefined) of.looked.run(looked.upTo, looked.dueMs, user);
  }

  #putListeners(user: UserId, changes: readonly ListenerChange[]): void {
    for (const { device, site, listener } of changes) {
      if (listener === null) this.#of.dropListener.run(user, device, site);
      else this.#of.putListener.run(user, device, site, ...listenerValues(listener));
    }
  }

  async waiting(after: UserId | null, countMax: number): Promise<readonly UserId[]> {
    return this.#of.waiting.all(after ?? '', countMax).map((row) => userId(row.user));
  }

  async due(nowMs: number): Promise<number | null> {
    const next = (): number | null => this.#of.nextDue.get()?.due_ms ?? null;
    for (let dueMs = next(); dueMs !== null; dueMs = next()) {
      if (dueMs > nowMs) return dueMs;
      await this.#write(() => this.#of.due.run(nowMs, noticeRowsWrittenMax));
    }
    return null;
  }

  async heads(after: UserId | null, countMax: number) {
    return this.#of.heads.all(after ?? '', countMax).map((row) => {
      return { user: userId(row.user), ...glanceOf(row).head };
    });
  }

  async unsettle(users: readonly UserId[]): Promise<void> {
    await this.#write(() => {
      for (const user of users) this.#of.unsettle.run(user);
    });
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#schedule(resolve));
  }
}
