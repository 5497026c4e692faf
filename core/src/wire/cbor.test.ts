/** Deterministic CBOR: the RFC's examples, every refused form, and properties. */

import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AssertionError } from '../base/assert.ts';
import { fromHex, hex } from '../base/bytes.ts';
import { must } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import { cborCountMax } from '../base/limits.ts';
import { decodeCbor, encodeCbor, type Cbor } from './cbor.ts';

const LIMITS = { bytesMax: 1 << 16, depthMax: 8 };

const unhex = (text: string): Uint8Array => must(fromHex(text.replaceAll(' ', '')), 'hex');
const decode = (text: string): Cbor => decodeCbor(unhex(text), LIMITS);
const map = (...pairs: [number | string, Cbor][]): Cbor => new Map(pairs);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** RFC 8949 appendix A, table 6: the examples inside the subset. */
const INSIDE: readonly (readonly [Cbor, string])[] = [
  [0, '00'],
  [1, '01'],
  [10, '0a'],
  [23, '17'],
  [24, '1818'],
  [25, '1819'],
  [100, '1864'],
  [1000, '1903e8'],
  [1_000_000, '1a000f4240'],
  [1_000_000_000_000, '1b000000e8d4a51000'],
  [-1, '20'],
  [-10, '29'],
  [-100, '3863'],
  [-1000, '3903e7'],
  [false, 'f4'],
  [true, 'f5'],
  [null, 'f6'],
  [unhex(''), '40'],
  [unhex('01020304'), '4401020304'],
  ['', '60'],
  ['a', '6161'],
  ['IETF', '6449455446'],
  ['"\\', '62225c'],
  ['\u00fc', '62c3bc'],
  ['\u6c34', '63e6b0b4'],
  ['\u{10151}', '64f0908591'],
  [[], '80'],
  [[1, 2, 3], '83010203'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
  [upTo(25), '98190102030405060708090a0b0c0d0e0f101112131415161718181819'],
  [map(), 'a0'],
  [map([1, 2], [3, 4]), 'a201020304'],
  [map(['a', 1], ['b', [2, 3]]), 'a26161016162820203'],
  [['a', map(['b', 'c'])], '826161a161626163'],
  [
    map(['a', 'A'], ['b', 'B'], ['c', 'C'], ['d', 'D'], ['e', 'E']),
    'a56161614161626142616361436164614461656145',
  ],
];

/** RFC 8949 appendix A, table 6: the rest, all outside the subset or not deterministic. */
const OUTSIDE: readonly string[] = `
    1bffffffffffffffff c249010000000000000000 3bffffffffffffffff c349010000000000000000 f90000
    f98000 f93c00 fb3ff199999999999a f93e00 f97bff fa47c35000 fa7f7fffff fb7e37e43c8800759c f90001
    f90400 f9c400 fbc010666666666666 f97c00 f97e00 f9fc00 fa7f800000 fa7fc00000 faff800000
    fb7ff0000000000000 fb7ff8000000000000 fbfff0000000000000 f7 f0 f818 f8ff
    c074323031332d30332d32315432303a30343a30305a c11a514b67b0 c1fb41d452d9e8200000 d74401020304
    d818456449455446 d82076687474703a2f2f7777772e6578616d706c652e636f6d 5f42010243030405ff
    7f657374726561646d696e67ff 9fff 9f018202039f0405ffff 9f01820203820405ff 83018202039f0405ff
    83019f0203ff820405 9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff
    bf61610161629f0203ffff 826161bf61626163ff bf6346756ef563416d7421ff
  `
  .trim()
  .split(/\s+/);

const refuses = (text: string, code: Fault['code'] = 'malformed'): void => {
  throws(
    () => decode(text),
    (thrown) => thrown instanceof Fault && thrown.code === code,
    text,
  );
};

test('[W13] the examples of RFC 8949 appendix A inside the subset decode and encode to the same bytes', () => {
  for (const [value, text] of INSIDE) {
    deepEqual(decode(text), value);
    equal(hex(encodeCbor(value)), text);
  }
});

test('[W13] the examples of RFC 8949 appendix A outside the subset are refused', () => {
  for (const text of OUTSIDE) refuses(text);
});

test('[W13] a number in a longer form than its shortest is refused', () => {
  for (const text of ['1817', '190017', '1900ff', '1a0000ffff', '1b00000000ffffffff', '3817', '5801aa']) {
    refuses(text);
  }
  for (const text of ['780161', '980180', 'b8010101', '5900 01 aa', '1b0000000000000000']) refuses(text);
});

test('[W13] safe integers are the range, on both ends', () => {
  equal(decode('1b001fffffffffffff'), Number.MAX_SAFE_INTEGER);
  equal(decode('3b001ffffffffffffe'), Number.MIN_SAFE_INTEGER);
  refuses('1b0020000000000000');
  refuses('3b001fffffffffffff');
});

test('[W13] keys out of order, twice, or of another kind are refused', () => {
  refuses('a203040102');
  refuses('a201020102');
  refuses('a2616101 616102');
  refuses('a2 6162 01 6161 02');
  refuses('a2 6161 01 01 02');
  refuses('a2 20 01 01 02');
  for (const key of ['41aa', 'f5', 'f6']) refuses(`a1${key}01`);
  refuses('a1 80 01', 'tooLarge');
  deepEqual(decode('a3 01 02 20 03 6161 04'), map([1, 2], [-1, 3], ['a', 4]));
  deepEqual(decode('a2 17 00 1818 00'), map([23, 0], [24, 0]));
});

test('[W13] keys are sorted by their encoding whatever the order they were set in', () => {
  equal(hex(encodeCbor(map(['a', 0], [-1, 0], [256, 0], [1, 0]))), 'a40100190100002000616100');
  equal(hex(encodeCbor(map(['aa', 0], ['b', 0]))), 'a261620062616100');
});

test('[W13] trailing bytes are refused', () => {
  refuses('0000');
  refuses('80f6');
});

test('[W4] truncated input is malformed at every length', () => {
  for (const [, text] of INSIDE) {
    for (let size = 0; size < text.length; size += 2) refuses(text.slice(0, size));
  }
});

test('[W4] a stated length beyond what is left is refused before anything is made of it', () => {
  for (const text of [
    '5affffffff',
    '7affffffff',
    '9affffffff',
    'baffffffff',
    '9b001fffffffffffff',
    '5b001fffffffffffff',
  ]) {
    refuses(text);
  }
  refuses('83 01 02');
  refuses('a2 01 02 03');
});

test('[W4] ill-formed UTF-8 is malformed', () => {
  for (const text of ['61ff', '62c328', '63eda080', '62c080', '64f4908080']) refuses(text);
});

test('[W4] levels, items and bytes beyond their limits are too large', () => {
  deepEqual(decodeCbor(unhex('8180'), { bytesMax: 2, depthMax: 2 }), [[]]);
  throws(() => decodeCbor(unhex('818180'), { bytesMax: 2, depthMax: 8 }), { code: 'tooLarge' });
  throws(() => decodeCbor(unhex('818180'), { bytesMax: 3, depthMax: 2 }), { code: 'tooLarge' });
  throws(() => decodeCbor(unhex('80'), { bytesMax: 3, depthMax: 0 }), { code: 'tooLarge' });
  refuses('81'.repeat(60_000) + '80', 'tooLarge');
  refuses('a101'.repeat(30_000) + '80', 'tooLarge');
  const many = Array.from({ length: cborCountMax }, () => 0);
  deepEqual(decodeCbor(encodeCbor(many), LIMITS), many);
  refuses('991001' + '00'.repeat(4097), 'tooLarge');
});

test('[W13] our own mistakes are assertions: fractions, unsafe numbers, ill-formed text, long arrays', () => {
  for (const value of [0.5, -0.5, Number.NaN, Infinity, 2 ** 53, -(2 ** 53), '\ud800', 'a\udc00']) {
    throws(() => encodeCbor(value), AssertionError);
  }
  throws(() => encodeCbor(Array.from({ length: cborCountMax + 1 }, () => 0)), AssertionError);
});

test('[W4] what is decoded does not change when the input buffer is used again', () => {
  const buffer = unhex('43010203');
  const value = decodeCbor(buffer, LIMITS);
  buffer.fill(9);
  deepEqual(value, unhex('010203'));
});

const keys = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme', maxLength: 8 }));
const values = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.array(fc.tuple(keys, tie('value')), { maxLength: 30 }).map((pairs) => new Map(pairs)),
  ),
})).value;

