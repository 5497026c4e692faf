/** What a node knows of files in a SQLite file of its own (interface and promises: `files.ts`). */

import type { UserId } from 'copse/internal/base/ids.ts';
import { Checkpoints, CHECKPOINT_PAGES } from './checkpoints.ts';
import { CACHE, COMING, FILES_SCHEMA, OWN, WHOLE } from './files-schema.ts';
import {
  FileRows,
  heldOf,
  recordOf,
  SQL,
  uploadOf,
  type FileRow,
  type HoldRow,
  type ListRow,
  type UploadRow,
} from './files-rows.ts';
import type {
  BeginFile,
  BeginUpload,
  Begun,
  Evicted,
  FileRecord,
  FileStore,
  Finished,
  Full,
  Grown,
  Held,
  UploadRecord,
  Usage,
} from './files.ts';
import { GroupCommit } from './group-commit.ts';
import { openMigrated } from './migrate.ts';
import type { Database, Opening } from './sqlite.ts';

export interface SqliteFilesOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Arranges that a task runs after what is ready now. */
  readonly schedule?: (task: () => void) => void;
}

const OPENING: Opening = { pageBytes: 4096, cacheBytes: 32 << 20, checkpointPages: CHECKPOINT_PAGES };

export class SqliteFiles implements FileStore {
  readonly #database: Database;
  readonly #rows: FileRows;
  readonly #commits: GroupCommit;
  readonly #checkpoints: Checkpoints;

  private constructor(database: Database, options: SqliteFilesOptions) {
    const { path, schedule = (task) => void setImmediate(task) } = options;
    this.#database = database;
    this.#rows = new FileRows(database);
    this.#checkpoints = new Checkpoints(database, path);
    this.#commits = new GroupCommit(database, { schedule, onCommit: () => this.#checkpoints.committed() });
  }

  static open(options: SqliteFilesOptions): SqliteFiles {
    return SqliteFiles.over(openMigrated(options.path, FILES_SCHEMA, OPENING), options);
  }

  /** On a database that is open and of the newest version, and belongs to the store from now on. */
  static over(database: Database, options: SqliteFilesOptions): SqliteFiles {
    return new SqliteFiles(database, options);
  }

  async find(address: string): Promise<FileRecord | null> {
    const row = this.#rows.get<FileRow>(SQL.byAddress, address);
    return row === null ? null : recordOf(row);
  }

  async findWhole(sha256: string): Promise<FileRecord | null> {
    const row = this.#rows.get<FileRow>(SQL.bySha256, sha256);
    return row === null ? null : recordOf(row);
  }

  async present(file: number): Promise<readonly number[]> {
    return this.#rows.all<{ at: number }>(SQL.present, file).map(({ at }) => at);
  }

  async digests(file: number): Promise<readonly Uint8Array[]> {
    return this.#rows.all<{ digest: Uint8Array }>(SQL.digests, file).map(({ digest }) => digest);
  }

  begin(request: BeginFile): Promise<Begun> {
    return this.#commits.write(() => this.#begin(request));
  }

