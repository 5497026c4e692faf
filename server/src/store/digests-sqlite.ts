/** Digests in the SQLite file of the accounts (interface and promises: `digests.ts`). */

import { userId, type UserId } from 'copse/internal/base/ids.ts';
import type { Write } from './accounts-sqlite-changes.ts';
import type { DigestRecord, Digests, DigestWish } from './digests.ts';
import type { Database } from './sqlite.ts';

interface Row {
  readonly user: string;
  readonly email: string;
  readonly after_ms: number;
  readonly since_ms: number | null;
  readonly sent_ms: number | null;
  readonly look_ms: number;
}

const COLUMNS = 'user, email, after_ms, since_ms, sent_ms, look_ms';
const OF = `SELECT ${COLUMNS} FROM digest WHERE user = ?`;
const WISH = `INSERT INTO digest (user, email, after_ms, look_ms) VALUES (?, ?, ?, ?)
  ON CONFLICT (user) DO UPDATE SET email = excluded.email, after_ms = excluded.after_ms, since_ms = NULL,
    sent_ms = NULL, look_ms = excluded.look_ms`;
const END = 'DELETE FROM digest WHERE user = ? AND email = ?';
const DUE = `SELECT ${COLUMNS} FROM digest WHERE look_ms <= ? ORDER BY look_ms LIMIT ?`;
const NOTE = `UPDATE digest SET since_ms = ?, sent_ms = ?, look_ms = ?
  WHERE user = ? AND email = ? AND after_ms = ?`;

export class SqliteDigests implements Digests {
  readonly #database: Database;
  readonly #write: Write;

  constructor(database: Database, write: Write) {
    this.#database = database;
    this.#write = write;
  }

  async of(user: UserId): Promise<DigestRecord | null> {
    const row = this.#database.prepare<Row>(OF).get(user);
    return row === null ? null : recordOf(row);
  }

  async wish({ user, email, afterMs }: DigestWish, lookMs: number): Promise<void> {
    const wish = this.#database.prepare(WISH);
    await this.#write(() => wish.run(user, email, afterMs, lookMs));
  }

  end(user: UserId, email: string): Promise<boolean> {
    const end = this.#database.prepare(END);
    return this.#write(() => end.run(user, email) > 0);
  }

  async due(nowMs: number, countMax: number): Promise<readonly DigestRecord[]> {
    return this.#database.prepare<Row>(DUE).all(nowMs, countMax).map(recordOf);
  }

  async note({ user, email, afterMs, sinceMs, sentMs, lookMs }: DigestRecord): Promise<void> {
    const note = this.#database.prepare(NOTE);
    await this.#write(() => note.run(sinceMs, sentMs, lookMs, user, email, afterMs));
  }
}

function recordOf({ user, email, after_ms, since_ms, sent_ms, look_ms }: Row): DigestRecord {
  return {
    user: userId(user),
    email,
    afterMs: after_ms,
    sinceMs: since_ms,
    sentMs: sent_ms,
    lookMs: look_ms,
  };
}
