/** The statements of the store of messages, written out once for both engines of SQLite. */

import type { SqlDatabase } from './sql.ts';
import type { StoredMessage } from './store.ts';

/** A message with its newest edit, as the statements name it. */
export interface MessageRow {
  readonly seq: number;
  readonly time_ms: number;
  readonly body: Uint8Array;
  readonly edit_body: Uint8Array | null;
}

/** What is needed of a message to take it away. */
export interface HeldRow {
  readonly seq: number;
  readonly time_ms: number;
  readonly age_ms: number;
  readonly payer: number;
  readonly size: number;
  readonly kept: number;
  readonly edit: number | null;
  readonly body: Uint8Array | null;
}

export interface AccountRow {
  readonly number: number;
  readonly bytes: number;
  readonly kept_bytes: number;
  readonly messages: number;
  readonly mark_ms: number;
}

export interface PeerRow {
  readonly epoch: Uint8Array;
  /** The last position that was given. */
  readonly last_seq: number;
  /** Up to here the words are in their index. */
  readonly words_seq: number;
  /** Up to here nothing is left that may fall out. */
  readonly pruned_seq: number;
}

export interface IdRow extends PlaceRow {
  readonly id: Uint8Array;
}

export interface PlaceRow {
  readonly seq: number;
  readonly time_ms: number;
}

const MESSAGE = `SELECT m.seq, m.time_ms, m.body, e.body AS edit_body
  FROM message AS m LEFT JOIN message AS e ON e.seq = m.edit`;
const HELD = 'SELECT seq, time_ms, age_ms, payer, size, kept, edit, body FROM message';
const ITEM = `SELECT r.seq, r.time_ms, m.id FROM ref AS r CROSS JOIN message AS m ON m.seq = r.seq`;
const ACCOUNT = 'SELECT number, bytes, kept_bytes, messages, mark_ms FROM account';

export function storedOf({ seq, time_ms, body, edit_body }: MessageRow): StoredMessage {
  return { seq, timeMs: time_ms, bytes: body, edit: edit_body };
}

export type Statements = ReturnType<typeof prepareAll>;

export function prepareAll(database: SqlDatabase) {
  return { ...reading(database), ...writing(database), ...removing(database), ...finding(database) };
}

function reading(database: SqlDatabase) {
  return {
    byId: database.prepare<MessageRow>(`${MESSAGE} WHERE m.id = ? AND m.body IS NOT NULL`),
    // One statement for a page: a hundred of their own take seven times as long (690 µs, this 90).
    bySeqs: database.prepare<MessageRow>(
      `SELECT m.seq, m.time_ms, m.body, e.body AS edit_body
       FROM json_each(?) AS place CROSS JOIN message AS m ON m.seq = place.value
       LEFT JOIN message AS e ON e.seq = m.edit WHERE m.body IS NOT NULL ORDER BY place.key`,
    ),
    after: database.prepare<MessageRow>(
      `${MESSAGE} WHERE m.seq > ? AND m.body IS NOT NULL ORDER BY m.seq LIMIT ?`,
    ),
    seqOf: database.prepare<{ readonly seq: number }>('SELECT seq FROM message WHERE id = ?'),
    current: database.prepare<MessageRow>(
      `${MESSAGE} JOIN current AS c ON c.seq = m.seq WHERE c.author = ? AND c.kind = ? AND c.name = ?`,
    ),
    currents: database.prepare<MessageRow>(
      `${MESSAGE} JOIN current AS c ON c.seq = m.seq WHERE c.author = ? AND (c.kind, c.name) > (?, ?) ORDER BY c.kind, c.name LIMIT ?`,
    ),
    currentCount: database.prepare<{ readonly count: number }>(
      'SELECT count(seq) AS count FROM current WHERE author = ?',
    ),
    totals: database.prepare<{ readonly messages: number | null; readonly bytes: number | null }>(
      'SELECT sum(messages) AS messages, sum(bytes) AS bytes FROM account',
    ),
    peer: database.prepare<PeerRow>('SELECT epoch, last_seq, words_seq, pruned_seq FROM peer WHERE one = 1'),
  };
}

