/** Printed examples of Ed25519 and X25519. */

import { must } from '../../base/assert.ts';
import { hex } from '../../base/bytes.ts';
import { agree, exchangeKeyOf } from '../agree.ts';
import type { Primitives } from '../primitives.ts';
import { signRaw, verifyRaw } from '../sign.ts';
import { bytes, shown, type Example } from './example.ts';

/** RFC 8032 section 7.1, tests 1, 2, 3 and SHA(abc): seed, public key, message, signature. */
const RFC_8032: readonly (readonly [seed: string, publicKey: string, message: string, signature: string])[] =
  [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      `e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b
      d25bf5f0595bbe24655141438e7a100b`,
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      `92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c
      387b2eaeb4302aeeb00d291612bb0c00`,
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      `6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659
      4a7c15e9716ed28dc027beceea1ec40a`,
    ],
    [
      '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
      'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
      `ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd
      454d4423643ce80e2a9ac94fa54ca49f`,
      `dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030
      3dca179c138ac17ad9bef1177331a704`,
    ],
  ];

const signatures: readonly Example[] = RFC_8032.map(([seed, publicKey, message, signature], i) => ({
  name: `RFC 8032 section 7.1, example ${i + 1}`,
  run: async (primitives) => {
    const made = await signRaw(primitives, bytes(seed), bytes(message));
    const isValid = await verifyRaw(primitives, bytes(publicKey), bytes(message), bytes(signature));
    return [
      [hex(await primitives.ed25519PublicKey(bytes(seed))), publicKey],
      [hex(made), hex(bytes(signature))],
      [String(isValid), 'true'],
    ];
  },
}));

/** RFC 7748 section 5.2 (two multiplications, 1 and 1,000 iterations) and section 6.1. */
const agreements: readonly Example[] = [
  {
    name: 'RFC 7748 section 5.2, the two multiplications',
    run: async (primitives) => [
      [
        shown(
          await agree(
            primitives,
            bytes('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4'),
            bytes('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c'),
          ),
        ),
        'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
      ],
      [
        shown(
          await agree(
            primitives,
            bytes('4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d'),
            bytes('e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493'),
          ),
        ),
        '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
      ],
    ],
  },
  {
    name: 'RFC 7748 section 5.2, 1 and 1,000 iterations',
    run: async (primitives) => [
      [await iterated(primitives, 1), '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079'],
      [await iterated(primitives, 1000), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'],
    ],
  },
  {
    name: 'RFC 7748 section 6.1',
    run: async (primitives) => {
      const alice = bytes('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
      const bob = bytes('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
      const alicePublic = (await exchangeKeyOf(primitives, alice)).publicKey;
      const bobPublic = (await exchangeKeyOf(primitives, bob)).publicKey;
      const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
      return [
        [hex(alicePublic), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'],
        [hex(bobPublic), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'],
        [shown(await agree(primitives, alice, bobPublic)), shared],
        [shown(await agree(primitives, bob, alicePublic)), shared],
      ];
    },
  },
];

async function iterated(primitives: Primitives, count: number): Promise<string> {
  let k: Uint8Array = bytes(`09${'00'.repeat(31)}`);
  let u = k;
  for (let i = 0; i < count; i++) {
    const next = must(await agree(primitives, k, u), 'no iteration is all zero');
    u = k;
    k = next;
  }
  return hex(k);
}

export const curveExamples: readonly Example[] = [...signatures, ...agreements];
