import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { hex, utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { browserPrimitives } from './primitives.ts';
import { lacking, onlyWebCrypto, withoutCurves, withoutExport } from './testing/subtle.ts';

const env = realEnv();
const native = nativePrimitives();
const browser = browserPrimitives();
const message = utf8('the oak and the ash');
const seed = env.random(32);
const publicKey = await native.ed25519PublicKey(seed);
const signature = await native.ed25519Sign(seed, message);

/** WebCrypto whose `importKey` fails as a browser's would that has no Ed25519. */
const failing = (name: string): SubtleCrypto => lacking(() => true, name);

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

const kinds = { WebCrypto: onlyWebCrypto(), '@noble': withoutCurves(), 'no export': withoutExport() };
for (const [kind, own] of Object.entries(kinds)) {
  test(`[C8] every implementation gives the same bytes (${kind})`, async () => {
    await fc.assert(
      fc.asyncProperty(sized(32), sized(32), fc.uint8Array(), async (key, other, data) => {
        assert.equal(hex(await own.ed25519PublicKey(key)), hex(await native.ed25519PublicKey(key)));
        assert.equal(hex(await own.ed25519Sign(key, data)), hex(await native.ed25519Sign(key, data)));
        const theirs = await native.x25519PublicKey(other);
        assert.equal(hex(await own.x25519PublicKey(other)), hex(theirs));
        const shared = await own.x25519(key, theirs);
        assert.equal(hex(shared ?? new Uint8Array()), hex((await native.x25519(key, theirs)) ?? message));
      }),
      { numRuns: 20 },
    );
  });

  test(`[C3] a shared secret of zeros is none (${kind})`, async () => {
    assert.equal(await own.x25519(seed, new Uint8Array(32)), null);
    assert.equal(await own.x25519(seed, Uint8Array.of(1, ...new Uint8Array(31))), null);
  });
}

test('[C8] hashes and sealing are the same as on servers', () => {
  fc.assert(
    fc.property(sized(32), sized(12), fc.uint8Array({ maxLength: 300 }), (key, nonce, data) => {
      assert.equal(hex(browser.sha256(data)), hex(native.sha256(data)));
      assert.equal(hex(browser.hmacSha256(key, data)), hex(native.hmacSha256(key, data)));
      const sealed = native.aesGcmSeal(key, nonce, data, key);
      assert.equal(hex(browser.aesGcmSeal(key, nonce, data, key)), hex(sealed));
    }),
  );
});

test('[C8] a browser that lacks one curve loads the curves for that one, once needed', async () => {
  let loads = 0;
  const lacksX25519 = lacking(({ algorithm }) => algorithm === 'X25519', 'NotSupportedError');
  const primitives = browserPrimitives(lacksX25519, async () => {
    loads++;
    return (await import('./curves.ts')).curves;
  });
  assert.equal(hex(await primitives.ed25519Sign(seed, message)), hex(signature));
  assert.equal(loads, 0);
  assert.equal(hex(await primitives.x25519PublicKey(seed)), hex(await native.x25519PublicKey(seed)));
  assert.equal(loads, 1);
});

test('[C8] a page without a secure context still makes keys and signs', async () => {
  const primitives = browserPrimitives(null);
  assert.equal(hex(await primitives.ed25519PublicKey(seed)), hex(publicKey));
  assert.equal(hex(await primitives.ed25519Sign(seed, message)), hex(signature));
});

test('[C8] the secret of a one-time key is imported once, and as what it is now', async () => {
  let imports = 0;
  const counting = new Proxy(crypto.subtle, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return (...given: readonly unknown[]): unknown => {
        if (property === 'importKey' && given[0] === 'pkcs8') imports++;
        return Reflect.apply(member, target, given);
      };
    },
  });
  const primitives = browserPrimitives(counting);
  const secret = env.random(32);
  const theirs = await native.x25519PublicKey(seed);
  const shared = hex((await native.x25519(secret, theirs)) ?? assert.fail('a key'));
  await primitives.x25519PublicKey(secret);
  assert.equal(hex((await primitives.x25519(secret, theirs)) ?? message), shared);
  assert.equal(imports, 1);
  assert.equal(hex((await primitives.x25519(secret, theirs)) ?? message), shared);
  assert.equal(imports, 2, 'it was forgotten when it had agreed');
  await primitives.x25519PublicKey(secret);
  secret.fill(7);
  const reused = await primitives.x25519(secret, theirs);
  assert.deepEqual(reused, await native.x25519(secret, theirs));
});

test('[C8] wrong sizes are our own mistake', async () => {
  const failure = { name: 'AssertionError' };
  const [key, nonce] = [env.random(32), env.random(12)];
  assert.throws(() => browser.aesGcmSeal(env.random(24), nonce, message, message), failure);
  assert.throws(() => browser.aesGcmOpen(key, env.random(8), message, message), failure);
  await assert.rejects(browser.x25519(env.random(31), key), failure);
  await assert.rejects(browser.x25519(key, env.random(31)), failure);
});
