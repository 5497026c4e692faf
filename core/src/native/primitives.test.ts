import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hex, utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { nativePrimitives } from './primitives.ts';

const env = realEnv();
const primitives = nativePrimitives();
const message = utf8('the oak and the ash');

test('[C1] more keys than the cache holds are all verified rightly', async () => {
  const making = Array.from({ length: 5_000 }, async () => {
    const seed = env.random(32);
    return {
      publicKey: await primitives.ed25519PublicKey(seed),
      signature: await primitives.ed25519Sign(seed, message),
    };
  });
  const signed = await Promise.all(making);
  for (const [i, { publicKey, signature }] of signed.entries()) {
    assert.equal(await primitives.ed25519Verify(publicKey, message, signature), true);
    const other = signed[(i + 1) % signed.length]?.publicKey ?? assert.fail('in range');
    assert.equal(await primitives.ed25519Verify(other, message, signature), false);
  }
});

test('[C1] a seed that is wiped or reused in place signs as what it is now', async () => {
  const seed = env.random(32);
  const before = hex(await primitives.ed25519Sign(seed, message));
  assert.equal(hex(await primitives.ed25519Sign(seed, message)), before);
  seed.fill(0);
  const after = hex(await primitives.ed25519Sign(seed, message));
  assert.notEqual(after, before);
  assert.equal(after, hex(await primitives.ed25519Sign(new Uint8Array(32), message)));
});

test('[C1] bytes that are no point verify nothing', async () => {
  const noPoint = new Uint8Array(32).fill(0);
  noPoint[0] = 2; // y = 2 is not on the curve
  assert.equal(await primitives.ed25519Verify(noPoint, message, new Uint8Array(64)), false);
  assert.equal(await primitives.ed25519Verify(new Uint8Array(5), message, new Uint8Array(64)), false);
});

test('[C8] results are plain arrays whose slice is a copy', async () => {
  const seed = env.random(32);
  const nonce = env.random(12);
  const sealed = primitives.aesGcmSeal(seed, nonce, message, message);
  const results = [
    primitives.sha256(message),
    primitives.hmacSha256(seed, message),
    await primitives.ed25519PublicKey(seed),
    await primitives.ed25519Sign(seed, message),
    await primitives.x25519PublicKey(seed),
    await primitives.x25519(seed, await primitives.x25519PublicKey(seed)),
    sealed,
    primitives.aesGcmOpen(seed, nonce, sealed, message),
  ];
  for (const result of results) {
    assert.ok(result !== null);
    assert.equal(Object.getPrototypeOf(result), Uint8Array.prototype);
  }
});

test('[C8] wrong sizes are our own mistake', async () => {
  const failure = { name: 'AssertionError' };
  const [key, nonce] = [env.random(32), env.random(12)];
  await assert.rejects(primitives.ed25519Sign(env.random(31), message), failure);
  await assert.rejects(primitives.x25519PublicKey(env.random(33)), failure);
  assert.throws(() => primitives.aesGcmSeal(env.random(24), nonce, message, message), failure);
  assert.throws(() => primitives.aesGcmSeal(key, env.random(16), message, message), failure);
  assert.throws(() => primitives.aesGcmOpen(key, env.random(8), message, message), failure);
});

test('[C1, C3] on other threads the answers are the same', async () => {
  const threaded = nativePrimitives({ threads: true });
  const seeds = Array.from({ length: 64 }, () => env.random(32));
  const signed = await Promise.all(
    seeds.map(async (seed) => ({
      seed,
      publicKey: await threaded.ed25519PublicKey(seed),
      signature: await threaded.ed25519Sign(seed, message),
      exchange: await threaded.x25519PublicKey(seed),
    })),
  );
  const both = async <T>(ask: (of: typeof primitives) => Promise<T>): Promise<T> => {
    const answer = await ask(threaded);
    assert.deepEqual(answer, await ask(primitives));
    return answer;
  };
  const all = signed.map(async ({ seed, publicKey, signature, exchange }, i) => {
    const other = signed[(i + 1) % signed.length] ?? assert.fail('in range');
    const verified = both((of) => of.ed25519Verify(publicKey, message, signature));
    const forged = both((of) => of.ed25519Verify(other.publicKey, message, signature));
    const shared = both((of) => of.x25519(seed, other.exchange));
    assert.deepEqual([await verified, await forged], [true, false]);
    assert.deepEqual(await shared, await threaded.x25519(other.seed, exchange));
    assert.equal(Object.getPrototypeOf(await shared), Uint8Array.prototype);
  });
  await Promise.all(all);
  const [seed] = seeds;
  for (const low of [0, 1]) {
    const smallOrder = new Uint8Array(32).fill(low, 0, 1);
    assert.equal(await both((of) => of.x25519(seed ?? smallOrder, smallOrder)), null);
  }
  assert.equal(await both((of) => of.ed25519Verify(new Uint8Array(5), message, new Uint8Array(64))), false);
});

test('[C1] what is verified on another thread is what was given, whatever the caller writes there next', async () => {
  const threaded = nativePrimitives({ threads: true });
  const seed = env.random(32);
  const signature = await threaded.ed25519Sign(seed, message);
  const publicKey = await threaded.ed25519PublicKey(seed);
  const answers = Array.from({ length: 100 }, async () => {
    const given = [message.slice(), signature.slice()] as const;
    const answer = threaded.ed25519Verify(publicKey, ...given);
    for (const bytes of given) bytes.fill(0);
    return answer;
  });
  assert.ok((await Promise.all(answers)).every(Boolean));
});
