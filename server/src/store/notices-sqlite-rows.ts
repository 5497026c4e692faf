/** The statements about what devices hear, their rows, and what the rows mean. */

import type { Level, QuietSpec } from 'copse/internal/api/notify.ts';
import type { Endpoint, Listener } from 'copse/internal/social/subscriptions/held.ts';
import type { NoticeGlance } from './notices.ts';
import type { Database, Value } from './sqlite.ts';

const USER = `user, epoch, version, settled, moved, looked, zone, days, from_minute, to_minute, mentions_pass`;
const LISTENER = 'device, site, audience, level, override, for_ms, until_ms, tags';
const WAITING = '(settled = 0 OR moved <> looked)';

const SQL = {
  begin: `INSERT INTO notice_user (user, version, settled, moved, looked) VALUES (?, 0, 0, 1, 0)
    ON CONFLICT (user) DO NOTHING`,
  user: `SELECT ${USER} FROM notice_user WHERE user = ?`,
  heads: `SELECT ${USER} FROM notice_user WHERE user > ? ORDER BY user LIMIT ?`,
  waiting: `SELECT user FROM notice_user WHERE ${WAITING} AND user > ? ORDER BY user LIMIT ?`,
  nextDue: 'SELECT due_ms FROM notice_user WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1',
  due: `UPDATE notice_user SET moved = moved + 1, due_ms = NULL WHERE user IN (
    SELECT user FROM notice_user WHERE due_ms IS NOT NULL AND due_ms <= ? ORDER BY due_ms LIMIT ?)`,
  unsettle: 'UPDATE notice_user SET settled = 0 WHERE user = ? AND settled = 1',
  begun: 'UPDATE notice_user SET settled = 0, moved = moved + 1 WHERE user = ?',
  putHead: 'UPDATE notice_user SET epoch = ?, version = ?, settled = ? WHERE user = ?',
  putQuiet: `UPDATE notice_user SET zone = ?, days = ?, from_minute = ?, to_minute = ?, mentions_pass = ?
    WHERE user = ?`,
  looked: 'UPDATE notice_user SET looked = ?, due_ms = ? WHERE user = ?',
  devices: 'SELECT device, url, p256dh, auth, min_epoch FROM notice_device WHERE user = ?',
  device: 'SELECT device, url, p256dh, auth, min_epoch FROM notice_device WHERE user = ? AND device = ?',
  putDevice: `INSERT INTO notice_device (user, device, url, p256dh, auth, min_epoch) VALUES (?, ?, ?, ?, ?, 0)
    ON CONFLICT (user, device) DO UPDATE SET url = excluded.url, p256dh = excluded.p256dh, auth = excluded.auth`,
  putEpoch: 'UPDATE notice_device SET min_epoch = ? WHERE user = ? AND device = ?',
  dropDevice: 'DELETE FROM notice_device WHERE user = ? AND device = ?',
  page: `SELECT ${LISTENER} FROM notice_listener WHERE user = ? AND (device, site) > (?, ?)
    ORDER BY device, site LIMIT ?`,
  rows: `SELECT ${LISTENER} FROM notice_listener WHERE user = ? AND device = ? AND site > ? ORDER BY site LIMIT ?`,
  putListener: `INSERT INTO notice_listener
    (user, device, site, audience, level, override, for_ms, until_ms, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (user, device, site) DO UPDATE SET audience = excluded.audience, level = excluded.level,
      override = excluded.override, for_ms = excluded.for_ms, until_ms = excluded.until_ms, tags = excluded.tags`,
  dropListener: 'DELETE FROM notice_listener WHERE user = ? AND device = ? AND site = ?',
} as const;

interface UserRow {
  readonly user: string;
  readonly epoch: Uint8Array | null;
  readonly version: number;
  readonly settled: number;
  readonly moved: number;
  readonly looked: number;
  readonly zone: string | null;
  readonly days: number;
  readonly from_minute: number;
  readonly to_minute: number;
  readonly mentions_pass: number;
}

interface DeviceRow extends Endpoint {
  readonly device: string;
  readonly min_epoch: number;
}

interface ListenerRow {
  readonly device: string;
  readonly site: string;
  readonly audience: string;
  readonly level: Level;
  readonly override: 'all' | 'none' | null;
  readonly for_ms: number;
  readonly until_ms: number;
  readonly tags: Uint8Array;
}

interface Found {
  readonly user: string;
}

export type NoticesStatements = ReturnType<typeof noticesStatements>;

export function noticesStatements(database: Database) {
  return {
    begin: database.prepare(SQL.begin),
    user: database.prepare<UserRow>(SQL.user),
    heads: database.prepare<UserRow>(SQL.heads),
    waiting: database.prepare<Found>(SQL.waiting),
    nextDue: database.prepare<{ readonly due_ms: number }>(SQL.nextDue),
    due: database.prepare(SQL.due),
    unsettle: database.prepare(SQL.unsettle),
    begun: database.prepare(SQL.begun),
    putHead: database.prepare(SQL.putHead),
    putQuiet: database.prepare(SQL.putQuiet),
    looked: database.prepare(SQL.looked),
    devices: database.prepare<DeviceRow>(SQL.devices),
    device: database.prepare<DeviceRow>(SQL.device),
    putDevice: database.prepare(SQL.putDevice),
    putEpoch: database.prepare(SQL.putEpoch),
    dropDevice: database.prepare(SQL.dropDevice),
    page: database.prepare<ListenerRow>(SQL.page),
    rows: database.prepare<ListenerRow>(SQL.rows),
    putListener: database.prepare(SQL.putListener),
    dropListener: database.prepare(SQL.dropListener),
  };
}

export function glanceOf(row: UserRow): NoticeGlance {
  const { epoch, version, moved, looked } = row;
  return { head: { epoch, version, isSettled: row.settled === 1 }, quiet: quietOf(row), moved, looked };
}

function quietOf({ zone, days, from_minute, to_minute, mentions_pass }: UserRow): QuietSpec | null {
  if (zone === null) return null;
  return {
    zone,
    days,
    fromMinute: from_minute,
    toMinute: to_minute,
    mentionsPass: mentions_pass === 1,
  };
}

/** In the order of the statement. */
export function quietValues(quiet: QuietSpec | null): readonly Value[] {
  if (quiet === null) return [null, null, null, null, null];
  const { zone, days, fromMinute, toMinute, mentionsPass } = quiet;
  return [zone, days, fromMinute, toMinute, mentionsPass ? 1 : 0];
}

export function listenerOf({ audience, level, override, for_ms, until_ms, tags }: ListenerRow): Listener {
  const stated = override === null ? null : { level: override, forMs: for_ms, untilMs: until_ms };
  return { audience, level, override: stated, tags };
}

/** In the order of the statement. */
export function listenerValues({ audience, level, override, tags }: Listener): readonly Value[] {
  return [audience, level, override?.level ?? null, override?.forMs ?? 0, override?.untilMs ?? 0, tags];
}

export function endpointOf({ url, p256dh, auth }: DeviceRow): Endpoint {
  return { url, p256dh, auth };
}
