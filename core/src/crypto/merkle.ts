/**
 * Merkle trees after RFC 6962 section 2.1 over SHA-256 (SPEC M1): hashes, which subtrees a proof consists of,
 * and the verification of proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2). Pure: whoever has the hashes of
 * complete subtrees makes proofs, and whoever has none verifies them.
 *
 * Sizes and indices go up to 2^53 - 1, so halves are divisions and not shifts.
 */

import { assert } from '../base/assert.ts';
import { concat, equal } from '../base/bytes.ts';
import type { Primitives } from '../crypto/primitives.ts';

export type Sha256 = Pick<Primitives, 'sha256'>;

export const hashBytes = 32;

/** The leaves from `from` up to, not including, `to`; a whole one of a tree begins at a multiple of its size's power of two. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A complete subtree: its 2^level leaves begin at index · 2^level. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(primitives: Sha256, leaf: Uint8Array): Uint8Array {
  return primitives.sha256(concat(LEAF, leaf));
}

export function nodeHash(primitives: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  return primitives.sha256(concat(NODE, left, right));
}

/** The root of a tree without leaves. */
export function emptyRoot(primitives: Sha256): Uint8Array {
  return primitives.sha256(new Uint8Array(0));
}

/** The complete subtrees of a range, from left to right; each is larger than the next. */
export function subtreesOf({ from, to }: Range): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  for (let at = from; at < to;) {
    const size = powerUpTo(to - at);
    assert(at % size === 0, 'a range begins where a subtree of its size may');
    subtrees.push({ level: Math.log2(size), index: at / size });
    at += size;
  }
  return subtrees;
}

/** The hash of a range from those of its complete subtrees. */
export function joined(primitives: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1);
  if (last === undefined) return emptyRoot(primitives);
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(primitives, left, right), last);
}

/** The ranges whose hashes prove that a leaf is in a tree of this size, the nearest first. */
export function inclusionRanges(index: number, size: number): readonly Range[] {
  assert(index >= 0 && index < size, 'a leaf is in its tree');
  return siblings(index, { from: 0, to: size });
}

function siblings(index: number, { from, to }: Range): readonly Range[] {
  if (to - from === 1) return [];
  const middle = from + powerBelow(to - from);
  const left = { from, to: middle };
  const right = { from: middle, to };
  return index < middle ? [...siblings(index, left), right] : [...siblings(index, right), left];
}

/** The ranges whose hashes prove that a tree of this size begins with the one of `old` leaves. */
export function consistencyRanges(old: number, size: number): readonly Range[] {
  assert(old >= 0 && old <= size, 'a tree grows');
  return old === 0 || old === size ? [] : growth(old, { from: 0, to: size }, true);
}

/** SUBPROOF of RFC 6962 section 2.1.2; `isOld` while the subtree's hash is the old root, which is known. */
function growth(old: number, { from, to }: Range, isOld: boolean): readonly Range[] {
  if (old === to) return isOld ? [] : [{ from, to }];
  const middle = from + powerBelow(to - from);
  const left = { from, to: middle };
  const right = { from: middle, to };
  return old <= middle ? [...growth(old, left, isOld), right] : [...growth(old, right, false), left];
}

/** Where a leaf is claimed to be. */
export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the leaf with this hash is at its index in the tree with this root. */
export function isIncluded(primitives: Sha256, { index, size, leaf, root, proof }: Inclusion): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let at = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      hash = nodeHash(primitives, sibling, hash);
      for (; !isOdd(at) && at !== 0; last = half(last)) at = half(at);
    } else hash = nodeHash(primitives, hash, sibling);
    at = half(at);
    last = half(last);
  }
  return last === 0 && equal(hash, root);
}

/** Two trees of which the larger is claimed to begin with the smaller. */
export interface Consistency {
  readonly old: number;
  readonly size: number;
  readonly oldRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Whether the tree with the larger size is the other one with leaves appended. Of the empty tree nothing can be
 * proven, and nothing needs to be.
 */
export function isConsistent(primitives: Sha256, claim: Consistency): boolean {
  const { old, size, oldRoot, root, proof } = claim;
  if (!isCount(old) || !isCount(size) || old > size) return false;
  if (old === size) return proof.length === 0 && equal(oldRoot, root) && isRootOf(primitives, size, root);
  if (old === 0 || ![oldRoot, root, ...proof].every(isHash)) return false;
  const isComplete = powerUpTo(old) === old;
  const [first, ...rest] = isComplete ? [oldRoot, ...proof] : proof;
  if (first === undefined || (isComplete && proof.length === 0)) return false;
  return grows(primitives, claim, { first, rest });
}

/** The walk of RFC 9162 section 2.1.4.2, from the last node that both trees share up to both roots. */
function grows(
  primitives: Sha256,
  { old, size, oldRoot, root }: Consistency,
  { first, rest }: { readonly first: Uint8Array; readonly rest: readonly Uint8Array[] },
): boolean {
  let at = old - 1;
  let last = size - 1;
  for (; isOdd(at); last = half(last)) at = half(at);
  let oldHash = first;
  let hash = first;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      oldHash = nodeHash(primitives, sibling, oldHash);
      hash = nodeHash(primitives, sibling, hash);
      for (; !isOdd(at) && at !== 0; last = half(last)) at = half(at);
    } else hash = nodeHash(primitives, hash, sibling);
    at = half(at);
    last = half(last);
  }
  return last === 0 && equal(oldHash, oldRoot) && equal(hash, root);
}

/** Of no tree but the empty one is the root known beforehand. */
function isRootOf(primitives: Sha256, size: number, root: Uint8Array): boolean {
  return size > 0 || equal(root, emptyRoot(primitives));
}

const isOdd = (value: number): boolean => value % 2 === 1;
const half = (value: number): number => Math.floor(value / 2);
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isHash = (hash: Uint8Array): boolean => hash.length === hashBytes;

/** The largest power of two that is at most `value`, which is at least 1. */
function powerUpTo(value: number): number {
  let power = 1;
  while (power * 2 <= value) power *= 2;
  return power;
}

/** The largest power of two below `value`, which is at least 2. */
function powerBelow(value: number): number {
  return powerUpTo(value - 1);
}
