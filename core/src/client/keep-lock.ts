/**
 * Locking the keys of a device (SPEC D8, S10). The secrets of a keep are sealed under a random key; the record of
 * a lock holds that key once for each way to open it: sealed under a passphrase that is slow to guess (scrypt), or
 * under what a passkey answers for a salt (the PRF extension of WebAuthn). Without one of them the record and the
 * keep together tell nothing.
 */

import { utf8 } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { lockWaysMax, passkeyIdBytesMax, stretchCostLogMax, stretchCostLogUsual } from '../base/limits.ts';
import { open, seal, sealKeyBytes, sealOverheadBytes } from '../crypto/aead.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { stretch } from '../crypto/stretch.ts';
import { list, struct, union } from '../wire/compound.ts';
import { bytes, decode, encode, fixed, uint, type Of } from '../wire/shape.ts';

const BY_PASSPHRASE = domain('keep/passphrase');
const BY_PASSKEY = domain('keep/passkey');
const SALT_BYTES = 16;
const PRF_BYTES = 32;
const wrapped = fixed(sealKeyBytes + sealOverheadBytes);

const lockShape = struct({
  ways: list(
    union({
      passphrase: [1, struct({ salt: fixed(SALT_BYTES), costLog: uint(stretchCostLogMax), wrapped })],
      passkey: [2, struct({ credential: bytes(passkeyIdBytesMax), salt: fixed(PRF_BYTES), wrapped })],
    }),
    lockWaysMax,
  ),
});
export type LockWay = Of<typeof lockShape>['ways'][number];

/** What opens a lock. */
export type Opener =
  | { readonly kind: 'passphrase'; readonly passphrase: string; readonly costLog?: number }
  /** `answer`: 32 bytes that the passkey gives for the salt. */
  | {
      readonly kind: 'passkey';
      readonly credential: Uint8Array;
      readonly salt: Uint8Array;
      readonly answer: Uint8Array;
    };

export interface LockTools {
  readonly primitives: Primitives;
  readonly env: Env;
}

/** A lock that each of these opens, and the new key under which the secrets are to lie. */
export async function makeLock(
  { primitives, env }: LockTools,
  openers: readonly Opener[],
): Promise<{ readonly record: Uint8Array; readonly key: Uint8Array }> {
  const key = env.random(sealKeyBytes);
  const ways: LockWay[] = [];
  for (const opener of openers) {
    if (opener.kind === 'passkey') {
      const { credential, salt } = opener;
      const under = { key: deriveKey(primitives, opener.answer, BY_PASSKEY), associated: credential };
      ways.push({ kind: 'passkey', credential, salt, wrapped: seal(primitives, env, under, key) });
      continue;
    }
    const { passphrase, costLog = stretchCostLogUsual } = opener;
    const salt = env.random(SALT_BYTES);
    const under = await underPassphrase(primitives, passphrase, { salt, costLog });
    ways.push({ kind: 'passphrase', salt, costLog, wrapped: seal(primitives, env, under, key) });
  }
  return { record: encode(lockShape, { ways }), key };
}

/** In which ways a lock opens. A copy: it outlives the bytes. */
export function lockWays(record: Uint8Array): readonly LockWay[] {
  return decode(lockShape, record.slice()).ways;
}

/** The key of a lock, or null when this does not open it. */
export async function openLock(
  primitives: Primitives,
  record: Uint8Array,
  opener: Opener,
): Promise<Uint8Array | null> {
  for (const way of lockWays(record)) {
    if (way.kind === 'passphrase' && opener.kind === 'passphrase') {
      const key = open(primitives, await underPassphrase(primitives, opener.passphrase, way), way.wrapped);
      if (key !== null) return key;
    }
    if (way.kind === 'passkey' && opener.kind === 'passkey') {
      const under = { key: deriveKey(primitives, opener.answer, BY_PASSKEY), associated: way.credential };
      const key = open(primitives, under, way.wrapped);
      if (key !== null) return key;
    }
  }
  return null;
}

async function underPassphrase(
  primitives: Primitives,
  passphrase: string,
  { salt, costLog }: { readonly salt: Uint8Array; readonly costLog: number },
) {
  const stretched = await stretch(passphrase, salt, costLog);
  return { key: deriveKey(primitives, stretched, BY_PASSPHRASE), associated: utf8('passphrase') };
}
