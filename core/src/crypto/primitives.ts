/**
 * The seam to the audited implementations of the algorithms: native on servers (`native/primitives.ts`),
 * WebCrypto and @noble in browsers (`browser/primitives.ts`). Nothing outside these two files calls a
 * cryptographic library, and nothing in copse implements a primitive.
 *
 * What works with key pairs is a promise, because WebCrypto only promises; hashes, MACs and sealing answer
 * at once, because ids, tokens and entries are made between two steps that nothing may come between.
 *
 * All lengths are bytes. Callers have checked them; a wrong length is an assertion failure.
 */

export interface Primitives {
  /** SHA-256 (FIPS 180-4): 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** HMAC-SHA256 (RFC 2104): 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** Ed25519 public key (RFC 8032 section 5.1.5) of a 32-byte seed: 32 bytes. */
  ed25519PublicKey(seed: Uint8Array): Promise<Uint8Array>;
  /** Ed25519 signature: 64 bytes. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Promise<Uint8Array>;
  /**
   * The cofactorless check of RFC 8032 section 5.1.7. Only `sign.ts` calls it, after the filter that
   * makes its answer the same on every runtime (SPEC C1).
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /** X25519 public key (RFC 7748 section 6.1) of a 32-byte secret: 32 bytes. */
  x25519PublicKey(secret: Uint8Array): Promise<Uint8Array>;
  /** X25519 shared secret, or null when it is all zero (RFC 7748 section 6.1; SPEC C3). */
  x25519(secret: Uint8Array, publicKey: Uint8Array): Promise<Uint8Array | null>;
  /** AES-GCM (NIST SP 800-38D) with a 16- or 32-byte key, 12-byte nonce and 16-byte tag: ciphertext followed by tag. */
  aesGcmSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array;
  /** The plaintext, or null when the tag does not hold. */
  aesGcmOpen(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    associated: Uint8Array,
  ): Uint8Array | null;
}
