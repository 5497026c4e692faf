import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { hex, utf8 } from '../base/bytes.ts';
import { nativePrimitives } from '../native/primitives.ts';
import {
  consistencyRanges,
  emptyRoot,
  inclusionRanges,
  isConsistent,
  isIncluded,
  joined,
  leafHash,
  nodeHash,
  subtreesOf,
  type Range,
} from './merkle.ts';

const primitives = nativePrimitives();
const LEAVES = Array.from({ length: 300 }, (_, n) => leafHash(primitives, utf8(`leaf ${n}`)));

/** MTH of RFC 6962 section 2.1, word by word. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return emptyRoot(primitives);
  if (leaves.length === 1) return only;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(primitives, treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

function hashOf(range: Range): Uint8Array {
  const hashes = subtreesOf(range).map(({ level, index }) =>
    treeHash(LEAVES.slice(index * 2 ** level, (index + 1) * 2 ** level)),
  );
  return joined(primitives, hashes);
}

const sizes = fc.integer({ min: 1, max: LEAVES.length });

test('[M1] the root of a tree is made of its complete subtrees', () => {
  equal(hex(emptyRoot(primitives)), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (let size = 0; size <= LEAVES.length; size++) {
    deepEqual(hashOf({ from: 0, to: size }), treeHash(LEAVES.slice(0, size)), `size ${size}`);
  }
  throws(() => subtreesOf({ from: 1, to: 3 }), /begins where a subtree/);
});

test('[M1] every leaf is proven in every tree, and nowhere else', () => {
  const cases = fc
    .tuple(sizes, fc.nat(), fc.nat())
    .map(([size, a, b]) => ({ size, index: a % size, other: b % size }));
  fc.assert(
    fc.property(cases, ({ size, index, other }) => {
      const proof = inclusionRanges(index, size).map(hashOf);
      const root = treeHash(LEAVES.slice(0, size));
      const leaf = LEAVES[index] ?? root;
      const claim = { index, size, leaf, root, proof };
      equal(isIncluded(primitives, claim), true);
      equal(isIncluded(primitives, { ...claim, index: other }), other === index);
      equal(isIncluded(primitives, { ...claim, leaf: root }), size === 1);
      equal(isIncluded(primitives, { ...claim, index: size }), false);
      equal(isIncluded(primitives, { ...claim, proof: [...proof, root] }), false);
      if (proof.length > 0) equal(isIncluded(primitives, { ...claim, proof: proof.slice(1) }), false);
    }),
  );
});

test('[M1] every tree is proven to begin with every smaller one, and with no other', () => {
  fc.assert(
    fc.property(sizes, sizes, fc.nat(), (a, b, spoilt) => {
      const [old, size] = a < b ? [a, b] : [b, a];
      const proof = consistencyRanges(old, size).map(hashOf);
      const oldRoot = treeHash(LEAVES.slice(0, old));
      const root = treeHash(LEAVES.slice(0, size));
      const claim = { old, size, oldRoot, root, proof };
      equal(isConsistent(primitives, claim), true);
      const altered = LEAVES.slice(0, old);
      altered[spoilt % old] = emptyRoot(primitives);
      equal(isConsistent(primitives, { ...claim, oldRoot: treeHash(altered) }), false);
      equal(
        isConsistent(primitives, { ...claim, root: treeHash([...altered, ...LEAVES.slice(old, size)]) }),
        false,
      );
      equal(isConsistent(primitives, { ...claim, proof: [...proof, root] }), false);
      if (old < size) equal(isConsistent(primitives, { ...claim, old: size, size: old }), false);
    }),
  );
});

test('[M1] whatever is claimed of an empty or absurd tree, verification answers and does not throw', () => {
  const root = emptyRoot(primitives);
  equal(isConsistent(primitives, { old: 0, size: 0, oldRoot: root, root, proof: [] }), true);
  equal(isConsistent(primitives, { old: 0, size: 1, oldRoot: root, root, proof: [] }), false);
  for (const size of [-1, 0.5, Number.NaN, 2 ** 53]) {
    equal(isConsistent(primitives, { old: 0, size, oldRoot: root, root, proof: [] }), false);
    equal(isIncluded(primitives, { index: 0, size, leaf: root, root, proof: [] }), false);
  }
  const last = { index: 2 ** 53 - 2, size: 2 ** 53 - 1, leaf: root, root };
  equal(isIncluded(primitives, { ...last, proof: [] }), false);
  equal(inclusionRanges(last.index, last.size).length, 52);
});
