/** The rows of the account tree in the SQLite file of the accounts (interface: `accounts-tree.ts`). */

import { must } from 'copse/internal/base/assert.ts';
import { key as keyOf, type Key } from 'copse/internal/base/ids.ts';
import type {
  Account,
  AccountState,
  Content,
  Extent,
  Place,
  Removal,
} from 'copse/internal/social/accounts/account.ts';
import type { ActKind } from 'copse/internal/social/accounts/operation.ts';
import type { AuditEntry, TreeJob, TreeRows } from './accounts-tree.ts';
import type { Database, Value } from './sqlite.ts';

interface AccountRow {
  readonly place: number;
  readonly key: Uint8Array;
  readonly name: string;
  readonly parent: number | null;
  readonly quota: number;
  readonly bytes: number;
  readonly state: AccountState;
  readonly admin: number;
  readonly expires_ms: number;
  readonly made_ms: number;
  readonly removed_ms: number | null;
  readonly removed_by: number | null;
  readonly removed_was: Removal['was'] | null;
  readonly extent: Extent | null;
  readonly content: Content | null;
  readonly reason: string | null;
}

interface ActRow {
  readonly number: number;
  readonly id: string;
  readonly kind: ActKind;
  readonly bytes: Uint8Array;
  readonly actor: number;
  readonly target: number;
  readonly at_ms: number;
  readonly prev: Uint8Array;
  readonly hash: Uint8Array;
}

const COLUMNS = `place, key, name, parent, quota, bytes, state, admin, expires_ms, made_ms, removed_ms,
  removed_by, removed_was, extent, content, reason`;
