/** The judge judged: primitives with one planted fault are found, sound ones are not accused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { Case } from './crypto-case.ts';
import { judge } from './crypto-suite.ts';

const native = nativePrimitives();

/** CCTV vectors 6 (cofactored only) and 0 (everything of small order); a Wycheproof X25519 and AES-GCM case. */
const CASES: readonly Case[] = [
  {
    suite: 'cctv',
    name: 'CCTV 6',
    result: 'invalid',
    fields: {
      key: '10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f',
      sig: '36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56bc02e2b9e63e385c058bf62b14b3a2b29ccefe8e38ddb536bc3f9865320a3d801',
      msg: '65643235353139766563746f7273203130',
    },
    size: 0,
  },
  {
    suite: 'cctv',
    name: 'CCTV 0',
    result: 'invalid',
    fields: {
      key: '0000000000000000000000000000000000000000000000000000000000000000',
      sig: '00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
      msg: '65643235353139766563746f72732033',
    },
    size: 0,
  },
  {
    suite: 'x25519',
    name: 'Wycheproof x25519 33',
    result: 'acceptable',
    fields: {
      public: '0100000000000000000000000000000000000000000000000000000000000000',
      private: '48232e8972b61c7e61930eb9450b5070eae1c670475685541f0476217e48184f',
      shared: '0000000000000000000000000000000000000000000000000000000000000000',
    },
    size: 0,
  },
  {
    suite: 'aes-gcm',
    name: 'Wycheproof aes-gcm 41',
    result: 'invalid',
    fields: {
      key: '000102030405060708090a0b0c0d0e0f',
      iv: '505152535455565758595a5b',
      aad: '',
      msg: '202122232425262728292a2b2c2d2e2f',
      ct: 'eb156d081ed6b6b55f4612f021d87b39',
      tag: 'd9847dbc326a06e988c77ad3863e6083',
    },
    size: 0,
  },
];

test('[C1] sound primitives pass', async () => {
  const { failures } = await judge(native, CASES);
  assert.deepEqual(failures, []);
});

const planted: Readonly<Record<string, readonly [expected: number, part: Partial<Primitives>]>> = {
  'a cofactored check': [
    1,
    { ed25519Verify: async (key, message, signature) => ed25519.verify(signature, message, key) },
  ],
  'a check that accepts everything': [1, { ed25519Verify: async () => true }],
  'an all-zero secret': [
    1,
    { x25519: async (secret, key) => (await native.x25519(secret, key)) ?? new Uint8Array(32) },
  ],
  'a tag that is not checked': [1, { aesGcmOpen: (_key, _nonce, sealed) => sealed.subarray(16) }],
  'a hash that drops a bit': [2, { sha256: (data) => native.sha256(data).map((byte) => byte & 0x7f) }],
};

for (const [fault, [least, part]] of Object.entries(planted)) {
  test(`[C8] ${fault} is found`, async () => {
    const { failures } = await judge({ ...native, ...part }, CASES);
    assert.ok(failures.length >= least, failures.join('\n'));
  });
}
