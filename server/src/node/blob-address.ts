/**
 * Addresses of blobs that hold for a while (SPEC B6): whoever has one may fetch the blob until its end, with
 * nothing else to show; nobody makes one without the node's key. All who ask within a quarter of an hour get the
 * same, so that caches in between answer.
 */

import { base64url, concat, equal, fromBase64url, utf8 } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { blobAddressMs } from 'copse/internal/base/limits-cold.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { deriveKey, macOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { isBlobName, type BlobStore } from '../store/blobs.ts';
import type { BlobAddresses } from '../tail/cold-desk.ts';

export const blobPrefix = '/v1/blob/';

const KEY = domain('blob/key');
const ADDRESS = domain('blob/address');
const QUERY = /^\?until=(\d{1,16})&mac=([\w-]{43})$/;

export class BlobSigner implements BlobAddresses {
  readonly #blobs: BlobStore;
  readonly #primitives: Primitives;
  readonly #env: Env;
  readonly #key: Uint8Array;

  constructor(options: {
    readonly blobs: BlobStore;
    readonly primitives: Primitives;
    readonly env: Env;
    readonly seed: Uint8Array;
  }) {
    const { blobs, primitives, env, seed } = options;
    this.#blobs = blobs;
    this.#primitives = primitives;
    this.#env = env;
    this.#key = deriveKey(primitives, seed, KEY);
  }

  of(name: string): string {
    const untilMs = (Math.ceil(this.#env.wallMs() / blobAddressMs) + 1) * blobAddressMs;
    const own = this.#blobs.address(name, untilMs);
    return own ?? `${blobPrefix}${name}?until=${untilMs}&mac=${base64url(this.#mac(name, untilMs))}`;
  }

  /** The blob that an address names and how long it still holds; null when this node has not made it, or it is over. */
  read(path: string, search: string): { readonly name: string; readonly leftMs: number } | null {
    const name = path.slice(blobPrefix.length);
    const match = QUERY.exec(search);
    if (!path.startsWith(blobPrefix) || !isBlobName(name) || match === null) return null;
    const untilMs = Number(match[1]);
    const mac = fromBase64url(match[2] ?? '');
    const leftMs = untilMs - this.#env.wallMs();
    if (mac === null || !equal(mac, this.#mac(name, untilMs)) || leftMs <= 0) return null;
    return { name, leftMs };
  }

  #mac(name: string, untilMs: number): Uint8Array {
    return macOf(this.#primitives, this.#key, ADDRESS, concat(utf8(name), utf8(`/${untilMs}`)));
  }
}
