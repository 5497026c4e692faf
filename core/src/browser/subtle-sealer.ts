/**
 * Secrets at rest in a browser (SPEC S10): sealed by WebCrypto under a key that is not extractable, so no
 * script can read it, also not one that was slipped into the page. Whoever runs in the page can use it
 * while it runs there; what it cannot do is take it along.
 */

import { concat, utf8 } from '../base/bytes.ts';
import type { Sealer } from '../client/sealer.ts';

const NONCE_BYTES = 12;

export function newSubtleKey(subtle: SubtleCrypto): Promise<CryptoKey> {
  return subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

export function subtleSealer(crypto: Crypto, key: CryptoKey): Sealer {
  const algorithm = (name: string, iv: Uint8Array<ArrayBuffer>): AesGcmParams => ({
    name: 'AES-GCM',
    iv,
    additionalData: new Uint8Array(utf8(name)),
  });
  return {
    async seal(name, secret) {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const sealed = await crypto.subtle.encrypt(algorithm(name, nonce), key, new Uint8Array(secret));
      return concat(nonce, new Uint8Array(sealed));
    },
    async open(name, sealed) {
      const nonce = new Uint8Array(sealed.subarray(0, NONCE_BYTES));
      const content = new Uint8Array(sealed.subarray(NONCE_BYTES));
      try {
        return new Uint8Array(await crypto.subtle.decrypt(algorithm(name, nonce), key, content));
      } catch {
        return null;
      }
    },
  };
}
