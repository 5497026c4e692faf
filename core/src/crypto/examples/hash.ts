/** Printed examples of SHA-256, HMAC-SHA256 and HKDF-SHA256. */

import { hex, utf8 } from '../../base/bytes.ts';
import { hkdfExpand, hkdfExtract } from '../hash.ts';
import { bytes, type Example } from './example.ts';

/** FIPS 180-4 by the messages of its examples page (NIST CSRC "SHA256.pdf"), and the empty message. */
const SHA256: readonly (readonly [string, string])[] = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
];

const hashes: readonly Example[] = SHA256.map(([message, printed]) => ({
  name: `FIPS 180-4 SHA-256 of ${message.length} letters`,
  run: async (primitives) => [[hex(primitives.sha256(utf8(message))), printed]],
}));

/** RFC 4231 sections 4.2 to 4.8: key, data, HMAC-SHA-256 (the fifth is printed cut to 128 bits). */
const RFC_4231: readonly (readonly [key: string, data: string, mac: string])[] = [
  [
    '0b'.repeat(20),
    hex(utf8('Hi There')),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    hex(utf8('Jefe')),
    hex(utf8('what do ya want for nothing?')),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  ['aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  [
    '0102030405060708090a0b0c0d0e0f10111213141516171819',
    'cd'.repeat(50),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
  ['0c'.repeat(20), hex(utf8('Test With Truncation')), 'a3b6167473100ee06e0c796c2955552b'],
  [
    'aa'.repeat(131),
    hex(utf8('Test Using Larger Than Block-Size Key - Hash Key First')),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    'aa'.repeat(131),
    hex(
      utf8(
        'This is a test using a larger than block-size key and a larger than block-size data. ' +
          'The key needs to be hashed before being used by the HMAC algorithm.',
      ),
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
];

const macs: readonly Example[] = RFC_4231.map(([key, data, printed], i) => ({
  name: `RFC 4231 test case ${i + 1}`,
  run: async (primitives) => [
    [hex(primitives.hmacSha256(bytes(key), bytes(data))).slice(0, printed.length), printed],
  ],
}));

interface HkdfExample {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly prk: string;
  readonly okm: string;
}

/** 00 01 02 … as RFC 5869 A.2 prints its inputs. */
function counting(from: number, to: number): string {
  return hex(Uint8Array.from({ length: to - from + 1 }, (_, i) => from + i));
}

/** RFC 5869 appendix A.1 to A.3. */
const RFC_5869: readonly HkdfExample[] = [
  {
    ikm: '0b'.repeat(22),
    salt: counting(0, 12),
    info: counting(0xf0, 0xf9),
    prk: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    ikm: counting(0, 0x4f),
    salt: counting(0x60, 0xaf),
    info: counting(0xb0, 0xff),
    prk: '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    okm: `b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
      da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87`,
  },
  {
    ikm: '0b'.repeat(22),
    salt: '',
    info: '',
    prk: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
];

const derivations: readonly Example[] = RFC_5869.map((example, i) => ({
  name: `RFC 5869 A.${i + 1}`,
  run: async (primitives) => {
    const okm = hex(bytes(example.okm));
    const prk = hkdfExtract(primitives, bytes(example.salt), bytes(example.ikm));
    return [
      [hex(prk), example.prk],
      [hex(hkdfExpand(primitives, prk, bytes(example.info), okm.length / 2)), okm],
    ];
  },
}));

export const hashExamples: readonly Example[] = [...hashes, ...macs, ...derivations];
