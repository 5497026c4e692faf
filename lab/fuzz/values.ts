/**
 * Valid values of any shape, from its `spec` alone: what the documentation generator reads, the fuzzer
 * reads too, so that a new message is fuzzed from the day it is declared.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { encode, type Shape } from 'copse/internal/wire/shape.ts';
import type { Chance } from '../sim/chance.ts';

/** Bytes and items beyond this make an input slow without making it more interesting. */
const SIZE_USUAL = 40;
const LETTERS = ['a', 'Z', '0', ' ', 'é', '語', '🌳', '\u0000', '\u202e', '"'];

export function valueOf(shape: Shape<unknown>, chance: Chance): unknown {
  const { form, parts = [] } = shape.spec;
  switch (form) {
    case 'bool':
      return chance.often(0.5);
    case 'struct':
      return Object.fromEntries(parts.map((part) => [part.name, valueOf(part.shape, chance)]));
    case 'union': {
      const part = chance.pick(parts);
      return { kind: part.name, ...Object(valueOf(part.shape, chance)) };
    }
    case 'maybe':
      return chance.often(0.3) ? null : valueOf(chance.pick(parts).shape, chance);
    default:
      return boundedValueOf(shape, chance);
  }
}

/** Forms that state their bound: `uint(0…255)`, `bytes(64)`, `choice(a | b)`, `list(8)`. */
function boundedValueOf(shape: Shape<unknown>, chance: Chance): unknown {
  const { form, parts = [] } = shape.spec;
  const [, name = '', bound = ''] = /^(\w+)\((.*)\)$/.exec(form) ?? [];
  switch (name) {
    case 'uint':
      return uintValue(Number(bound.split('…')[1]), chance);
    case 'bytes':
      return chance.bytes(sizeValue(Number(bound), chance));
    case 'fixed':
      return chance.bytes(Number(bound));
    case 'id':
      return hex(chance.bytes(Number(bound)));
    case 'text':
      return textValue(Number(bound), chance);
    case 'choice':
      return chance.pick(bound.split(' | '));
    case 'list':
      return Array.from({ length: Math.min(8, sizeValue(Number(bound), chance)) }, () =>
        valueOf(chance.pick(parts).shape, chance),
      );
    default:
      throw new Error(`no value is known for the form ${form}`);
  }
}

function uintValue(max: number, chance: Chance): number {
  const drawn = chance.pick([0, 1, 127, 128, max, max - 1, Math.floor(2 ** (chance.unit() * 53))]);
  return Math.min(max, Math.max(0, drawn));
}

function sizeValue(max: number, chance: Chance): number {
  const drawn = chance.often(0.02) ? max : chance.between(0, SIZE_USUAL);
  // The largest values of messages of a megabyte are for one input in a thousand.
  return Math.min(max, drawn, chance.often(0.01) ? max : 4096);
}

function textValue(bytesMax: number, chance: Chance): string {
  let text = '';
  const size = sizeValue(bytesMax, chance);
  while (Buffer.byteLength(text) < size) text += chance.pick(LETTERS);
  return Buffer.byteLength(text) <= bytesMax ? text : 'x'.repeat(bytesMax);
}

/** The bytes of a valid value; a value that is too large for its shape's message gives a smaller one. */
export function bytesOf(shape: Shape<unknown>, chance: Chance): Uint8Array {
  return encode(shape, valueOf(shape, chance));
}
