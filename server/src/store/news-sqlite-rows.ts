/** The statements about what notify keeps, their rows, and the records that the rows mean. */

import { deviceId, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import { mentionsPerPublishMax } from 'copse/internal/base/limits-notify.ts';
import { logIdShape } from 'copse/internal/api/model.ts';
import type { Endpoint } from 'copse/internal/social/subscriptions/held.ts';
import { list, struct } from 'copse/internal/wire/compound.ts';
import { decode, encode, uint } from 'copse/internal/wire/shape.ts';
import { endpointOf, listenerOf, type ListenerColumns, type QuietColumns } from './held-rows.ts';
import type { EndpointRecord, ListenerRecord, MarkRecord, ReadingRecord } from './news.ts';
import type { Value } from './sqlite.ts';

export interface UserRow extends QuietColumns {
  readonly id: string;
  readonly version: number;
  readonly hash: Uint8Array;
  readonly digest: Uint8Array;
}

export interface ListenerRow extends ListenerColumns {
  readonly user: string;
  readonly read_all: number;
  readonly told: number;
  readonly outstanding: number;
  readonly shown: number;
  readonly mentions: Uint8Array | null;
}

export interface EndpointRow extends Endpoint {
  readonly user: string;
  readonly device: string;
  readonly failures: number;
  readonly since_ms: number;
  readonly gone_ms: number;
}

export interface MarkRow {
  readonly user: string;
  readonly site: string;
  readonly log: string;
  readonly ordinal: number;
}

const LISTENER = `user, device, site, audience, level, override, for_ms, until_ms, tags,
  read_all, told, outstanding, shown, mentions`;
const ENDPOINT = 'user, device, url, p256dh, auth, failures, since_ms, gone_ms';
const USER = 'id, version, hash, digest, zone, days, from_minute, to_minute, mentions_pass';

export const SQL = {
  user: `SELECT ${USER} FROM user WHERE id = ?`,
  putUser: `INSERT INTO user (id, version, hash, digest) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, hash = excluded.hash, digest = excluded.digest`,
  putQuiet: `UPDATE user SET zone = ?, days = ?, from_minute = ?, to_minute = ?, mentions_pass = ? WHERE id = ?`,
  listener: `SELECT ${LISTENER} FROM listener WHERE user = ? AND device = ? AND site = ?`,
  listeners: `SELECT ${LISTENER} FROM listener WHERE user = ?`,
  listenerCount: 'SELECT count(*) AS n FROM listener WHERE user = ?',
  sitesOf: 'SELECT site FROM listener WHERE user = ? AND device = ?',
  putListener: `INSERT INTO listener (user, device, site, audience, level, override, for_ms, until_ms, tags)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (user, device, site) DO UPDATE SET audience = excluded.audience, level = excluded.level,
      override = excluded.override, for_ms = excluded.for_ms, until_ms = excluded.until_ms, tags = excluded.tags`,
  leave: 'DELETE FROM listener WHERE user = ? AND device = ? AND site = ?',
  read: `UPDATE listener SET read_all = ?, told = ?, outstanding = ?, shown = ?, mentions = ?
    WHERE user = ? AND device = ? AND site = ?`,
  endpoint: `SELECT ${ENDPOINT} FROM endpoint WHERE user = ? AND device = ?`,
  endpoints: `SELECT ${ENDPOINT} FROM endpoint WHERE user = ?`,
  endpointCount: 'SELECT count(*) AS n FROM endpoint WHERE user = ?',
  // Of another address nothing is known yet.
  putEndpoint: `INSERT INTO endpoint (user, device, url, p256dh, auth) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (user, device) DO UPDATE SET
      failures = CASE WHEN url = excluded.url THEN failures ELSE 0 END,
      since_ms = CASE WHEN url = excluded.url THEN since_ms ELSE 0 END,
      gone_ms = CASE WHEN url = excluded.url THEN gone_ms ELSE 0 END,
      url = excluded.url, p256dh = excluded.p256dh, auth = excluded.auth`,
  dropEndpoint: 'DELETE FROM endpoint WHERE user = ? AND device = ?',
  deliver: `UPDATE endpoint SET failures = ?, since_ms = ?, gone_ms = ?
    WHERE user = ? AND device = ? AND url = ?`,
  putPause: `INSERT INTO pause (user, device, step, until_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (user, device) DO UPDATE SET step = excluded.step, until_ms = excluded.until_ms`,
  dropPause: 'DELETE FROM pause WHERE user = ? AND device = ?',
  putSite: `INSERT INTO site (id, ordinal) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET ordinal = max(ordinal, excluded.ordinal)`,
  putLog: `INSERT INTO log (site, log, length, ordinal, place) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (site, log) DO UPDATE SET length = max(length, excluded.length),
      ordinal = max(ordinal, excluded.ordinal), place = max(place, excluded.place)`,
  dropSite: 'DELETE FROM site WHERE id = ?',
  dropLogs: 'DELETE FROM log WHERE site = ?',
  dropMarks: 'DELETE FROM mark WHERE site = ?',
  putMark: `INSERT INTO mark (user, site, log, ordinal) VALUES (?, ?, ?, ?)
    ON CONFLICT (user, site, log) DO UPDATE SET ordinal = excluded.ordinal`,
  dropMark: 'DELETE FROM mark WHERE user = ? AND site = ? AND log = ?',
  addTold: 'INSERT INTO told (user, device, site, at_ms, what) VALUES (?, ?, ?, ?, ?)',
  trimTold: `DELETE FROM told WHERE user = ?1 AND id <=
    (SELECT id FROM told WHERE user = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
  told: 'SELECT user, device, site, at_ms, what FROM told WHERE user = ? ORDER BY id DESC LIMIT ?',
  addLetter: 'INSERT INTO letter (user, device, at_ms, why, last, origin) VALUES (?, ?, ?, ?, ?, ?)',
  trimLetters: 'DELETE FROM letter WHERE id <= (SELECT max(id) FROM letter) - ?',
  dropLetter: 'DELETE FROM letter WHERE id = ?',
  letters: `SELECT id, user, device, at_ms, why, last, origin FROM letter WHERE id > ? ORDER BY id LIMIT ?`,
  followed: 'SELECT epoch, seq, knock, base FROM followed',
  putFollowed: `INSERT INTO followed (one, epoch, seq, knock, base) VALUES (1, ?, ?, ?, ?)
    ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, knock = excluded.knock,
      base = excluded.base`,
  pageOfSites: 'SELECT id, ordinal FROM site WHERE id > ? ORDER BY id LIMIT ?',
  pageOfLogs: `SELECT site, log, length, ordinal, place FROM log WHERE (site, log) > (?, ?)
    ORDER BY site, log LIMIT ?`,
  pageOfUsers: `SELECT ${USER} FROM user WHERE id > ? ORDER BY id LIMIT ?`,
  pageOfEndpoints: `SELECT ${ENDPOINT} FROM endpoint WHERE (user, device) > (?, ?) ORDER BY user, device LIMIT ?`,
  pageOfPauses: `SELECT user, device, step, until_ms FROM pause WHERE (user, device) > (?, ?)
    ORDER BY user, device LIMIT ?`,
  pageOfListeners: `SELECT ${LISTENER} FROM listener WHERE (user, device, site) > (?, ?, ?)
    ORDER BY user, device, site LIMIT ?`,
  pageOfMarks: `SELECT user, site, log, ordinal FROM mark WHERE (user, site, log) > (?, ?, ?)
    ORDER BY user, site, log LIMIT ?`,
} as const;

const mentionsShape = list(struct({ log: logIdShape, ordinal: uint() }), mentionsPerPublishMax);

/** In the order of `SQL.read`. */
export function readingValues(record: ReadingRecord): readonly Value[] {
  const { user, device, site, readAll, told, isOutstanding, isShown, mentions } = record;
  const waiting = mentions.length === 0 ? null : encode(mentionsShape, mentions);
  return [readAll, told, Number(isOutstanding), Number(isShown), waiting, user, device, site];
}

export function listenerRecordOf(row: ListenerRow): ListenerRecord {
  return {
    user: userId(row.user),
    device: deviceId(row.device),
    site: siteId(row.site),
    listener: listenerOf(row),
    readAll: row.read_all,
    told: row.told,
    isOutstanding: row.outstanding === 1,
    isShown: row.shown === 1,
    mentions: row.mentions === null ? [] : decode(mentionsShape, row.mentions),
  };
}

export function endpointRecordOf(row: EndpointRow): EndpointRecord {
  const { failures, since_ms: sinceMs, gone_ms: goneMs } = row;
  return {
    user: userId(row.user),
    device: deviceId(row.device),
    endpoint: endpointOf(row),
    failures,
    sinceMs,
    goneMs,
  };
}

export function markOf(row: MarkRow): MarkRecord {
  return { user: userId(row.user), site: siteId(row.site), log: logId(row.log), ordinal: row.ordinal };
}
