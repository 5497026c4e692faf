/** Rows of `files.sqlite`, and what is changed of them together: who holds a file, what it costs, and its end. */

import { userId } from 'copse/internal/base/ids.ts';
import { must } from 'copse/internal/base/assert.ts';
import { filesPerAccountMax, fileUploadsMax } from 'copse/internal/base/limits-files.ts';
import { COMING, FALLEN, OWN, WHOLE } from './files-schema.ts';
import type { FileRecord, Full, Held, Room, UploadRecord } from './files.ts';
import type { Database, Value } from './sqlite.ts';

export interface FileRow {
  readonly id: number;
  readonly address: string | null;
  readonly sha256: string | null;
  readonly size: number;
  readonly type: string;
  readonly root: Uint8Array | null;
  readonly digests: Uint8Array | null;
  readonly state: number;
  readonly width: number | null;
  readonly height: number | null;
}

export interface HoldRow {
  readonly account: string;
  readonly file: number;
  readonly kind: number;
  readonly pinned: number;
  readonly coming: number;
  readonly bytes: number;
}

export interface ListRow extends HoldRow {
  readonly address: string;
  readonly size: number;
  readonly type: string;
  readonly name: string;
  readonly state: number;
  readonly used_ms: number;
}

export interface UploadRow {
  readonly file: number;
  readonly account: string;
  readonly size: number | null;
  readonly at: number;
  readonly tail: Uint8Array;
  readonly type: string;
  readonly name: string;
  readonly seen_ms: number;
}

const FILE = 'id, address, sha256, size, type, root, digests, state, width, height';
const HOLD = 'account, file, kind, pinned, coming, bytes';

export const SQL = {
  byAddress: `SELECT ${FILE} FROM file WHERE address = ?`,
  bySha256: `SELECT ${FILE} FROM file WHERE sha256 = ? AND state = ${WHOLE} ORDER BY id LIMIT 1`,
  present: 'SELECT at FROM part WHERE file = ? ORDER BY at',
  digests: 'SELECT digest FROM part WHERE file = ? ORDER BY at',
  putFile: `INSERT INTO file (address, size, type, root, digests, state, holders, holds, seen_ms)
    VALUES (?, ?, ?, ?, ?, ${COMING}, 0, 0, ?)`,
  lastFile: 'SELECT last_insert_rowid() AS id',
  finish: `UPDATE file SET state = ${WHOLE}, sha256 = ?, width = ?, height = ?, seen_ms = ?,
    holds = (SELECT COUNT(*) FROM hold WHERE file = id AND (kind = ${OWN} OR pinned = 1)) WHERE id = ?`,
  name: 'UPDATE file SET address = ?, size = ?, type = ?, root = ?, digests = ? WHERE id = ?',
  touch: 'UPDATE file SET seen_ms = ? WHERE id = ?',
  resize: 'UPDATE file SET size = ?, seen_ms = ? WHERE id = ?',
  state: 'SELECT state FROM file WHERE id = ?',
  fall: `UPDATE file SET state = ${FALLEN}, address = NULL, sha256 = NULL WHERE id = ?`,
  held: 'UPDATE file SET holders = holders + ?, holds = holds + ? WHERE id = ?',
  holders: 'SELECT holders, size FROM file WHERE id = ?',
  count: 'UPDATE total SET files = files + ?, bytes = bytes + ?',
  totals: 'SELECT files, bytes FROM total',
  hold: `SELECT ${HOLD} FROM hold WHERE account = ? AND file = ?`,
  holdUsed: `SELECT ${HOLD}, used_ms FROM hold WHERE account = ? AND file = ?`,
  putHold: `INSERT INTO hold (account, file, kind, pinned, coming, bytes, name, used_ms)
    VALUES (?, ?, ?, 0, ?, ?, ?, ?)`,
  dropHold: 'DELETE FROM hold WHERE account = ? AND file = ?',
  setHold: 'UPDATE hold SET kind = ?, pinned = ?, used_ms = ? WHERE account = ? AND file = ?',
  setBytes: 'UPDATE hold SET bytes = ? WHERE account = ? AND file = ?',
  use: 'UPDATE hold SET used_ms = ? WHERE account = ? AND file = ?',
  ofAccount: `SELECT ${HOLD} FROM hold WHERE account = ? ORDER BY file LIMIT ?`,
  inherit: 'UPDATE hold SET account = ? WHERE account = ? AND file = ?',
  inheritUpload: 'UPDATE upload SET account = ? WHERE file = ?',
  move: 'UPDATE hold SET file = ? WHERE account = ? AND file = ?',
  arrived: 'UPDATE hold SET coming = 0 WHERE file = ?',
  ofFile: `SELECT ${HOLD} FROM hold WHERE file = ? LIMIT ?`,
  loose: `SELECT ${HOLD} FROM hold WHERE account = ? AND kind = 1 AND pinned = 0 AND coming = 0
    ORDER BY used_ms LIMIT ?`,
  looseFiles: `SELECT id FROM file WHERE state = ${WHOLE} AND holds = 0 ORDER BY seen_ms LIMIT ?`,
  idle: `SELECT id FROM file WHERE state = ${COMING} AND seen_ms < ? ORDER BY seen_ms LIMIT ?`,
  list: `SELECT hold.account, hold.file, kind, pinned, coming, bytes, address, size, type, name, state, used_ms
    FROM hold JOIN file ON file.id = hold.file
    WHERE account = ? AND hold.file < ? AND address IS NOT NULL ORDER BY hold.file DESC LIMIT ?`,
  account: 'SELECT bytes, cache, files FROM account WHERE account = ?',
  charge: `INSERT INTO account (account, bytes, cache, files) VALUES (?, ?, ?, ?)
    ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes, cache = cache + excluded.cache,
      files = files + excluded.files`,
  forgetAccount: 'DELETE FROM account WHERE account = ? AND files = 0 AND bytes = 0',
  uploads: 'SELECT COUNT(*) AS count FROM hold WHERE account = ? AND coming = 1',
  granted: 'SELECT bytes FROM granted WHERE id = ?',
  grant: `INSERT INTO granted (id, bytes, expires_ms) VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET bytes = bytes + excluded.bytes`,
  forgetGrants: 'DELETE FROM granted WHERE expires_ms < ?',
  putPart: 'INSERT INTO part (file, at, digest) VALUES (?, ?, ?) ON CONFLICT (file, at) DO NOTHING',
  useChunk: `INSERT INTO chunk (digest, uses) VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET uses = uses + 1`,
  intend: 'INSERT INTO chunk (digest, uses) VALUES (?, 0) ON CONFLICT (digest) DO NOTHING',
  fallen: `SELECT id FROM file WHERE state = ${FALLEN} ORDER BY id LIMIT 1`,
  parts: 'SELECT at, digest FROM part WHERE file = ? ORDER BY at LIMIT ?',
  dropPart: 'DELETE FROM part WHERE file = ? AND at = ?',
  leaveChunk: 'UPDATE chunk SET uses = uses - 1 WHERE digest = ?',
  dropFile: 'DELETE FROM file WHERE id = ?',
  unused: 'SELECT digest FROM chunk WHERE uses = 0 LIMIT ?',
  isUnused: 'SELECT 1 AS one FROM chunk WHERE digest = ? AND uses = 0',
  dropChunk: 'DELETE FROM chunk WHERE digest = ? AND uses = 0',
  upload: `SELECT upload.file, upload.account, upload.size, at, tail, type, hold.name, seen_ms
    FROM upload JOIN file ON file.id = upload.file JOIN hold ON hold.file = upload.file AND hold.account = upload.account
    WHERE upload.name = ?`,
  putUpload: `INSERT INTO upload (name, file, account, size, at, tail) VALUES (?, ?, ?, ?, 0, x'')`,
  growUpload: 'UPDATE upload SET size = ?, at = ?, tail = ? WHERE name = ?',
  dropUpload: 'DELETE FROM upload WHERE file = ?',
} as const;

