/**
 * HMAC-SHA256 under a key that is used for every token (SPEC C6): Bun's hasher absorbs the key once and
 * is copied for each use, which takes 0.23 µs for the 64 bytes of a token where createHmac takes 0.45 µs;
 * Node has nothing faster than createHmac (2 µs in Node 20).
 */

import { createHmac, createSecretKey } from 'node:crypto';

import type { KeyedMac } from '../crypto/hash.ts';

export function nativeKeyedMac(key: Uint8Array): KeyedMac {
  if (typeof Bun !== 'undefined') {
    const keyed = new Bun.CryptoHasher('sha256', key);
    return { mac: (data) => keyed.copy().update(data).digest() };
  }
  const secret = createSecretKey(key);
  return { mac: (data) => createHmac('sha256', secret).update(data).digest() };
}
