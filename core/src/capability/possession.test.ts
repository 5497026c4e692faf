import assert from 'node:assert/strict';
import { test } from 'node:test';

import { key } from '../base/ids.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { admitting, connecting, isProven, looking, prove, refreshing, type Statement } from './possession.ts';

const primitives = nativePrimitives();
const seed = new Uint8Array(32).fill(7);
const publicKey = await primitives.ed25519PublicKey(seed);
const bytes = (size: number, value: number): Uint8Array => new Uint8Array(size).fill(value);
const node = key(bytes(32, 1));
const nonce = bytes(32, 2);
const token = bytes(80, 3);

const STATEMENTS: readonly Statement[] = [
  connecting({ nonce, node, token }),
  refreshing({ token, guid: bytes(16, 4) }),
  looking({ node, device: key(bytes(32, 5)) }),
  admitting({ user: key(bytes(32, 5)), node }),
];

test('[A4] a proof holds for the statement it was made for and for no other', async () => {
  for (const made of STATEMENTS) {
    const proof = await prove(primitives, seed, made);
    for (const asked of STATEMENTS) {
      assert.equal(await isProven(primitives, publicKey, asked, proof), asked === made);
    }
  }
});

test('[A4] a proof does not hold for another nonce, node, token or key', async () => {
  const proof = await prove(primitives, seed, connecting({ nonce, node, token }));
  const others = [
    connecting({ nonce: bytes(32, 9), node, token }),
    connecting({ nonce, node: key(bytes(32, 9)), token }),
    connecting({ nonce, node, token: bytes(80, 9) }),
  ];
  for (const other of others) assert.equal(await isProven(primitives, publicKey, other, proof), false);
  const foreign = await primitives.ed25519PublicKey(bytes(32, 8));
  assert.equal(await isProven(primitives, foreign, connecting({ nonce, node, token }), proof), false);
});

test('[C2] a part of another size is our own mistake, so parts never run into one another', () => {
  assert.throws(() => connecting({ nonce: bytes(31, 2), node, token }), { name: 'AssertionError' });
});
