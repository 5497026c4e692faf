/**
 * The keep in a directory: one file of records, each the changes of one `write`, read into memory at the
 * start and written anew when half of it is out of date.
 *
 *     record = size of the body (4, little-endian) | crc32 of the body (4) | body (a list of changes)
 *
 * A record that the end of the file cuts off was never acknowledged and is dropped; a damaged one in the
 * middle is `corrupt`. Secrets are sealed under the machine's key or a passphrase (`machine-key.ts`), or under the
 * key of a lock (`client/keep-lock.ts`), whose record then is the first row: so the file changes at once.
 */

import { chmod, mkdir, open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import { crc32 } from '../base/crc32.ts';
import { Fault } from '../base/fault.ts';
import { keepBytesMax, keepNameBytesMax, keepRowBytesMax, queueCountMax } from '../base/limits.ts';
import {
  checkChanges,
  growthOf,
  type KeepChange,
  type KeepRow,
  type LockableKeep,
  type LockedBy,
  type Safety,
} from '../client/keep.ts';
import type { Sealer } from '../client/sealer.ts';
import { list, maybe, struct } from '../wire/compound.ts';
import { Reader, Writer } from '../wire/buffer.ts';
import { bool, bytes, text, type Of } from '../wire/shape.ts';
import { lockDirectory, type FileLock } from './file-lock.ts';

const HEAD_BYTES = 8;
/** Out-of-date bytes that are not worth a new file. */
const GARBAGE_BYTES_MIN = 1 << 20;
/** The row with the record of the lock; its bytes are no secret. */
const LOCK = 'lock';
/** What sealing may add to a secret. */
const SEAL_BYTES = 64;

const changesShape = list(
  struct({ name: text(keepNameBytesMax), sealed: bool, value: maybe(bytes(keepRowBytesMax + SEAL_BYTES)) }),
  2 * queueCountMax,
);
type StoredChanges = Of<typeof changesShape>;

export interface FileKeepOptions {
  readonly directory: string;
  readonly sealer: Sealer;
  readonly bytesMax?: number;
  /** The sealer of a lock; without it a locked keep is `sealed`. */
  readonly unlock?: (record: Uint8Array) => Promise<Sealer>;
  /** The sealer of a key. */
  readonly sealerOf?: (key: Uint8Array) => Sealer;
}

export class FileKeep implements LockableKeep {
  readonly #path: string;
  readonly #options: FileKeepOptions;
  readonly #lock: FileLock;
  #sealer: Sealer;
  readonly #valueByName = new Map<string, Uint8Array>();
  readonly #secretNames = new Set<string>();
  #file: FileHandle | null = null;
  #fileBytes = 0;
  /** Size of the rows, as `growthOf` counts it. */
  #rowBytes = 0;
  #isDirty = false;
  /** Writes follow one another. */
  #last: Promise<void> = Promise.resolve();

  private constructor(options: FileKeepOptions, lock: FileLock) {
    this.#options = options;
    this.#path = join(resolve(options.directory), 'keep');
    this.#lock = lock;
    this.#sealer = options.sealer;
  }

  /** Throws `locked` when it is open elsewhere, `corrupt` when it is damaged, `forbidden` when the sealer is another. */
  static async open(options: FileKeepOptions): Promise<FileKeep> {
    const directory = resolve(options.directory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const lock = await lockDirectory(directory);
    try {
      const keep = new FileKeep(options, lock);
      await keep.#load();
      return keep;
    } catch (thrown) {
      await lock[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  async #load(): Promise<void> {
    const content = await readAll(this.#path);
    let at = 0;
    for (;;) {
      const end = recordEnd(content, at);
      if (end === null) break;
      await this.#applyStored(readChanges(content, at, end));
      at = end;
    }
    this.#file = await open(this.#path, 'a', 0o600);
    await chmod(this.#path, 0o600);
    if (at < content.length) await this.#file.truncate(at);
    this.#fileBytes = at;
    if (this.#isWasteful()) await this.#rewrite();
  }

  async #applyStored(changes: StoredChanges): Promise<void> {
    for (const { name, sealed, value } of changes) {
      if (name === LOCK) await this.#applyLock(value);
      if (value === null || !sealed) {
        this.#apply({ name, value: value?.slice() ?? null, secret: sealed });
        continue;
      }
      const secret = await this.#sealer.open(name, value);
      if (secret === null) throw new Fault('forbidden', 'The key or passphrase does not open this keep.');
      this.#apply({ name, value: secret, secret: true });
    }
  }

  async #applyLock(record: Uint8Array | null): Promise<void> {
    const { sealer, unlock } = this.#options;
    if (record !== null && unlock === undefined) throw new Fault('sealed');
    this.#sealer = record === null || unlock === undefined ? sealer : await unlock(record.slice());
  }

  #apply(change: KeepChange): void {
    this.#rowBytes += growthOf([change], this.#valueByName);
    this.#secretNames.delete(change.name);
    if (change.value === null) {
      this.#valueByName.delete(change.name);
      return;
    }
    this.#valueByName.set(change.name, change.value);
    if (change.secret === true) this.#secretNames.add(change.name);
  }

  async get(name: string): Promise<Uint8Array | null> {
    this.#requireFile();
    return this.#valueByName.get(name)?.slice() ?? null;
  }

  async list(prefix: string): Promise<readonly KeepRow[]> {
    this.#requireFile();
    return [...this.#valueByName]
      .filter(([name]) => name.startsWith(prefix))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value: value.slice() }));
  }

  write(changes: readonly KeepChange[], safety: Safety = 'strict'): Promise<void> {
    const own = changes.map((change) => ({ ...change, value: change.value?.slice() ?? null }));
    return this.#inTurn(() => this.#write(own, safety));
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #write(changes: readonly KeepChange[], safety: Safety): Promise<void> {
    const file = this.#requireFile();
    checkChanges(changes);
    const growth = growthOf(changes, this.#valueByName);
    if (this.#rowBytes + growth > (this.#options.bytesMax ?? keepBytesMax)) {
      throw new Fault('full', 'the keep of this device');
    }
    const record = makeRecord(await this.#seal(changes));
    try {
      await file.appendFile(record);
      this.#isDirty = true;
      if (safety === 'strict') await this.#sync(file);
    } catch (thrown) {
      // Half a record must not stay in front of the next one.
      await file.truncate(this.#fileBytes).catch(() => {});
      throw isNoRoom(thrown) ? new Fault('full', 'the disk of this device', { cause: thrown }) : thrown;
    }
    this.#fileBytes += record.length;
    for (const change of changes) this.#apply(change);
    if (this.#isWasteful()) await this.#rewrite();
  }

  async #sync(file: FileHandle): Promise<void> {
    if (!this.#isDirty) return;
    await file.datasync();
    this.#isDirty = false;
  }

  #seal(changes: readonly KeepChange[]): Promise<StoredChanges> {
    return Promise.all(
      changes.map(async ({ name, value, secret }) => {
        const sealed = secret === true && value !== null;
        return { name, sealed, value: sealed ? await this.#sealer.seal(name, value) : value };
      }),
    );
  }

  #isWasteful(): boolean {
    return this.#fileBytes > 2 * this.#rowBytes + GARBAGE_BYTES_MIN;
  }

  /** Replaces the file by one that holds each row once. */
  async #rewrite(): Promise<void> {
    // The record of the lock comes before what it opens.
    const isLater = ([name]: readonly [string, Uint8Array]) => (name === LOCK ? 0 : 1);
    const rows = [...this.#valueByName]
      .toSorted((a, b) => isLater(a) - isLater(b))
      .map(([name, value]) => ({
        name,
        value,
        secret: this.#secretNames.has(name),
      }));
    const records: Uint8Array[] = [];
    for (const row of rows) records.push(makeRecord(await this.#seal([row])));
    const content = concat(...records);
    const next = await open(`${this.#path}.new`, 'w', 0o600);
    await next.appendFile(content);
    await next.datasync();
    await next.close();
    await this.#requireFile().close();
    await rename(`${this.#path}.new`, this.#path);
    this.#file = await open(this.#path, 'a', 0o600);
    this.#fileBytes = content.length;
    this.#isDirty = false;
  }

  async lockRecord(): Promise<Uint8Array | null> {
    return this.get(LOCK);
  }

  relock(by: LockedBy | null): Promise<void> {
    const { sealer, sealerOf } = this.#options;
    assert(by === null || sealerOf !== undefined, 'who locks can seal under a key');
    return this.#inTurn(async () => {
      this.#requireFile();
      const before = { sealer: this.#sealer, record: this.#valueByName.get(LOCK) ?? null };
      this.#apply({ name: LOCK, value: by?.record.slice() ?? null });
      this.#sealer = by === null || sealerOf === undefined ? sealer : sealerOf(by.key);
      try {
        await this.#rewrite();
      } catch (thrown) {
        this.#apply({ name: LOCK, value: before.record });
        this.#sealer = before.sealer;
        throw thrown;
      }
    });
  }

  clear(): Promise<void> {
    return this.#inTurn(async () => {
      this.#requireFile();
      this.#valueByName.clear();
      this.#secretNames.clear();
      this.#rowBytes = 0;
      this.#sealer = this.#options.sealer;
      await this.#rewrite();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    await file.datasync();
    await file.close();
    await this.#lock[Symbol.asyncDispose]();
  }

  #requireFile(): FileHandle {
    if (this.#file === null) throw new Fault('closed', 'the keep of this device');
    return this.#file;
  }
}

function makeRecord(changes: StoredChanges): Uint8Array {
  const writer = new Writer(2 * keepBytesMax);
  writer.raw(new Uint8Array(HEAD_BYTES));
  changesShape.write(writer, changes);
  const record = writer.take();
  const view = new DataView(record.buffer);
  view.setUint32(0, record.length - HEAD_BYTES, true);
  view.setUint32(4, crc32(record, HEAD_BYTES), true);
  return record;
}

/** Where the record at `at` ends; null when the end of the file cut it off. */
function recordEnd(content: Uint8Array, at: number): number | null {
  if (content.length - at < HEAD_BYTES) return null;
  const view = new DataView(content.buffer, content.byteOffset + at, HEAD_BYTES);
  const end = at + HEAD_BYTES + view.getUint32(0, true);
  if (end > content.length) return null;
  if (crc32(content, at + HEAD_BYTES, end) === view.getUint32(4, true)) return end;
  if (end === content.length) return null;
  throw new Fault('corrupt', `the keep of this device, at byte ${at}`);
}

function readChanges(content: Uint8Array, at: number, end: number): StoredChanges {
  const reader = new Reader(content, at + HEAD_BYTES, end);
  const changes = changesShape.read(reader);
  reader.done();
  return changes;
}

/** Plain bytes: `slice` of a Buffer does not copy. */
async function readAll(path: string): Promise<Uint8Array> {
  try {
    const content = await readFile(path);
    return new Uint8Array(content.buffer, content.byteOffset, content.length);
  } catch (thrown) {
    if (isMissing(thrown)) return new Uint8Array(0);
    throw thrown;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
