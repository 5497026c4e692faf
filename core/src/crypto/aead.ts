/**
 * Sealing with AES-256-GCM: `nonce (12 random bytes) | ciphertext | tag (16)`. What was sealed opens
 * only under the same key, associated data and bytes (SPEC C5).
 *
 * A random nonce is safe for 2^32 messages under one key (NIST SP 800-38D section 8.3), and a site key
 * has thousands of writers; so each writer's entries have a key of their own, and 2^32 entries of one
 * device under one site key are out of reach.
 */

import { concat, fromHex, NO_BYTES } from '../base/bytes.ts';
import { assert, must } from '../base/assert.ts';
import type { Env } from '../base/env.ts';
import type { DeviceId, SiteId } from '../base/ids.ts';
import { domain, type Domain } from './domain.ts';
import { deriveKey } from './hash.ts';
import type { Primitives } from './primitives.ts';

export const sealKeyBytes = 32;
export const nonceBytes = 12;
export const tagBytes = 16;
/** What sealing adds to the plaintext. */
export const sealOverheadBytes = nonceBytes + tagBytes;

const ENTRY_KEY = domain('entry/key');

export interface SealKey {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** What is authenticated beside the content and must be the same to open it. */
  readonly associated: Uint8Array;
}

/** `plaintext` under a fresh random nonce. */
export function seal(primitives: Primitives, env: Env, under: SealKey, plaintext: Uint8Array): Uint8Array {
  assert(under.key.length === sealKeyBytes, 'a sealing key has 32 bytes');
  const nonce = env.random(nonceBytes);
  return concat(nonce, primitives.aesGcmSeal(under.key, nonce, plaintext, under.associated));
}

/** The plaintext, or null when anything at all differs from what was sealed. */
export function open(primitives: Primitives, under: SealKey, sealed: Uint8Array): Uint8Array | null {
  assert(under.key.length === sealKeyBytes, 'a sealing key has 32 bytes');
  if (sealed.length < sealOverheadBytes) return null;
  const nonce = sealed.subarray(0, nonceBytes);
  return primitives.aesGcmOpen(under.key, nonce, sealed.subarray(nonceBytes), under.associated);
}

/** The key of one device's entries in a site under one site key. Callers keep it: deriving costs three HMACs. */
export function entryKey(
  primitives: Primitives,
  siteKey: Uint8Array,
  site: SiteId,
  device: DeviceId,
): Uint8Array {
  const context = concat(
    must(fromHex(site), 'a site id is hex'),
    must(fromHex(device), 'a device id is hex'),
  );
  assert(context.length === 24, 'a site id has 16 bytes and a device id 8');
  return deriveKey(primitives, siteKey, ENTRY_KEY, context);
}

/** A secret at rest under a wrapping key (SPEC S10); the domain says what kind of secret it is. */
export function sealSecret(
  primitives: Primitives,
  env: Env,
  wrapping: { readonly key: Uint8Array; readonly within: Domain },
  secret: Uint8Array,
): Uint8Array {
  const key = deriveKey(primitives, wrapping.key, wrapping.within);
  return seal(primitives, env, { key, associated: NO_BYTES }, secret);
}

/** The secret, or null when key, domain or bytes are others. */
export function openSecret(
  primitives: Primitives,
  wrapping: { readonly key: Uint8Array; readonly within: Domain },
  sealed: Uint8Array,
): Uint8Array | null {
  const key = deriveKey(primitives, wrapping.key, wrapping.within);
  return open(primitives, { key, associated: NO_BYTES }, sealed);
}
