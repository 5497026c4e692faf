/**
 * The primitives in browsers and their workers: WebCrypto decides whether a signature is valid, because
 * @noble's check is cofactored and would disagree with every server (SPEC C1); the rest is @noble, which
 * answers at once where WebCrypto only promises (SPEC C8).
 */

import { gcm } from '@noble/ciphers/aes.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

import { assert } from '../base/assert.ts';
import { base64url } from '../base/bytes.ts';
import { Cache } from '../base/cache.ts';
import { Fault } from '../base/fault.ts';
import { publicKeyCacheMax } from '../base/limits.ts';
import type { Primitives } from '../crypto/primitives.ts';

/** `subtle` is WebCrypto; a page without a secure context has none (null), and verifying then says so. */
export function browserPrimitives(
  subtle: SubtleCrypto | null = globalThis.crypto?.subtle ?? null,
): Primitives {
  const keyByText = new Cache<string, CryptoKey>(publicKeyCacheMax);
  return {
    sha256,
    hmacSha256: (key, data) => hmac(sha256, key, data),
    ed25519PublicKey: (seed) => ed25519.getPublicKey(seed),
    ed25519Sign: (seed, message) => ed25519.sign(message, seed),
    ed25519Verify: async (publicKey, message, signature) => {
      const crypto = mustHave(subtle);
      const text = base64url(publicKey);
      const key = keyByText.get(text) ?? (await importKey(crypto, publicKey));
      if (key === null) return false;
      keyByText.set(text, key);
      return crypto.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message));
    },
    x25519PublicKey: (secret) => x25519.getPublicKey(secret),
    x25519: sharedSecret,
    aesGcmSeal: (key, nonce, plaintext, associated) => cipher(key, nonce, associated).encrypt(plaintext),
    aesGcmOpen: (key, nonce, sealed, associated) => {
      const opener = cipher(key, nonce, associated);
      return attempt(() => opener.decrypt(sealed));
    },
  };
}

function mustHave(subtle: SubtleCrypto | null): SubtleCrypto {
  if (subtle !== null) return subtle;
  throw new Fault('version', 'This page is not secure: WebCrypto needs https or localhost.');
}

/** The imported key, or null when the bytes are no key. A runtime without the algorithm is a fault. */
async function importKey(subtle: SubtleCrypto, publicKey: Uint8Array): Promise<CryptoKey | null> {
  try {
    return await subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify']);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'NotSupportedError') return null;
    throw new Fault(
      'version',
      'This browser cannot check Ed25519 signatures; it needs Chrome 137, Firefox 129, Safari 17 or newer.',
      { cause: thrown },
    );
  }
}

/** @noble throws when the result is all zero (RFC 7748 section 6.1; SPEC C3). */
function sharedSecret(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  assert(secret.length === 32, 'an X25519 secret has 32 bytes');
  assert(publicKey.length === 32, 'an X25519 public key has 32 bytes');
  return attempt(() => x25519.getSharedSecret(secret, publicKey));
}

function cipher(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array) {
  assert(key.length === 16 || key.length === 32, 'an AES key has 16 or 32 bytes');
  assert(nonce.length === 12, 'a nonce has 12 bytes');
  return gcm(key, nonce, associated);
}

/** The result, or null when @noble refuses: after the checks above it refuses tags and all-zero secrets only. */
function attempt(run: () => Uint8Array): Uint8Array | null {
  try {
    return run();
  } catch {
    return null;
  }
}
