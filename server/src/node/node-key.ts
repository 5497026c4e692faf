/** The node's own Ed25519 seed: made at the first start, kept in a file only its user can read. */

import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from 'copse/internal/base/env.ts';
import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';

const SEED_BYTES = 32;
const OWNER_ONLY = 0o600;

/** The seed in `directory`, made when there is none. Throws `corrupt` for a file that is not a seed. */
export function nodeSeed(directory: string, env: Env): Uint8Array {
  const path = join(directory, 'node.key');
  if (!existsSync(path)) {
    const seed = env.random(SEED_BYTES);
    const fresh = `${path}.new`;
    writeFileSync(fresh, `${base64url(seed)}\n`, { mode: OWNER_ONLY, flush: true });
    renameSync(fresh, path);
    return seed;
  }
  chmodSync(path, OWNER_ONLY);
  const seed = fromBase64url(readFileSync(path, 'utf8').trim());
  if (seed === null || seed.length !== SEED_BYTES) {
    throw new Fault(
      'corrupt',
      '`node.key` is not a key; restore it from a backup: without it nobody recognises the node.',
    );
  }
  return seed;
}
