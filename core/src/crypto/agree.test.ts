import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { fromHex, hex } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { browserPrimitives } from '../browser/primitives.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { agree, exchangeKeyOf, newExchangeKey, OneTimeKey } from './agree.ts';

const implementations = { native: nativePrimitives(), browser: browserPrimitives() };
const env = realEnv();
const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** The encodings of small order (Bernstein, "Curve25519", and cr.yp.to/ecdh.html#validate), and p + 0, p + 1. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

for (const [kind, primitives] of Object.entries(implementations)) {
  test(`[C3] a key of small order is refused (${kind})`, async () => {
    const own = await newExchangeKey(primitives, env);
    for (const text of SMALL_ORDER) {
      const publicKey = fromHex(text) ?? assert.fail('hex');
      assert.equal(await agree(primitives, own.secret, publicKey), null, text);
    }
  });

  test(`[C3] a key of a wrong length is refused (${kind})`, async () => {
    const own = await newExchangeKey(primitives, env);
    for (const size of [0, 31, 33])
      assert.equal(await agree(primitives, own.secret, new Uint8Array(size)), null);
  });

  test(`[C3] both sides come to the same secret, on any runtime (${kind})`, async () => {
    await fc.assert(
      fc.asyncProperty(secrets, secrets, async (a, b) => {
        const mine = await exchangeKeyOf(primitives, a);
        const yours = await exchangeKeyOf(implementations.native, b);
        const shared = (await agree(primitives, mine.secret, yours.publicKey)) ?? assert.fail('a secret');
        const other = await agree(implementations.native, yours.secret, mine.publicKey);
        assert.equal(hex(shared), hex(other ?? assert.fail('a secret')));
      }),
      { numRuns: 20 },
    );
  });
}

test('[H6] a one-time key agrees once', async () => {
  const primitives = implementations.native;
  const mine = await OneTimeKey.make(primitives, env);
  const yours = await OneTimeKey.make(primitives, env);
  const shared = (await mine.agree(yours.publicKey)) ?? assert.fail('a secret');
  assert.equal(hex((await yours.agree(mine.publicKey)) ?? assert.fail('a secret')), hex(shared));
  await assert.rejects(mine.agree(yours.publicKey), { name: 'AssertionError' });
});

test('[H6] a one-time key is used up by a refused partner, too', async () => {
  const mine = await OneTimeKey.make(implementations.native, env);
  assert.equal(await mine.agree(new Uint8Array(32)), null);
  await assert.rejects(mine.agree(new Uint8Array(32)), { name: 'AssertionError' });
});
