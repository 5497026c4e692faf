/** Resets in the SQLite file of the accounts (interface and promises: `recovery-resets.ts`). */

import { key, siteId, userId, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import type { Write } from './accounts-sqlite-changes.ts';
import type {
  PendingRecord,
  ResetRecord,
  ResetRoom,
  Resets,
  ResetState,
  Succession,
} from './recovery-resets.ts';
import type { Database } from './sqlite.ts';

interface ResetRow {
  readonly id: string;
  readonly user: string;
  readonly key: Uint8Array;
  readonly agree: Uint8Array;
  readonly proof: Uint8Array;
  readonly device: Uint8Array;
  readonly device_name: string;
  readonly blessed_ms: number;
  readonly words: string;
  readonly created_ms: number;
  readonly state: ResetState;
}

interface CountRow {
  readonly count: number;
  /** Of the same user. */
  readonly hers: number;
}

interface SuccessionRow {
  readonly was: string;
  readonly user: string;
  readonly request: string;
}

interface PendingRow {
  readonly site: string;
  readonly user: string;
  readonly was: string;
  readonly permissions: number;
  readonly sealed: Uint8Array | null;
}

const COLUMNS = 'id, user, key, agree, proof, device, device_name, blessed_ms, words, created_ms, state';
const FORGET = "DELETE FROM reset WHERE state = 'waiting' AND created_ms < ?";
const FIND = `SELECT ${COLUMNS} FROM reset WHERE id = ?`;
const WAITING = `SELECT ${COLUMNS} FROM reset WHERE state = 'waiting' AND created_ms >= ?
  ORDER BY created_ms, id LIMIT ?`;
const COUNT = `SELECT count(*) AS count, count(CASE WHEN user = ? THEN 1 END) AS hers
  FROM reset WHERE state = 'waiting'`;
const NOBODY: CountRow = { count: 0, hers: 0 };
const ADD = `INSERT INTO reset (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')`;
const DECIDE =
  "UPDATE reset SET state = ?, decided_ms = ?, decided_by = ? WHERE id = ? AND state = 'waiting'";
const SUCCEED = `INSERT INTO succession (was, user, request, at_ms, done) VALUES (?, ?, ?, ?, 0)
  ON CONFLICT DO NOTHING`;
const SUCCESSOR = 'SELECT was, user, request FROM succession WHERE was = ?';
const PREDECESSOR = 'SELECT was, user, request FROM succession WHERE user = ?';
const UNFINISHED = 'SELECT was, user, request FROM succession WHERE done = 0 ORDER BY at_ms';
const FINISH = 'UPDATE succession SET done = 1 WHERE was = ?';
const ADD_PENDING = `INSERT INTO pending_member (site, user, was, permissions, sealed) VALUES (?, ?, ?, ?, NULL)
  ON CONFLICT DO NOTHING`;
const OF_SITE = `SELECT site, user, was, permissions, sealed FROM pending_member WHERE site = ?
  ORDER BY user LIMIT ?`;
const OF_USER = `SELECT site, user, was, permissions, sealed FROM pending_member WHERE user = ?
  ORDER BY site LIMIT ?`;
const READMIT = 'UPDATE pending_member SET sealed = ? WHERE site = ? AND user = ?';
const DROP = 'DELETE FROM pending_member WHERE site = ? AND user = ?';

export class SqliteResets implements Resets {
  readonly #database: Database;
  readonly #write: Write;

  constructor(database: Database, write: Write) {
    this.#database = database;
    this.#write = write;
  }

  ask(request: ResetRecord, room: ResetRoom): Promise<'ok' | 'taken' | 'full'> {
    const { sinceMs, waitingMax, perUserMax } = room;
    return this.#write(() => {
      this.#run(FORGET, sinceMs);
      if (this.#find(request.request) !== null) return 'taken';
      const { count, hers } = this.#database.prepare<CountRow>(COUNT).get(request.user) ?? NOBODY;
      if (count >= waitingMax || hers >= perUserMax) return 'full';
      const { user, key: ofUser, agree, proof, device, deviceName, blessedMs, words, createdMs } = request;
      this.#run(
        ADD,
        request.request,
        user,
        ofUser,
        agree,
        proof,
        device,
        deviceName,
        blessedMs,
        words,
        createdMs,
      );
      return 'ok';
    });
  }

  async request(request: string): Promise<ResetRecord | null> {
    return this.#find(request);
  }

  #find(request: string): ResetRecord | null {
    const row = this.#database.prepare<ResetRow>(FIND).get(request);
    return row === null ? null : recordOf(row);
  }

  async waiting(sinceMs: number, countMax: number): Promise<readonly ResetRecord[]> {
    return this.#database.prepare<ResetRow>(WAITING).all(sinceMs, countMax).map(recordOf);
  }

  refuse(request: string, by: UserId, atMs: number): Promise<boolean> {
    return this.#write(() => this.#run(DECIDE, 'refused', atMs, by, request) > 0);
  }

  approve(request: string, user: UserId, by: UserId, atMs: number): Promise<boolean> {
    return this.#write(() => {
      const row = this.#find(request);
      if (row?.state !== 'waiting') return false;
      if (this.#run(SUCCEED, row.user, user, request, atMs) === 0) return false;
      return this.#run(DECIDE, 'approved', atMs, by, request) > 0;
    });
  }

  async successor(user: UserId): Promise<UserId | null> {
    const row = this.#database.prepare<SuccessionRow>(SUCCESSOR).get(user);
    return row === null ? null : userId(row.user);
  }

  async unfinished(): Promise<readonly Succession[]> {
    const rows = this.#database.prepare<SuccessionRow>(UNFINISHED).all();
    return rows.map(({ was, user, request }) => ({ was: userId(was), user: userId(user), request }));
  }

  async finish(was: UserId): Promise<void> {
    await this.#write(() => void this.#run(FINISH, was));
  }

  async addPending({ site, user, was, permissions }: PendingRecord): Promise<void> {
    await this.#write(() => void this.#run(ADD_PENDING, site, user, was, permissions));
  }

  async pendingsOfSite(site: SiteId, countMax: number): Promise<readonly PendingRecord[]> {
    return this.#database.prepare<PendingRow>(OF_SITE).all(site, countMax).map(pendingOf);
  }

  async pendingsOf(user: UserId, countMax: number): Promise<readonly PendingRecord[]> {
    return this.#database.prepare<PendingRow>(OF_USER).all(user, countMax).map(pendingOf);
  }

  readmit(site: SiteId, user: UserId, sealed: Uint8Array): Promise<boolean> {
    return this.#write(() => this.#run(READMIT, sealed, site, user) > 0);
  }

  async dropPending(site: SiteId, user: UserId): Promise<void> {
    await this.#write(() => void this.#run(DROP, site, user));
  }

  async claimOf(user: UserId): Promise<ResetRecord | null> {
    const row = this.#database.prepare<SuccessionRow>(PREDECESSOR).get(user);
    return row === null ? null : this.#find(row.request);
  }

  #run(sql: string, ...values: (string | number | null | Uint8Array)[]): number {
    return this.#database.prepare(sql).run(...values);
  }
}

function recordOf(row: ResetRow): ResetRecord {
  return {
    request: row.id,
    user: userId(row.user),
    key: key(row.key),
    agree: row.agree,
    proof: row.proof,
    device: key(row.device),
    deviceName: row.device_name,
    blessedMs: row.blessed_ms,
    words: row.words,
    createdMs: row.created_ms,
    state: row.state,
  };
}

function pendingOf({ site, user, was, permissions, sealed }: PendingRow): PendingRecord {
  return { site: siteId(site), user: userId(user), was: userId(was), permissions, sealed };
}
