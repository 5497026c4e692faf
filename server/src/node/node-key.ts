/** The node's own Ed25519 seed: made at the first start, kept in a file that only its user can read. */

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';

export const NODE_KEY_FILE = 'node.key';
const OWNER_READS = 0o600;
const SEED_BYTES = 32;

/** The seed in `directory`, made when there is none. Throws `corrupt` for a file that is not a seed. */
export function nodeSeed(directory: string, env: Env): Uint8Array {
  const path = join(directory, NODE_KEY_FILE);
  if (!existsSync(path)) return makeSeed(directory, path, env);
  const seed = readSeed(path);
  chmodSync(path, OWNER_READS);
  return seed;
}

/** The seed in a file; throws `corrupt` when it is none. */
export function readSeed(path: string): Uint8Array {
  const seed = fromBase64url(readFileSync(path, 'utf8').trim());
  if (seed !== null && seed.length === SEED_BYTES) return seed;
  throw new Fault(
    'corrupt',
    `\`${NODE_KEY_FILE}\` is not a key; restore it from a backup: without it nobody recognises the node.`,
  );
}

/** Whole and on the disk before anybody is told of the key: devices remember it for good. */
function makeSeed(directory: string, path: string, env: Env): Uint8Array {
  const seed = env.random(SEED_BYTES);
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, `${base64url(seed)}\n`, { mode: OWNER_READS, flag: 'wx', flush: true });
  renameSync(fresh, path);
  syncDirectory(directory);
  return seed;
}

/** Makes a rename in a directory survive power loss; Windows has no such thing. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
