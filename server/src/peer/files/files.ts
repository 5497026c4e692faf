/**
 * The files of a node (SPEC Z41 to Z44): taken in chunk by chunk from whoever has an account or a grant, each chunk
 * checked as it arrives; given out to whoever has the address, each chunk checked before it goes. What falls when
 * room is needed, and what is given up, is cleared away beside everything else.
 */

import { equal, hex, utf8 } from 'copse/internal/base/bytes.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import {
  fileChunkBytes,
  fileNameBytesMax,
  filePageMax,
  filePruneSlice,
  fileSeenMax,
  fileSweepMs,
  fileUploadIdleMs,
  imagePixelsMax,
  thumbnailBytesMax,
  thumbnailSideMax,
} from 'copse/internal/base/limits-files.ts';
import { hashBytes, type Sha256 } from 'copse/internal/crypto/merkle.ts';
import { chunkCountOf, chunkRange } from 'copse/internal/social/files/address.ts';
import { contentTypeOf, isPicture } from 'copse/internal/social/files/content-type.ts';
import { hashed } from 'copse/internal/social/files/hasher.ts';
import { imageSize, type ImageSize } from 'copse/internal/social/files/image-size.ts';
import type { BlobStore } from '../../store/blobs.ts';
import type {
  Begun,
  FileRecord,
  Finished,
  FileStore,
  Full,
  Held,
  HoldKind,
  Room,
  Usage,
} from '../../store/files.ts';
import { Chunks } from './chunks.ts';
import type { Holder, Ticket } from './ticket.ts';
import { WholeHashes } from './whole-hash.ts';

export interface FilesOptions {
  readonly store: FileStore;
  readonly blobs: BlobStore;
  readonly primitives: Sha256;
  readonly env: Env;
  /** How many bytes whoever has a ticket may have here; throws when that is nothing any more. */
  readonly worth: (holder: Holder) => Promise<number>;
  /** Of one file. */
  readonly sizeMax: number;
  /** Of all files of the node. */
  readonly bytesMax: number;
}

/** A file as somebody is about to bring it. */
export interface Offered {
  readonly size: number;
  readonly type: string;
  readonly name: string;
  readonly kind: HoldKind;
  /** SHA-256 of every chunk, one after the other. */
  readonly digests: Uint8Array;
}

export interface Taken {
  readonly address: string;
  readonly state: 'coming' | 'whole';
  /** Indices of the chunks that are not there. */
  readonly missing: readonly number[];
}

export interface ChunkSent {
  readonly address: string;
  readonly at: number;
  readonly bytes: Uint8Array;
}

