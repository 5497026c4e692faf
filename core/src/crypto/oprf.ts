/**
 * The verifiable oblivious function of RFC 9497 (mode VOPRF, suite ristretto255-SHA512): a server that has a
 * key evaluates an input that it does not see, and proves that it used the key of its public key (SPEC P1).
 * Nothing of it is ours: this file gives the library our random source and our way to refuse. It is loaded
 * only by those who recover an account and by nodes that help them.
 */

import { ristretto255_oprf } from '@noble/curves/ed25519.js';

import { assert } from '../base/assert.ts';
import { utf8 } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';

export const oprfSeedBytes = 32;
export const oprfElementBytes = 32;
export const oprfProofBytes = 64;
export const oprfOutputBytes = 64;

const { voprf } = ristretto255_oprf;
const KEY_INFO = utf8('copse/1/recovery');

export interface OprfKey {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** What the client keeps while a server evaluates. */
export interface OprfBlind {
  readonly blind: Uint8Array;
  /** For the server. */
  readonly blinded: Uint8Array;
}

export interface OprfAnswer {
  readonly evaluated: Uint8Array;
  readonly proof: Uint8Array;
}

type Chance = Pick<Env, 'random'>;

/** DeriveKeyPair (RFC 9497 section 3.2.1). */
export function oprfKeyOf(seed: Uint8Array): OprfKey {
  assert(seed.length === oprfSeedBytes, 'the seed of a key has 32 bytes');
  const { secretKey, publicKey } = voprf.deriveKeyPair(seed, KEY_INFO);
  return { secret: secretKey, publicKey };
}

export function oprfBlind(env: Chance, input: Uint8Array): OprfBlind {
  return voprf.blind(input, drawing(env));
}

/** Null when the element is none: not canonical, or the identity. */
export function oprfEvaluate(env: Chance, key: OprfKey, blinded: Uint8Array): OprfAnswer | null {
  return orNull(() => voprf.blindEvaluate(key.secret, key.publicKey, blinded, drawing(env)));
}

/** The output of 64 bytes; null when the server has not proven that it used the key of `publicKey`. */
export function oprfFinalize(
  input: Uint8Array,
  own: OprfBlind,
  publicKey: Uint8Array,
  answer: OprfAnswer,
): Uint8Array | null {
  const { blind, blinded } = own;
  const { evaluated, proof } = answer;
  if (proof.length !== oprfProofBytes) return null;
  return orNull(() => voprf.finalize(input, blind, evaluated, blinded, publicKey, proof));
}

/** The output for who holds the key: blinding is for others only. */
export function oprfOutput(env: Chance, key: OprfKey, input: Uint8Array): Uint8Array {
  const own = oprfBlind(env, input);
  const answer = oprfEvaluate(env, key, own.blinded);
  assert(answer !== null, 'an element of our own is one');
  const output = oprfFinalize(input, own, key.publicKey, answer);
  assert(output !== null, 'a proof of our own holds');
  return output;
}

function drawing(env: Chance) {
  return (size = 32): Uint8Array<ArrayBuffer> => new Uint8Array(env.random(size));
}

/** The library throws for bytes that are no element and for proofs that do not hold. */
function orNull<T>(task: () => T): T | null {
  try {
    return task();
  } catch {
    return null;
  }
}
