/**
 * Proofs of possession: short signatures over fixed-size parts that show a private key to be at hand,
 * each good for one purpose at one node (SPEC A4, C2). Client and services make and check the same
 * statements, so they are declared once, here.
 */

import { assert } from '../base/assert.ts';
import { concat, utf8 } from '../base/bytes.ts';
import type { Key } from '../base/ids.ts';
import { domain, type Domain } from '../crypto/domain.ts';
import { hashOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { sign, verify } from '../crypto/sign.ts';
import { objectId } from './cose.ts';

const CONNECT = domain('connect');
const REFRESH = domain('refresh');
const PROOF = domain('tail/proof');
const PROOF_HASH = domain('tail/proof-hash');
const INVITATION_LOOK = domain('invite/look');
const INVITATION_ADMIT = domain('invite/admit');

/** What is signed. Every part has a fixed size, so their sequence is unambiguous. */
export interface Statement {
  readonly within: Domain;
  readonly message: Uint8Array;
}

/** By a device: I am on this connection (nonce) to this node with this token. */
export function connecting(parts: {
  readonly nonce: Uint8Array;
  readonly node: Key;
  readonly token: Uint8Array;
}): Statement {
  return statement(CONNECT, [parts.nonce, 32], [parts.node, 32], [parts.token, 80]);
}

/** By a device: on this connection (nonce) to this node I present this proof, whose hash this is (SPEC R8). */
export function presenting(parts: {
  readonly nonce: Uint8Array;
  readonly node: Key;
  readonly proof: Uint8Array;
}): Statement {
  return statement(PROOF, [parts.nonce, 32], [parts.node, 32], [parts.proof, 32]);
}

/** The hash of a proof: of the ids of its attestations, which are hashes of their bytes. */
export function proofHash(primitives: Primitives, path: readonly Uint8Array[]): Uint8Array {
  return hashOf(primitives, PROOF_HASH, utf8(path.map((bytes) => objectId(primitives, bytes)).join('')));
}

/** By a device: give me the successor of this token; `guid` names the attempt (SPEC A10). */
export function refreshing(parts: { readonly token: Uint8Array; readonly guid: Uint8Array }): Statement {
  return statement(REFRESH, [parts.token, 80], [parts.guid, 16]);
}

/** By the one-time key of an invitation: show this device what it offers. */
export function looking(parts: { readonly node: Key; readonly device: Key }): Statement {
  return statement(INVITATION_LOOK, [parts.node, 32], [parts.device, 32]);
}

/** By the one-time key of an invitation: let this user sign up at this node. */
export function admitting(parts: { readonly user: Key; readonly node: Key }): Statement {
  return statement(INVITATION_ADMIT, [parts.user, 32], [parts.node, 32]);
}

function statement(within: Domain, ...parts: readonly (readonly [Uint8Array, number])[]): Statement {
  for (const [bytes, size] of parts) assert(bytes.length === size, `a part of ${within.label} has its size`);
  return { within, message: concat(...parts.map(([bytes]) => bytes)) };
}

/** The signature of `seed`'s key under a statement. */
export function prove(primitives: Primitives, seed: Uint8Array, claim: Statement): Promise<Uint8Array> {
  return sign(primitives, seed, claim.within, claim.message);
}

/** Whether `proof` shows that the key's holder made this very statement. */
export function isProven(
  primitives: Primitives,
  publicKey: Uint8Array,
  claim: Statement,
  proof: Uint8Array,
): Promise<boolean> {
  return verify(primitives, publicKey, claim.within, claim.message, proof);
}
