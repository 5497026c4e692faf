/**
 * What a node knows of files, in memory and as simple as it can be said: everything is counted again each time it is
 * asked for. The model that the engine on the disk is compared with; its interface and promises are in `files.ts`.
 */

import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
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
import { FileBook, isKept, sum, type File, type Hold } from './files-memory-rows.ts';

export class MemoryFiles implements FileStore {
  readonly #book = new FileBook();

  async find(address: string): Promise<FileRecord | null> {
    const file = this.#book.named(address);
    return file === undefined ? null : recordOf(file);
  }

  async findWhole(sha256: string): Promise<FileRecord | null> {
    const file = this.#book.files.find((each) => each.sha256 === sha256 && each.state === 'whole');
    return file === undefined ? null : recordOf(file);
  }

  async present(file: number): Promise<readonly number[]> {
    return [...(this.#book.file(file)?.parts.keys() ?? [])].toSorted((a, b) => a - b);
  }

  async digests(file: number): Promise<readonly Uint8Array[]> {
    const parts = this.#book.file(file)?.parts ?? new Map<number, string>();
    return [...parts].toSorted(([a], [b]) => a - b).map(([, digest]) => bytesOf(digest));
  }

  async begin(request: BeginFile): Promise<Begun> {
    const { account, address, manifest, digests, name, room, nowMs, kind } = request;
    const known = this.#book.named(address);
    const mine = known === undefined ? undefined : this.#book.hold(account, known.id);
    if (known !== undefined && mine !== undefined) {
      if (mine.kind !== 'own') Object.assign(mine, { kind, usedMs: nowMs });
      known.seenMs = nowMs;
      return { kind: 'ok', file: known.id };
    }
    const coming = known?.state !== 'whole';
    const full =
      this.#book.lack(account, manifest.size, { room, isNew: known === undefined }) ??
      this.#book.crowd(account, coming);
    if (full !== null) return full;
    const file = known ?? this.#book.add({ ...manifest, nowMs });
    if (known === undefined) Object.assign(file, { address, manifest, digests });
    this.#book.holds.push({
      account,
      file: file.id,
      kind,
      pinned: false,
      coming,
      bytes: manifest.size,
      name,
      usedMs: nowMs,
    });
    file.seenMs = nowMs;
    this.#book.spend(room, manifest.size);
    return { kind: 'ok', file: file.id };
  }

