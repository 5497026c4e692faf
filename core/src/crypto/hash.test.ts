import assert from 'node:assert/strict';
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { concat, hex, NO_BYTES } from '../base/bytes.ts';
import { browserPrimitives } from '../browser/primitives.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { domain } from './domain.ts';
import { deriveKey, deviceIdOf, hashOf, hkdfExpand, macOf, siteIdOf, userIdOf } from './hash.ts';

const implementations = { native: nativePrimitives(), browser: browserPrimitives() };
const native = implementations.native;
const A = domain('test/a');
const B = domain('test/b');
const secret = new Uint8Array(32).fill(3);

for (const [kind, primitives] of Object.entries(implementations)) {
  test(`[C2] hash, MAC and derived key are the standard ones over the domain's prefix (${kind})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 300 }), (data, size) => {
        const input = concat(A.prefix, data);
        assert.equal(hex(hashOf(primitives, A, data)), createHash('sha256').update(input).digest('hex'));
        const mac = createHmac('sha256', secret).update(input).digest('hex');
        assert.equal(hex(macOf(primitives, secret, A, data)), mac);
        const key = new Uint8Array(hkdfSync('sha256', secret, NO_BYTES, input, size));
        assert.equal(hex(deriveKey(primitives, secret, A, data, size)), hex(key));
      }),
    );
  });
}

test('[C2] another domain gives another hash, MAC, key and id', () => {
  const data = new Uint8Array(32).fill(5);
  assert.notEqual(hex(hashOf(native, A, data)), hex(hashOf(native, B, data)));
  assert.notEqual(hex(macOf(native, secret, A, data)), hex(macOf(native, secret, B, data)));
  assert.notEqual(hex(deriveKey(native, secret, A)), hex(deriveKey(native, secret, B)));
  const ids = [userIdOf(native, data), deviceIdOf(native, data), siteIdOf(native, data).slice(0, 16)];
  assert.equal(new Set(ids).size, 3);
});

test('[C2] ids have their length and never change', async () => {
  const key = await native.ed25519PublicKey(new Uint8Array(32));
  assert.equal(userIdOf(native, key), '7324fe79d6ed38ba');
  assert.equal(deviceIdOf(native, key), 'fce2507dc2290bb0');
  assert.equal(siteIdOf(native, key), '593a3ea9823b87f99cfd1fdc5a8a4115');
  assert.throws(() => userIdOf(native, key.subarray(1)), { name: 'AssertionError' });
});

test('[C8] HKDF makes 255 blocks and not one byte more', () => {
  assert.equal(hkdfExpand(native, secret, NO_BYTES, 255 * 32).length, 255 * 32);
  assert.throws(() => hkdfExpand(native, secret, NO_BYTES, 255 * 32 + 1), { name: 'AssertionError' });
  assert.throws(() => hkdfExpand(native, secret, NO_BYTES, 0), { name: 'AssertionError' });
});
