/**
 * The curves by @noble, for browsers whose WebCrypto lacks one of them (SPEC C8). It is a module of its own
 * and a third of what the SDK would weigh with it, so `primitives.ts` loads it only where it is needed.
 * There is no verifying here: @noble never decides whether a signature is valid (SPEC C1).
 */

import { ed25519, x25519 } from '@noble/curves/ed25519.js';

import { assert } from '../base/assert.ts';

export interface Curves {
  publicKey(curve: 'Ed25519' | 'X25519', secret: Uint8Array): Uint8Array;
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** The shared secret, or null when it is all zero (SPEC C3). */
  agree(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | null;
}

export const curves: Curves = {
  publicKey: (curve, secret) => (curve === 'Ed25519' ? ed25519 : x25519).getPublicKey(secret),
  sign: (seed, message) => ed25519.sign(message, seed),
  agree(secret, publicKey) {
    assert(secret.length === 32, 'an X25519 secret has 32 bytes');
    assert(publicKey.length === 32, 'an X25519 public key has 32 bytes');
    try {
      return x25519.getSharedSecret(secret, publicKey);
    } catch {
      // After the checks above @noble refuses only what is all zero (RFC 7748 section 6.1).
      return null;
    }
  },
};
