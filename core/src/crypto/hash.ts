/**
 * Hashes, MACs and derived keys, each in its domain (SPEC C2), and the short identifiers of keys.
 * HKDF is RFC 5869 over HMAC-SHA256.
 */

import { assert } from '../base/assert.ts';
import { concat, hex, NO_BYTES } from '../base/bytes.ts';
import { deviceId, siteId, userId, type DeviceId, type SiteId, type UserId } from '../base/ids.ts';
import { domain, separated, type Domain } from './domain.ts';
import type { Primitives } from './primitives.ts';

export const hashBytes = 32;

const USER_ID = domain('id/user');
const DEVICE_ID = domain('id/device');
const SITE_ID = domain('id/site');

/** SHA-256 of `data` in a domain. */
export function hashOf(primitives: Primitives, within: Domain, data: Uint8Array): Uint8Array {
  return primitives.sha256(separated(within, data));
}

/** HMAC-SHA256 of `data` in a domain. Compare two of them with `equal` of `base/bytes.ts`. */
export function macOf(primitives: Primitives, key: Uint8Array, within: Domain, data: Uint8Array): Uint8Array {
  return primitives.hmacSha256(key, separated(within, data));
}

/** HMAC-SHA256 under one key that is used often: an implementation may prepare the key once. */
export interface KeyedMac {
  /** 32 bytes. */
  mac(data: Uint8Array): Uint8Array;
}

/** The form that runs everywhere; `native/keyed-mac.ts` has the one for servers. */
export function keyedMac(primitives: Primitives, key: Uint8Array): KeyedMac {
  return { mac: (data) => primitives.hmacSha256(key, data) };
}

/** HKDF needs no more of the primitives. */
export type Hmac = Pick<Primitives, 'hmacSha256'>;

/** A key of `size` bytes from a strong secret, for one purpose and context: HKDF with the domain as info. */
export function deriveKey(
  primitives: Hmac,
  secret: Uint8Array,
  within: Domain,
  context: Uint8Array = NO_BYTES,
  size = 32,
): Uint8Array {
  const pseudorandomKey = hkdfExtract(primitives, NO_BYTES, secret);
  return hkdfExpand(primitives, pseudorandomKey, separated(within, context), size);
}

/** RFC 5869 section 2.2. An empty salt is 32 zero bytes, which HMAC pads to the same block. */
export function hkdfExtract(primitives: Hmac, salt: Uint8Array, secret: Uint8Array): Uint8Array {
  return primitives.hmacSha256(salt, secret);
}

/** RFC 5869 section 2.3. */
export function hkdfExpand(
  primitives: Hmac,
  pseudorandomKey: Uint8Array,
  info: Uint8Array,
  size: number,
): Uint8Array {
  assert(size > 0, 'a derived key has bytes');
  assert(size <= 255 * hashBytes, 'HKDF makes at most 255 blocks (RFC 5869)');
  const out = new Uint8Array(size);
  let block = NO_BYTES;
  for (let at = 0, counter = 1; at < size; at += hashBytes, counter++) {
    block = primitives.hmacSha256(pseudorandomKey, concat(block, info, Uint8Array.of(counter)));
    out.set(block.subarray(0, size - at), at);
  }
  return out;
}

/** The id of a user's key (SPEC A3). */
export function userIdOf(primitives: Primitives, key: Uint8Array): UserId {
  return userId(idOf(primitives, USER_ID, key, 8));
}

/** The id of a device's key (SPEC A3). */
export function deviceIdOf(primitives: Primitives, key: Uint8Array): DeviceId {
  return deviceId(idOf(primitives, DEVICE_ID, key, 8));
}

/** The id of a site's root key (SPEC A8). */
export function siteIdOf(primitives: Primitives, key: Uint8Array): SiteId {
  return siteId(idOf(primitives, SITE_ID, key, 16));
}

function idOf(primitives: Primitives, within: Domain, key: Uint8Array, size: number): string {
  assert(key.length === 32, 'a key has 32 bytes');
  return hex(hashOf(primitives, within, key).subarray(0, size));
}
