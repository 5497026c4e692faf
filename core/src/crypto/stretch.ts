/**
 * A PIN made slow to guess: scrypt (RFC 7914), from a library that is there on every runtime anyway. Whoever
 * has broken into enough realms pays this for every PIN that she tries (SPEC P5).
 */

import { scryptAsync } from '@noble/hashes/scrypt.js';

import { assert } from '../base/assert.ts';
import { utf8 } from '../base/bytes.ts';
import { stretchCostLogMax, stretchCostLogMin } from '../base/limits.ts';

export const stretchedBytes = 64;
const BLOCK_SIZE = 8;
/** OWASP counts N = 2^16 with p = 2 as equal to 2^17 with p = 1, in half of the memory. */
const PARALLEL = 2;

/** As people type it on any keyboard: compatible characters, no white space around it. */
export function pinBytes(pin: string): Uint8Array {
  return utf8(pin.normalize('NFKC').trim());
}

/** 64 bytes; lets other work go on meanwhile. */
export function stretch(pin: string, salt: Uint8Array, costLog: number): Promise<Uint8Array> {
  assert(costLog >= stretchCostLogMin, 'the cost is not below its limit');
  assert(costLog <= stretchCostLogMax, 'the cost is not above its limit');
  const cost = { N: 2 ** costLog, r: BLOCK_SIZE, p: PARALLEL, dkLen: stretchedBytes };
  return scryptAsync(pinBytes(pin), salt, cost);
}
