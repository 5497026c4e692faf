/**
 * Attempts at a stamp in a browser (SPEC Z70), with the SHA-256 of @noble, which answers at once: what stands
 * before the nonce is hashed once, and each attempt hashes one block.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import type { Grinder } from '../crypto/work.ts';

export const browserGrinder: Grinder = (head) => {
  const begun = sha256.create().update(head);
  const attempt = sha256.create();
  const out = new Uint8Array(sha256.outputLen);
  return (nonce) => {
    // oxlint-disable-next-line no-underscore-dangle -- so the library calls what copies a begun hash over another
    begun._cloneInto(attempt);
    attempt.update(nonce).digestInto(out);
    return out;
  };
};
