import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { concat, fromHex, hex, utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { browserPrimitives } from '../browser/primitives.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { newExchangeKey } from './agree.ts';
import { hpkeKeys, hpkeOpen, hpkeOverheadBytes, hpkeSeal } from './hpke.ts';

const implementations = { native: nativePrimitives(), browser: browserPrimitives() };
const env = realEnv();
const context = { info: utf8('site/key'), associated: utf8('site|1|device') };

for (const [kind, primitives] of Object.entries(implementations)) {
  test(`[C4] what is sealed to a key opens with its secret on any runtime (${kind})`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array(),
        fc.uint8Array(),
        fc.uint8Array(),
        async (info, associated, plaintext) => {
          const recipient = await newExchangeKey(primitives, env);
          const to = { info, associated, publicKey: recipient.publicKey };
          const sealed = (await hpkeSeal(primitives, env, to, plaintext)) ?? assert.fail('sealed');
          assert.equal(sealed.length, plaintext.length + hpkeOverheadBytes);
          for (const other of Object.values(implementations)) {
            assert.deepEqual(
              await hpkeOpen(other, recipient.secret, { info, associated }, sealed),
              plaintext,
            );
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test(`[C4] another recipient, purpose, associated data or suite does not open it (${kind})`, async () => {
    const recipient = await newExchangeKey(primitives, env);
    const to = { ...context, publicKey: recipient.publicKey };
    const sealed = (await hpkeSeal(primitives, env, to, utf8('key'))) ?? assert.fail('sealed');
    const { secret } = recipient;
    assert.notEqual(await hpkeOpen(primitives, secret, context, sealed), null);
    assert.equal(
      await hpkeOpen(primitives, (await newExchangeKey(primitives, env)).secret, context, sealed),
      null,
    );
    assert.equal(await hpkeOpen(primitives, secret, { ...context, info: utf8('site/kez') }, sealed), null);
    assert.equal(await hpkeOpen(primitives, secret, { ...context, associated: utf8('') }, sealed), null);
    assert.equal(await hpkeOpen(primitives, secret, { ...context, keyBytes: 16 }, sealed), null);
  });

  test(`[C4] every flipped bit and every cut is refused (${kind})`, async () => {
    const recipient = await newExchangeKey(primitives, env);
    const to = { ...context, publicKey: recipient.publicKey };
    const sealed = (await hpkeSeal(primitives, env, to, utf8('key'))) ?? assert.fail('sealed');
    for (let bit = 0; bit < sealed.length * 8; bit += 7) {
      const bad = new Uint8Array(sealed);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(await hpkeOpen(primitives, recipient.secret, context, bad), null, `bit ${bit}`);
    }
    for (const size of [0, 31, 32, 47, 48, sealed.length - 1]) {
      assert.equal(await hpkeOpen(primitives, recipient.secret, context, sealed.subarray(0, size)), null);
    }
  });

  test(`[C3] nothing is sealed to, or opened from, a key of small order (${kind})`, async () => {
    const zero = new Uint8Array(32);
    assert.equal(await hpkeSeal(primitives, env, { ...context, publicKey: zero }, utf8('key')), null);
    const forged = concat(zero, new Uint8Array(32));
    assert.equal(
      await hpkeOpen(primitives, (await newExchangeKey(primitives, env)).secret, context, forged),
      null,
    );
  });

  test(`[C4] sequence number 1 of RFC 9180 A.1.1 follows from the same keys (${kind})`, () => {
    const info = utf8('Ode on a Grecian Urn');
    const shared = 'fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc';
    const keys = hpkeKeys(primitives, fromHex(shared) ?? assert.fail('hex'), {
      info,
      associated: utf8(''),
      keyBytes: 16,
    });
    const nonce = new Uint8Array(keys.baseNonce);
    nonce[11] = (nonce[11] ?? 0) ^ 1;
    assert.equal(hex(nonce), '56d890e5accaaf011cff4b7c');
    const text = utf8('Beauty is truth, truth beauty');
    assert.equal(
      hex(primitives.aesGcmSeal(keys.key, nonce, text, utf8('Count-1'))),
      'af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84',
    );
  });
}

test('[C4] two sealings of one message share no byte of key or ciphertext', async () => {
  const primitives = implementations.native;
  const to = { ...context, publicKey: (await newExchangeKey(primitives, env)).publicKey };
  const a = (await hpkeSeal(primitives, env, to, utf8('key'))) ?? assert.fail('sealed');
  const b = (await hpkeSeal(primitives, env, to, utf8('key'))) ?? assert.fail('sealed');
  assert.notEqual(hex(a.subarray(0, 32)), hex(b.subarray(0, 32)));
  assert.notEqual(hex(a.subarray(32)), hex(b.subarray(32)));
});
