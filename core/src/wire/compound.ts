/** Shapes made of shapes: struct, union, list, maybe. Same promises as `shape.ts` (SPEC W1-W4). */

import { assert } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import { uintSize } from './buffer.ts';
import { makeShape, type Of, type Shape } from './shape.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a shape is invariant in T; only `any` lets a record of shapes infer each T
type AnyShape = Shape<any>;

/** The record type of a struct's fields. */
export type Struct<F> = { readonly [K in keyof F]: Of<F[K]> };

/** Fields one after the other, in the order of the declaration. */
export function struct<const F extends Readonly<Record<string, AnyShape>>>(fields: F): Shape<Struct<F>> {
  const parts = Object.entries(fields).map(([name, shape]) => ({ name, shape: shape as Shape<unknown> }));
  return makeShape<Struct<F>>({
    spec: { form: 'struct', parts },
    bytesMax: parts.reduce((sum, part) => sum + part.shape.bytesMax, 0),
    write(writer, value) {
      const record: Readonly<Record<string, unknown>> = value;
      for (const part of parts) part.shape.write(writer, record[part.name]);
    },
    read(reader) {
      const record: Record<string, unknown> = {};
      for (const part of parts) record[part.name] = part.shape.read(reader);
      return record as Struct<F>;
    },
  });
}

/** The union type of a table of variants: each has its name in `kind`. */
export type Union<V> = {
  [K in keyof V]: { readonly kind: K } & (V[K] extends readonly [number, infer S] ? Of<S> : never);
}[keyof V];

/**
 * One of several structs, told apart by a tag byte. Append-only: a tag is never reused (SPEC W6).
 * `union({ ok: [1, struct({…})], stale: [2, struct({…})] })`
 */
export function union<const V extends Readonly<Record<string, readonly [number, AnyShape]>>>(
  variants: V,
): Shape<Union<V>> {
  const parts = Object.entries(variants).map(([name, [tag, shape]]) => ({
    name,
    tag,
    shape: shape as Shape<object>,
  }));
  const partByTag = new Map(parts.map((part) => [part.tag, part]));
  const partByName = new Map(parts.map((part) => [part.name, part]));
  assert(partByTag.size === parts.length, 'tags of a union differ');
  return makeShape<Union<V>>({
    spec: { form: 'union', parts: parts },
    bytesMax: 1 + Math.max(...parts.map((part) => part.shape.bytesMax)),
    write(writer, value) {
      const part = partByName.get(kindOf(value));
      assert(part !== undefined, `a union has no variant ${kindOf(value)}`);
      writer.byte(part.tag);
      part.shape.write(writer, value);
    },
    read(reader) {
      const tag = reader.byte();
      const part = partByTag.get(tag);
      if (part === undefined) throw new Fault('malformed', `no variant has the tag ${tag}`);
      return { kind: part.name, ...part.shape.read(reader) } as Union<V>;
    },
  });
}

function kindOf(value: object): string {
  return 'kind' in value ? String(value.kind) : '';
}

/** At most `countMax` values of one shape. */
export function list<T>(of: Shape<T>, countMax: number): Shape<readonly T[]> {
  return makeShape<readonly T[]>({
    spec: { form: `list(${countMax})`, parts: [{ name: 'each', shape: of }] },
    bytesMax: uintSize(countMax) + countMax * of.bytesMax,
    write(writer, values) {
      if (values.length > countMax) throw new Fault('tooLarge', `a list has at most ${countMax} values`);
      writer.uint(values.length);
      for (const value of values) of.write(writer, value);
    },
    read(reader) {
      const count = reader.uint();
      if (count > countMax)
        throw new Fault('tooLarge', `a list has at most ${countMax} values, not ${count}`);
      if (count > reader.left && of.bytesMax > 0) throw new Fault('malformed', 'truncated');
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(of.read(reader));
      return values;
    },
  });
}

/** A value or null. */
export function maybe<T>(of: Shape<T>): Shape<T | null> {
  return makeShape<T | null>({
    spec: { form: 'maybe', parts: [{ name: 'value', shape: of }] },
    bytesMax: 1 + of.bytesMax,
    write(writer, value) {
      writer.byte(value === null ? 0 : 1);
      if (value !== null) of.write(writer, value);
    },
    read(reader) {
      const there = reader.byte();
      if (there > 1) throw new Fault('malformed', 'a value is there (1) or not (0)');
      return there === 0 ? null : of.read(reader);
    },
  });
}

/** A struct without fields. */
export const nothing: Shape<Struct<Record<never, never>>> = struct({});
