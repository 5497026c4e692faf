/**
 * How many bytes of files an account may hold (SPEC Z104): what its place in the tree is worth at that moment, and
 * at most what the operator lets one user have.
 */

import type { Key, UserId } from 'copse/internal/base/ids.ts';
import type { Standing } from '../../store/accounts-tree.ts';

export interface AllowanceOptions {
  /** The key of a user of this node. */
  readonly keyOf: (user: UserId) => Promise<Key | null>;
  readonly standing: (key: Key) => Promise<Standing>;
  /** What it held under other keys goes over before anything is counted. */
  readonly meet: (key: Key) => Promise<void>;
  readonly bytesMax: number;
}

/** Null: there is no account (any more). */
export function allowanceBy({ keyOf, standing, meet, bytesMax }: AllowanceOptions) {
  return async (user: UserId): Promise<number | null> => {
    const key = await keyOf(user);
    const found = key === null ? null : await standing(key);
    if (key === null || found?.kind !== 'friend') return null;
    await meet(key);
    return Math.min(found.bytes, bytesMax);
  };
}
