/** The statements of the tables of strangers, written out once for both engines of SQLite. */

import type { SqlDatabase } from '../store/sql.ts';

export interface KnockRow {
  readonly seq: number;
  readonly id: Uint8Array;
  readonly sender: Uint8Array;
  readonly bits: number;
  readonly is_invitation: number;
  readonly at_ms: number;
  readonly until_ms: number;
  readonly body: Uint8Array;
}

export interface LeastRow {
  readonly seq: number;
  readonly bits: number;
  readonly size: number;
}

export interface GuestRow {
  readonly who: Uint8Array;
  readonly until_ms: number;
  readonly bytes: number;
}

export interface ReportRow {
  readonly number: number;
  readonly by_user: Uint8Array;
  readonly about: Uint8Array;
  readonly why: string;
  readonly message: Uint8Array | null;
  readonly at_ms: number;
}

interface Count {
  readonly count: number;
}

/** A knock and at whom it was. */
export interface NumberedRow {
  readonly seq: number;
  readonly recipient: Uint8Array;
}

export type StrangerStatements = ReturnType<typeof prepareStrangers>;

export function prepareStrangers(database: SqlDatabase) {
  return { ...knocking(database), ...reaching(database), ...reporting(database) };
}

const KNOCK =
  'SELECT seq, id, sender, bits, is_invitation, at_ms, until_ms, body FROM knock WHERE body IS NOT NULL';

function knocking(database: SqlDatabase) {
  return {
    knows: database.prepare<{ readonly seq: number }>('SELECT seq FROM knock WHERE recipient = ? AND id = ?'),
    waiting: database.prepare<KnockRow>(`${KNOCK} AND recipient = ? AND id = ? AND until_ms > ?`),
    queue: database.prepare<KnockRow>(
      `${KNOCK} AND recipient = ? AND until_ms > ? ORDER BY bits DESC, seq LIMIT ? OFFSET ?`,
    ),
    count: database.prepare<Count>(
      'SELECT count(seq) AS count FROM knock WHERE recipient = ? AND body IS NOT NULL',
    ),
    /** The last of those with the least work: who waits longer stays. */
    least: database.prepare<LeastRow>(
      'SELECT seq, bits, size FROM knock WHERE recipient = ? AND body IS NOT NULL ORDER BY bits, seq DESC LIMIT 1',
    ),
    leastOfAll: database.prepare<LeastRow>(
      'SELECT seq, bits, size FROM knock WHERE body IS NOT NULL ORDER BY bits, seq DESC LIMIT ?',
    ),
    bytes: database.prepare<{ readonly bytes: number | null }>(
      'SELECT sum(size) AS bytes FROM knock WHERE body IS NOT NULL',
    ),
    insert: database.prepare(
      'INSERT INTO knock (recipient, id, sender, bits, is_invitation, at_ms, until_ms, size, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    remove: database.prepare('DELETE FROM knock WHERE seq = ?'),
    /** What was answered is remembered by its id. */
    answer: database.prepare('UPDATE knock SET body = NULL, size = 0 WHERE seq = ?'),
    forget: database.prepare(
      'DELETE FROM knock WHERE seq IN (SELECT seq FROM knock WHERE recipient = ? AND body IS NULL ORDER BY seq DESC LIMIT -1 OFFSET ?)',
    ),
    over: database.prepare<{ readonly seq: number; readonly size: number }>(
      'SELECT seq, size FROM knock WHERE until_ms <= ? ORDER BY until_ms LIMIT ?',
    ),
    after: database.prepare<NumberedRow>(
      'SELECT seq, recipient FROM knock WHERE seq > ? AND body IS NOT NULL ORDER BY seq LIMIT ?',
    ),
    last: database.prepare<{ readonly seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'knock'"),
    bySender: database.prepare<{ readonly seq: number }>(
      'SELECT seq FROM knock WHERE recipient = ? AND sender = ? AND body IS NOT NULL',
    ),
  };
}

function reaching(database: SqlDatabase) {
  return {
    reach: database.prepare<{ readonly reach: number }>('SELECT reach FROM reach WHERE user = ?'),
    setReach: database.prepare(
      'INSERT INTO reach (user, reach) VALUES (?, ?) ON CONFLICT DO UPDATE SET reach = excluded.reach',
    ),
    guest: database.prepare<GuestRow>(
      'SELECT who, until_ms, bytes FROM guest WHERE user = ? AND who = ? AND until_ms > ?',
    ),
    guests: database.prepare<GuestRow>(
      'SELECT who, until_ms, bytes FROM guest WHERE user = ? AND until_ms > ? ORDER BY until_ms DESC LIMIT ?',
    ),
    setGuest: database.prepare(
      'INSERT INTO guest (user, who, until_ms, bytes) VALUES (?, ?, ?, 0) ON CONFLICT DO UPDATE SET until_ms = excluded.until_ms, bytes = 0',
    ),
    guestWrote: database.prepare('UPDATE guest SET bytes = bytes + ? WHERE user = ? AND who = ?'),
    removeGuest: database.prepare('DELETE FROM guest WHERE user = ? AND who = ?'),
    overGuests: database.prepare('DELETE FROM guest WHERE user = ? AND until_ms <= ?'),
    guestCount: database.prepare<Count>('SELECT count(who) AS count FROM guest WHERE user = ?'),
    isAway: database.prepare<{ readonly whom: Uint8Array }>(
      'SELECT whom FROM away WHERE user = ? AND whom = ?',
    ),
    away: database.prepare<{ readonly whom: Uint8Array }>('SELECT whom FROM away WHERE user = ? LIMIT ?'),
    awayCount: database.prepare<Count>('SELECT count(whom) AS count FROM away WHERE user = ?'),
    setAway: database.prepare('INSERT INTO away (user, whom) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    removeAway: database.prepare('DELETE FROM away WHERE user = ? AND whom = ?'),
  };
}

function reporting(database: SqlDatabase) {
  return {
    report: database.prepare(
      'INSERT INTO report (by_user, about, why, message, at_ms) VALUES (?, ?, ?, ?, ?)',
    ),
    reports: database.prepare<ReportRow>(
      'SELECT number, by_user, about, why, message, at_ms FROM report WHERE number > ? ORDER BY number LIMIT ?',
    ),
    reportCount: database.prepare<Count>('SELECT count(number) AS count FROM report'),
    reportsBy: database.prepare<Count>('SELECT count(number) AS count FROM report WHERE by_user = ?'),
    settle: database.prepare('DELETE FROM report WHERE number = ?'),
  };
}
