/**
 * Messages of every call, cast and push: the least one, some with values drawn from the name of the message
 * (each variant of each union at least once), and one with every number at its largest.
 */

import { authApi, authInternal } from 'copse/internal/api/auth.ts';
import { authFacets, tailFacets } from 'copse/internal/api/facets.ts';
import { notifyInternal } from 'copse/internal/api/notify.ts';
import { peerApi } from 'copse/internal/api/peer.ts';
import { tailApi } from 'copse/internal/api/tail.ts';
import { concat, fromUtf8, hex, utf8 } from 'copse/internal/base/bytes.ts';
import type { Contract } from 'copse/internal/wire/contract.ts';
import { encode, type Shape } from 'copse/internal/wire/shape.ts';
import { shapeJson, valueOf, type ShapeJson } from '../shape-json.ts';
import { Draw } from './draw.ts';
import { bytesText, type Json, type Vector, type VectorFile } from './file.ts';

export const CONTRACTS: readonly Contract[] = [
  tailApi,
  ...tailFacets,
  authApi,
  authInternal,
  ...authFacets,
  notifyInternal,
  peerApi,
];

const WORDS = ['Ada', 'Größe', '庭', '🌳', ' ', 'naïve', 'a"b\\c', 'Ж'];
/** Enough to need a length of two bytes. */
const LONG_BYTES = 200;

type Size = 'least' | 'some' | 'most';

interface Place {
  readonly contract: string;
  readonly message: string;
  readonly part: 'request' | 'answer' | 'cast' | 'push';
  readonly shape: Shape<unknown>;
}

export function messages(): VectorFile {
  const places = CONTRACTS.flatMap(placesOf);
  const valid = places.flatMap(validOf);
  return {
    path: 'messages.json',
    about:
      'Bodies of messages: what stands in a frame behind the number of its call, cast or push, or behind the id of an answer. Shapes are in contracts.json.',
    valid,
    invalid: valid.filter(({ name }) => name.endsWith(' most')).flatMap(spoiltOf),
  };
}

function placesOf(contract: Contract): readonly Place[] {
  const place = (message: string, part: Place['part'], shape: Shape<unknown>): Place => ({
    contract: contract.name,
    message,
    part,
    shape,
  });
  return [
    ...Object.entries(contract.calls).flatMap(([name, call]) => [
      place(name, 'request', call.request),
      place(name, 'answer', call.answer),
    ]),
    ...Object.entries(contract.casts).map(([name, cast]) => place(name, 'cast', cast.message)),
    ...Object.entries(contract.pushes).map(([name, push]) => place(name, 'push', push.message)),
  ];
}

function validOf(place: Place): readonly Vector[] {
  const { contract, message, part } = place;
  const shape = shapeJson(place.shape);
  const vector = (size: Size, turn: number, title: string): Vector => {
    const draw = new Draw(`${contract}.${message} ${part} ${title}`);
    const value = json(shape, { draw, size, turn });
    const bytes = hex(encode(place.shape, valueOf(shape, value)));
    return { name: `${contract}.${message} ${part} ${title}`, contract, message, part, bytes, value };
  };
  const turns = Array.from({ length: variantsIn(shape) }, (_, turn) =>
    vector('some', turn, `some ${turn + 1}`),
  );
  return [vector('least', 0, 'least'), ...turns, vector('most', 1, 'most')];
}

/** Truncated by a byte, and with a byte too many: no message may accept either. */
function spoiltOf(vector: Vector): readonly Vector[] {
  const { name, contract = '', message = '', part = '' } = vector;
  const spoilt = (title: string, changed: string): Vector => ({
    name: `${name.slice(0, -5)} ${title}`,
    contract,
    message,
    part,
    bytes: changed,
    fault: 'malformed',
  });
  const text = bytesText(vector);
  const longer = spoilt('with a byte too many', `${text}00`);
  return text === '' ? [longer] : [spoilt('without its last byte', text.slice(0, -2)), longer];
}

/** As many turns as the widest union or choice has variants; two at least. */
function variantsIn(shape: ShapeJson): number {
  switch (shape.form) {
    case 'struct':
      return Math.max(2, ...shape.fields.map(([, of]) => variantsIn(of)));
    case 'union':
      return Math.max(shape.variants.length, ...shape.variants.map(([, , of]) => variantsIn(of)));
    case 'choice':
      return shape.names.length;
    case 'list':
    case 'maybe':
      return variantsIn(shape.of);
    default:
      return 2;
  }
}

interface Way {
  readonly draw: Draw;
  readonly size: Size;
  /** Which variant of a union, name of a choice and kind of a maybe. */
  readonly turn: number;
}

function json(shape: ShapeJson, way: Way): Json {
  const { draw, size, turn } = way;
  switch (shape.form) {
    case 'uint':
      return size === 'least' ? 0 : size === 'most' ? shape.max : draw.uint(shape.max);
    case 'bool':
      return turn % 2 === 1;
    case 'bytes':
      return hex(draw.bytes(Math.min(shape.max, lengthFor(way))));
    case 'fixed':
    case 'id':
      return hex(draw.bytes(shape.size));
    case 'text':
      return textOf(draw, Math.min(shape.max, lengthFor(way)));
    case 'choice':
      return shape.names[turn % shape.names.length] ?? '';
    case 'struct':
      return Object.fromEntries(shape.fields.map(([name, of]) => [name, json(of, way)]));
    case 'union': {
      const [kind, , of] = shape.variants[turn % shape.variants.length] ?? ['', 0, shape];
      return Object.assign({ kind }, json(of, way));
    }
    case 'list':
      return Array.from({ length: countFor(way) }, (_, i) => json(shape.of, { ...way, turn: turn + i }));
    case 'maybe':
      return turn % 2 === 0 ? null : json(shape.of, way);
  }
}

function lengthFor({ draw, size }: Way): number {
  return size === 'least' ? 0 : size === 'most' ? LONG_BYTES : 1 + draw.below(40);
}

function countFor({ draw, size }: Way): number {
  return size === 'least' ? 0 : size === 'most' ? 2 : draw.below(4);
}

/** Words up to a length in bytes, never half a character. */
function textOf(draw: Draw, bytesMax: number): string {
  const word = (): Uint8Array => utf8(WORDS[draw.below(WORDS.length)] ?? '');
  let bytes: Uint8Array = new Uint8Array(0);
  for (let next = word(); bytes.length + next.length <= bytesMax; next = word()) bytes = concat(bytes, next);
  return fromUtf8(bytes) ?? '';
}
