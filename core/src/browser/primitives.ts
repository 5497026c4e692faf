/**
 * The primitives in browsers and their workers. WebCrypto does what works with key pairs, and it alone
 * decides whether a signature is valid, because @noble's check is cofactored and would disagree with every
 * server (SPEC C1). What a browser's WebCrypto lacks (X25519 is younger than Ed25519) @noble does, which is
 * loaded only then (`curves.ts`). Hashes and sealing are @noble's, which answers at once (SPEC C8).
 */

import { gcm } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

import { assert, must } from '../base/assert.ts';
import { base64url, concat, equal, fromBase64url, fromHex } from '../base/bytes.ts';
import { Cache } from '../base/cache.ts';
import { Fault } from '../base/fault.ts';
import { publicKeyCacheMax } from '../base/limits.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Curves } from './curves.ts';

type Curve = 'Ed25519' | 'X25519';

const KEY_BYTES = 32;
/** PKCS #8 up to the 32 bytes of the key (RFC 8410 section 7). */
const PKCS8 = {
  Ed25519: '302e020100300506032b657004220420',
  X25519: '302e020100300506032b656e04220420',
} as const;

/**
 * `subtle` is WebCrypto; a page without a secure context has none (null), and verifying then says so.
 * `load` gets the curves of @noble when they are needed.
 */
export function browserPrimitives(
  subtle: SubtleCrypto | null = globalThis.crypto?.subtle ?? null,
  load: () => Promise<Curves> = async () => (await import('./curves.ts')).curves,
): Primitives {
  const keyByText = new Cache<string, CryptoKey>(publicKeyCacheMax);
  const secrets = exchangeSecrets(subtle);
  /** The half of a key pair that may be shown. */
  const publicKeyOf = async (curve: Curve, secret: Uint8Array): Promise<Uint8Array> => {
    const key = await (curve === 'X25519' ? secrets.keep(secret) : imported(subtle, curve, secret));
    // Firefox 140 signs with a key that it was given without the public half, and does not tell that half.
    const jwk = key && (await subtle?.exportKey('jwk', key).catch(() => null));
    return (jwk?.x && fromBase64url(jwk.x)) || (await load()).publicKey(curve, secret);
  };
  return {
    sha256,
    hmacSha256: (key, data) => hmac(sha256, key, data),
    ed25519PublicKey: (seed) => publicKeyOf('Ed25519', seed),
    ed25519Sign: async (seed, message) => {
      const key = await imported(subtle, 'Ed25519', seed);
      if (subtle === null || key === null) return (await load()).sign(seed, message);
      return new Uint8Array(await subtle.sign('Ed25519', key, new Uint8Array(message)));
    },
    ed25519Verify: async (publicKey, message, signature) => {
      const crypto = mustHave(subtle);
      const text = base64url(publicKey);
      const key = keyByText.get(text) ?? (await importKey(crypto, publicKey));
      if (key === null) return false;
      keyByText.set(text, key);
      return crypto.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message));
    },
    x25519PublicKey: (secret) => publicKeyOf('X25519', secret),
    x25519: async (secret, theirs) => {
      assert(theirs.length === KEY_BYTES, 'an X25519 public key has 32 bytes');
      const key = await secrets.take(secret);
      if (subtle === null || key === null) return (await load()).agree(secret, theirs);
      return agree(subtle, key, theirs);
    },
    aesGcmSeal: (key, nonce, plaintext, associated) => cipher(key, nonce, associated).encrypt(plaintext),
    aesGcmOpen: (key, nonce, sealed, associated) => {
      const opener = cipher(key, nonce, associated);
      return attempt(() => opener.decrypt(sealed));
    },
  };
}

/**
 * Secrets of key pairs that agree, imported once for the public half and the agreement, which is when they are
 * forgotten: a one-time key is wiped then, and nothing of it stays here either. The copy notices an owner who
 * wiped or reused the array before.
 */
function exchangeSecrets(subtle: SubtleCrypto | null) {
  type Known = { readonly copy: Uint8Array; readonly key: Promise<CryptoKey | null> };
  const known = new WeakMap<Uint8Array, Known>();
  const of = (secret: Uint8Array): Promise<CryptoKey | null> => {
    const before = known.get(secret);
    return before !== undefined && equal(before.copy, secret)
      ? before.key
      : imported(subtle, 'X25519', secret);
  };
  return {
    keep(secret: Uint8Array): Promise<CryptoKey | null> {
      const key = of(secret);
      known.set(secret, { copy: secret.slice(), key });
      return key;
    },
    take(secret: Uint8Array): Promise<CryptoKey | null> {
      const key = of(secret);
      known.delete(secret);
      return key;
    },
  };
}

/**
 * The imported key, or null when this browser cannot: every 32 bytes are a secret of both curves, so
 * whatever WebCrypto has against it is that it lacks the curve or the format. A seed is imported for each use,
 * so that no secret outlives its owner here.
 */
async function imported(
  subtle: SubtleCrypto | null,
  curve: Curve,
  secret: Uint8Array,
): Promise<CryptoKey | null> {
  assert(secret.length === KEY_BYTES, 'a private key has 32 bytes');
  if (subtle === null) return null;
  const prefix = must(fromHex(PKCS8[curve]), 'the prefix is hex');
  const usage: KeyUsage = curve === 'Ed25519' ? 'sign' : 'deriveBits';
  try {
    return await subtle.importKey('pkcs8', new Uint8Array(concat(prefix, secret)), curve, true, [usage]);
  } catch {
    return null;
  }
}

/** WebCrypto refuses an all-zero result; both facts are checked (RFC 7748 section 6.1; SPEC C3). */
async function agree(subtle: SubtleCrypto, key: CryptoKey, theirs: Uint8Array): Promise<Uint8Array | null> {
  const publicKey = await subtle.importKey('raw', new Uint8Array(theirs), 'X25519', false, []);
  try {
    const shared = await subtle.deriveBits({ name: 'X25519', public: publicKey }, key, 8 * KEY_BYTES);
    const bytes = new Uint8Array(shared);
    return bytes.every((byte) => byte === 0) ? null : bytes;
  } catch {
    return null;
  }
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
      'This browser cannot check Ed25519 signatures; it needs Chrome 137, Firefox 129 or Safari 17.',
      { cause: thrown },
    );
  }
}

function cipher(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array) {
  assert(key.length === 16 || key.length === 32, 'an AES key has 16 or 32 bytes');
  assert(nonce.length === 12, 'a nonce has 12 bytes');
  return gcm(key, nonce, associated);
}

/** The result, or null when @noble refuses: after the checks above it refuses tags only. */
function attempt(run: () => Uint8Array): Uint8Array | null {
  try {
    return run();
  } catch {
    return null;
  }
}
