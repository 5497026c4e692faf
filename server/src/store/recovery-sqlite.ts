/**
 * Recoveries in the SQLite file of the accounts (interface and promises: `recovery.ts`). What is destroyed is
 * overwritten in the file (`secure_delete`); the write-ahead log keeps older pages until it is used again.
 */

import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { userId, type UserId } from 'copse/internal/base/ids.ts';
import type { Write } from './accounts-sqlite-changes.ts';
import {
  nextTry,
  type GrantRecord,
  type GuessAt,
  type Guessed,
  type NewRecovery,
  type Recoveries,
  type RecoveryRecord,
  type Refused,
  type Registered,
} from './recovery.ts';
import type { Database } from './sqlite.ts';

interface Row {
  readonly id: string;
  readonly owner: string;
  readonly card: Uint8Array;
  readonly seed: Uint8Array;
  readonly tag: Uint8Array;
  readonly share: Uint8Array;
  readonly locked: number;
  readonly tries: number;
  readonly tries_max: number;
  readonly made_ms: number;
  readonly asked_ms: number | null;
  readonly recovered_ms: number | null;
}

interface DecoyRow {
  readonly tries: number;
  readonly locked: number;
}

interface GrantRow {
  readonly key: string;
  readonly by_user: string;
  readonly expires_ms: number;
  readonly used_ms: number | null;
}

const FIND = `SELECT id, owner, card, seed, tag, share, locked, tries, tries_max, made_ms, asked_ms, recovered_ms
  FROM recovery WHERE id = ?`;
const ADD = `INSERT INTO recovery
  (id, owner, user, card, seed, tag, share, locked, tries, tries_max, made_ms, asked_ms, recovered_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, NULL, NULL)`;
const REPLACE = `UPDATE recovery SET card = ?, seed = ?, tag = ?, share = ?, locked = 0, tries = 0,
  tries_max = ?, made_ms = ?, asked_ms = NULL, recovered_ms = NULL WHERE id = ?`;
const COUNT_OF_USER = 'SELECT count(*) AS count FROM recovery WHERE user = ?';
const COUNT_TRY = 'UPDATE recovery SET tries = ?, asked_ms = ? WHERE id = ?';
const LOCK = 'UPDATE recovery SET seed = ?, tag = ?, share = ?, locked = 1, asked_ms = ? WHERE id = ?';
const RECOVERED = 'UPDATE recovery SET tries = 0, recovered_ms = ? WHERE id = ? AND locked = 0';
const REMOVE = 'DELETE FROM recovery WHERE id = ? AND owner = ?';
const DECOY = 'SELECT tries, locked FROM recovery_decoy WHERE id = ?';
const PUT_DECOY = `INSERT INTO recovery_decoy (id, tries, locked, at_ms) VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET tries = excluded.tries, locked = excluded.locked, at_ms = excluded.at_ms`;
const COUNT_DECOYS = 'SELECT count(*) AS count FROM recovery_decoy';
const FORGET_DECOY = `DELETE FROM recovery_decoy WHERE id IN
  (SELECT id FROM recovery_decoy ORDER BY at_ms, id LIMIT ?)`;
const DROP_DECOY = 'DELETE FROM recovery_decoy WHERE id = ?';
const GRANT = 'SELECT key, by_user, expires_ms, used_ms FROM recovery_grant WHERE key = ?';
const ADD_GRANT = `INSERT INTO recovery_grant (key, by_user, expires_ms, created_ms, used_ms)
  VALUES (?, ?, ?, ?, NULL)`;
const USE_GRANT = 'UPDATE recovery_grant SET used_ms = ? WHERE key = ?';
const COUNT_OPEN = `SELECT count(*) AS count FROM recovery_grant
  WHERE by_user = ? AND used_ms IS NULL AND expires_ms > ?`;
const GRANTS_BY = `SELECT key, by_user, expires_ms, used_ms FROM recovery_grant WHERE by_user = ?
  ORDER BY created_ms DESC, key LIMIT ?`;

export class SqliteRecoveries implements Recoveries {
  readonly #database: Database;
  readonly #write: Write;
  /** A table of many rows is not counted for each guess at it. */
  #decoyCount: number | null = null;

  constructor(database: Database, write: Write) {
    this.#database = database;
    this.#write = write;
    database.execute('PRAGMA secure_delete = ON');
  }

  async find(id: string): Promise<RecoveryRecord | null> {
    const row = this.#row(id);
    return row === null ? null : recordOf(row);
  }

