import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { concat, hex, utf8 } from '../base/bytes.ts';
import { realEnv, type Env } from '../base/env.ts';
import { deviceId, siteId } from '../base/ids.ts';
import { browserPrimitives } from '../browser/primitives.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { entryKey, open, openSecret, seal, sealOverheadBytes, sealSecret } from './aead.ts';
import { domain } from './domain.ts';

const implementations = { native: nativePrimitives(), browser: browserPrimitives() };
const native = implementations.native;
const env = realEnv();
const A = domain('test/a');
const B = domain('test/b');
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });

for (const [kind, primitives] of Object.entries(implementations)) {
  test(`[C5] what was sealed opens on any runtime (${kind})`, () => {
    fc.assert(
      fc.property(keys, fc.uint8Array(), fc.uint8Array(), (key, associated, plaintext) => {
        const under = { key, associated };
        const sealed = seal(primitives, env, under, plaintext);
        assert.equal(sealed.length, plaintext.length + sealOverheadBytes);
        for (const other of Object.values(implementations)) {
          assert.deepEqual(open(other, under, sealed), plaintext);
        }
      }),
    );
  });

  test(`[C5] any flipped bit of key, associated data or sealed bytes is refused (${kind})`, () => {
    const key = env.random(32);
    const associated = utf8('header');
    const sealed = seal(primitives, env, { key, associated }, utf8('oak'));
    const whole = concat(key, associated, sealed);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bad = new Uint8Array(whole);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const under = { key: bad.subarray(0, 32), associated: bad.subarray(32, 38) };
      assert.equal(open(primitives, under, bad.subarray(38)), null, `bit ${bit}`);
    }
  });

  test(`[C5] cut, lengthened and empty bytes are refused (${kind})`, () => {
    const under = { key: env.random(32), associated: utf8('header') };
    const sealed = seal(primitives, env, under, utf8('oak'));
    for (let size = 0; size < sealed.length; size++) {
      assert.equal(open(primitives, under, sealed.subarray(0, size)), null);
    }
    assert.equal(open(primitives, under, concat(sealed, Uint8Array.of(0))), null);
    assert.equal(open(primitives, { ...under, associated: utf8('heade') }, sealed), null);
  });
}

test('[C5] every sealing takes a fresh nonce from the environment', () => {
  const under = { key: env.random(32), associated: utf8('') };
  const made = Array.from({ length: 100 }, () => hex(seal(native, env, under, utf8('oak'))));
  assert.equal(new Set(made.map((text) => text.slice(0, 24))).size, 100);
  const fixed: Env = { ...env, random: (size) => new Uint8Array(size).fill(9) };
  assert.equal(hex(seal(native, fixed, under, utf8('oak'))).slice(0, 24), '09'.repeat(12));
});

test('[C5] a key of another size is our own mistake', () => {
  const under = { key: new Uint8Array(16), associated: utf8('') };
  assert.throws(() => seal(native, env, under, utf8('oak')), { name: 'AssertionError' });
  assert.throws(() => open(native, under, new Uint8Array(40)), { name: 'AssertionError' });
});

test('[C2] each writer of each site under each site key seals with a key of its own', () => {
  const siteKeys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const sites = ['00'.repeat(16), '01'.repeat(16)].map(siteId);
  const devices = ['00'.repeat(8), '01'.repeat(8)].map(deviceId);
  const made = siteKeys.flatMap((key) =>
    sites.flatMap((site) => devices.map((device) => hex(entryKey(native, key, site, device)))),
  );
  assert.equal(new Set(made).size, 8);
  assert.equal(hex(entryKey(implementations.browser, siteKeys[0]!, sites[0]!, devices[0]!)), made[0]);
});

test('[C2] a malformed id makes no entry key', () => {
  const key = new Uint8Array(32);
  const wrong = [siteId('00'), siteId('zz'.repeat(16)), siteId('00'.repeat(17))];
  for (const site of wrong) {
    assert.throws(() => entryKey(native, key, site, deviceId('00'.repeat(8))), { name: 'AssertionError' });
  }
});

test('[S10] a sealed secret opens under its key and domain only', () => {
  const key = env.random(32);
  const secret = env.random(32);
  const sealed = sealSecret(native, env, { key, within: A }, secret);
  assert.deepEqual(openSecret(native, { key, within: A }, sealed), secret);
  assert.equal(openSecret(native, { key, within: B }, sealed), null);
  assert.equal(openSecret(native, { key: env.random(32), within: A }, sealed), null);
  assert.ok(!hex(sealed).includes(hex(secret)));
});