  async beginUpload({ account, upload, type, size, name, room, nowMs }: BeginUpload): Promise<Begun> {
    const bytes = size ?? 0;
    const full = this.#book.lack(account, bytes, { room, isNew: true }) ?? this.#book.crowd(account, true);
    if (full !== null) return full;
    const { id: file } = this.#book.add({ size: bytes, type, nowMs });
    this.#book.holds.push({
      account,
      file,
      kind: 'own',
      pinned: false,
      coming: true,
      bytes,
      name,
      usedMs: nowMs,
    });
    this.#book.uploads.push({ name: upload, account, file, size, offset: 0, tail: new Uint8Array(0) });
    this.#book.spend(room, bytes);
    return { kind: 'ok', file };
  }

  async upload(name: string): Promise<UploadRecord | null> {
    const upload = this.#book.uploads.find((each) => each.name === name);
    if (upload === undefined) return null;
    const { account, file, size, offset, tail } = upload;
    const { type, seenMs } = must(this.#book.file(file), 'an upload has a file');
    return {
      file,
      account,
      type,
      name: this.#book.hold(account, file)?.name ?? '',
      size,
      offset,
      tail,
      seenMs,
    };
  }

  async intend(digest: Uint8Array): Promise<void> {
    this.#book.chunks.add(hex(digest));
  }

  async arrive({ file: id, at, digest, nowMs }: Parameters<FileStore['arrive']>[0]): Promise<boolean> {
    const file = this.#book.file(id);
    if (file?.state === 'whole') return true;
    if (file?.state !== 'coming') return false;
    this.#book.addPart(file, at, digest);
    file.seenMs = nowMs;
    return true;
  }

  async grow(grown: Grown): Promise<{ readonly kind: 'ok' | 'gone' } | Full> {
    const { chunk, tail, offset, room, nowMs } = grown;
    const upload = this.#book.uploads.find(({ name }) => name === grown.upload);
    if (upload === undefined) return { kind: 'gone' };
    const file = must(this.#book.file(upload.file), 'an upload has a file');
    const hold = must(this.#book.hold(upload.account, file.id), 'and somebody who holds it');
    const size = upload.size ?? grown.size;
    const more = Math.max(size ?? 0, offset) - hold.bytes;
    if (more > 0) {
      const full = this.#book.lack(upload.account, more, { room, isNew: true });
      if (full !== null) return full;
      hold.bytes += more;
      this.#book.spend(room, more);
    }
    if (chunk !== null) this.#book.addPart(file, chunk.at, chunk.digest);
    Object.assign(upload, { size, offset, tail });
    Object.assign(file, { size: Math.max(size ?? 0, offset), seenMs: nowMs });
    return { kind: 'ok' };
  }

  async finish(id: number, finished: Finished): Promise<void> {
    const file = this.#book.file(id);
    if (file !== undefined) this.#finish(file, finished);
  }

  async finishUpload(...[name, of]: Parameters<FileStore['finishUpload']>): Promise<number | null> {
    const upload = this.#book.uploads.find((each) => each.name === name);
    const file = upload && this.#book.file(upload.file);
    const hold = upload && this.#book.hold(upload.account, upload.file);
    if (upload === undefined || file === undefined || hold === undefined) return null;
    const known = this.#book.named(of.address);
    if (known?.state === 'whole') {
      this.#settle(hold, known, of.nowMs);
      return known.id;
    }
    if (known !== undefined) this.#join(known, file);
    this.#book.uploads = this.#book.uploads.filter((each) => each !== upload);
    const { address, manifest, digests } = of;
    Object.assign(file, { address, manifest, digests, size: manifest.size, type: manifest.type });
    this.#finish(file, of);
    return file.id;
  }

  async drop(account: UserId, address: string): Promise<boolean> {
    const hold = this.#book.holdNamed(account, address);
    if (hold !== undefined) this.#book.drop(hold);
    return hold !== undefined;
  }

  async dropUpload(name: string): Promise<boolean> {
    const upload = this.#book.uploads.find((each) => each.name === name);
    const hold = upload && this.#book.hold(upload.account, upload.file);
    if (hold !== undefined) this.#book.drop(hold);
    return hold !== undefined;
  }

  async pin(account: UserId, address: string, pinned: boolean): Promise<boolean> {
    const hold = this.#book.holdNamed(account, address);
    if (hold !== undefined) hold.pinned = pinned;
    return hold !== undefined;
  }

  async inherit(from: UserId, to: UserId, countMax: number): Promise<boolean> {
    const holds = this.#book
      .of(from)
      .toSorted((a, b) => a.file - b.file)
      .slice(0, countMax);
    for (const hold of holds) this.#inherit(hold, to);
    return holds.length === countMax;
  }

  #inherit(hold: Hold, to: UserId): void {
    const mine = this.#book.hold(to, hold.file);
    if (mine !== undefined) {
      if (hold.kind === 'own') mine.kind = 'own';
      mine.pinned ||= hold.pinned;
      this.#book.drop(hold);
      return;
    }
    hold.account = to;
    for (const upload of this.#book.uploads) if (upload.file === hold.file) upload.account = to;
  }

  async list(account: UserId, before: number | null, countMax: number): Promise<readonly Held[]> {
    const rows = this.#book.of(account).flatMap((hold) => {
      const file = must(this.#book.file(hold.file), 'what is held is there');
      const isListed = file.address !== null && (before === null || file.id < before);
      return isListed && file.state !== 'fallen' ? [heldOf(hold, file, file.address ?? '')] : [];
    });
    return rows.toSorted((a, b) => b.id - a.id).slice(0, countMax);
  }

  async usage(account: UserId): Promise<Usage> {
    const holds = this.#book.of(account);
    return {
      bytes: sum(holds),
      cacheBytes: sum(holds.filter(({ kind, pinned }) => kind === 'cache' && !pinned)),
      files: holds.length,
      uploads: holds.filter(({ coming }) => coming).length,
    };
  }

  async totals(): Promise<{ readonly files: number; readonly bytes: number }> {
    const there = this.#book.files.filter(({ state }) => state !== 'fallen');
    return { files: there.length, bytes: there.reduce((bytes, { size }) => bytes + size, 0) };
  }

  async seen(reads: Parameters<FileStore['seen']>[0], nowMs: number): Promise<void> {
    for (const { file: id, account } of reads) {
      const file = this.#book.file(id);
      if (file !== undefined) file.seenMs = nowMs;
      const hold = account === null ? undefined : this.#book.hold(account, id);
      if (hold !== undefined) hold.usedMs = nowMs;
    }
  }

  async evict(account: UserId | null, lacking: number, countMax: number): Promise<Evicted> {
    const holds = account === null ? this.#loosest(countMax) : this.#looseOf(account).slice(0, countMax);
    let [bytes, count] = [0, 0];
    for (const hold of holds) {
      if (bytes >= lacking) break;
      const isLast = this.#book.drop(hold);
      if (account !== null || isLast) bytes += hold.bytes;
      count += 1;
    }
    return { bytes, holds: count };
  }

  #looseOf(account: UserId): readonly Hold[] {
    return this.#book
      .of(account)
      .filter((hold) => !isKept(hold))
      .toSorted((a, b) => a.usedMs - b.usedMs || a.file - b.file);
  }

  #loosest(countMax: number): readonly Hold[] {
    return this.#book.files
      .filter(({ id, state }) => state === 'whole' && !this.#book.heldBy(id).some(isKept))
      .toSorted((a, b) => a.seenMs - b.seenMs || a.id - b.id)
      .flatMap(({ id }) => this.#book.heldBy(id))
      .slice(0, countMax);
  }

  async giveUp(beforeMs: number, countMax: number): Promise<number> {
    const idle = this.#book.files
      .filter(({ state, seenMs }) => state === 'coming' && seenMs < beforeMs)
      .toSorted((a, b) => a.seenMs - b.seenMs)
      .slice(0, countMax);
    for (const { id } of idle) for (const hold of this.#book.heldBy(id)) this.#book.drop(hold);
    return idle.length;
  }

  async clear(countMax: number): Promise<readonly Uint8Array[] | null> {
    const file = this.#book.files.find(({ state }) => state === 'fallen');
    if (file === undefined) return null;
    const parts = [...file.parts].toSorted(([a], [b]) => a - b).slice(0, countMax);
    for (const [at] of parts) file.parts.delete(at);
    if (parts.length < countMax) this.#book.files = this.#book.files.filter((each) => each !== file);
    return parts
      .map(([, digest]) => digest)
      .filter((digest) => !this.#book.isUsed(digest))
      .map(bytesOf);
  }

  async unused(countMax: number): Promise<readonly Uint8Array[]> {
    const names = [...this.#book.chunks].filter((digest) => !this.#book.isUsed(digest));
    return names.slice(0, countMax).map(bytesOf);
  }

  async isUnused(digest: Uint8Array): Promise<boolean> {
    return this.#book.chunks.has(hex(digest)) && !this.#book.isUsed(hex(digest));
  }

  async gone(digest: Uint8Array): Promise<void> {
    if (!this.#book.isUsed(hex(digest))) this.#book.chunks.delete(hex(digest));
  }

  async forgetGrants(beforeMs: number): Promise<void> {
    this.#book.granted = this.#book.granted.filter(({ expiresMs }) => expiresMs >= beforeMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#book.files = [];
  }

  #finish(file: File, { sha256, picture, nowMs }: Finished): void {
    for (const hold of this.#book.heldBy(file.id)) hold.coming = false;
    Object.assign(file, { sha256, picture, seenMs: nowMs, state: 'whole' });
  }

  /** The upload turned out to be a file that is there. */
  #settle(hold: Hold, known: File, nowMs: number): void {
    this.#book.drop(hold);
    const mine = this.#book.hold(hold.account, known.id);
    if (mine === undefined) this.#book.holds.push({ ...hold, file: known.id, coming: false, usedMs: nowMs });
    else if (mine.kind !== 'own') Object.assign(mine, { kind: 'own', usedMs: nowMs });
  }

  /** What others are uploading is there now: they hold that one. */
  #join(coming: File, file: File): void {
    for (const each of this.#book.heldBy(coming.id)) {
      if (this.#book.hold(each.account, file.id) === undefined) each.file = file.id;
      else this.#book.holds = this.#book.holds.filter((other) => other !== each);
    }
    this.#book.fall(coming);
  }
}

function bytesOf(digest: string): Uint8Array {
  return must(fromHex(digest), 'a hash in hex');
}

function recordOf(file: File): FileRecord {
  const { id, address, manifest, digests, state, sha256, picture } = file;
  return {
    id,
    address: must(address, 'a file that is found has an address'),
    manifest: must(manifest, 'and a manifest'),
    digests,
    state: state === 'whole' ? 'whole' : 'coming',
    sha256,
    picture,
  };
}

function heldOf(hold: Hold, { id, size, type, state }: File, address: string): Held {
  const { name, kind, pinned, usedMs } = hold;
  return {
    id,
    address,
    size,
    type,
    name,
    kind,
    pinned,
    state: state === 'whole' ? 'whole' : 'coming',
    usedMs,
  };
}