const ACCOUNT = `SELECT ${COLUMNS} FROM account WHERE place = ?`;
const HOLDER = 'SELECT place FROM account_key WHERE key = ?';
const ADD = `INSERT INTO account (${COLUMNS})
  VALUES ((SELECT max(place) + 1 FROM account), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const NEWEST = 'SELECT max(place) AS place FROM account';
const PUT = `UPDATE account SET key = ?, name = ?, parent = ?, quota = ?, bytes = ?, state = ?, admin = ?,
  expires_ms = ?, made_ms = ?, removed_ms = ?, removed_by = ?, removed_was = ?, extent = ?, content = ?,
  reason = ? WHERE place = ?`;
const KEY = 'INSERT INTO account_key (key, place) VALUES (?, ?) ON CONFLICT DO NOTHING';
const GIFT = 'SELECT count FROM account_gift WHERE giver = ? AND place = ?';
const SET_GIFT = `INSERT INTO account_gift (giver, place, count) VALUES (?, ?, ?)
  ON CONFLICT (giver, place) DO UPDATE SET count = excluded.count`;
const NO_GIFT = 'DELETE FROM account_gift WHERE giver = ? AND place = ?';
const ISSUED = 'SELECT count FROM account_issued';
const SET_ISSUED = 'UPDATE account_issued SET count = ?';
const WORTH = `SELECT coalesce(sum(quota + CASE WHEN place = 0 THEN 0 ELSE 1 END), 0) AS count FROM account
  WHERE state <> 'gone'`;
const ADMIN = `SELECT ${COLUMNS} FROM account WHERE admin = 1 AND state = 'there' ORDER BY place LIMIT 1`;
const CHILDREN = `SELECT ${COLUMNS} FROM account WHERE parent = ? AND place > ? ORDER BY place LIMIT ?`;
const COUNT_CHILDREN = 'SELECT count(*) AS count FROM account WHERE parent = ?';
const OVER = `SELECT ${COLUMNS} FROM account WHERE state = 'temporary' AND expires_ms <= ? LIMIT ?`;
const FINAL = `SELECT ${COLUMNS} FROM account WHERE state = 'removed' AND removed_ms <= ? LIMIT ?`;
const HIDING = `SELECT ${COLUMNS} FROM account WHERE content = 'hide' AND place > ? ORDER BY place LIMIT ?`;
const KEYS = 'SELECT key FROM account_key WHERE place = ?';
const ACTS = 'number, id, kind, bytes, actor, target, at_ms, prev, hash';
const ACT = `SELECT ${ACTS} FROM account_act WHERE id = ?`;
const ADD_ACT = `INSERT INTO account_act (${ACTS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const LAST_ACT = `SELECT ${ACTS} FROM account_act ORDER BY number DESC LIMIT 1`;
const ACTS_BEFORE = `SELECT ${ACTS} FROM account_act WHERE number < ? ORDER BY number DESC LIMIT ?`;
const JOBS = 'SELECT removed, final, place, after FROM account_job ORDER BY removed, final, place LIMIT ?';
const PUT_JOB = `INSERT INTO account_job (removed, final, place, after) VALUES (?, ?, ?, ?)
  ON CONFLICT (removed, final, place) DO UPDATE SET after = excluded.after`;
const DROP_JOB = 'DELETE FROM account_job WHERE removed = ? AND final = ? AND place = ?';

interface JobRow {
  readonly removed: number;
  readonly final: number;
  readonly place: number;
  readonly after: number;
}

interface CountRow {
  readonly count: number;
}

export class SqliteTreeRows implements TreeRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  account(place: Place): Account | null {
    const row = this.#database.prepare<AccountRow>(ACCOUNT).get(place);
    return row === null ? null : accountOf(row);
  }

  holder(key: Key): Account | null {
    const row = this.#database.prepare<{ place: number }>(HOLDER).get(key);
    return row === null ? null : this.account(row.place);
  }

  add(account: Omit<Account, 'place'>): Account {
    this.#run(ADD, ...valuesOf(account));
    const { place } = must(this.#database.prepare<{ place: number }>(NEWEST).get(), 'an account was added');
    this.#run(KEY, account.key, place);
    return { ...account, place };
  }

  put(account: Account): void {
    this.#run(PUT, ...valuesOf(account), account.place);
    this.#run(KEY, account.key, account.place);
  }

  gift(from: Place, to: Place): number {
    return this.#database.prepare<CountRow>(GIFT).get(from, to)?.count ?? 0;
  }

  setGift(from: Place, to: Place, count: number): void {
    if (count === 0) this.#run(NO_GIFT, from, to);
    else this.#run(SET_GIFT, from, to, count);
  }

  issued(): number {
    return this.#database.prepare<CountRow>(ISSUED).get()?.count ?? 0;
  }

  setIssued(count: number): void {
    this.#run(SET_ISSUED, count);
  }

  worth(): number {
    return this.#database.prepare<CountRow>(WORTH).get()?.count ?? 0;
  }

  admin(): Account | null {
    const row = this.#database.prepare<AccountRow>(ADMIN).get();
    return row === null ? null : accountOf(row);
  }

  children(of: Place, after: Place, countMax: number): readonly Account[] {
    return this.#database.prepare<AccountRow>(CHILDREN).all(of, after, countMax).map(accountOf);
  }

  countChildren(of: Place): number {
    return this.#database.prepare<CountRow>(COUNT_CHILDREN).get(of)?.count ?? 0;
  }

  over(nowMs: number, countMax: number): readonly Account[] {
    return this.#database.prepare<AccountRow>(OVER).all(nowMs, countMax).map(accountOf);
  }

  final(removedBeforeMs: number, countMax: number): readonly Account[] {
    return this.#database.prepare<AccountRow>(FINAL).all(removedBeforeMs, countMax).map(accountOf);
  }

  hiding(after: Place, countMax: number): readonly Account[] {
    return this.#database.prepare<AccountRow>(HIDING).all(after, countMax).map(accountOf);
  }

  keysOf(place: Place): readonly Key[] {
    return this.#database
      .prepare<{ key: Uint8Array }>(KEYS)
      .all(place)
      .map(({ key }) => keyOf(key));
  }

  act(id: string): AuditEntry | null {
    return entryOf(this.#database.prepare<ActRow>(ACT).get(id));
  }

  addAct({ number, id, kind, bytes, actor, target, atMs, prev, hash }: AuditEntry): void {
    this.#run(ADD_ACT, number, id, kind, bytes, actor, target, atMs, prev, hash);
  }

  lastAct(): AuditEntry | null {
    return entryOf(this.#database.prepare<ActRow>(LAST_ACT).get());
  }

  actsBefore(number: number, countMax: number): readonly AuditEntry[] {
    const rows = this.#database.prepare<ActRow>(ACTS_BEFORE).all(number, countMax);
    return rows.map(entryOf).filter((entry) => entry !== null);
  }

  jobs(countMax: number): readonly TreeJob[] {
    const rows = this.#database.prepare<JobRow>(JOBS).all(countMax);
    return rows.map(({ final, ...row }) => ({ ...row, isFinal: final === 1 }));
  }

  putJob({ removed, isFinal, place, after }: TreeJob): void {
    this.#run(PUT_JOB, removed, isFinal ? 1 : 0, place, after);
  }

  dropJob({ removed, isFinal, place }: TreeJob): void {
    this.#run(DROP_JOB, removed, isFinal ? 1 : 0, place);
  }

  #run(sql: string, ...values: readonly Value[]): void {
    this.#database.prepare(sql).run(...values);
  }
}

function valuesOf(account: Omit<Account, 'place'>): readonly Value[] {
  const { key, name, parent, quota, bytes, state, isAdmin, expiresMs, madeMs, removal } = account;
  const of = removal ?? { atMs: null, by: null, was: null, extent: null, content: null, reason: null };
  const removed = [of.atMs, of.by, of.was, of.extent, of.content, of.reason];
  return [key, name, parent, quota, bytes, state, isAdmin ? 1 : 0, expiresMs, madeMs, ...removed];
}

function accountOf(row: AccountRow): Account {
  const { place, name, parent, quota, bytes, state } = row;
  return {
    place,
    key: keyOf(row.key),
    name,
    parent,
    quota,
    bytes,
    state,
    isAdmin: row.admin === 1,
    expiresMs: row.expires_ms,
    madeMs: row.made_ms,
    removal: removalOf(row),
  };
}

function removalOf(row: AccountRow): Removal | null {
  const { removed_ms: atMs, removed_by: by, removed_was: was, extent, content, reason } = row;
  if (atMs === null || by === null || was === null || extent === null || content === null) return null;
  return { atMs, by, was, extent, content, reason: reason ?? '' };
}

function entryOf(row: ActRow | null): AuditEntry | null {
  if (row === null) return null;
  const { number, id, kind, bytes, actor, target, at_ms: atMs, prev, hash } = row;
  return { number, id, kind, bytes, actor, target, atMs, prev, hash };
}
