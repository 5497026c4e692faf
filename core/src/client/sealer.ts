/**
 * How a keep encrypts the rows that are secrets (SPEC S10). The row's name is bound to its content, so
 * that rows cannot be exchanged. Browsers have a sealer of their own (`browser/subtle-sealer.ts`), whose
 * key no script can read.
 */

import { utf8 } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { open, seal } from '../crypto/aead.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';

const KEEP_ROW = domain('keep/row');

export interface Sealer {
  seal(name: string, secret: Uint8Array): Promise<Uint8Array>;
  /** Null when the key is another one or the bytes were altered. */
  open(name: string, sealed: Uint8Array): Promise<Uint8Array | null>;
}

/** Seals under a wrapping key of 32 bytes that is kept elsewhere or made from a passphrase. */
export function keySealer(primitives: Primitives, env: Env, wrappingKey: Uint8Array): Sealer {
  const key = deriveKey(primitives, wrappingKey, KEEP_ROW);
  return {
    seal: async (name, secret) => seal(primitives, env, { key, associated: utf8(name) }, secret),
    open: async (name, sealed) => open(primitives, { key, associated: utf8(name) }, sealed),
  };
}
