/**
 * The recovery code: what somebody who has lost every device still has, on paper or in a mailbox. It names
 * her recovery and opens the card that lies at her realms; without the PIN it opens nothing else (SPEC P3).
 *
 *     copse-recovery:<base64url(secret 16 | signer 16 | addresses of the realms)>
 *
 * Both halves are derived from the user's secret, so that every device of hers shows the same code. A realm
 * knows the recovery by an id of its own, which it cannot link with the id at another realm.
 */

import { base64url, concat, fromBase64url } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { recoveryRealmsMax, recoveryUrlBytesMax } from '../base/limits.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey, hashOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { list, struct } from '../wire/compound.ts';
import { decode, encode, fixed, text } from '../wire/shape.ts';

const CODE = domain('recovery/code');
const SIGN = domain('recovery/sign');
const SIGNER = domain('recovery/signer');
const ID = domain('recovery/id');

const PREFIX = 'copse-recovery:';
const HALF_BYTES = 16;

export interface RecoveryCode {
  /** Opens the card. */
  readonly secret: Uint8Array;
  /** Fingerprint of the key that signs it. */
  readonly signer: Uint8Array;
}

/** The code and the signing seed of a user. */
export interface RecoveryKeys {
  readonly code: RecoveryCode;
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface WrittenCode extends RecoveryCode {
  /** Addresses of the realms. */
  readonly realms: readonly string[];
}

const writtenShape = struct({
  secret: fixed(HALF_BYTES),
  signer: fixed(HALF_BYTES),
  realms: list(text(recoveryUrlBytesMax), recoveryRealmsMax),
});

/** What everything of a user's recovery is derived from. */
export async function recoveryKeysOf(primitives: Primitives, userSecret: Uint8Array): Promise<RecoveryKeys> {
  const seed = deriveKey(primitives, userSecret, SIGN);
  const publicKey = await primitives.ed25519PublicKey(seed);
  const secret = deriveKey(primitives, userSecret, CODE).slice(0, HALF_BYTES);
  return { seed, publicKey, code: { secret, signer: signerOf(primitives, publicKey) } };
}

export function signerOf(primitives: Primitives, publicKey: Uint8Array): Uint8Array {
  return hashOf(primitives, SIGNER, publicKey).slice(0, HALF_BYTES);
}

/** Under which id the node with this key knows the recovery. */
export function recoveryIdAt(primitives: Primitives, code: RecoveryCode, node: Uint8Array): Uint8Array {
  return deriveKey(primitives, rootOf(code), ID, node).slice(0, HALF_BYTES);
}

/** The secret of a code as keys are derived from it. */
export function rootOf(code: RecoveryCode): Uint8Array {
  return concat(code.secret, code.signer);
}

export function codeText(code: WrittenCode): string {
  return PREFIX + base64url(encode(writtenShape, code));
}

/** The code of a text, or null when it is none. */
export function parseCode(typed: string): WrittenCode | null {
  const body = typed.replaceAll(/\s+/gu, '');
  if (!body.startsWith(PREFIX)) return null;
  const bytes = fromBase64url(body.slice(PREFIX.length));
  if (bytes === null) return null;
  try {
    const { secret, signer, realms } = decode(writtenShape, bytes);
    return { secret: secret.slice(), signer: signer.slice(), realms };
  } catch (thrown) {
    if (thrown instanceof Fault) return null;
    throw thrown;
  }
}