export function recordOf(row: FileRow): FileRecord {
  const { id, sha256, size, type, width, height } = row;
  return {
    id,
    address: must(row.address, 'a file that is found has an address'),
    manifest: { size, type, root: must(row.root, 'and a root') },
    digests: must(row.digests, 'and chunks'),
    state: row.state === WHOLE ? 'whole' : 'coming',
    sha256,
    picture: width === null || height === null ? null : { width, height },
  };
}

export function heldOf(row: ListRow): Held {
  const { address, size, type, name } = row;
  return {
    id: row.file,
    address,
    size,
    type,
    name,
    kind: row.kind === OWN ? 'own' : 'cache',
    pinned: row.pinned === 1,
    state: row.state === WHOLE ? 'whole' : 'coming',
    usedMs: row.used_ms,
  };
}

export function uploadOf({ at, seen_ms: seenMs, account, ...row }: UploadRow): UploadRecord {
  return { ...row, account: userId(account), offset: at, seenMs };
}

/** What does not count among what falls when room is needed. */
const isKept = ({ kind, pinned, coming }: Pick<HoldRow, 'kind' | 'pinned' | 'coming'>): boolean =>
  kind === OWN || pinned === 1 || coming === 1;
/** Bytes of a hold that count as cache. */
const cacheBytesOf = (hold: Pick<HoldRow, 'kind' | 'pinned' | 'bytes'>): number =>
  hold.kind === OWN || hold.pinned === 1 ? 0 : hold.bytes;

/** Changes within a transaction. */
export class FileRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  run(sql: string, ...values: readonly Value[]): number {
    return this.#database.prepare(sql).run(...values);
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what its SELECT names, as in `Database`
  get<Row>(sql: string, ...values: readonly Value[]): Row | null {
    return this.#database.prepare<Row>(sql).get(...values);
  }

  all<Row>(sql: string, ...values: readonly Value[]): Row[] {
    return this.#database.prepare<Row>(sql).all(...values);
  }

