/** Encryption against the examples of the RFCs, and what it refuses. */

import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { base64url, fromBase64url, utf8 } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { pushBodyBytesMax, pushTextBytesMax } from 'copse/internal/base/limits-push.ts';

import { encryptPadded, encryptPush, encryptRecord, PADDED_LENGTHS } from './encrypt.ts';
import { checkPushKeys, readPushKeys } from './subscription.ts';

const bytes = (text: string): Uint8Array => must(fromBase64url(text), text);

const DEVICE = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';
const AUTH = 'BTBZMqHH6r4Tts7J_aSIgg';

test('[I14] a message is that of RFC 8291, appendix A', () => {
  const text = bytes('V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24');
  const draw = {
    senderKey: bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'),
    salt: bytes('DGv6ra1nlYgDCS1FRnbzlw'),
  };
  const body = encryptPadded(readPushKeys(DEVICE, AUTH), text, text.length, draw);
  assert.equal(
    base64url(body),
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK' +
      '6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  );
});

test('[I14] a record is that of RFC 8188, section 3.1', () => {
  const key = {
    secret: bytes('yqdlZ-tYemfogSmv7Ws5PQ'),
    salt: bytes('I1BsxtFttlv3u_Oo94xnmw'),
    keyId: new Uint8Array(0),
  };
  const text = utf8('I am the walrus');
  assert.equal(
    base64url(encryptRecord(key, text, text.length)),
    'I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg',
  );
});

test('[I14] a message has one of a few lengths, and the longest is what a push service takes', () => {
  const keys = readPushKeys(DEVICE, AUTH);
  const lengths = [0, 1, 255, 256, 257, 512, 513, 1024, 2048, 2049, pushTextBytesMax];
  const bodies = lengths.map((length) => encryptPush(keys, new Uint8Array(length)).length - 103);
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = PADDED_LENGTHS;
  assert.deepEqual(bodies, [a, a, a, a, b, b, c, c, d, e, e]);
  assert.equal(encryptPush(keys, new Uint8Array(pushTextBytesMax)).length, pushBodyBytesMax);
  assert.throws(() => encryptPush(keys, new Uint8Array(pushTextBytesMax + 1)), /fits/);
});

test('[I14] no two messages share a salt or a key', () => {
  const keys = readPushKeys(DEVICE, AUTH);
  const heads = Array.from({ length: 200 }, () => encryptPush(keys, utf8('x')));
  assert.equal(new Set(heads.map((one) => base64url(one.subarray(0, 16)))).size, 200);
  assert.equal(new Set(heads.map((one) => base64url(one.subarray(21, 86)))).size, 200);
});

function malformed(thrown: unknown): boolean {
  return thrown instanceof Fault && thrown.code === 'malformed';
}

test('[I14] keys that are none are malformed', () => {
  const pair = createECDH('prime256v1');
  const good = new Uint8Array(pair.generateKeys());
  const auth = new Uint8Array(randomBytes(16));
  checkPushKeys({ p256dh: good, auth });
  const offCurve = good.slice();
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  const huge = new Uint8Array(65).fill(255);
  huge[0] = 4;
  const zero = new Uint8Array(65);
  zero[0] = 4;
  const compressed = new Uint8Array(pair.getPublicKey(undefined, 'compressed'));
  const hybrid = good.slice();
  hybrid[0] = 6 + ((good[64] ?? 0) & 1);
  const points = [offCurve, huge, zero, compressed, hybrid, good.slice(0, 64), new Uint8Array(0)];
  for (const p256dh of points) assert.throws(() => checkPushKeys({ p256dh, auth }), malformed);
  for (const length of [0, 15, 17, 32])
    assert.throws(() => checkPushKeys({ p256dh: good, auth: new Uint8Array(length) }), malformed);
  for (const text of ['', '!', 'A'.repeat(10_000), `${DEVICE}A`, DEVICE.slice(1)])
    assert.throws(() => readPushKeys(text, AUTH), malformed);
  assert.throws(() => readPushKeys(DEVICE, 'not base64url'), malformed);
});

test('[I14] keys are read with padding and without', () => {
  assert.deepEqual(readPushKeys(`${DEVICE}=`, `${AUTH}==`), readPushKeys(DEVICE, AUTH));
});
