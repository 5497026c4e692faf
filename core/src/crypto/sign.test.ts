import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { concat, fromHex, hex, utf8 } from '../base/bytes.ts';
import { browserPrimitives } from '../browser/primitives.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { domain } from './domain.ts';
import { isStrictPublicKey, isStrictSignature, sign, signRaw, verify, verifyRaw } from './sign.ts';

const implementations = { native: nativePrimitives(), browser: browserPrimitives() };
const native = implementations.native;
const A = domain('test/a');
const B = domain('test/b');
const seed = new Uint8Array(32).fill(7);
const publicKey = await native.ed25519PublicKey(seed);
const message = utf8('the oak and the ash');

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = base % P, e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) {
    if (e & 1n) result = (result * b) % P;
  }
  return result;
}

const mod = (n: bigint) => ((n % P) + P) % P;
const inverse = (n: bigint) => power(mod(n), P - 2n);
const littleEndian = (n: bigint) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));
const fromLittleEndian = (bytes: Uint8Array) => bytes.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);

/** A square root modulo p (RFC 8032 section 5.1.3, step 3), or null. */
function root(n: bigint): bigint | null {
  const candidate = power(mod(n), (P + 3n) / 8n);
  for (const r of [candidate, mod(candidate * power(2n, (P - 1n) / 4n))]) {
    if (mod(r * r - n) === 0n) return r;
  }
  return null;
}

/**
 * The y of every point of small order, from the curve's equation: 1 and -1 (orders 1 and 2), 0 (order
 * 4), and where doubling gives y = 0, that is x² = -y² and so d·y⁴ + 2·y² - 1 = 0 (order 8).
 */
function smallOrderY(): readonly bigint[] {
  const d = mod(-121665n * inverse(121666n));
  const discriminant = root(mod(1n + d)) ?? assert.fail('1 + d is a square');
  const order8 = [discriminant, -discriminant]
    .map((s) => root(mod((s - 1n) * inverse(d))))
    .filter((y) => y !== null);
  return [1n, P - 1n, 0n, ...order8, ...order8.map((y) => mod(-y))];
}

test('[C1] points of small order are refused in every encoding', () => {
  const all = smallOrderY();
  assert.equal(new Set(all).size, 5);
  const encodings = all.flatMap((y) => [y, y + P]).filter((y) => y < 2n ** 255n);
  for (const y of encodings) {
    for (const signBit of [0n, 2n ** 255n]) {
      const point = littleEndian(y + signBit);
      assert.equal(isStrictPublicKey(point), false, hex(point));
      assert.equal(isStrictSignature(concat(point, new Uint8Array(32))), false, hex(point));
    }
  }
});

test('[C1] the 19 non-canonical y are refused with both signs, p - 2 is not', () => {
  for (let y = P; y < 2n ** 255n; y++) {
    assert.equal(isStrictPublicKey(littleEndian(y)), false);
    assert.equal(isStrictPublicKey(littleEndian(y + 2n ** 255n)), false);
  }
  assert.equal(isStrictPublicKey(littleEndian(P - 2n)), true);
});

test('[C1] S must be below the order', async () => {
  const signature = await signRaw(native, seed, message);
  const withS = (s: bigint) => concat(signature.subarray(0, 32), littleEndian(s));
  assert.equal(isStrictSignature(withS(L - 1n)), true);
  assert.equal(isStrictSignature(withS(L)), false);
  assert.equal(isStrictSignature(withS(2n ** 256n - 1n)), false);
  const s = fromLittleEndian(signature.subarray(32));
  assert.equal(isStrictSignature(withS(s)), true);
  assert.equal(isStrictSignature(withS(s + L)), false);
});

test('[C1] bytes of a wrong length are no signature and no key', async () => {
  const signature = await signRaw(native, seed, message);
  for (const size of [0, 31, 33, 64]) assert.equal(isStrictPublicKey(new Uint8Array(size).fill(9)), false);
  for (const size of [0, 32, 63, 65]) {
    const cut = concat(signature, signature).subarray(0, size);
    assert.equal(await verifyRaw(native, publicKey, message, cut), false);
  }
  assert.equal(await verifyRaw(native, publicKey.subarray(1), message, signature), false);
});

for (const [kind, primitives] of Object.entries(implementations)) {
  test(`[C1] what one side signs every side accepts (${kind})`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array(),
        async (key, text) => {
          const signature = await sign(primitives, key, A, text);
          assert.equal(hex(signature), hex(await sign(native, key, A, text)));
          const verifying = await native.ed25519PublicKey(key);
          assert.equal(await verify(primitives, verifying, A, text, signature), true);
        },
      ),
      { numRuns: 20 },
    );
  });

  test(`[C1] any flipped bit of signature, key or message is refused (${kind})`, async () => {
    const signature = await sign(primitives, seed, A, message);
    const whole = concat(publicKey, signature, message);
    for (let bit = 0; bit < whole.length * 8; bit += 5) {
      const bad = new Uint8Array(whole);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const [key, sig, text] = [bad.subarray(0, 32), bad.subarray(32, 96), bad.subarray(96)];
      assert.equal(await verify(primitives, key, A, text, sig), false, `bit ${bit}`);
    }
  });

  test(`[C2] a signature of one domain is none in another and none bare (${kind})`, async () => {
    const signature = await sign(primitives, seed, A, message);
    assert.equal(await verify(primitives, publicKey, A, message, signature), true);
    assert.equal(await verify(primitives, publicKey, B, message, signature), false);
    assert.equal(await verifyRaw(primitives, publicKey, message, signature), false);
  });
}

test('[C1] a signature that only a cofactored check accepts is refused everywhere', async () => {
  // CCTV ed25519 vector with flags low_order_component_A, low_order_residue: R and A pass the filter.
  for (const [kind, primitives] of Object.entries(implementations)) {
    const answer = await verifyRaw(primitives, RESIDUE.key, RESIDUE.message, RESIDUE.signature);
    assert.equal(answer, false, kind);
    assert.equal(isStrictPublicKey(RESIDUE.key) && isStrictSignature(RESIDUE.signature), true);
  }
});

const must = (text: string) => fromHex(text) ?? assert.fail('the vector is hex');
const RESIDUE = {
  key: must('10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f'),
  signature: must(
    '36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56bc02e2b9e63e385c058bf62b14b3a2b29ccefe8e38ddb536bc3f9865320a3d801',
  ),
  message: utf8('ed25519vectors 10'),
};
