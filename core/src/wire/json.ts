/**
 * Values of shapes as JSON, for callers who have no link: the declaration that makes the codec of a message
 * makes its JSON too (SPEC O1). Byte strings are base64url, ids lower-case hex, the value of a union names its
 * variant in `kind`, and a field that may be nothing may be left out; all else is itself.
 *
 * Here is only the form; every bound is the shape's own, because what arrives is written and read once by it.
 */

import { base64url, fromBase64url } from '../base/bytes.ts';
import { must } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import { decode, encode, type Shape } from './shape.ts';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

type AnyShape = Shape<unknown>;

/** The value that a JSON document states; throws `malformed` or `tooLarge` and nothing else. */
export function fromJson<T>(shape: Shape<T>, document: unknown): T {
  const untyped: AnyShape = shape;
  return decode(shape, encode(untyped, valueOf(untyped, document, '$')));
}

/** A value as a JSON document. */
export function toJson<T>(shape: Shape<T>, value: T): Json {
  return jsonOf(shape, value);
}

const formOf = ({ spec }: AnyShape): string => must(/^\w+/.exec(spec.form)?.[0], 'a form has a name');
const onlyPart = ({ spec }: AnyShape): AnyShape => must(spec.parts?.[0], 'a shape of one part').shape;

function wrong(where: string, wanted: string): Fault {
  return new Fault('malformed', `${where} is ${wanted}`);
}

function valueOf(shape: AnyShape, json: unknown, where: string): unknown {
  const form = formOf(shape);
  switch (form) {
    case 'uint':
      if (typeof json !== 'number' || !Number.isSafeInteger(json) || json < 0)
        throw wrong(where, 'a whole number');
      return json;
    case 'bool':
      if (typeof json !== 'boolean') throw wrong(where, 'true or false');
      return json;
    case 'text':
    case 'id':
    case 'choice':
      if (typeof json !== 'string') throw wrong(where, 'a text');
      return json;
    case 'bytes':
    case 'fixed':
      return bytesOf(json, where);
    case 'list':
      return itemsOf(shape, json, where);
    case 'maybe':
      return json === null ? null : valueOf(onlyPart(shape), json, where);
    case 'struct':
      return fieldsOf(shape, recordOf(json, where), where);
    case 'union':
      return variantOf(shape, recordOf(json, where), where);
    default:
      throw new Error(`the form ${form} has no JSON`);
  }
}

function bytesOf(json: unknown, where: string): Uint8Array {
  const bytes = typeof json === 'string' ? fromBase64url(json) : null;
  if (bytes === null) throw wrong(where, 'bytes in base64url without padding');
  return bytes;
}

function itemsOf(shape: AnyShape, json: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(json)) throw wrong(where, 'a list');
  const of = onlyPart(shape);
  return json.map((item: unknown, n) => valueOf(of, item, `${where}[${n}]`));
}

type JsonRecord = ReadonlyMap<string, unknown>;

function recordOf(json: unknown, where: string): JsonRecord {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong(where, 'an object');
  return new Map(Object.entries(json));
}

/** Exactly the declared fields; what may be nothing may be absent. */
function fieldsOf(shape: AnyShape, record: JsonRecord, where: string): object {
  const parts = shape.spec.parts ?? [];
  for (const name of record.keys()) {
    if (!parts.some((part) => part.name === name)) throw wrong(where, `without a field ${quoted(name)}`);
  }
  const fields = parts.map((part) => {
    const isAbsent = !record.has(part.name);
    if (isAbsent && formOf(part.shape) !== 'maybe') throw wrong(where, `never without \`${part.name}\``);
    return [part.name, isAbsent ? null : valueOf(part.shape, record.get(part.name), `${where}.${part.name}`)];
  });
  return Object.fromEntries(fields);
}

function variantOf(shape: AnyShape, record: JsonRecord, where: string): object {
  const kind = record.get('kind');
  const part = shape.spec.parts?.find(({ name }) => name === kind);
  if (part === undefined) throw wrong(where, 'of a `kind` that is declared');
  const rest = new Map([...record].filter(([name]) => name !== 'kind'));
  return { kind: part.name, ...fieldsOf(part.shape, rest, where) };
}

/** A name that a stranger chose, short enough for a sentence. */
function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 32).toWellFormed());
}

function jsonOf(shape: AnyShape, value: unknown): Json {
  switch (formOf(shape)) {
    case 'list':
      return asItems(value).map((item) => jsonOf(onlyPart(shape), item));
    case 'maybe':
      return value === null ? null : jsonOf(onlyPart(shape), value);
    case 'struct':
      return jsonFields(shape, recordOf(value, 'a value'));
    case 'union': {
      const record = recordOf(value, 'a value');
      const part = must(
        shape.spec.parts?.find(({ name }) => name === record.get('kind')),
        'a value is of a declared variant',
      );
      return { kind: part.name, ...jsonFields(part.shape, record) };
    }
    default:
      return jsonOfSingle(value);
  }
}

function jsonFields(shape: AnyShape, record: JsonRecord): { readonly [name: string]: Json } {
  const parts = shape.spec.parts ?? [];
  return Object.fromEntries(parts.map((part) => [part.name, jsonOf(part.shape, record.get(part.name))]));
}

function asItems(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('a value of a list is one');
  return value;
}

function jsonOfSingle(value: unknown): Json {
  if (value instanceof Uint8Array) return base64url(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Error(`a value of the kind ${typeof value}`);
}
