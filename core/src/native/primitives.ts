/**
 * The primitives on servers and in Node applications: node:crypto, which is OpenSSL in Node and
 * BoringSSL in Bun (SPEC C8).
 *
 * Keys are imported as JWK: in Node 20 the DER forms cost 70 µs (public) and 480 µs (private), the JWK
 * forms 5 µs and 30 µs. The x of a private JWK is left empty, both runtimes compute it themselves;
 * where a future one does not, the probe below falls back to DER.
 */

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';

import { assert, must } from '../base/assert.ts';
import { base64url, concat, equal, fromBase64url, fromHex, hex } from '../base/bytes.ts';
import { Cache } from '../base/cache.ts';
import { publicKeyCacheMax } from '../base/limits.ts';
import type { Primitives } from '../crypto/primitives.ts';

type Curve = 'Ed25519' | 'X25519';

const TAG_BYTES = 16;
const NONCE_BYTES = 12;

export interface NativeOptions {
  /**
   * What is asked together is done together, on the runtime's own threads, and the caller's stays free: for
   * an application, where a site of many members is re-keyed beside what is shown. A node answers many
   * callers, who keep its threads busy anyway. Signing stays here: it is a third of a check.
   */
  readonly threads?: boolean;
}

/** One set is enough for a process: it holds the imported forms of recent keys. */
export function nativePrimitives({ threads = false }: NativeOptions = {}): Primitives {
  const verifyWith = threads ? verifyElsewhere : verifyHere;
  const agreeWith = threads ? agreeElsewhere : agreeHere;
  const importPrivate = privateImporter();
  const verifyingKeys = publicKeys('Ed25519', publicKeyCacheMax);
  const signingKeys = privateKeys((seed) => importPrivate('Ed25519', seed));
  // A one-time key is asked for its public half and agrees: one import, a fifth of what sealing to somebody costs.
  const exchangeKeys = privateKeys((secret) => importPrivate('X25519', secret));
  return {
    sha256: (data) => plain(hash('sha256', data, 'buffer')),
    hmacSha256: (key, data) => plain(createHmac('sha256', key).update(data).digest()),
    ed25519PublicKey: async (seed) => publicKeyOf(signingKeys.of(seed)),
    ed25519Sign: async (seed, message) => plain(sign(null, message, signingKeys.of(seed))),
    ed25519Verify: async (publicKey, message, signature) => {
      const key = verifyingKeys(publicKey);
      return key !== null && verifyWith(key, message, signature);
    },
    x25519PublicKey: async (secret) => publicKeyOf(exchangeKeys.of(secret)),
    x25519: async (secret, theirs) => {
      const publicKey = importPublic('X25519', base64url(theirs));
      const privateKey = exchangeKeys.of(secret);
      exchangeKeys.forget(secret);
      return publicKey === null ? null : agreeWith({ privateKey, publicKey });
    },
    aesGcmSeal,
    aesGcmOpen,
  };
}

/** Up to here a copy is quicker on Bun: a small Buffer has no memory of its own until somebody asks for it. */
const COPIED_BYTES_MAX = 512;

/** A Buffer's bytes as the plain array that the interface promises: `slice` of a Buffer does not copy. */
function plain(buffer: Uint8Array): Uint8Array {
  if (buffer.length <= COPIED_BYTES_MAX) return new Uint8Array(buffer);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** Imports public keys and remembers the recent ones; null when the runtime refuses the bytes. */
function publicKeys(curve: Curve, countMax: number): (publicKey: Uint8Array) => KeyObject | null {
  const keyByText = new Cache<string, KeyObject>(countMax);
  return (publicKey) => {
    const text = hex(publicKey);
    const known = keyByText.get(text);
    if (known !== undefined) return known;
    const imported = importPublic(curve, base64url(publicKey));
    if (imported !== null) keyByText.set(text, imported);
    return imported;
  };
}

function importPublic(curve: Curve, x: string): KeyObject | null {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: curve, x }, format: 'jwk' });
  } catch {
    return null;
  }
}

/**
 * Remembers the imported form of a seed as long as the caller keeps that very array, so no secret
 * outlives its owner here. The copy notices an owner who wiped or reused the array.
 */
