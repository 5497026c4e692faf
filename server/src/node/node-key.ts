/** The node's own Ed25519 seed: made at the first start, kept in a file that only its user can read. */

import type { Env } from 'copse/internal/base/env.ts';
import { readSecret, secretIn, type SecretFile } from './secret-file.ts';

export const NODE_KEY_FILE = 'node.key';
const FILE: SecretFile = { name: NODE_KEY_FILE, loss: 'nobody recognises the node' };
const SEED_BYTES = 32;

/** The seed in `directory`, made when there is none. Throws `corrupt` for a file that is not a seed. */
export function nodeSeed(directory: string, env: Env): Uint8Array {
  return secretIn(directory, FILE, () => env.random(SEED_BYTES));
}

/** The seed in a file; throws `corrupt` when it is none. */
export function readSeed(path: string): Uint8Array {
  return readSecret(path, FILE);
}