  /** Null when there is room for so many bytes more: of the account and, `isNew`, of the node. */
  lack(account: string, bytes: number, { room, isNew }: { room: Room; isNew: boolean }): Full | null {
    const known = this.get<{ bytes: number; files: number }>(SQL.account, account) ?? { bytes: 0, files: 0 };
    const ofAccount = known.bytes + bytes - room.account;
    if (ofAccount > 0) return { kind: 'full', of: 'account', lacking: ofAccount };
    const ofNode = isNew ? this.totals().bytes + bytes - room.node : 0;
    if (ofNode > 0) return { kind: 'full', of: 'node', lacking: ofNode };
    const { grant } = room;
    const used = grant === null ? 0 : (this.get<{ bytes: number }>(SQL.granted, grant.id)?.bytes ?? 0);
    const ofGrant = grant === null ? 0 : used + bytes - grant.bytes;
    return ofGrant > 0 ? { kind: 'full', of: 'grant', lacking: ofGrant } : null;
  }

  /** Null when the account may hold one more, `isComing` as an upload. */
  crowd(account: string, isComing: boolean): Full | null {
    const files = this.get<{ files: number }>(SQL.account, account)?.files ?? 0;
    if (files >= filesPerAccountMax) return { kind: 'full', of: 'files', lacking: 1 };
    const uploads = isComing ? (this.get<{ count: number }>(SQL.uploads, account)?.count ?? 0) : 0;
    return uploads >= fileUploadsMax ? { kind: 'full', of: 'uploads', lacking: 1 } : null;
  }

  totals(): { readonly files: number; readonly bytes: number } {
    return this.get(SQL.totals) ?? { files: 0, bytes: 0 };
  }

  addFile(values: readonly Value[], bytes: number): number {
    this.run(SQL.putFile, ...values);
    this.run(SQL.count, 1, bytes);
    return must(this.get<{ id: number }>(SQL.lastFile), 'the row that was put').id;
  }

  addHold(hold: HoldRow, { name, nowMs }: { readonly name: string; readonly nowMs: number }): void {
    const { account, file, kind, coming, bytes } = hold;
    this.run(SQL.putHold, account, file, kind, coming, bytes, name, nowMs);
    this.run(SQL.held, 1, isKept(hold) ? 1 : 0, file);
    this.run(SQL.charge, account, bytes, cacheBytesOf(hold), 1);
  }

  spend(room: Room, bytes: number): void {
    if (room.grant !== null) this.run(SQL.grant, room.grant.id, bytes, room.grant.expiresMs);
  }

  /** Answers whether it was the last one, so that the file falls. */
  dropHold(hold: HoldRow): boolean {
    const { account, file, bytes } = hold;
    this.run(SQL.dropHold, account, file);
    this.run(SQL.held, -1, isKept(hold) ? -1 : 0, file);
    this.run(SQL.charge, account, -bytes, -cacheBytesOf(hold), -1);
    this.run(SQL.forgetAccount, account);
    const left = this.get<{ holders: number; size: number }>(SQL.holders, file);
    if (left?.holders !== 0) return false;
    this.fall(file, left.size);
    return true;
  }

  fall(file: number, size: number): void {
    this.run(SQL.fall, file);
    this.run(SQL.dropUpload, file);
    this.run(SQL.count, -1, -size);
  }

  /** Another kind or pin of a hold. */
  changeHold(hold: HoldRow, to: Pick<HoldRow, 'kind' | 'pinned'>, nowMs: number): void {
    const { account, file } = hold;
    const next = { ...hold, ...to };
    this.run(SQL.setHold, to.kind, to.pinned, nowMs, account, file);
    this.run(SQL.held, 0, Number(isKept(next)) - Number(isKept(hold)), file);
    this.run(SQL.charge, account, 0, cacheBytesOf(next) - cacheBytesOf(hold), 0);
  }

  /** Another account holds it instead; one that does already as the stronger of the two. */
  inherit(hold: HoldRow, to: string): void {
    const { account: from, file, bytes } = hold;
    const mine = this.get<HoldRow & { readonly used_ms: number }>(SQL.holdUsed, to, file);
    if (mine !== null) {
      const stronger = { kind: Math.min(mine.kind, hold.kind), pinned: Math.max(mine.pinned, hold.pinned) };
      this.changeHold(mine, stronger, mine.used_ms);
      this.dropHold(hold);
      return;
    }
    this.run(SQL.inherit, to, from, file);
    this.run(SQL.inheritUpload, to, file);
    this.run(SQL.charge, from, -bytes, -cacheBytesOf(hold), -1);
    this.run(SQL.charge, to, bytes, cacheBytesOf(hold), 1);
    this.run(SQL.forgetAccount, from);
  }

  /** The part of a file that came; false when it was there. */
  addPart(file: number, at: number, digest: Uint8Array): boolean {
    if (this.run(SQL.putPart, file, at, digest) === 0) return false;
    this.run(SQL.useChunk, digest);
    return true;
  }
}
