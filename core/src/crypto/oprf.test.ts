/** The oblivious function and the sharing of recovery; the vectors are the RFC's, all suites of them judge it too. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { must } from '../base/assert.ts';
import { fromHex, hex, utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { oprfBlind, oprfEvaluate, oprfFinalize, oprfKeyOf, oprfOutput } from './oprf.ts';
import { combine, deal, isScalar, maskBytes, maskShare, unmaskShare } from './shares.ts';
import { pinBytes, stretch } from './stretch.ts';

const env = realEnv();
const unhex = (text: string): Uint8Array => must(fromHex(text), 'a vector is hex');

/** RFC 9497 appendix A.1.2, the second vector: ristretto255-SHA512, mode VOPRF. */
const RFC = {
  secret: 'e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909',
  publicKey: 'c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e',
  input: '5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a',
  blind: '64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706',
  blinded: 'cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c',
  evaluated: '60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468',
  proof: `401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a67154fabf031fd936051dec80b0b6ae2
9c9503493dde7393b722eafdf5a50b02`.replace('\n', ''),
  output: `8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480
906d27ecd994985890e5f539e7ea74b6`.replace('\n', ''),
};

test('[P1] the vector of RFC 9497 holds: what a server evaluates and proves, a client finalizes', () => {
  const key = { secret: unhex(RFC.secret), publicKey: unhex(RFC.publicKey) };
  const evaluated = must(oprfEvaluate(env, key, unhex(RFC.blinded)), 'an element');
  assert.equal(hex(evaluated.evaluated), RFC.evaluated);
  const own = { blind: unhex(RFC.blind), blinded: unhex(RFC.blinded) };
  const printed = { evaluated: unhex(RFC.evaluated), proof: unhex(RFC.proof) };
  for (const answer of [evaluated, printed]) {
    const output = oprfFinalize(unhex(RFC.input), own, key.publicKey, answer);
    assert.equal(hex(must(output, 'a proof that holds')), RFC.output);
  }
  assert.equal(hex(oprfOutput(env, key, unhex(RFC.input))), RFC.output);
});

test('[P1] an answer by another key, to another question or with a flipped bit proves nothing', () => {
  const key = oprfKeyOf(env.random(32));
  const other = oprfKeyOf(env.random(32));
  const input = utf8('a stretched PIN');
  const own = oprfBlind(env, input);
  const again = oprfBlind(env, input);
  const right = must(oprfEvaluate(env, key, own.blinded), 'an element');
  const accepts = (answer: typeof right, question = own, publicKey = key.publicKey): boolean =>
    oprfFinalize(input, question, publicKey, answer) !== null;
  assert.ok(accepts(right));
  assert.ok(!accepts(must(oprfEvaluate(env, other, own.blinded), 'an element')), 'another key');
  assert.ok(!accepts(right, again), 'a replayed answer');
  assert.ok(!accepts(right, own, other.publicKey), 'another public key');
  assert.ok(!accepts({ ...right, proof: right.proof.subarray(1) }), 'a short proof');
  for (let bit = 0; bit < 96 * 8; bit += 13) {
    const bytes = Uint8Array.of(...right.evaluated, ...right.proof);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const spoilt = { evaluated: bytes.slice(0, 32), proof: bytes.slice(32) };
    assert.ok(!accepts(spoilt), `bit ${bit}`);
  }
});

test('[P1] a server refuses what is no element, and the identity', () => {
  const key = oprfKeyOf(env.random(32));
  const identity = new Uint8Array(32);
  const bad = [identity, new Uint8Array(32).fill(0xff), Uint8Array.of(1), new Uint8Array(33)];
  for (const blinded of bad) assert.equal(oprfEvaluate(env, key, blinded), null);
});

test('[P2] any shares at the threshold give the secret, and fewer another one', () => {
  const sizes = fc.integer({ min: 2, max: 8 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      threshold: fc.integer({ min: 2, max: count }),
      order: fc.shuffledSubarray(
        Array.from({ length: count }, (_, i) => i),
        { minLength: count },
      ),
    }),
  );
  fc.assert(
    fc.property(sizes, ({ count, threshold, order }) => {
      const { secret, shares } = deal(env, threshold, count);
      const numbered = order.map((i) => ({ number: i + 1, share: must(shares[i], 'a share') }));
      assert.deepEqual(combine(numbered.slice(0, threshold)), secret);
      if (threshold > 2) assert.notDeepEqual(combine(numbered.slice(0, threshold - 1)), secret);
    }),
    { numRuns: 30 },
  );
});

test('[P2] every pad leaves a share that might be the right one: a masked share tests no guess', () => {
  const { shares } = deal(env, 2, 3);
  const masked = maskShare(must(shares[0], 'a share'), env.random(maskBytes));
  for (let guess = 0; guess < 500; guess++) {
    const share = must(unmaskShare(masked, env.random(maskBytes)), 'any pad leaves a scalar');
    assert.ok(isScalar(share));
  }
  const pad = env.random(maskBytes);
  for (const share of shares) assert.deepEqual(unmaskShare(maskShare(share, pad), pad), share);
  assert.equal(unmaskShare(new Uint8Array(32).fill(0xff), pad), null);
});

test('[P5] a PIN is the same in any script form, and another salt or cost stretches it to other bytes', async () => {
  const salt = new Uint8Array(16);
  const base = hex(await stretch('1234', salt, 12));
  assert.equal(hex(await stretch(' 1234\n', salt, 12)), base);
  assert.deepEqual(pinBytes('１２３４'), pinBytes('1234'));
  for (const other of [
    await stretch('1235', salt, 12),
    await stretch('1234', Uint8Array.of(1), 12),
    await stretch('1234', salt, 13),
  ]) {
    assert.notEqual(hex(other), base);
  }
});
