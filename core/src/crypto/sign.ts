/**
 * Ed25519 signatures with one rule of validity on every runtime (SPEC C1): small-order and
 * non-canonical A and R and non-canonical S are refused here, then the cofactorless equation of the
 * runtime's native library decides. Without the filter the libraries disagree on 706 of the 914 CCTV
 * edge vectors, and peers that disagree on validity diverge for ever.
 *
 * Nothing here is secret but the seed, so the filter need not run in constant time.
 */

import { separated, type Domain } from './domain.ts';
import type { Primitives } from './primitives.ts';

export const publicKeyBytes = 32;
export const seedBytes = 32;
export const signatureBytes = 64;

/** Signs `message` in a domain (SPEC C2). */
export function sign(
  primitives: Primitives,
  seed: Uint8Array,
  within: Domain,
  message: Uint8Array,
): Promise<Uint8Array> {
  return signRaw(primitives, seed, separated(within, message));
}

/** Whether `signature` is the key's signature over `message` in this domain; false for any other bytes. */
export function verify(
  primitives: Primitives,
  publicKey: Uint8Array,
  within: Domain,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return verifyRaw(primitives, publicKey, separated(within, message), signature);
}

/** For bytes that carry their own domain, such as a COSE Sig_structure. */
export function signRaw(primitives: Primitives, seed: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  return primitives.ed25519Sign(seed, message);
}

/** As `verify`, for bytes that carry their own domain. */
export async function verifyRaw(
  primitives: Primitives,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!isStrictPublicKey(publicKey) || !isStrictSignature(signature)) return false;
  return primitives.ed25519Verify(publicKey, message, signature);
}

/** Whether the bytes may be a public key at all: 32 bytes, canonical, not of small order. */
export function isStrictPublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === publicKeyBytes && isStrictPoint(publicKey);
}

/** Whether the bytes may be a signature at all: 64 bytes, R as a strict point, S below the group's order. */
export function isStrictSignature(signature: Uint8Array): boolean {
  return (
    signature.length === signatureBytes &&
    isStrictPoint(signature) &&
    isBelow(signature.subarray(32), ORDER, 0xff)
  );
}

/**
 * Whether the first 32 bytes encode a y below p that belongs to no point of order 1, 2, 4 or 8. The
 * sign bit of x is ignored: with it or without it, a small-order y stays one, and the non-canonical
 * sign bits (x = 0) occur with y = 1 and y = -1 only.
 */
function isStrictPoint(point: Uint8Array): boolean {
  return isBelow(point, FIELD, 0x7f) && !SMALL_ORDER.some((y) => isSameY(point, y));
}

function isSameY(point: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (point[i] !== y[i]) return false;
  return ((point[31] ?? 0) & 0x7f) === y[31];
}

/** Whether 32 little-endian bytes, the last one masked, are below `limit`. */
function isBelow(bytes: Uint8Array, limit: Uint8Array, lastMask: number): boolean {
  for (let i = 31; i >= 0; i--) {
    const byte = (bytes[i] ?? 0) & (i === 31 ? lastMask : 0xff);
    const bound = limit[i] ?? 0;
    if (byte !== bound) return byte < bound;
  }
  return false;
}

/** 32 little-endian bytes of a number. */
function littleEndian(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * i)) & 0xffn));
}

const P = 2n ** 255n - 19n;
/** The field's prime, 2^255 - 19 (RFC 8032 section 5.1). */
const FIELD = littleEndian(P);
/** The order of the base point (RFC 8032 section 5.1). */
const ORDER = littleEndian(2n ** 252n + 27742317777372353535851937790883648493n);
/** One of the two y of the points of order 8; the other is its negative. `sign.test.ts` derives it. */
const Y8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
/** The y of all eight points whose order divides the cofactor: orders 1, 2, 4 and twice 8. */
const SMALL_ORDER = [1n, P - 1n, 0n, Y8, P - Y8].map(littleEndian);
