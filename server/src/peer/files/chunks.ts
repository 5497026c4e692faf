/**
 * The chunks of files as blobs (SPEC Z41): noted before they are written, checked before they are used, and deleted
 * when no file has them any more. Nothing of one chunk happens at the same time.
 */

import { equal, hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { fileChunksCachedMax, filePruneSlice } from 'copse/internal/base/limits-files.ts';
import type { Sha256 } from 'copse/internal/crypto/merkle.ts';
import type { BlobStore } from '../../store/blobs.ts';
import type { FileStore } from '../../store/files.ts';
import { Locks } from './locks.ts';

export interface ChunkParts {
  readonly store: FileStore;
  readonly blobs: BlobStore;
  readonly primitives: Sha256;
  readonly env: Env;
}

export class Chunks {
  readonly #parts: ChunkParts;
  readonly #locks = new Locks();
  /** Checked, by their hashes. */
  readonly #recent = new Cache<string, Uint8Array>(fileChunksCachedMax);
  #clearing: Promise<void> | null = null;
  #isOver = false;

  constructor(parts: ChunkParts) {
    this.#parts = parts;
  }

  /** Puts a chunk where blobs are; `note` says afterwards whose it is. */
  put<T>(bytes: Uint8Array, digest: Uint8Array, note: () => Promise<T>): Promise<T> {
    const { store, blobs } = this.#parts;
    const name = hex(digest);
    return this.#locks.with(name, async () => {
      await store.intend(digest);
      await blobs.put(name, bytes);
      return note();
    });
  }

  /** The chunk with this hash; throws `corrupt` when it is not what was put there. */
  async get(digest: Uint8Array): Promise<Uint8Array> {
    const { blobs, primitives, env } = this.#parts;
    const name = hex(digest);
    const known = this.#recent.get(name);
    if (known !== undefined) return known;
    const bytes = await blobs.get(name).catch((cause: unknown) => {
      throw new Fault('stale', 'the blob store', { cause });
    });
    if (bytes === null || !equal(primitives.sha256(bytes), digest)) {
      env.log('error', 'files.chunk', { name, what: bytes === null ? 'is missing' : 'has changed' });
      throw new Fault('corrupt', 'a chunk of this file');
    }
    this.#recent.set(name, bytes);
    return bytes;
  }

  /** What a crash has left is deleted; called before anything is put. */
  async sweep(): Promise<number> {
    const { store } = this.#parts;
    let count = 0;
    for (;;) {
      const digests = await store.unused(filePruneSlice);
      for (const digest of digests) await this.#delete(digest);
      count += digests.length;
      if (digests.length < filePruneSlice || this.#isOver) return count;
    }
  }

  /** Clears away what has fallen, if anything has; others have their turn in between. */
  clear(): Promise<void> {
    this.#clearing ??= this.#clear().finally(() => {
      this.#clearing = null;
    });
    return this.#clearing;
  }

  async #clear(): Promise<void> {
    const { store } = this.#parts;
    while (!this.#isOver) {
      const digests = await store.clear(filePruneSlice);
      if (digests === null) return;
      for (const digest of digests) await this.#delete(digest);
    }
  }

  #delete(digest: Uint8Array): Promise<void> {
    const { store, blobs } = this.#parts;
    const name = hex(digest);
    return this.#locks.with(name, async () => {
      // It may have come again meanwhile.
      if (!(await store.isUnused(digest))) return;
      this.#recent.delete(name);
      await blobs.delete(name);
      await store.gone(digest);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#clearing?.catch(() => {});
  }
}
