/** Operations on accounts as people sign them, for tests. */

import { realEnv } from 'copse/internal/base/env.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import {
  openOperation,
  signOperation,
  signReplace,
  type Act,
} from 'copse/internal/social/accounts/operation.ts';
import type { SignedOperation } from '../../server/src/store/accounts-tree.ts';
import { primitives, type Pair } from './people.ts';

const env = realEnv();

/** Where and when something is signed. */
export interface Scene {
  readonly node: Key;
  readonly atMs: number;
}

export async function signedBy(who: Pair, { node, atMs }: Scene, act: Act): Promise<SignedOperation> {
  const bytes = await signOperation(primitives, who.seed, { node, random: env.random(16), atMs }, act);
  return { bytes, operation: await openOperation(primitives, act.kind, bytes) };
}

export async function replacing(old: Pair, next: Pair, { node, atMs }: Scene): Promise<SignedOperation> {
  const seeds = { old: old.seed, next: next.seed };
  const bytes = await signReplace(primitives, seeds, { node, random: env.random(16), atMs });
  return { bytes, operation: await openOperation(primitives, 'replace', bytes) };
}

export function adding(key: Key, part: Partial<Act & { kind: 'add' }> = {}): Act {
  return { kind: 'add', key, name: 'somebody', quota: 0, bytes: 0, expiresMs: 0, ...part };
}

export function removing(target: Key, part: Partial<Act & { kind: 'remove' }> = {}): Act {
  return { kind: 'remove', target, extent: 'all', content: 'keep', reason: 'spam', ...part };
}
