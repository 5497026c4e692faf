/**
 * What this device knows of another person's key by itself (SPEC M14). A node can say of any key that it is
 * somebody's: it stays unverified until all that the log says of it has been checked here, or the two people have
 * compared the digits that both keys make.
 */

import { compare, concat, equal } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { timeShape } from '../api/model.ts';
import { openUserKey } from '../capability/user-key.ts';
import { domain } from '../crypto/domain.ts';
import { hashOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { ChainLeaf } from '../transparency/chain.ts';
import { struct } from '../wire/compound.ts';
import { choice, type Of } from '../wire/shape.ts';

/** `checked`: the log was, leaf by leaf; `compared`: the digits were, by people. */
export const trustShape = choice('unverified', 'checked', 'compared');
export type Trust = Of<typeof trustShape>;
export const trustRowShape = struct({ trust: trustShape, timeMs: timeShape });

const DIGITS = domain('trust/digits');
const GROUPS = 6;
const GROUP_DIGITS = 6;
/** More than a group holds, so that its digits are nearly uniform. */
const GROUP_BYTES = 5;

/**
 * The same digits for both people. Thirty-six of them: somebody in between must find two keys that make the
 * same, which is 2^60 tries.
 */
export function digitsOfKeys(primitives: Primitives, one: Key, other: Key): string {
  const [first, second] = compare(one, other) < 0 ? [one, other] : [other, one];
  const hash = hashOf(primitives, DIGITS, concat(first, second));
  const groups = Array.from({ length: GROUPS }, (_, i) => {
    const bytes = hash.subarray(i * GROUP_BYTES, (i + 1) * GROUP_BYTES);
    const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0) % 10 ** GROUP_DIGITS;
    return String(number).padStart(GROUP_DIGITS, '0');
  });
  return groups.join(' ');
}

/** Whether somebody typed these digits, however she parted them. */
export function isSameDigits(digits: string, typed: string): boolean {
  return typed.replaceAll(/\D/gu, '') === digits.replaceAll(' ', '');
}

/**
 * Checks the chain of a user, the newest leaf first: every key of hers is stated by her or by a device that she
 * blessed, and none takes the place of a newer one. `badProof` otherwise.
 */
export async function checkKeyChain(
  primitives: Primitives,
  user: Key,
  chain: readonly ChainLeaf[],
): Promise<void> {
  let newer = Number.POSITIVE_INFINITY;
  for (const { leaf } of chain) {
    if (leaf.body.kind !== 'keyChange') continue;
    const stated = await openUserKey(primitives, leaf.body.object);
    if (stated === null || !equal(stated.user, user)) throw new Fault('badProof', 'She has not signed it.');
    if (stated.generation >= newer) throw new Fault('badProof', 'An older key of hers stands above a newer.');
    newer = stated.generation;
  }
}
