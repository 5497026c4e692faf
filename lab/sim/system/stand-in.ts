/**
 * Key operations without their mathematics, for the seeds that do not run the real ones: the same lengths,
 * the same answers to honest use, and a tenth of the time. A signature holds under its own key and message
 * only, two sides agree on one secret, what is sealed opens under its key, nonce, associated data and bytes
 * only. What it lacks is strength: whoever knows a public key can sign for it. Hashes are the real ones.
 */

import { concat, equal, utf8 } from 'copse/internal/base/bytes.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

const SIGN = utf8('stand-in of a signing key');
const AGREE = utf8('stand-in of an agreement key');
const TAG_BYTES = 16;

/** The stand-in over the hashes of `real`. */
export function standIn(real: Primitives): Primitives {
  const sha256 = (data: Uint8Array): Uint8Array => real.sha256(data);
  const hashed = (...parts: readonly Uint8Array[]): Uint8Array => sha256(concat(...parts));
  const signingKey = (seed: Uint8Array): Uint8Array => standInKey(real, seed);
  const agreementKey = (secret: Uint8Array): Uint8Array => hashed(AGREE, secret);
  const signature = (publicKey: Uint8Array, message: Uint8Array): Uint8Array => {
    const r = below(hashed(publicKey, message), 0x7f);
    return concat(r, below(sha256(r), 0x0f));
  };
  return {
    sha256,
    hmacSha256: (key, data) => real.hmacSha256(key, data),
    ed25519PublicKey: async (seed) => signingKey(seed),
    ed25519Sign: async (seed, message) => signature(signingKey(seed), message),
    ed25519Verify: async (publicKey, message, given) => equal(signature(publicKey, message), given),
    x25519PublicKey: async (secret) => agreementKey(secret),
    async x25519(secret, theirs) {
      if (theirs.every((byte) => byte === 0)) return null;
      const ours = agreementKey(secret);
      return isBefore(ours, theirs) ? hashed(ours, theirs) : hashed(theirs, ours);
    },
    aesGcmSeal(key, nonce, plaintext, associated) {
      return concat(masked(key, nonce, plaintext), tagOf(key, nonce, plaintext, associated));
    },
    aesGcmOpen(key, nonce, sealed, associated) {
      const size = sealed.length - TAG_BYTES;
      if (size < 0) return null;
      const plaintext = masked(key, nonce, sealed.subarray(0, size));
      return equal(tagOf(key, nonce, plaintext, associated), sealed.subarray(size)) ? plaintext : null;
    },
  };
}

/** The public signing key of a seed, at once. */
export function standInKey(real: Primitives, seed: Uint8Array): Uint8Array {
  return below(real.sha256(concat(SIGN, seed)), 0x7f);
}

/** With the highest bits cleared: a point below the field's prime, a scalar below the group's order (SPEC C1). */
function below(bytes: Uint8Array, mask: number): Uint8Array {
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) & mask;
  return bytes;
}

function isBefore(one: Uint8Array, other: Uint8Array): boolean {
  const at = one.findIndex((byte, i) => byte !== other[i]);
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0);
}

/** Nothing that is sealed can be read by accident. */
function masked(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Uint8Array {
  const mask = Bun.hash.xxHash32(nonce, Bun.hash.xxHash32(key)) | 1;
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < out.length; i++) out[i] = (bytes[i] ?? 0) ^ (mask >>> (8 * (i & 3)));
  return out;
}

function tagOf(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const tag = new DataView(new ArrayBuffer(TAG_BYTES));
  const head = Bun.hash.wyhash(associated, Bun.hash.wyhash(nonce, Bun.hash.wyhash(key)));
  const sum = Bun.hash.wyhash(plaintext, head);
  tag.setBigUint64(0, sum);
  tag.setBigUint64(8, Bun.hash.wyhash(key, sum));
  return new Uint8Array(tag.buffer);
}
