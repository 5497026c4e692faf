/**
 * The signatures that calls carry: what exactly is signed and in which domain (SPEC C2). Both ends use
 * these functions, so that there is one text of each. All keys, nonces and tokens have fixed lengths,
 * hence the bytes laid end to end mean one thing.
 *
 *   connect     by the device:       nonce of the tail 32 | node key 32 | token 80        (SPEC A4)
 *   refresh     by the device:       token 80 | guid 16                                   (SPEC A10)
 *   admission   by a one-time key:   node key 32 | user key 32                            (SPEC A11)
 *   peek        by a one-time key:   node key 32 | device key 32
 */

import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import { domain, type Domain } from '../crypto/domain.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { sign, verify } from '../crypto/sign.ts';

const CONNECT = domain('connect');
const REFRESH = domain('refresh');
const ADMISSION = domain('invitation/admission');
const PEEK = domain('invitation/peek');

/** What one of the proofs covers. */
export interface Statement {
  readonly within: Domain;
  readonly message: Uint8Array;
}

/** The device holds the token it shows to a tail (SPEC A4). */
export function connectStatement(of: {
  readonly nonce: Uint8Array;
  readonly node: Uint8Array;
  readonly token: Uint8Array;
}): Statement {
  return { within: CONNECT, message: laidOut([of.nonce, 32], [of.node, 32], [of.token, 80]) };
}

/** The device asks for the successor of its token (SPEC A10). */
export function refreshStatement(of: { readonly token: Uint8Array; readonly guid: Uint8Array }): Statement {
  return { within: REFRESH, message: laidOut([of.token, 80], [of.guid, 16]) };
}

/** Whoever holds the invitation lets this user in at this node (SPEC A11). */
export function admissionStatement(of: { readonly node: Uint8Array; readonly user: Uint8Array }): Statement {
  return { within: ADMISSION, message: laidOut([of.node, 32], [of.user, 32]) };
}

/** Whoever holds the invitation asks on this device what it offers. */
export function peekStatement(of: { readonly node: Uint8Array; readonly device: Uint8Array }): Statement {
  return { within: PEEK, message: laidOut([of.node, 32], [of.device, 32]) };
}

/** The signature of a statement by the seed's key. */
export function prove(primitives: Primitives, seed: Uint8Array, statement: Statement): Uint8Array {
  return sign(primitives, seed, statement.within, statement.message);
}

/** Whether `signature` is the key's over this statement. */
export function proves(
  primitives: Primitives,
  key: Uint8Array,
  statement: Statement,
  signature: Uint8Array,
): Promise<boolean> {
  return verify(primitives, key, statement.within, statement.message, signature);
}

function laidOut(...parts: readonly (readonly [Uint8Array, number])[]): Uint8Array {
  for (const [bytes, size] of parts) assert(bytes.length === size, `a part of a statement has ${size} bytes`);
  return concat(...parts.map(([bytes]) => bytes));
}
