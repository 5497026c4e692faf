/**
 * HPKE (RFC 9180) in base mode, one message per key: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
 * AES-GCM (SPEC C4). copse seals with AES-256-GCM; the key size is a parameter so that the vectors
 * printed in appendix A.1, which are for AES-128-GCM, can be run.
 *
 * A sealed message is `enc (32) | ciphertext | tag (16)`.
 */

import { concat, NO_BYTES, utf8 } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { agree, exchangeKeyBytes, exchangeKeyOf, newExchangeKey, type ExchangeKey } from './agree.ts';
import { hkdfExpand, hkdfExtract } from './hash.ts';
import type { Primitives } from './primitives.ts';

/** Bytes of an AES key: 16 or 32. */
export type AeadKeyBytes = 16 | 32;

/** What sealing adds to the plaintext. */
export const hpkeOverheadBytes = exchangeKeyBytes + 16;

export interface HpkeContext {
  /** The purpose (a domain's prefix and what belongs to it). */
  readonly info: Uint8Array;
  readonly associated: Uint8Array;
  /** 32 unless said otherwise. */
  readonly keyBytes?: AeadKeyBytes;
}

export interface HpkeKeys {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  readonly exporterSecret: Uint8Array;
}

/** Seals `plaintext` to the holder of `publicKey`; null when that key is not one (SPEC C3). */
export async function hpkeSeal(
  primitives: Primitives,
  env: Env,
  to: HpkeContext & { readonly publicKey: Uint8Array },
  plaintext: Uint8Array,
): Promise<Uint8Array | null> {
  return hpkeSealWith(primitives, await newExchangeKey(primitives, env), to, plaintext);
}

/** As `hpkeSeal` with a given one-time key: for vectors; a one-time key must never seal twice. */
export async function hpkeSealWith(
  primitives: Primitives,
  oneTime: ExchangeKey,
  to: HpkeContext & { readonly publicKey: Uint8Array },
  plaintext: Uint8Array,
): Promise<Uint8Array | null> {
  const enc = oneTime.publicKey;
  const shared = await sharedSecret(primitives, oneTime.secret, to.publicKey, concat(enc, to.publicKey));
  if (shared === null) return null;
  const { key, baseNonce } = hpkeKeys(primitives, shared, to);
  return concat(enc, primitives.aesGcmSeal(key, baseNonce, plaintext, to.associated));
}

/** Opens what was sealed to the public key of `secret`; null for any other key, context or bytes. */
export async function hpkeOpen(
  primitives: Primitives,
  secret: Uint8Array,
  context: HpkeContext,
  sealed: Uint8Array,
): Promise<Uint8Array | null> {
  if (sealed.length < hpkeOverheadBytes) return null;
  const own = await exchangeKeyOf(primitives, secret);
  const enc = sealed.subarray(0, exchangeKeyBytes);
  const shared = await sharedSecret(primitives, own.secret, enc, concat(enc, own.publicKey));
  if (shared === null) return null;
  const { key, baseNonce } = hpkeKeys(primitives, shared, context);
  return primitives.aesGcmOpen(key, baseNonce, sealed.subarray(exchangeKeyBytes), context.associated);
}

/** Encap and Decap of DHKEM (section 4.1). */
async function sharedSecret(
  primitives: Primitives,
  secret: Uint8Array,
  publicKey: Uint8Array,
  kemContext: Uint8Array,
): Promise<Uint8Array | null> {
  const dh = await agree(primitives, secret, publicKey);
  if (dh === null) return null;
  const labels = labelled(primitives, KEM_SUITE);
  return labels.expand(labels.extract(NO_BYTES, 'eae_prk', dh), 'shared_secret', kemContext, 32);
}

/** KeySchedule of base mode: no pre-shared key (section 5.1). */
export function hpkeKeys(primitives: Primitives, shared: Uint8Array, context: HpkeContext): HpkeKeys {
  const keyBytes = context.keyBytes ?? 32;
  const labels = labelled(primitives, keyBytes === 32 ? SUITE_AES_256 : SUITE_AES_128);
  const pskIdHash = labels.extract(NO_BYTES, 'psk_id_hash', NO_BYTES);
  const infoHash = labels.extract(NO_BYTES, 'info_hash', context.info);
  const schedule = concat(MODE_BASE, pskIdHash, infoHash);
  const secret = labels.extract(shared, 'secret', NO_BYTES);
  return {
    key: labels.expand(secret, 'key', schedule, keyBytes),
    baseNonce: labels.expand(secret, 'base_nonce', schedule, 12),
    exporterSecret: labels.expand(secret, 'exp', schedule, 32),
  };
}

/** LabeledExtract and LabeledExpand (section 4). */
function labelled(primitives: Primitives, suite: Uint8Array) {
  return {
    extract: (salt: Uint8Array, label: string, secret: Uint8Array) =>
      hkdfExtract(primitives, salt, concat(VERSION, suite, utf8(label), secret)),
    expand: (key: Uint8Array, label: string, info: Uint8Array, size: number) =>
      hkdfExpand(
        primitives,
        key,
        concat(Uint8Array.of(size >> 8, size & 255), VERSION, suite, utf8(label), info),
        size,
      ),
  };
}

const VERSION = utf8('HPKE-v1');
const MODE_BASE = Uint8Array.of(0);
/** "KEM" and the id of DHKEM(X25519, HKDF-SHA256) (sections 4.1 and 7.1). */
const KEM_SUITE = concat(utf8('KEM'), Uint8Array.of(0, 0x20));
/** "HPKE" and the ids of KEM, KDF and AEAD (sections 5.1 and 7). */
const SUITE_AES_128 = concat(utf8('HPKE'), Uint8Array.of(0, 0x20, 0, 1, 0, 1));
const SUITE_AES_256 = concat(utf8('HPKE'), Uint8Array.of(0, 0x20, 0, 1, 0, 2));