export class Files implements AsyncDisposable {
  readonly chunks: Chunks;
  readonly hashes = new WholeHashes();
  readonly options: FilesOptions;
  /** What is found out of all bytes of files that are about to be whole, by their addresses. */
  readonly #lookingBack = new Map<string, Promise<Pick<Finished, 'sha256' | 'picture'>>>();
  /** Reads since the last sweep: the newest account that read a file, or null. */
  readonly #seen = new Map<string, { readonly file: number; readonly account: UserId | null }>();
  #timer: Timer | null = null;
  #sweeping: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(options: FilesOptions) {
    this.options = options;
    this.chunks = new Chunks(options);
  }

  /** With what a crash has left cleared away. */
  static async open(options: FilesOptions): Promise<Files> {
    const files = new Files(options);
    const left = await files.chunks.sweep();
    if (left > 0) options.env.log('info', 'files.swept', { chunks: left });
    await files.#sweep();
    files.#sweepLater();
    return files;
  }

  find(address: string): Promise<FileRecord | null> {
    return this.options.store.find(address);
  }

  /** Begins a file, or goes on with it. */
  async begin(ticket: Ticket, offered: Offered): Promise<Taken> {
    const { size, digests, kind } = offered;
    this.requireSize(size);
    if (digests.length !== chunkCountOf(size) * hashBytes)
      throw new Fault('malformed', 'a file has a hash of 32 bytes for each of its chunks');
    const type = contentTypeOf(offered.type);
    const { manifest, address: bytes } = hashed(this.options.primitives, {
      size,
      type,
      digests: splitDigests(digests),
    });
    const address = hex(bytes);
    const { store, env } = this.options;
    const file = await this.makeRoom(ticket, (room) => {
      const { account } = ticket;
      const name = nameOf(offered.name);
      return store.begin({ account, name, kind, address, manifest, digests, room, nowMs: env.wallMs() });
    });
    const record = await store.find(address);
    if (record === null) throw new Fault('stale', 'the file has just gone');
    if (record.state === 'whole') return { address, state: 'whole', missing: [] };
    const present = new Set(await store.present(file));
    const all = Array.from({ length: chunkCountOf(size) }, (_, at) => at);
    return { address, state: 'coming', missing: all.filter((at) => !present.has(at)) };
  }

  requireSize(size: number): void {
    const { sizeMax } = this.options;
    if (size > sizeMax) throw new Fault('tooLarge', `a file has at most ${sizeMax} bytes here`);
  }

  /** What `begin` answers when caches have fallen, as far as they may, to make room for it. */
  async makeRoom(ticket: Ticket, begin: (room: Room) => Promise<Begun>): Promise<number> {
    const { store } = this.options;
    for (;;) {
      const begun = await begin(await this.roomOf(ticket));
      if (begun.kind === 'ok') return begun.file;
      const { of, lacking } = begun;
      if (of !== 'account' && of !== 'node') throw fullFault(begun);
      const { holds } = await store.evict(of === 'account' ? ticket.account : null, lacking, filePruneSlice);
      if (holds === 0) throw fullFault(begun);
      this.#clearSoon();
    }
  }

  async roomOf(ticket: Ticket): Promise<Room> {
    const { worth, bytesMax } = this.options;
    return { account: await worth(ticket), node: bytesMax, grant: ticket.grant };
  }

  /** A chunk of a file that somebody has begun. Who sent it may have ended while it came. */
  async put(holder: Holder, { address, at, bytes }: ChunkSent): Promise<void> {
    const { store, primitives, env, worth } = this.options;
    await worth(holder);
    const record = await store.find(address);
    if (record === null) throw new Fault('unknown', 'nobody has begun this file');
    const { size } = record.manifest;
    if (at >= chunkCountOf(size)) throw new Fault('malformed', 'the file has no such chunk');
    const { from, to } = chunkRange(size, at);
    const digest = primitives.sha256(bytes);
    if (bytes.length !== to - from || !equal(digest, digestAt(record, at)))
      throw new Fault('malformed', `not the chunk ${at} of this file`);
    if (record.state === 'whole') return;
    const isTaken = await this.chunks.put(bytes, digest, () =>
      store.arrive({ file: record.id, at, digest, nowMs: env.wallMs() }),
    );
    if (!isTaken) throw new Fault('unknown', 'the file has been given up');
    this.hashes.add(record.id, at, bytes);
  }

  /** All chunks are there. Repeating it changes nothing. */
  async finish(holder: Holder, address: string): Promise<FileRecord> {
    const { store, env, worth } = this.options;
    const record = await store.find(address);
    if (record === null) throw new Fault('unknown', 'nobody has begun this file');
    if (record.state === 'whole') return record;
    const count = chunkCountOf(record.manifest.size);
    const present = await store.present(record.id);
    if (present.length < count) throw new Fault('stale', `${count - present.length} chunks are missing`);
    const found = await this.#lookBack(record);
    await worth(holder);
    await store.finish(record.id, { ...found, nowMs: env.wallMs() });
    const whole = await store.find(address);
    if (whole?.state !== 'whole') throw new Fault('unknown', 'the file has been given up');
    return whole;
  }

  /** Once for all who finish a file at the same time. */
  #lookBack(record: FileRecord): Promise<Pick<Finished, 'sha256' | 'picture'>> {
    const { id, address, manifest, digests } = record;
    const known = this.#lookingBack.get(address);
    if (known !== undefined) return known;
    const look = async (): Promise<Pick<Finished, 'sha256' | 'picture'>> => {
      const read = (at: number): Promise<Uint8Array> => this.chunks.get(digestAt(record, at));
      const sha256 = await this.hashes.end(id, chunkCountOf(manifest.size), read);
      return { sha256, picture: await this.pictureOf(manifest.type, digests) };
    };
    const looking = look().finally(() => this.#lookingBack.delete(address));
    this.#lookingBack.set(address, looking);
    return looking;
  }

  /** How large a picture is that begins as its type says and is not too large to be shown. */
  async pictureOf(type: string, digests: Uint8Array): Promise<ImageSize | null> {
    if (!isPicture(type) || digests.length === 0) return null;
    const size = imageSize(type, await this.chunks.get(digests.subarray(0, hashBytes)));
    return size !== null && size.width * size.height <= imagePixelsMax ? size : null;
  }

  /** A small picture, whole, that stands for another file (SPEC Z44). */
  async thumbnail(ticket: Ticket, said: string, bytes: Uint8Array): Promise<FileRecord> {
    const type = contentTypeOf(said);
    if (bytes.length > thumbnailBytesMax)
      throw new Fault('tooLarge', `a thumbnail has at most ${thumbnailBytesMax} bytes`);
    const size = isPicture(type) ? imageSize(type, bytes) : null;
    if (size === null)
      throw new Fault('malformed', 'a thumbnail is a PNG, JPEG, GIF, WebP or AVIF, as its type says');
    if (Math.max(size.width, size.height) > thumbnailSideMax)
      throw new Fault('tooLarge', `a thumbnail is at most ${thumbnailSideMax} pixels wide and high`);
    const digests = this.options.primitives.sha256(bytes);
    const { address, missing } = await this.begin(ticket, {
      size: bytes.length,
      type,
      name: '',
      kind: 'own',
      digests,
    });
    if (missing.length > 0) await this.put(ticket, { address, at: 0, bytes });
    return this.finish(ticket, address);
  }

  /** The bytes of a whole file from `from` up to `to`, chunk by chunk. */
  async *read(record: FileRecord, from: number, to: number): AsyncGenerator<Uint8Array> {
    const { size } = record.manifest;
    for (let at = from; at < to;) {
      const index = Math.floor(at / fileChunkBytes);
      const range = chunkRange(size, index);
      const bytes = await this.chunks.get(digestAt(record, index));
      yield bytes.subarray(at - range.from, Math.min(to, range.to) - range.from);
      at = range.to;
    }
  }

  /** Somebody reads a file: it falls later. */
  seen(file: number, account: UserId | null): void {
    if (this.#seen.size < fileSeenMax) this.#seen.set(`${file} ${account ?? ''}`, { file, account });
  }

  async drop(account: UserId, address: string): Promise<void> {
    if (!(await this.options.store.drop(account, address)))
      throw new Fault('unknown', 'the account does not hold it');
    this.#clearSoon();
  }

  async pin(account: UserId, address: string, pinned: boolean): Promise<void> {
    if (!(await this.options.store.pin(account, address, pinned)))
      throw new Fault('unknown', 'the account does not hold it');
  }

  list(account: UserId, before: number | null): Promise<readonly Held[]> {
    return this.options.store.list(account, before, filePageMax);
  }

  async usage(holder: Holder): Promise<Usage & { readonly allowance: number }> {
    const allowance = await this.options.worth(holder);
    return { ...(await this.options.store.usage(holder.account)), allowance };
  }

  /** Once that is done, what had fallen is not on the disk any more. */
  clear(): Promise<void> {
    return this.chunks.clear();
  }

  #clearSoon(): void {
    this.clear().catch((thrown: unknown) => {
      // What could not be deleted is, at the next start.
      this.options.env.log('warn', 'files.clear', { fault: asFault(thrown).code });
    });
  }

  #sweepLater(): void {
    if (this.#isOver) return;
    this.#timer = this.options.env.after(fileSweepMs, () => {
      this.#sweeping = this.#sweep().then(() => this.#sweepLater());
    });
  }

  async #sweep(): Promise<void> {
    const { store, env } = this.options;
    try {
      const reads = [...this.#seen.values()];
      this.#seen.clear();
      const nowMs = env.wallMs();
      if (reads.length > 0) await store.seen(reads, nowMs);
      while ((await store.giveUp(nowMs - fileUploadIdleMs, filePruneSlice)) > 0 && !this.#isOver);
      await store.forgetGrants(nowMs);
      await this.clear();
    } catch (thrown) {
      env.log('warn', 'files.sweep', { fault: asFault(thrown).code });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    await this.#sweeping;
    await this.chunks[Symbol.asyncDispose]();
    await this.options.store[Symbol.asyncDispose]();
  }
}

export function splitDigests(digests: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: digests.length / hashBytes }, (_, at) =>
    digests.subarray(at * hashBytes, (at + 1) * hashBytes),
  );
}

export function digestAt({ digests }: Pick<FileRecord, 'digests'>, at: number): Uint8Array {
  return digests.subarray(at * hashBytes, (at + 1) * hashBytes);
}

/** What somebody calls a file: nobody but her sees it. */
export function nameOf(name: string): string {
  const text = name.toWellFormed();
  if (utf8(text).length > fileNameBytesMax)
    throw new Fault('tooLarge', `a name has at most ${fileNameBytesMax} bytes`);
  return text;
}

const FULL_WORDS: Readonly<Record<Full['of'], string>> = {
  account: 'the account has no room for this file; delete some',
  node: 'the node has no room for this file',
  grant: 'the grant has no room for this file',
  files: 'the account holds as many files as it may',
  uploads: 'as many uploads as there may be are under way',
};

function fullFault({ of }: Full): Fault {
  return new Fault('full', FULL_WORDS[of]);
}
