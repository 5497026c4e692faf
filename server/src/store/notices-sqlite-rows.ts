/** The statements about what devices hear, their rows, and what the rows mean. */

import type { Endpoint } from 'copse/internal/social/subscriptions/held.ts';
import { quietOf, type ListenerColumns, type QuietColumns } from './held-rows.ts';
import type { NoticeGlance } from './notices.ts';
import type { Database } from './sqlite.ts';

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

interface UserRow extends QuietColumns {
  readonly user: string;
  readonly epoch: Uint8Array | null;
  readonly version: number;
  readonly settled: number;
  readonly moved: number;
  readonly looked: number;
}

interface DeviceRow extends Endpoint {
  readonly device: string;
  readonly min_epoch: number;
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
    page: database.prepare<ListenerColumns>(SQL.page),
    rows: database.prepare<ListenerColumns>(SQL.rows),
    putListener: database.prepare(SQL.putListener),
    dropListener: database.prepare(SQL.dropListener),
  };
}

export function glanceOf(row: UserRow): NoticeGlance {
  const { epoch, version, moved, looked } = row;
  return { head: { epoch, version, isSettled: row.settled === 1 }, quiet: quietOf(row), moved, looked };
}
