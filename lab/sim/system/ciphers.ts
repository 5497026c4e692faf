/**
 * The cryptography of a run: the real one in every eighth seed, its stand-in in the others, because nothing
 * that seeds vary depends on its mathematics and it would take a quarter of their time.
 */

import { curves } from 'copse/internal/browser/curves.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { identityOf, type Identity } from 'copse/internal/social/handshake-keys.ts';
import { standIn, standInKey } from './stand-in.ts';

export interface Ciphers {
  readonly primitives: Primitives;
  /** The public signing key of a seed, at once: a scenario is built in one step. */
  publicKey(seed: Uint8Array): Uint8Array;
  readonly nodeSeed: Uint8Array;
  /** The key of the node under these primitives. */
  readonly node: Identity;
}

/** The real primitives run in each seed that this divides. */
export const REAL_EVERY = 8;

const NODE_SEED = new Uint8Array(32).fill(0x4e);

async function ciphersOf(primitives: Primitives, publicKey: Ciphers['publicKey']): Promise<Ciphers> {
  const node = await identityOf(primitives, NODE_SEED);
  return { primitives, publicKey, nodeSeed: NODE_SEED, node };
}

/** One set for all seeds: its caches of imported keys change no result. */
const native = nativePrimitives();
export const REAL_CIPHERS = await ciphersOf(native, (seed) => curves.publicKey('Ed25519', seed));
export const STAND_IN_CIPHERS = await ciphersOf(standIn(native), (seed) => standInKey(native, seed));

export function ciphersOfSeed(seed: number): Ciphers {
  return seed % REAL_EVERY === 0 ? REAL_CIPHERS : STAND_IN_CIPHERS;
}