  register(recovery: NewRecovery): Promise<Registered> {
    return this.#write((): Registered => {
      const { id, owner, card, madeMs, triesMax, atMs, by } = recovery;
      const { seed, tag, share } = recovery.secrets;
      const known = this.#row(id);
      if (known !== null) {
        if (known.owner !== owner) return 'taken';
        if (known.made_ms > madeMs) return 'stale';
        this.#run(REPLACE, card, seed, tag, share, triesMax, madeMs, id);
        return 'ok';
      }
      const admitted = this.#admit(recovery);
      if (admitted !== 'ok') return admitted;
      if (by.kind === 'grant') this.#run(USE_GRANT, atMs, by.key);
      const user = by.kind === 'user' ? by.user : null;
      this.#run(ADD, id, owner, user, card, seed, tag, share, triesMax, madeMs);
      if (this.#run(DROP_DECOY, id) > 0) this.#decoyCount = null;
      return 'ok';
    });
  }

  #admit({ by, atMs, perUserMax }: NewRecovery): Registered {
    if (by.kind === 'owner') return 'forbidden';
    if (by.kind === 'user') return this.#count(COUNT_OF_USER, by.user) >= perUserMax ? 'full' : 'ok';
    const grant = this.#database.prepare<GrantRow>(GRANT).get(by.key);
    if (grant === null) return 'forbidden';
    if (grant.used_ms !== null) return 'used';
    return atMs >= grant.expires_ms ? 'expired' : 'ok';
  }

  async isLocked(id: string): Promise<boolean> {
    return (this.#row(id) ?? this.#decoy(id))?.locked === 1;
  }

  guess(guess: GuessAt): Promise<Guessed> {
    return this.#write((): Guessed => {
      const { id, atMs } = guess;
      const row = this.#row(id);
      if (row === null) return this.#guessDecoy(guess);
      const next = row.locked === 1 ? 'locked' : nextTry(row.tries, row.tries_max);
      if (next === 'locked') {
        this.#run(LOCK, NO_BYTES, NO_BYTES, NO_BYTES, atMs, id);
        return { kind: 'locked' };
      }
      this.#run(COUNT_TRY, next.tries, atMs, id);
      return { kind: 'open', triesLeft: row.tries_max - next.tries, secrets: secretsOf(row) };
    });
  }

  #guessDecoy({ id, atMs, decoyTriesMax, decoysMax }: GuessAt): Guessed {
    const decoy = this.#decoy(id);
    const tries = decoy?.tries ?? 0;
    const next = decoy?.locked === 1 ? 'locked' : nextTry(tries, decoyTriesMax);
    const isLocked = next === 'locked';
    this.#run(PUT_DECOY, id, isLocked ? tries : next.tries, isLocked ? 1 : 0, atMs);
    this.#decoyCount ??= this.#count(COUNT_DECOYS) - (decoy === null ? 1 : 0);
    if (decoy === null) this.#decoyCount++;
    const surplus = this.#decoyCount - decoysMax;
    if (surplus > 0) this.#decoyCount -= this.#run(FORGET_DECOY, surplus);
    if (isLocked) return { kind: 'locked' };
    return { kind: 'open', triesLeft: decoyTriesMax - next.tries, secrets: null };
  }

  refuse({ id, atMs, decoyTriesMax }: GuessAt): Promise<Refused> {
    return this.#write((): Refused => {
      const row = this.#row(id);
      const tries = row?.tries ?? this.#decoy(id)?.tries ?? 0;
      const triesMax = row?.tries_max ?? decoyTriesMax;
      const isLocked = (row ?? this.#decoy(id))?.locked === 1;
      if (!isLocked && tries < triesMax) return { kind: 'open', triesLeft: triesMax - tries };
      if (row === null) this.#run(PUT_DECOY, id, tries, 1, atMs);
      else this.#run(LOCK, NO_BYTES, NO_BYTES, NO_BYTES, atMs, id);
      return { kind: 'locked' };
    });
  }

  recovered(id: string, atMs: number): Promise<void> {
    return this.#write(() => void this.#run(RECOVERED, atMs, id));
  }

  remove(id: string, owner: string): Promise<boolean> {
    return this.#write(() => this.#run(REMOVE, id, owner) > 0);
  }

  grant(grant: Parameters<Recoveries['grant']>[0]): Promise<'ok' | 'taken' | 'full'> {
    return this.#write(() => {
      const { key, by, expiresMs, atMs, openMax } = grant;
      const known = this.#database.prepare<GrantRow>(GRANT).get(key);
      if (known !== null) return known.by_user === by ? 'ok' : 'taken';
      if (this.#count(COUNT_OPEN, by, atMs) >= openMax) return 'full';
      this.#run(ADD_GRANT, key, by, expiresMs, atMs);
      return 'ok';
    });
  }

  async grants(by: UserId, countMax: number): Promise<readonly GrantRecord[]> {
    const rows = this.#database.prepare<GrantRow>(GRANTS_BY).all(by, countMax);
    return rows.map((row) => ({
      key: row.key,
      by: userId(row.by_user),
      expiresMs: row.expires_ms,
      usedMs: row.used_ms,
    }));
  }

  #row(id: string): Row | null {
    return this.#database.prepare<Row>(FIND).get(id);
  }

  #decoy(id: string): DecoyRow | null {
    return this.#database.prepare<DecoyRow>(DECOY).get(id);
  }

  #count(sql: string, ...values: (string | number)[]): number {
    return this.#database.prepare<{ readonly count: number }>(sql).get(...values)?.count ?? 0;
  }

  #run(sql: string, ...values: (string | number | null | Uint8Array)[]): number {
    return this.#database.prepare(sql).run(...values);
  }
}

function recordOf(row: Row): RecoveryRecord {
  return {
    id: row.id,
    owner: row.owner,
    card: row.card,
    secrets: row.locked === 1 ? null : secretsOf(row),
    madeMs: row.made_ms,
    tries: row.tries,
    triesMax: row.tries_max,
    askedMs: row.asked_ms,
    recoveredMs: row.recovered_ms,
  };
}

function secretsOf({ seed, tag, share }: Row) {
  return { seed, tag, share };
}
