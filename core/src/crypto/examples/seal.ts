/** Printed examples of AES-GCM and HPKE. */

import { concat, hex } from '../../base/bytes.ts';
import { agree, exchangeKeyOf } from '../agree.ts';
import { hpkeKeys, hpkeOpen, hpkeSealWith } from '../hpke.ts';
import { bytes, shown, type Example } from './example.ts';

interface GcmExample {
  readonly number: number;
  readonly key: string;
  readonly nonce: string;
  readonly plaintext: string;
  readonly associated: string;
  readonly ciphertext: string;
  readonly tag: string;
}

const ZEROS = '00'.repeat(16);
const KEY = 'feffe9928665731c6d6a8f9467308308';
const NONCE = 'cafebabefacedbaddecaf888';
const ASSOCIATED = 'feedfacedeadbeeffeedfacedeadbeefabaddad2';
const PLAINTEXT = `d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525
  b16aedf5aa0de657ba637b39`;
const CIPHERTEXT_128 = `42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84
  aa051ba30b396a0aac973d58e091`;
const CIPHERTEXT_256 = `522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682
  8838c5f61e6393ba7a0abcc9f662`;

/** McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: the cases with 96-bit nonces. */
const GCM: readonly GcmExample[] = [
  {
    number: 1,
    key: ZEROS,
    nonce: '00'.repeat(12),
    plaintext: '',
    associated: '',
    ciphertext: '',
    tag: '58e2fccefa7e3061367f1d57a4e7455a',
  },
  {
    number: 2,
    key: ZEROS,
    nonce: '00'.repeat(12),
    plaintext: ZEROS,
    associated: '',
    ciphertext: '0388dace60b6a392f328c2b971b2fe78',
    tag: 'ab6e47d42cec13bdf53a67b21257bddf',
  },
  {
    number: 3,
    key: KEY,
    nonce: NONCE,
    plaintext: `${PLAINTEXT}1aafd255`,
    associated: '',
    ciphertext: `${CIPHERTEXT_128}473f5985`,
    tag: '4d5c2af327cd64a62cf35abd2ba6fab4',
  },
  {
    number: 4,
    key: KEY,
    nonce: NONCE,
    plaintext: PLAINTEXT,
    associated: ASSOCIATED,
    ciphertext: CIPHERTEXT_128,
    tag: '5bc94fbc3221a5db94fae95ae7121a47',
  },
  {
    number: 13,
    key: ZEROS + ZEROS,
    nonce: '00'.repeat(12),
    plaintext: '',
    associated: '',
    ciphertext: '',
    tag: '530f8afbc74536b9a963b4f1c4cb738b',
  },
  {
    number: 14,
    key: ZEROS + ZEROS,
    nonce: '00'.repeat(12),
    plaintext: ZEROS,
    associated: '',
    ciphertext: 'cea7403d4d606b6e074ec5d3baf39d18',
    tag: 'd0d1c8a799996bf0265b98b5d48ab919',
  },
  {
    number: 15,
    key: KEY + KEY,
    nonce: NONCE,
    plaintext: `${PLAINTEXT}1aafd255`,
    associated: '',
    ciphertext: `${CIPHERTEXT_256}898015ad`,
    tag: 'b094dac5d93471bdec1a502270e3cc6c',
  },
  {
    number: 16,
    key: KEY + KEY,
    nonce: NONCE,
    plaintext: PLAINTEXT,
    associated: ASSOCIATED,
    ciphertext: CIPHERTEXT_256,
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
];

const gcm: readonly Example[] = GCM.map((example) => ({
  name: `AES-GCM specification, test case ${example.number}`,
  run: async (primitives) => {
    const [key, nonce] = [bytes(example.key), bytes(example.nonce)];
    const [plaintext, associated] = [bytes(example.plaintext), bytes(example.associated)];
    const sealed = concat(bytes(example.ciphertext), bytes(example.tag));
    return [
      [hex(primitives.aesGcmSeal(key, nonce, plaintext, associated)), hex(sealed)],
      [shown(primitives.aesGcmOpen(key, nonce, sealed, associated)), hex(plaintext)],
    ];
  },
}));

/** RFC 9180 appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode. */
const RFC_9180 = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  oneTimeSecret: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
  recipientSecret: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
  recipientKey: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  sharedSecret: 'fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc',
  key: '4531685d41d65f03dc48f6b8302c05b0',
  baseNonce: '56d890e5accaaf011cff4b7d',
  exporterSecret: '45ff1c2e220db587171952c0592d5f5ebe103f1561a2614e38f2ffd47e99e3f8',
  plaintext: '4265617574792069732074727574682c20747275746820626561757479',
  associated: '436f756e742d30',
  ciphertext: `f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a`,
} as const;

const hpke: Example = {
  name: 'RFC 9180 A.1.1, keys and sequence number 0',
  run: async (primitives) => {
    const context = {
      info: bytes(RFC_9180.info),
      associated: bytes(RFC_9180.associated),
      keyBytes: 16 as const,
    };
    const oneTime = await exchangeKeyOf(primitives, bytes(RFC_9180.oneTimeSecret));
    const recipient = await exchangeKeyOf(primitives, bytes(RFC_9180.recipientSecret));
    const to = { ...context, publicKey: recipient.publicKey };
    const keys = hpkeKeys(primitives, bytes(RFC_9180.sharedSecret), context);
    const sealed = RFC_9180.enc + RFC_9180.ciphertext;
    return [
      [hex(oneTime.publicKey), RFC_9180.enc],
      [hex(recipient.publicKey), RFC_9180.recipientKey],
      [hex(keys.key), RFC_9180.key],
      [hex(keys.baseNonce), RFC_9180.baseNonce],
      [hex(keys.exporterSecret), RFC_9180.exporterSecret],
      [shown(await hpkeSealWith(primitives, oneTime, to, bytes(RFC_9180.plaintext))), sealed],
      [shown(await hpkeOpen(primitives, recipient.secret, context, bytes(sealed))), RFC_9180.plaintext],
      [
        shown(await agree(primitives, oneTime.secret, recipient.publicKey)),
        shown(await agree(primitives, recipient.secret, oneTime.publicKey)),
      ],
    ];
  },
};

export const sealExamples: readonly Example[] = [...gcm, hpke];