/** Maps in the order of their keys' encodings, as a decoder answers them. */
function ordered(value: Cbor): Cbor {
  if (value instanceof Map) {
    const pairs = [...value].map(([key, inner]) => [key, ordered(inner)] as const);
    return new Map(pairs.toSorted(([a], [b]) => (hex(encodeCbor(a)) < hex(encodeCbor(b)) ? -1 : 1)));
  }
  return Array.isArray(value) ? value.map(ordered) : value;
}

test('[W13] any value comes back from its encoding, its maps in order', () => {
  fc.assert(
    fc.property(values, (value) => {
      const back = decodeCbor(encodeCbor(value), { bytesMax: 1 << 20, depthMax: 30 });
      deepEqual(back, ordered(value));
      equal(hex(encodeCbor(back)), hex(encodeCbor(value)));
    }),
    { numRuns: 300 },
  );
});

/** Decodes or throws a fault of the two codes; what is accepted encodes to the same bytes. */
function total(bytes: Uint8Array): void {
  let value: Cbor;
  try {
    value = decodeCbor(bytes, LIMITS);
  } catch (thrown) {
    equal(thrown instanceof Fault && (thrown.code === 'malformed' || thrown.code === 'tooLarge'), true);
    return;
  }
  equal(hex(encodeCbor(value)), hex(bytes));
}

test('[W4] random bytes decode to what encodes to them, or are refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), total), { numRuns: 5_000 });
});

test('[W4] encodings with a byte changed, put in or taken out decode to what encodes to them, or are refused', () => {
  const change = fc.tuple(values, fc.nat(), fc.nat(255), fc.constantFrom('set', 'insert', 'remove'));
  fc.assert(
    fc.property(change, ([value, place, byte, kind]) => {
      const bytes = [...encodeCbor(value)];
      const at = place % bytes.length;
      bytes.splice(at, kind === 'insert' ? 0 : 1, ...(kind === 'remove' ? [] : [byte]));
      total(Uint8Array.from(bytes));
    }),
    { numRuns: 2_000 },
  );
});