  #begin(request: BeginFile): Begun {
    const rows = this.#rows;
    const { account, address, manifest, digests, name, room, nowMs } = request;
    const kind = request.kind === 'own' ? OWN : CACHE;
    const known = rows.get<FileRow>(SQL.byAddress, address);
    const mine = known === null ? null : rows.get<HoldRow>(SQL.hold, account, known.id);
    if (known !== null && mine !== null) {
      if (mine.kind !== OWN) rows.changeHold(mine, { kind, pinned: mine.pinned }, nowMs);
      rows.run(SQL.touch, nowMs, known.id);
      return { kind: 'ok', file: known.id };
    }
    const { size, type, root } = manifest;
    const coming = known?.state === WHOLE ? 0 : 1;
    const full =
      rows.lack(account, size, { room, isNew: known === null }) ?? rows.crowd(account, coming === 1);
    if (full !== null) return full;
    const file = known?.id ?? rows.addFile([address, size, type, root, digests, nowMs], size);
    rows.addHold({ account, file, kind, pinned: 0, coming, bytes: size }, { name, nowMs });
    rows.run(SQL.touch, nowMs, file);
    rows.spend(room, size);
    return { kind: 'ok', file };
  }

  beginUpload(request: BeginUpload): Promise<Begun> {
    return this.#commits.write(() => {
      const rows = this.#rows;
      const { account, upload, type, name, room, nowMs } = request;
      const bytes = request.size ?? 0;
      const full = rows.lack(account, bytes, { room, isNew: true }) ?? rows.crowd(account, true);
      if (full !== null) return full;
      const file = rows.addFile([null, bytes, type, null, null, nowMs], bytes);
      rows.addHold({ account, file, kind: OWN, pinned: 0, coming: 1, bytes }, { name, nowMs });
      rows.run(SQL.putUpload, upload, file, account, request.size);
      rows.spend(room, bytes);
      return { kind: 'ok', file } as const;
    });
  }

  async upload(name: string): Promise<UploadRecord | null> {
    const row = this.#rows.get<UploadRow>(SQL.upload, name);
    return row === null ? null : uploadOf(row);
  }

  async intend(digest: Uint8Array): Promise<void> {
    await this.#commits.write(() => this.#rows.run(SQL.intend, digest));
  }

  arrive({ file, at, digest, nowMs }: Parameters<FileStore['arrive']>[0]): Promise<boolean> {
    return this.#commits.write(() => {
      const state = this.#rows.get<{ state: number }>(SQL.state, file)?.state;
      if (state === WHOLE) return true;
      if (state !== COMING) return false;
      this.#rows.addPart(file, at, digest);
      this.#rows.run(SQL.touch, nowMs, file);
      return true;
    });
  }

  grow(grown: Grown): Promise<{ readonly kind: 'ok' | 'gone' } | Full> {
    return this.#commits.write(() => {
      const rows = this.#rows;
      const { upload, chunk, tail, offset, room, nowMs } = grown;
      const row = rows.get<UploadRow>(SQL.upload, upload);
      if (row === null) return { kind: 'gone' } as const;
      const hold = rows.get<HoldRow>(SQL.hold, row.account, row.file);
      const size = row.size ?? grown.size;
      const more = Math.max(size ?? 0, offset) - (hold?.bytes ?? 0);
      if (more > 0) {
        const full = rows.lack(row.account, more, { room, isNew: true });
        if (full !== null) return full;
        rows.run(SQL.setBytes, (hold?.bytes ?? 0) + more, row.account, row.file);
        rows.run(SQL.charge, row.account, more, 0, 0);
        rows.run(SQL.count, 0, more);
        rows.spend(room, more);
      }
      if (chunk !== null) rows.addPart(row.file, chunk.at, chunk.digest);
      rows.run(SQL.growUpload, size, offset, tail, upload);
      rows.run(SQL.resize, Math.max(size ?? 0, offset), nowMs, row.file);
      return { kind: 'ok' } as const;
    });
  }

  async finish(file: number, finished: Finished): Promise<void> {
    await this.#commits.write(() => this.#finish(file, finished));
  }

  #finish(file: number, { sha256, picture, nowMs }: Finished): void {
    this.#rows.run(SQL.arrived, file);
    this.#rows.run(SQL.finish, sha256, picture?.width ?? null, picture?.height ?? null, nowMs, file);
  }

  finishUpload(...[upload, of]: Parameters<FileStore['finishUpload']>): Promise<number | null> {
    return this.#commits.write(() => {
      const rows = this.#rows;
      const row = rows.get<UploadRow>(SQL.upload, upload);
      const hold = row && rows.get<HoldRow>(SQL.hold, row.account, row.file);
      if (row === null || hold === null) return null;
      const known = rows.get<FileRow>(SQL.byAddress, of.address);
      if (known?.state === WHOLE) {
        this.#settle(hold, known.id, { name: row.name, nowMs: of.nowMs });
        return known.id;
      }
      if (known !== null) this.#replace(known, row.file);
      const { size, type, root } = of.manifest;
      rows.run(SQL.dropUpload, row.file);
      rows.run(SQL.name, of.address, size, type, root, of.digests, row.file);
      this.#finish(row.file, of);
      return row.file;
    });
  }

  /** The upload turned out to be a file that is there: its account holds that one instead. */
  #settle(hold: HoldRow, file: number, of: { readonly name: string; readonly nowMs: number }): void {
    const rows = this.#rows;
    rows.dropHold(hold);
    const { account, bytes } = hold;
    const mine = rows.get<HoldRow>(SQL.hold, account, file);
    if (mine === null) rows.addHold({ account, file, kind: OWN, pinned: 0, coming: 0, bytes }, of);
    else if (mine.kind !== OWN) rows.changeHold(mine, { kind: OWN, pinned: mine.pinned }, of.nowMs);
  }

  /** A file that others are uploading is there now as `file`: they hold that one. */
  #replace(coming: FileRow, file: number): void {
    const rows = this.#rows;
    for (const each of rows.all<HoldRow>(SQL.ofFile, coming.id, Number.MAX_SAFE_INTEGER)) {
      rows.run(SQL.held, -1, -1, coming.id);
      if (rows.get<HoldRow>(SQL.hold, each.account, file) === null) {
        rows.run(SQL.move, file, each.account, coming.id);
        rows.run(SQL.held, 1, 1, file);
      } else {
        rows.run(SQL.dropHold, each.account, coming.id);
        rows.run(SQL.charge, each.account, -each.bytes, -(each.kind === OWN ? 0 : each.bytes), -1);
      }
    }
    rows.fall(coming.id, coming.size);
  }

  drop(account: UserId, address: string): Promise<boolean> {
    return this.#commits.write(() => {
      const hold = this.#holdOf(account, address);
      if (hold !== null) this.#rows.dropHold(hold);
      return hold !== null;
    });
  }

  #holdOf(account: UserId, address: string): HoldRow | null {
    const file = this.#rows.get<FileRow>(SQL.byAddress, address);
    return file === null ? null : this.#rows.get<HoldRow>(SQL.hold, account, file.id);
  }

  dropUpload(upload: string): Promise<boolean> {
    return this.#commits.write(() => {
      const row = this.#rows.get<UploadRow>(SQL.upload, upload);
      const hold = row && this.#rows.get<HoldRow>(SQL.hold, row.account, row.file);
      if (hold !== null) this.#rows.dropHold(hold);
      return hold !== null;
    });
  }

  pin(account: UserId, address: string, pinned: boolean): Promise<boolean> {
    return this.#commits.write(() => {
      const hold = this.#holdOf(account, address);
      if (hold === null) return false;
      const nowMs = this.#rows.get<{ used_ms: number }>(USED, account, hold.file)?.used_ms ?? 0;
      this.#rows.changeHold(hold, { kind: hold.kind, pinned: pinned ? 1 : 0 }, nowMs);
      return true;
    });
  }

  inherit(from: UserId, to: UserId, countMax: number): Promise<boolean> {
    return this.#commits.write(() => {
      const holds = this.#rows.all<HoldRow>(SQL.ofAccount, from, countMax);
      for (const hold of holds) this.#rows.inherit(hold, to);
      return holds.length === countMax;
    });
  }

  async list(account: UserId, before: number | null, countMax: number): Promise<readonly Held[]> {
    return this.#rows
      .all<ListRow>(SQL.list, account, before ?? Number.MAX_SAFE_INTEGER, countMax)
      .map(heldOf);
  }

  async usage(account: UserId): Promise<Usage> {
    const row = this.#rows.get<{ bytes: number; cache: number; files: number }>(SQL.account, account);
    const uploads = this.#rows.get<{ count: number }>(SQL.uploads, account)?.count ?? 0;
    return { bytes: row?.bytes ?? 0, cacheBytes: row?.cache ?? 0, files: row?.files ?? 0, uploads };
  }

  async totals(): Promise<{ readonly files: number; readonly bytes: number }> {
    return this.#rows.totals();
  }

  async seen(reads: Parameters<FileStore['seen']>[0], nowMs: number): Promise<void> {
    await this.#commits.writeRepeatable(() => {
      for (const { file, account } of reads) {
        this.#rows.run(SQL.touch, nowMs, file);
        if (account !== null) this.#rows.run(SQL.use, nowMs, account, file);
      }
    });
  }

  evict(account: UserId | null, lacking: number, countMax: number): Promise<Evicted> {
    return this.#commits.write(() => {
      let bytes = 0;
      let count = 0;
      const holds =
        account === null ? this.#loosest(countMax) : this.#rows.all<HoldRow>(SQL.loose, account, countMax);
      for (const hold of holds) {
        if (bytes >= lacking) break;
        const isLast = this.#rows.dropHold(hold);
        if (account !== null || isLast) bytes += hold.bytes;
        count++;
      }
      return { bytes, holds: count };
    });
  }

  /** Who holds what was read least recently; of one file that many hold the rest follows. */
  #loosest(countMax: number): readonly HoldRow[] {
    const files = this.#rows.all<{ id: number }>(SQL.looseFiles, countMax);
    const holds = files.flatMap(({ id }) => this.#rows.all<HoldRow>(SQL.ofFile, id, countMax));
    return holds.slice(0, countMax);
  }

  giveUp(beforeMs: number, countMax: number): Promise<number> {
    return this.#commits.write(() => {
      const idle = this.#rows.all<{ id: number }>(SQL.idle, beforeMs, countMax);
      for (const { id } of idle)
        for (const hold of this.#rows.all<HoldRow>(SQL.ofFile, id, countMax)) this.#rows.dropHold(hold);
      return idle.length;
    });
  }

  clear(countMax: number): Promise<readonly Uint8Array[] | null> {
    return this.#commits.writeRepeatable(() => {
      const rows = this.#rows;
      const file = rows.get<{ id: number }>(SQL.fallen)?.id;
      if (file === undefined) return null;
      const parts = rows.all<{ at: number; digest: Uint8Array }>(SQL.parts, file, countMax);
      for (const { at, digest } of parts) {
        rows.run(SQL.dropPart, file, at);
        rows.run(SQL.leaveChunk, digest);
      }
      if (parts.length < countMax) rows.run(SQL.dropFile, file);
      return parts.map(({ digest }) => digest).filter((digest) => this.#isUnused(digest));
    });
  }

  async unused(countMax: number): Promise<readonly Uint8Array[]> {
    return this.#rows.all<{ digest: Uint8Array }>(SQL.unused, countMax).map(({ digest }) => digest);
  }

  async isUnused(digest: Uint8Array): Promise<boolean> {
    return this.#isUnused(digest);
  }

  #isUnused(digest: Uint8Array): boolean {
    return this.#rows.get(SQL.isUnused, digest) !== null;
  }

  async gone(digest: Uint8Array): Promise<void> {
    await this.#commits.writeRepeatable(() => this.#rows.run(SQL.dropChunk, digest));
  }

  async forgetGrants(beforeMs: number): Promise<void> {
    await this.#commits.writeRepeatable(() => this.#rows.run(SQL.forgetGrants, beforeMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#commits.close();
    await this.#checkpoints[Symbol.asyncDispose]();
    this.#database.close();
  }
}

const USED = 'SELECT used_ms FROM hold WHERE account = ? AND file = ?';
