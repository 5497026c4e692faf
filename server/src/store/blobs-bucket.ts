/**
 * Blobs in a bucket that speaks S3: `ab/abcd…` under a prefix, by the client that the runtime brings. Readers get
 * addresses that the bucket checks by itself (AWS signature version 4, in the query).
 */

import { S3Client } from 'bun';

import { assert } from 'copse/internal/base/assert.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { blobAddressesMax, bucketMs } from 'copse/internal/base/limits-cold.ts';

import { isBlobName, type BlobStore } from './blobs.ts';

export interface Bucket {
  /** Where the service is, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Before every name; empty or ending with a slash. */
  readonly prefix: string;
  readonly region: string;
  readonly id: string;
  readonly secret: string;
}

export class BucketBlobs implements BlobStore {
  readonly place: string;
  readonly #env: Env;
  readonly #client: S3Client;
  readonly #prefix: string;
  /** By name and end: all who ask within its time get the same. */
  readonly #addresses = new Cache<string, string>(blobAddressesMax);

  constructor(env: Env, { endpoint, bucket, prefix, region, id, secret }: Bucket) {
    this.place = `${endpoint}/${bucket}/${prefix}`;
    this.#env = env;
    this.#prefix = prefix;
    this.#client = new S3Client({ accessKeyId: id, secretAccessKey: secret, endpoint, bucket, region });
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const type = 'application/octet-stream';
    await this.#ask(this.#client.file(this.#keyOf(name)).write(new Uint8Array(bytes), { type }));
  }

  async get(name: string): Promise<Uint8Array | null> {
    const found = await this.#ask(this.#client.file(this.#keyOf(name)).bytes().catch(nullWhenAbsent));
    return found === null ? null : new Uint8Array(found.buffer, found.byteOffset, found.byteLength);
  }

  async delete(name: string): Promise<void> {
    await this.#ask(this.#client.file(this.#keyOf(name)).delete().catch(nullWhenAbsent));
  }

  address(name: string, untilMs: number): string {
    const known = this.#addresses.get(`${name} ${untilMs}`);
    if (known !== undefined) return known;
    const expiresIn = Math.floor((untilMs - this.#env.wallMs()) / 1000);
    const address = this.#client.presign(this.#keyOf(name), { method: 'GET', expiresIn });
    this.#addresses.set(`${name} ${untilMs}`, address);
    return address;
  }

  #keyOf(name: string): string {
    assert(isBlobName(name), 'a blob is named by its hash');
    return `${this.#prefix}${name.slice(0, 2)}/${name}`;
  }

  async #ask<T>(asked: Promise<T>): Promise<T> {
    let timer: Timer | null = null;
    const late = new Promise<never>((_, reject) => {
      timer = this.#env.after(bucketMs, () => reject(new Fault('deadline', `of the bucket ${this.place}`)));
    });
    try {
      return await Promise.race([asked, late]);
    } catch (cause) {
      if (cause instanceof Fault) throw cause;
      const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
      throw new Fault('closed', `The bucket ${this.place} answers ${why}.`, { cause });
    } finally {
      (timer as Timer | null)?.cancel();
    }
  }
}

function nullWhenAbsent(thrown: unknown): null {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'NoSuchKey') return null;
  throw thrown;
}