function privateKeys(importKey: (seed: Uint8Array) => KeyObject) {
  const keyBySeed = new WeakMap<Uint8Array, { readonly copy: Uint8Array; readonly key: KeyObject }>();
  return {
    of(seed: Uint8Array): KeyObject {
      const known = keyBySeed.get(seed);
      if (known !== undefined && equal(known.copy, seed)) return known.key;
      const key = importKey(seed);
      keyBySeed.set(seed, { copy: new Uint8Array(seed), key });
      return key;
    },
    /** A one-time key is wiped when it has agreed: nothing of it stays here either. */
    forget: (seed: Uint8Array): void => void keyBySeed.delete(seed),
  };
}

/** The fast import where it gives the right key (RFC 8032 section 7.1, test 1), else the slow one. */
function privateImporter(): (curve: Curve, secret: Uint8Array) => KeyObject {
  const seed = must(fromHex(PROBE_SEED), 'the probe is hex');
  try {
    const key = importJwk('Ed25519', seed);
    if (hex(publicKeyOf(key)) === PROBE_KEY) return importJwk;
  } catch {
    return importDer;
  }
  return importDer;
}

const PROBE_SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const PROBE_KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';

function importJwk(curve: Curve, secret: Uint8Array): KeyObject {
  assert(secret.length === 32, 'a private key has 32 bytes');
  return createPrivateKey({
    key: { kty: 'OKP', crv: curve, d: base64url(secret), x: '' },
    format: 'jwk',
  });
}

function importDer(curve: Curve, secret: Uint8Array): KeyObject {
  assert(secret.length === 32, 'a private key has 32 bytes');
  const der = Buffer.from(concat(must(fromHex(PKCS8_BY_CURVE[curve]), 'the prefix is hex'), secret));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** PKCS #8 up to the 32 bytes of the key (RFC 8410 section 7). */
const PKCS8_BY_CURVE = {
  Ed25519: '302e020100300506032b657004220420',
  X25519: '302e020100300506032b656e04220420',
} as const;

function publicKeyOf(privateKey: KeyObject): Uint8Array {
  const { x } = privateKey.export({ format: 'jwk' });
  const publicKey = must(fromBase64url(must(x, 'a key has a public half')), 'a JWK is base64url');
  assert(publicKey.length === 32, 'a public key has 32 bytes');
  return publicKey;
}

function verifyHere(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, key, signature);
}

function verifyElsewhere(key: KeyObject, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify(null, message, key, signature, (error, isValid) => {
      if (error === null || error === undefined) resolve(isValid);
      else reject(error);
    });
  });
}

interface TwoKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** OpenSSL and BoringSSL throw when the result is all zero; both facts are checked (SPEC C3). */
function agreeHere(keys: TwoKeys): Uint8Array | null {
  try {
    return notZero(diffieHellman(keys));
  } catch {
    return null;
  }
}

/** Node before 23.11 knows no callback here and answers at once, as it always did. */
function agreeElsewhere(keys: TwoKeys): Promise<Uint8Array | null> {
  return new Promise((resolve) => {
    const done = (error: Error | null, shared?: Uint8Array): void => {
      resolve(error === null && shared !== undefined ? notZero(shared) : null);
    };
    try {
      const now: Uint8Array | undefined = withCallback(keys, done);
      if (now !== undefined) done(null, now);
    } catch {
      resolve(null);
    }
  });
}

const withCallback: (
  keys: TwoKeys,
  done: (error: Error | null, shared?: Uint8Array) => void,
) => Uint8Array | undefined = diffieHellman;

function notZero(shared: Uint8Array): Uint8Array | null {
  return shared.every((byte) => byte === 0) ? null : plain(shared);
}

function aesGcmSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  assert(nonce.length === NONCE_BYTES, 'a nonce has 12 bytes');
  const cipher = createCipheriv(gcmOf(key), key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated);
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

function aesGcmOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | null {
  assert(nonce.length === NONCE_BYTES, 'a nonce has 12 bytes');
  const size = sealed.length - TAG_BYTES;
  if (size < 0) return null;
  const decipher = createDecipheriv(gcmOf(key), key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(size));
  const plaintext = decipher.update(sealed.subarray(0, size));
  try {
    decipher.final();
    return plain(plaintext);
  } catch {
    return null;
  }
}

function gcmOf(key: Uint8Array): 'aes-128-gcm' | 'aes-256-gcm' {
  assert(key.length === 16 || key.length === 32, 'an AES key has 16 or 32 bytes');
  return key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
}
