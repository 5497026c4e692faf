/** Values at the edges of every form, and bytes that are none (SPEC W2-W4): written by hand, not drawn. */

import { hex } from 'copse/internal/base/bytes.ts';
import { encode } from 'copse/internal/wire/shape.ts';
import { shapeOf, valueOf, type ShapeJson } from '../shape-json.ts';
import type { Json, Vector, VectorFile } from './file.ts';

const SAFE = Number.MAX_SAFE_INTEGER;
const number: ShapeJson = { form: 'uint', max: SAFE };
const small: ShapeJson = { form: 'uint', max: 300 };
const bool: ShapeJson = { form: 'bool' };
const blob: ShapeJson = { form: 'bytes', max: 200 };
const three: ShapeJson = { form: 'fixed', size: 3 };
const id: ShapeJson = { form: 'id', size: 2 };
const text: ShapeJson = { form: 'text', max: 200 };
const colour: ShapeJson = { form: 'choice', names: ['red', 'green', 'blue'] };
const pair: ShapeJson = {
  form: 'struct',
  fields: [
    ['a', number],
    ['b', bool],
  ],
};
const empty: ShapeJson = { form: 'struct', fields: [] };
const either: ShapeJson = {
  form: 'union',
  variants: [
    ['number', 1, { form: 'struct', fields: [['value', number]] }],
    ['none', 2, empty],
    ['far', 200, { form: 'struct', fields: [['flag', bool]] }],
  ],
};
const numbers: ShapeJson = { form: 'list', max: 3, of: number };
const empties: ShapeJson = { form: 'list', max: 3, of: empty };
const perhaps: ShapeJson = { form: 'maybe', of: number };

const VALID: readonly (readonly [name: string, shape: ShapeJson, value: Json])[] = [
  ['uint 0', number, 0],
  ['uint 1', number, 1],
  ['uint 127, the last of one byte', number, 127],
  ['uint 128, the first of two', number, 128],
  ['uint 300', number, 300],
  ['uint 16383', number, 16_383],
  ['uint 16384', number, 16_384],
  ['uint 2^31 - 1', number, 2 ** 31 - 1],
  ['uint 2^31', number, 2 ** 31],
  ['uint 2^32 - 1', number, 2 ** 32 - 1],
  ['uint 2^32', number, 2 ** 32],
  ['uint 2^49 - 1, the last of seven bytes', number, 2 ** 49 - 1],
  ['uint 2^49, the first of eight', number, 2 ** 49],
  ['uint 2^53 - 1, the largest', number, SAFE],
  ['uint at its own bound', small, 300],
  ['bool false', bool, false],
  ['bool true', bool, true],
  ['bytes, none', blob, ''],
  ['bytes, three', blob, '00ff80'],
  ['bytes, 128 with a length of two bytes', blob, '5a'.repeat(128)],
  ['bytes, as many as allowed', blob, '5a'.repeat(200)],
  ['fixed', three, '010203'],
  ['id', id, 'beef'],
  ['text, none', text, ''],
  ['text, ASCII', text, 'hello'],
  ['text, two, three and four bytes a character', text, 'ß€🌳'],
  ['text, a zero and a byte order mark are characters', text, 'a\u0000\ufeffb'],
  ['choice, first', colour, 'red'],
  ['choice, last', colour, 'blue'],
  ['struct', pair, { a: 300, b: true }],
  ['struct without fields', empty, {}],
  ['union, first', either, { kind: 'number', value: 5 }],
  ['union, without fields', either, { kind: 'none' }],
  ['union, a tag above 127 is one byte', either, { kind: 'far', flag: false }],
  ['list, none', numbers, []],
  ['list, as many as allowed', numbers, [1, 128, SAFE]],
  ['list of structs without fields', empties, [{}, {}]],
  ['maybe, absent', perhaps, null],
  ['maybe, there', perhaps, 0],
];

const INVALID: readonly (readonly [name: string, shape: ShapeJson, bytes: string, fault: string])[] = [
  ['uint, no bytes', number, '', 'malformed'],
  ['uint, ends too early', number, '80', 'malformed'],
  ['uint 0 in two bytes', number, '8000', 'malformed'],
  ['uint 1 in two bytes', number, '8100', 'malformed'],
  ['uint 127 in three bytes', number, 'ff8000', 'malformed'],
  ['uint 2^53', number, '8080808080808010', 'malformed'],
  ['uint 2^56 - 1', number, 'ffffffffffffff7f', 'malformed'],
  ['uint of nine bytes', number, '808080808080808001', 'malformed'],
  ['uint above its own bound', small, 'ad02', 'malformed'],
  ['uint, a byte too many', number, '0500', 'malformed'],
  ['bool 2', bool, '02', 'malformed'],
  ['bytes, length beyond the end', blob, '03aabb', 'malformed'],
  ['bytes, longer than allowed', blob, `c901${'00'.repeat(201)}`, 'tooLarge'],
  ['bytes, longer than allowed and not there', blob, 'ffffffff0f', 'tooLarge'],
  ['bytes, length not in its shortest form', blob, '8100aa', 'malformed'],
  ['fixed, too short', three, '0102', 'malformed'],
  ['fixed, too long', three, '01020304', 'malformed'],
  ['id, too short', id, 'be', 'malformed'],
  ['text, longer than allowed', text, `c901${'61'.repeat(201)}`, 'tooLarge'],
  ['text, a lone continuation', text, '0180', 'malformed'],
  ['text, an overlong zero', text, '02c080', 'malformed'],
  ['text, half a character', text, '02e282', 'malformed'],
  ['text, a surrogate', text, '03eda080', 'malformed'],
  ['text, above U+10FFFF', text, '04f4908080', 'malformed'],
  ['choice, beyond the last name', colour, '03', 'malformed'],
  ['struct, ends too early', pair, '05', 'malformed'],
  ['struct, a byte too many', pair, '050100', 'malformed'],
  ['struct without fields, a byte too many', empty, '00', 'malformed'],
  ['union, unknown tag', either, '03', 'malformed'],
  ['union, tag 0', either, '00', 'malformed'],
  ['union, tag as a number of two bytes', either, 'c80100', 'malformed'],
  ['union, variant ends too early', either, '01', 'malformed'],
  ['list, more than allowed', numbers, '0401020304', 'tooLarge'],
  ['list, more than allowed and not there', numbers, 'ffffffff0f', 'tooLarge'],
  ['list, more than there are', numbers, '030102', 'malformed'],
  ['list, a byte too many', numbers, '010203', 'malformed'],
  ['maybe, neither there nor not', perhaps, '0205', 'malformed'],
  ['maybe, there but missing', perhaps, '01', 'malformed'],
];

export function shapes(): VectorFile {
  return {
    path: 'shapes.json',
    about:
      'Values of every form at their edges. Each vector says of which shape it is, as contracts.json does.',
    valid: VALID.map(([name, shape, value]): Vector => {
      const bytes = hex(encode(shapeOf(shape), valueOf(shape, value)));
      return { name, shape, bytes, value };
    }),
    invalid: INVALID.map(([name, shape, bytes, fault]): Vector => ({ name, shape, bytes, fault })),
  };
}
