/**
 * Shapes and their values as JSON, for implementations in other languages: what `contracts.json` says of a
 * shape, and how a vector states a value of it. Byte strings and ids are lower-case hex, the absent value of
 * a `maybe` is null, a value of a union has its variant's name in `kind`; everything else is itself.
 */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { list, maybe, struct, union } from 'copse/internal/wire/compound.ts';
import { bool, bytes, choice, fixed, id, text, uint, type Shape } from 'copse/internal/wire/shape.ts';
import type { Json } from './make/file.ts';

export type ShapeJson =
  | { readonly form: 'uint' | 'bytes' | 'text'; readonly max: number }
  | { readonly form: 'fixed' | 'id'; readonly size: number }
  | { readonly form: 'bool' }
  | { readonly form: 'choice'; readonly names: readonly string[] }
  | { readonly form: 'struct'; readonly fields: readonly (readonly [name: string, shape: ShapeJson])[] }
  | {
      readonly form: 'union';
      readonly variants: readonly (readonly [name: string, tag: number, shape: ShapeJson])[];
    }
  | { readonly form: 'list'; readonly max: number; readonly of: ShapeJson }
  | { readonly form: 'maybe'; readonly of: ShapeJson };

const FORM = /^(\w+)(?:\((?:0…)?(.*)\))?$/;

/** What a shape says of itself. */
export function shapeJson(shape: Shape<unknown>): ShapeJson {
  const [, form = '', argument = ''] = must(FORM.exec(shape.spec.form), 'a form that is known');
  const parts = shape.spec.parts ?? [];
  switch (form) {
    case 'uint':
    case 'bytes':
    case 'text':
      return { form, max: Number(argument) };
    case 'fixed':
    case 'id':
      return { form, size: Number(argument) };
    case 'bool':
      return { form };
    case 'choice':
      return { form, names: argument.split(' | ') };
    case 'struct':
      return { form, fields: parts.map((part) => [part.name, shapeJson(part.shape)]) };
    case 'union':
      return {
        form,
        variants: parts.map((part) => [
          part.name,
          must(part.tag, 'a variant has a tag'),
          shapeJson(part.shape),
        ]),
      };
    case 'list':
      return { form, max: Number(argument), of: shapeJson(onlyPart(shape)) };
    case 'maybe':
      return { form, of: shapeJson(onlyPart(shape)) };
    default:
      throw new Error(`the form ${form} is not known here`);
  }
}

function onlyPart(shape: Shape<unknown>): Shape<unknown> {
  return must(shape.spec.parts?.[0], 'a shape of one part').shape;
}

/** The shape that a description means. */
export function shapeOf(description: ShapeJson): Shape<unknown> {
  return makeShape(description);
}

// oxlint-disable-next-line typescript/no-explicit-any -- a shape is invariant in its values, which are only known at run time here
function makeShape(description: ShapeJson): Shape<any> {
  switch (description.form) {
    case 'uint':
      return uint(description.max);
    case 'bytes':
      return bytes(description.max);
    case 'text':
      return text(description.max);
    case 'fixed':
      return fixed(description.size);
    case 'id':
      return id(description.size, (name) => name);
    case 'bool':
      return bool;
    case 'choice':
      return choice(...description.names);
    case 'struct':
      return struct(Object.fromEntries(description.fields.map(([name, of]) => [name, makeShape(of)])));
    case 'union':
      return union(
        Object.fromEntries(description.variants.map(([name, tag, of]) => [name, [tag, makeShape(of)]])),
      );
    case 'list':
      return list(makeShape(description.of), description.max);
    case 'maybe':
      return maybe(makeShape(description.of));
  }
}

/** A decoded value as vectors state it: the only values that JSON cannot hold are bytes. */
export function valueJson(value: unknown): Json {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(valueJson);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, valueJson(inner)]));
  }
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  throw new Error(`a value of the kind ${typeof value}`);
}

/** The value that a vector states. */
export function valueOf(shape: ShapeJson, json: unknown): unknown {
  switch (shape.form) {
    case 'bytes':
    case 'fixed':
      return must(fromHex(String(json)), 'bytes are stated in hex');
    case 'struct':
      return fieldsOf(shape.fields, record(json));
    case 'union': {
      const { kind, ...rest } = record(json);
      const [, , of] = must(
        shape.variants.find(([name]) => name === kind),
        'a variant that is declared',
      );
      return { kind, ...record(valueOf(of, rest)) };
    }
    case 'list':
      return items(json).map((item) => valueOf(shape.of, item));
    case 'maybe':
      return json === null ? null : valueOf(shape.of, json);
    default:
      return json;
  }
}

function fieldsOf(
  fields: readonly (readonly [name: string, shape: ShapeJson])[],
  json: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(fields.map(([name, of]) => [name, valueOf(of, json[name])]));
}

function record(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null) throw new Error('a record is stated as one');
  return { ...json };
}

function items(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw new Error('a list is stated as one');
  return json;
}