function writing(database: SqlDatabase) {
  return {
    begin: database.prepare(
      'INSERT INTO peer (one, epoch, last_seq, words_seq, pruned_seq) VALUES (1, ?, 0, 0, 0)',
    ),
    insert: database.prepare(
      'INSERT INTO message (seq, id, time_ms, age_ms, payer, size, kept, is_post, edit, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    setLast: database.prepare('UPDATE peer SET last_seq = ? WHERE one = 1'),
    insertRef: database.prepare('INSERT INTO ref (key, time_ms, seq) VALUES (?, ?, ?)'),
    setCurrent: database.prepare(
      'INSERT INTO current (author, kind, name, seq) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq',
    ),
    setEdit: database.prepare('UPDATE message SET edit = ? WHERE seq = ?'),
    setKept: database.prepare('UPDATE message SET kept = ? WHERE seq = ?'),
    account: database.prepare<AccountRow>(`${ACCOUNT} WHERE key = ?`),
    accountAt: database.prepare<AccountRow>(`${ACCOUNT} WHERE number = ?`),
    addAccount: database.prepare(
      'INSERT INTO account (key, bytes, kept_bytes, messages, mark_ms) VALUES (?, 0, 0, 0, 0)',
    ),
    renameAccount: database.prepare('UPDATE account SET key = ? WHERE number = ?'),
    dropAccount: database.prepare('DELETE FROM account WHERE number = ?'),
    movePayer: database.prepare('UPDATE message SET payer = ? WHERE payer = ?'),
    setAccount: database.prepare(
      'UPDATE account SET bytes = ?, kept_bytes = ?, messages = ?, mark_ms = ? WHERE number = ?',
    ),
  };
}

function removing(database: SqlDatabase) {
  return {
    heldById: database.prepare<HeldRow>(`${HELD} WHERE id = ?`),
    heldBySeq: database.prepare<HeldRow>(`${HELD} WHERE seq = ?`),
    oldest: database.prepare<HeldRow>(
      `${HELD} WHERE payer = ? AND kept = 0 AND (age_ms, seq) > (?, ?) ORDER BY age_ms, seq LIMIT ?`,
    ),
    firstArrived: database.prepare<HeldRow>(`${HELD} WHERE seq > ? AND kept = 0 ORDER BY seq LIMIT ?`),
    remove: database.prepare('DELETE FROM message WHERE seq = ?'),
    empty: database.prepare('UPDATE message SET body = NULL, edit = NULL, kept = 0, size = ? WHERE seq = ?'),
    removeRef: database.prepare('DELETE FROM ref WHERE key = ? AND time_ms = ? AND seq = ?'),
    removeCurrent: database.prepare('DELETE FROM current WHERE author = ? AND kind = ? AND name = ?'),
    setPruned: database.prepare('UPDATE peer SET pruned_seq = ? WHERE one = 1'),
  };
}

function finding(database: SqlDatabase) {
  return {
    places: database.prepare<PlaceRow>(
      'SELECT seq, time_ms FROM ref WHERE key = ? AND (time_ms, seq) < (?, ?) ORDER BY time_ms DESC, seq DESC LIMIT ?',
    ),
    items: database.prepare<IdRow>(
      `${ITEM} WHERE r.key = ? AND (r.time_ms, r.seq) > (?, ?) ORDER BY r.time_ms, r.seq LIMIT ?`,
    ),
    itemsForOthers: database.prepare<IdRow>(
      `${ITEM} WHERE r.key = ? AND (r.time_ms, r.seq) > (?, ?) AND r.seq NOT IN (
         SELECT seq FROM current WHERE author BETWEEN ? AND ? AND kind > ?)
       ORDER BY r.time_ms, r.seq LIMIT ?`,
    ),
    anyOf: database.prepare<{ readonly seq: number }>('SELECT seq FROM ref WHERE key = ? LIMIT 1'),
    seqs: database.prepare<{ readonly seq: number }>(
      'SELECT seq FROM ref WHERE key = ? AND seq > ? AND seq <= ? ORDER BY time_ms, seq LIMIT ?',
    ),
    unindexed: database.prepare<{
      readonly seq: number;
      readonly edit: number | null;
      readonly body: Uint8Array;
    }>(
      `SELECT m.seq, m.edit, coalesce(e.body, m.body) AS body FROM message AS m LEFT JOIN message AS e ON e.seq = m.edit
       WHERE m.seq > ? AND m.is_post = 1 AND m.body IS NOT NULL ORDER BY m.seq LIMIT ?`,
    ),
    anyWords: database.prepare<{ readonly seq: number }>('SELECT rowid AS seq FROM words LIMIT 1'),
    insertWords: database.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)'),
    removeWords: database.prepare('DELETE FROM words WHERE rowid = ?'),
    setWords: database.prepare('UPDATE peer SET words_seq = ? WHERE one = 1'),
    search: database.prepare<{ readonly seq: number }>(
      'SELECT rowid AS seq FROM words WHERE words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?',
    ),
  };
}
