import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isStrictPublicKey, isStrictSignature } from 'copse/internal/crypto/sign.ts';
import { Chance } from '../chance.ts';
import { run } from '../run.ts';
import { ciphersOfSeed, REAL_CIPHERS, REAL_EVERY, STAND_IN_CIPHERS } from './ciphers.ts';
import { SystemScenario } from './scenario.ts';

const chance = new Chance(1);
const bytes = (size: number): Uint8Array => chance.bytes(size);

/** Each byte changed, one after the other. */
function* altered(original: Uint8Array): Iterable<Uint8Array> {
  for (let i = 0; i < original.length; i++) {
    const copy = original.slice();
    copy[i] = (copy[i] ?? 0) ^ 1;
    yield copy;
  }
}

for (const [name, { primitives }] of [
  ['real', REAL_CIPHERS],
  ['stand-in', STAND_IN_CIPHERS],
] as const) {
  const publicOf = async (seed: Uint8Array) => primitives.ed25519PublicKey(seed);
  const agree = async (secret: Uint8Array, theirs: Uint8Array) => primitives.x25519(secret, theirs);
  const agreeing = async (secret: Uint8Array) => primitives.x25519PublicKey(secret);
  const open = async (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, beside: Uint8Array) =>
    primitives.aesGcmOpen(key, nonce, sealed, beside);

  test(`[X2] a signature holds under its key and message only: ${name}`, async () => {
    const sign = async (seed: Uint8Array, message: Uint8Array) => primitives.ed25519Sign(seed, message);
    const holds = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> =>
      primitives.ed25519Verify(publicKey, message, signature);
    const [seed, message] = [bytes(32), bytes(50)];
    const publicKey = await publicOf(seed);
    const signature = await sign(seed, message);
    assert.ok(isStrictPublicKey(publicKey));
    assert.ok(isStrictSignature(signature));
    assert.ok(await holds(publicKey, message, signature));
    assert.ok(!(await holds(await publicOf(bytes(32)), message, signature)));
    for (const wrong of altered(message)) assert.ok(!(await holds(publicKey, wrong, signature)));
    for (const wrong of altered(signature)) assert.ok(!(await holds(publicKey, message, wrong)));
  });

  test(`[X2] two sides agree on one secret and nobody else does: ${name}`, async () => {
    const [a, b] = [bytes(32), bytes(32)];
    const [publicA, publicB] = [await agreeing(a), await agreeing(b)];
    const shared = await agree(a, publicB);
    assert.equal(shared?.length, 32);
    assert.deepEqual(await agree(b, publicA), shared);
    assert.notDeepEqual(await agree(bytes(32), publicB), shared);
    assert.equal(await agree(a, new Uint8Array(32)), null);
  });

  test(`[X2] what is sealed opens under the same four things only: ${name}`, async () => {
    const seal = async (key: Uint8Array, nonce: Uint8Array, text: Uint8Array, beside: Uint8Array) =>
      primitives.aesGcmSeal(key, nonce, text, beside);
    const [key, nonce, text, beside] = [bytes(32), bytes(12), bytes(20), bytes(9)];
    const sealed = await seal(key, nonce, text, beside);
    assert.equal(sealed.length, text.length + 16);
    assert.notDeepEqual(sealed.subarray(0, text.length), text);
    assert.deepEqual(await open(key, nonce, sealed, beside), text);
    assert.equal(await open(key, nonce, sealed.subarray(0, 15), beside), null);
    for (const wrong of altered(key)) assert.equal(await open(wrong, nonce, sealed, beside), null);
    for (const wrong of altered(nonce)) assert.equal(await open(key, wrong, sealed, beside), null);
    for (const wrong of altered(sealed)) assert.equal(await open(key, nonce, wrong, beside), null);
    for (const wrong of altered(beside)) assert.equal(await open(key, nonce, sealed, wrong), null);
  });
}

test('[X3] a seed holds with the real cryptography and with its stand-in', () => {
  for (const seed of [4, REAL_EVERY]) {
    assert.equal(ciphersOfSeed(seed), seed === REAL_EVERY ? REAL_CIPHERS : STAND_IN_CIPHERS);
    for (const ciphers of [REAL_CIPHERS, STAND_IN_CIPHERS]) {
      assert.equal(run(new SystemScenario(seed, null, ciphers)).violation, null);
    }
  }
});
