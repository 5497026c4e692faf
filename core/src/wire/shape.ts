/**
 * Shapes of single values. A shape is codec, validator, type, limit and documentation of one kind of
 * value in one declaration (SPEC W1), and no constructor here is unbounded (SPEC W3). Compound shapes
 * are in `compound.ts`. Decoding refuses every encoding but the one that `write` makes (SPEC W2).
 */

import { assert } from '../base/assert.ts';
import { fromHex, fromUtf8, hex, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { Reader, uintSize, Writer } from './buffer.ts';

/** What the documentation generator and the schema hash see of a shape. */
export interface Spec {
  readonly form: string;
  readonly parts?: readonly {
    readonly name: string;
    readonly tag?: number;
    readonly shape: Shape<unknown>;
  }[];
}

export interface Shape<T> {
  readonly spec: Spec;
  /** One sentence, for `docs/protocol.md`. */
  readonly doc: string;
  /** The most bytes a value takes. */
  readonly bytesMax: number;
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
  /** The same shape with a sentence about its use here. */
  about(doc: string): Shape<T>;
}

/** The type of a shape's values. */
export type Of<S> = S extends Shape<infer T> ? T : never;

/** Builds a shape; `compound.ts` and this file are its only callers. */
export function makeShape<T>(core: Omit<Shape<T>, 'about' | 'doc'>, doc = ''): Shape<T> {
  assert(Number.isSafeInteger(core.bytesMax) && core.bytesMax >= 0, 'every shape has a bound');
  return { ...core, doc, about: (text) => makeShape(core, text) };
}

/** A whole number from 0 to `max`, inclusive. */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return makeShape({
    spec: { form: `uint(0…${max})` },
    bytesMax: uintSize(max),
    write(writer, value) {
      if (!(value <= max)) throw new Fault('tooLarge', `a number is at most ${max}`);
      writer.uint(value);
    },
    read(reader) {
      const value = reader.uint();
      if (value > max) throw new Fault('malformed', `a number is at most ${max}`);
      return value;
    },
  });
}

export const bool: Shape<boolean> = makeShape({
  spec: { form: 'bool' },
  bytesMax: 1,
  write: (writer, value) => writer.byte(value ? 1 : 0),
  read(reader) {
    const value = reader.byte();
    if (value > 1) throw new Fault('malformed', 'a boolean is 0 or 1');
    return value === 1;
  },
});

/** At most `max` bytes. What is read is a view into the message: copy it to keep it. */
export function bytes(max: number): Shape<Uint8Array> {
  return makeShape({
    spec: { form: `bytes(${max})` },
    bytesMax: uintSize(max) + max,
    write(writer, value) {
      if (value.length > max) throw new Fault('tooLarge', `at most ${max} bytes, not ${value.length}`);
      writer.uint(value.length);
      writer.raw(value);
    },
    read(reader) {
      const size = reader.uint();
      if (size > max) throw new Fault('tooLarge', `at most ${max} bytes, not ${size}`);
      return reader.raw(size);
    },
  });
}

/** Exactly `size` bytes, without a length in front. */
export function fixed(size: number): Shape<Uint8Array> {
  return makeShape({
    spec: { form: `fixed(${size})` },
    bytesMax: size,
    write(writer, value) {
      if (value.length !== size) throw new Fault('malformed', `exactly ${size} bytes, not ${value.length}`);
      writer.raw(value);
    },
    read: (reader) => reader.raw(size),
  });
}

/** Exactly `size` bytes that code holds as lower-case hex; `brand` gives the identifier its type. */
export function id<T extends string>(size: number, brand: (text: string) => T): Shape<T> {
  return makeShape({
    spec: { form: `id(${size})` },
    bytesMax: size,
    write(writer, value) {
      const raw = fromHex(value);
      if (raw === null || raw.length !== size)
        throw new Fault('malformed', `an identifier has ${size} bytes`);
      writer.raw(raw);
    },
    read: (reader) => brand(hex(reader.raw(size))),
  });
}

/** Well-formed UTF-8 of at most `max` bytes. */
export function text(max: number): Shape<string> {
  return makeShape({
    spec: { form: `text(${max})` },
    bytesMax: uintSize(max) + max,
    write(writer, value) {
      const raw = utf8(value);
      if (raw.length > max) throw new Fault('tooLarge', `a text has at most ${max} bytes, not ${raw.length}`);
      if (!value.isWellFormed()) throw new Fault('malformed', 'a text is well-formed Unicode');
      writer.uint(raw.length);
      writer.raw(raw);
    },
    read(reader) {
      const size = reader.uint();
      if (size > max) throw new Fault('tooLarge', `a text has at most ${max} bytes, not ${size}`);
      const value = fromUtf8(reader.raw(size));
      if (value === null) throw new Fault('malformed', 'a text is well-formed UTF-8');
      return value;
    },
  });
}

/** One of a few names, one byte each. Append-only: the place in the list is the value on the wire. */
export function choice<const Names extends readonly string[]>(...names: Names): Shape<Names[number]> {
  assert(names.length > 0 && names.length < 128, 'a choice has 1 to 127 names');
  return makeShape<Names[number]>({
    spec: { form: `choice(${names.join(' | ')})` },
    bytesMax: 1,
    write(writer, value) {
      const place = names.indexOf(value);
      if (place < 0) throw new Fault('malformed', `one of ${names.join(', ')}`);
      writer.byte(place);
    },
    read(reader) {
      const name = names[reader.byte()];
      if (name === undefined) throw new Fault('malformed', `one of ${names.join(', ')}`);
      return name;
    },
  });
}

/** A value's bytes, in a buffer of their own. */
export function encode<T>(shape: Shape<T>, value: T): Uint8Array<ArrayBuffer> {
  const writer = new Writer(shape.bytesMax + 8, Math.min(512, shape.bytesMax + 8));
  shape.write(writer, value);
  return writer.take();
}

/** The value of exactly these bytes; throws `malformed` or `tooLarge` and nothing else (SPEC W4). */
export function decode<T>(shape: Shape<T>, message: Uint8Array): T {
  const reader = new Reader(message);
  const value = shape.read(reader);
  reader.done();
  return value;
}
