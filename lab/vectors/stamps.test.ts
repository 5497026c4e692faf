/** The golden vectors of stamps (SPEC W7, Z70). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { headOf, isWork, zeroBits } from 'copse/internal/crypto/work.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { read, unhex } from './read.ts';

interface StampVector {
  readonly id: string;
  readonly node: string;
  readonly recipient: string;
  readonly algorithm: number;
  readonly bits: number;
  readonly expiresMs: number;
  readonly nonce: string;
}

interface Stated extends StampVector {
  readonly head: string;
  readonly hash: string;
  readonly zeroBits: number;
}

const primitives = nativePrimitives();

function partsOf({ id, node, recipient, algorithm, bits, expiresMs, nonce }: StampVector) {
  const of = { id: unhex(id), node: unhex(node), recipient: unhex(recipient) };
  return { of, stamp: { algorithm, bits, expiresMs, nonce: unhex(nonce) } };
}

test('[Z70, W7] stamps hash to what is stated, and what is none is refused', () => {
  const { valid, invalid } = read<Stated, StampVector>('stamps.json');
  for (const vector of valid) {
    const { of, stamp } = partsOf(vector);
    const head = headOf(of, stamp);
    assert.equal(hex(head), vector.head, vector.name);
    const hash = primitives.sha256(Uint8Array.of(...head, ...stamp.nonce));
    assert.deepEqual([hex(hash), zeroBits(hash)], [vector.hash, vector.zeroBits], vector.name);
    assert.equal(isWork(primitives, of, stamp), true, vector.name);
  }
  for (const vector of invalid) {
    const { of, stamp } = partsOf(vector);
    assert.equal(isWork(primitives, of, stamp), false, vector.name);
  }
});
