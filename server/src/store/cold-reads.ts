/**
 * Blobs as the node reads them itself, for who does not fetch them: opened, checked and kept for the next page
 * (SPEC B4). Reading is two steps, because what is asked of a log is answered at once: `find` what is here, or
 * `warm` it and ask again.
 */

import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';

import { hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import {
  blobBytesMax,
  blobCacheMax,
  blobFetchesMax,
  blobWaitersMax,
} from 'copse/internal/base/limits-cold.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import type { BlobStore } from './blobs.ts';
import { codecOf, holds } from './chunks-rows.ts';
import type { Chunk, ColdChunk } from './chunks.ts';

const inflate = promisify(gunzip);

export class ColdReads {
  readonly #blobs: BlobStore | null;
  readonly #primitives: Pick<Primitives, 'sha256'>;
  readonly #opened = new Cache<string, Uint8Array>(blobCacheMax);
  readonly #underWay = new Map<string, Promise<void>>();
  #active = 0;
  readonly #line: (() => void)[] = [];
  /** Blobs that were fetched since the start. */
  fetchedCount = 0;

  constructor(blobs: BlobStore | null, primitives: Pick<Primitives, 'sha256'>) {
    this.#blobs = blobs;
    this.#primitives = primitives;
  }

  find({ blob, first, count }: ColdChunk): Chunk | null {
    const bytes = this.#opened.get(blob);
    return bytes === undefined ? null : { first, count, bytes };
  }

  /** Resolves when `find` has it; who asks for the same at once waits for the same. */
  warm(chunk: ColdChunk): Promise<void> {
    const known = this.#underWay.get(chunk.blob);
    if (known !== undefined) return known;
    if (this.#line.length >= blobWaitersMax) return Promise.reject(new Fault('tooMany', 'cold reads'));
    const loading = this.#load(chunk).finally(() => this.#underWay.delete(chunk.blob));
    this.#underWay.set(chunk.blob, loading);
    return loading;
  }

  async #load(chunk: ColdChunk): Promise<void> {
    if (this.#active >= blobFetchesMax) await new Promise<void>((resolve) => this.#line.push(resolve));
    this.#active++;
    try {
      if (this.#opened.get(chunk.blob) !== undefined) return;
      const bytes = await openBlob(this.#primitives, this.#blobs, chunk);
      this.#opened.set(chunk.blob, bytes);
      this.fetchedCount++;
    } finally {
      this.#active--;
      this.#line.shift()?.();
    }
  }
}

/** The entries of a blob; `corrupt` when it is not there, or not what was put there. */
export async function openBlob(
  primitives: Pick<Primitives, 'sha256'>,
  blobs: BlobStore | null,
  { blob, codec, sha256, size }: ColdChunk,
): Promise<Uint8Array> {
  if (blobs === null) throw new Fault('config', 'These entries are in a blob store; set `cold` to it.');
  const data = await blobs.get(blob);
  if (data === null) throw new Fault('corrupt', `The blob ${blob} is not in ${blobs.place}.`);
  if (hex(primitives.sha256(data)) !== blob) throw new Fault('corrupt', `The blob ${blob} was altered.`);
  const entries = await opened(data, codec);
  if (entries.length === size && holds(primitives, entries, { sha256 })) return entries;
  throw new Fault('corrupt', `The blob ${blob} does not hold the entries of its chunk.`);
}

async function opened(data: Uint8Array, codec: number): Promise<Uint8Array> {
  if (codec === codecOf.raw) return data;
  if (codec !== codecOf.gzip) throw new Fault('newer', `a blob has the unknown codec ${codec}`);
  const bytes = await inflate(data, { maxOutputLength: blobBytesMax }).catch((cause: unknown) => {
    throw new Fault('corrupt', 'a blob does not open', { cause });
  });
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
