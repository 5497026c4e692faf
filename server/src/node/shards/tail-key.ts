/**
 * The key with which tails in other processes come to auth: a file that auth makes at its first start and the
 * operator copies to where the tails run. It names the node, so a tail speaks to no other, and holds the seed of
 * the key that auth knows its tails by (SPEC A18). Who has it can read token keys: it is kept like `node.key`.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { base64url, concat, fromBase64url } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

export const TAIL_KEY_FILE = 'tail.key';
const OWNER_READS = 0o600;
const KEY_BYTES = 32;

export interface TailKey {
  readonly node: Key;
  readonly sign: SignKey;
}

/** The key of this node's tails, made when there is none. */
export async function ownTailKey(
  directory: string,
  node: Key,
  { primitives, env }: { readonly primitives: Primitives; readonly env: Env },
): Promise<TailKey> {
  const path = join(directory, TAIL_KEY_FILE);
  if (!existsSync(path)) {
    const text = base64url(concat(node, env.random(KEY_BYTES)));
    writeFileSync(path, `${text}\n`, { mode: OWNER_READS, flag: 'wx', flush: true });
  }
  return readTailKey(directory, primitives);
}

/** The key in a data directory; throws `config` when there is none, or something else. */
export async function readTailKey(directory: string, primitives: Primitives): Promise<TailKey> {
  const path = join(directory, TAIL_KEY_FILE);
  const bytes = existsSync(path) ? fromBase64url(readFileSync(path, 'utf8').trim()) : null;
  if (bytes === null || bytes.length !== 2 * KEY_BYTES) {
    throw new Fault('config', `${path} is missing or no key: copy it from the data directory of auth.`);
  }
  const sign = await signKeyOf(primitives, bytes.slice(KEY_BYTES));
  return { node: key(bytes.slice(0, KEY_BYTES)), sign };
}
