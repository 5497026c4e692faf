/** Deterministic CBOR (SPEC W13): values at the edges of their heads, and the forms that are refused. */

import { hex } from 'copse/internal/base/bytes.ts';
import { encodeCbor } from 'copse/internal/wire/cbor.ts';
import { cborOf } from '../cbor-json.ts';
import type { Json, Vector, VectorFile } from './file.ts';

const bytes = (text: string): Json => ({ bytes: text });
const map = (...pairs: readonly (readonly [Json, Json])[]): Json => ({ map: pairs });

const VALID: readonly (readonly [name: string, value: Json])[] = [
  ...[0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER].map(
    (n): readonly [string, Json] => [`${n}`, n],
  ),
  ...[-1, -24, -25, -256, -257, -65_537, -(2 ** 32) - 1, Number.MIN_SAFE_INTEGER].map(
    (n): readonly [string, Json] => [`${n}`, n],
  ),
  ['false', false],
  ['true', true],
  ['null', null],
  ['no bytes', bytes('')],
  ['bytes', bytes('00ff')],
  ['24 bytes', bytes('11'.repeat(24))],
  ['256 bytes', bytes('22'.repeat(256))],
  ['no text', ''],
  ['text', 'ß€🌳'],
  ['text of 24 bytes', 'x'.repeat(24)],
  ['no items', []],
  ['items', [1, [2, 3], 'four', bytes('05')]],
  ['24 items', Array.from({ length: 24 }, (_, i) => i)],
  ['no fields', map()],
  ['fields in the order of their encoded keys', map([10, 1], [100, 2], [-1, 3], ['z', 4], ['aa', 5])],
  ['four levels', [[[[0]]]]],
];

const INVALID: readonly (readonly [name: string, bytes: string, fault: string])[] = [
  ['no bytes at all', '', 'malformed'],
  ['0 in two bytes', '1800', 'malformed'],
  ['23 in two bytes', '1817', 'malformed'],
  ['255 in three bytes', '1900ff', 'malformed'],
  ['65535 in five bytes', '1a0000ffff', 'malformed'],
  ['2^32 - 1 in nine bytes', '1b00000000ffffffff', 'malformed'],
  ['2^53', '1b0020000000000000', 'malformed'],
  ['-2^53', '3b001fffffffffffff', 'malformed'],
  ['a length of bytes not in its shortest form', '580100', 'malformed'],
  ['bytes of no fixed length', '5f4100ff', 'malformed'],
  ['text of no fixed length', '7f6161ff', 'malformed'],
  ['items of no fixed number', '9f00ff', 'malformed'],
  ['fields of no fixed number', 'bf0000ff', 'malformed'],
  ['a reserved head', '1c', 'malformed'],
  ['a half float', 'f90000', 'malformed'],
  ['a float', 'fa00000000', 'malformed'],
  ['a double', 'fb0000000000000000', 'malformed'],
  ['undefined', 'f7', 'malformed'],
  ['another simple value', 'e0', 'malformed'],
  ['a break alone', 'ff', 'malformed'],
  ['a tag', 'c100', 'malformed'],
  ['keys out of order', 'a202000100', 'malformed'],
  ['keys in the order of their lengths first', 'a22000186400', 'malformed'],
  ['a key twice', 'a201000100', 'malformed'],
  ['bytes as a key', 'a1410000', 'malformed'],
  ['true as a key', 'a1f500', 'malformed'],
  ['text that is not UTF-8', '61ff', 'malformed'],
  ['text with a surrogate', '63eda080', 'malformed'],
  ['bytes that are not there', '4200', 'malformed'],
  ['items that are not there', '8200', 'malformed'],
  ['more items than bytes', '9a7fffffff', 'malformed'],
  ['more items than allowed', `991001${'00'.repeat(4097)}`, 'tooLarge'],
  ['a byte too many', '0000', 'malformed'],
  ['five levels', '818181818100', 'tooLarge'],
];

export function cbor(): VectorFile {
  return {
    path: 'cbor.json',
    about:
      'Deterministic CBOR, at most 4 levels. Numbers, text, booleans, null and arrays are themselves; bytes are {"bytes": hex}, a map is {"map": [[key, value], …]}.',
    valid: VALID.map(([name, value]): Vector => ({ name, bytes: hex(encodeCbor(cborOf(value))), value })),
    invalid: INVALID.map(([name, stated, fault]): Vector => ({ name, bytes: stated, fault })),
  };
}
