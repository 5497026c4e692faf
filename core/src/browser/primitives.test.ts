import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { hex, utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { browserPrimitives } from './primitives.ts';

const env = realEnv();
const native = nativePrimitives();
const browser = browserPrimitives();
const message = utf8('the oak and the ash');
const seed = env.random(32);
const publicKey = await native.ed25519PublicKey(seed);
const signature = await native.ed25519Sign(seed, message);

/** WebCrypto whose `importKey` fails as a browser's would that has no Ed25519. */
function failing(name: string): SubtleCrypto {
  return new Proxy(crypto.subtle, {
    get: (target, property) =>
      property === 'importKey'
        ? () => Promise.reject(new DOMException('no', name))
        : Reflect.get(target, property),
  });
}

test('[C1] validity is decided by WebCrypto and by nothing else', async () => {
  let asked = 0;
  const counting = new Proxy(crypto.subtle, {
    get: (target, property) => {
      if (property === 'verify') asked++;
      const member: unknown = Reflect.get(target, property);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const primitives = browserPrimitives(counting);
  assert.equal(await primitives.ed25519Verify(publicKey, message, signature), true);
  assert.equal(await primitives.ed25519Verify(publicKey, utf8('another'), signature), false);
  assert.equal(asked, 2);
});

test('[C1] a browser without Ed25519 says so, it does not answer', async () => {
  const primitives = browserPrimitives(failing('NotSupportedError'));
  const checking = primitives.ed25519Verify(publicKey, message, signature);
  await assert.rejects(checking, { name: 'Fault', code: 'version', message: /Ed25519.*Chrome 137/u });
});

test('[C1] a page without a secure context says so', async () => {
  const primitives = browserPrimitives(null);
  const checking = primitives.ed25519Verify(publicKey, message, signature);
  await assert.rejects(checking, { name: 'Fault', code: 'version', message: /https or localhost/u });
});

test('[C1] bytes that are no key verify nothing', async () => {
  const primitives = browserPrimitives(failing('DataError'));
  assert.equal(await primitives.ed25519Verify(publicKey, message, signature), false);
  assert.equal(await browser.ed25519Verify(new Uint8Array(5), message, signature), false);
});

const sized = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });

test('[C8] both implementations give the same bytes', async () => {
  fc.assert(
    fc.property(sized(32), sized(12), fc.uint8Array({ maxLength: 300 }), (key, nonce, data) => {
      assert.equal(hex(browser.sha256(data)), hex(native.sha256(data)));
      assert.equal(hex(browser.hmacSha256(key, data)), hex(native.hmacSha256(key, data)));
      const sealed = native.aesGcmSeal(key, nonce, data, key);
      assert.equal(hex(browser.aesGcmSeal(key, nonce, data, key)), hex(sealed));
    }),
  );
  await fc.assert(
    fc.asyncProperty(sized(32), fc.uint8Array(), async (key, data) => {
      assert.equal(hex(await browser.ed25519PublicKey(key)), hex(await native.ed25519PublicKey(key)));
      assert.equal(hex(await browser.ed25519Sign(key, data)), hex(await native.ed25519Sign(key, data)));
      assert.equal(hex(await browser.x25519PublicKey(key)), hex(await native.x25519PublicKey(key)));
    }),
    { numRuns: 20 },
  );
});

test('[C8] wrong sizes are our own mistake', async () => {
  const failure = { name: 'AssertionError' };
  const [key, nonce] = [env.random(32), env.random(12)];
  assert.throws(() => browser.aesGcmSeal(env.random(24), nonce, message, message), failure);
  assert.throws(() => browser.aesGcmOpen(key, env.random(8), message, message), failure);
  await assert.rejects(browser.x25519(env.random(31), key), failure);
  await assert.rejects(browser.x25519(key, env.random(31)), failure);
});
