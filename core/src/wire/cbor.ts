/**
 * Deterministic CBOR (RFC 8949 section 4.2.1), the subset that signed objects need: integers within
 * the safe range, byte strings, UTF-8 text, arrays, maps whose keys are integers or text, booleans and
 * null. No floats, no undefined, no tags (COSE's own tag is one fixed byte, see `capability/cose.ts`).
 *
 * A value has one encoding; the decoder refuses every other form of it (SPEC W13): longer heads,
 * indefinite lengths, keys out of order or twice, trailing bytes. Whatever the bytes are, it answers a
 * value or throws `malformed` or `tooLarge`, and a length is compared with what is left before anything
 * is allocated (SPEC W4).
 */

import { assert } from '../base/assert.ts';
import { compare, concat, fromUtf8, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { cborCountMax } from '../base/limits.ts';
import { Reader } from './buffer.ts';

export type CborKey = number | string;
export type CborMap = Map<CborKey, Cbor>;
export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | CborMap;

export interface CborLimits {
  readonly bytesMax: number;
  /** Arrays and maps inside one another; 0 allows a single number, text or byte string only. */
  readonly depthMax: number;
}

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

/** The one encoding of `value`. A number outside the safe integers or ill-formed text is our own mistake. */
export function encodeCbor(value: Cbor): Uint8Array {
  if (typeof value === 'number') return encodeNumber(value);
  if (typeof value === 'boolean') return Uint8Array.of(value ? TRUE : FALSE);
  if (value === null) return Uint8Array.of(NULL);
  if (typeof value === 'string') {
    const text = utf8(value);
    assert(fromUtf8(text) === value, 'text is well-formed');
    return concat(head(TEXT, text.length), text);
  }
  if (value instanceof Uint8Array) return concat(head(BYTES, value.length), value);
  if (value instanceof Map) return encodeMap(value);
  assert(value.length <= cborCountMax, 'an array is within its limit');
  return concat(head(ARRAY, value.length), ...value.map(encodeCbor));
}

/** The value of `bytes`, which hold nothing else. What it contains is copied out of `bytes`. */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits): Cbor {
  if (bytes.length > limits.bytesMax) throw new Fault('tooLarge', `at most ${limits.bytesMax} bytes`);
  const reader = new Reader(bytes);
  const value = readItem(reader, limits.depthMax);
  reader.done();
  return value;
}

/** Reads an item of a larger value, which is a byte string, as a view; for those who know all that is around it. */
export function readByteString(reader: Reader): Uint8Array {
  const initial = reader.byte();
  if (initial >> 5 !== BYTES) throw new Fault('malformed', 'not a byte string');
  return reader.raw(readArgument(reader, initial & 31));
}

function encodeNumber(value: number): Uint8Array {
  assert(Number.isSafeInteger(value), 'a number is a safe integer');
  return value < 0 ? head(NEGATIVE, -1 - value) : head(UNSIGNED, value);
}

function encodeMap(map: CborMap): Uint8Array {
  assert(map.size <= cborCountMax, 'a map is within its limit');
  const pairs = Array.from(map, ([key, value]) => ({ key: encodeCbor(key), value: encodeCbor(value) }));
  pairs.sort((a, b) => compare(a.key, b.key));
  return concat(head(MAP, map.size), ...pairs.flatMap((pair) => [pair.key, pair.value]));
}

/** The initial byte and its argument in the shortest form. */
function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return Uint8Array.of((major << 5) | argument);
  const sizeLog = argument < 0x100 ? 0 : argument < 0x10000 ? 1 : argument < 2 ** 32 ? 2 : 3;
  const bytes = new Uint8Array(1 + (1 << sizeLog));
  bytes[0] = (major << 5) | (24 + sizeLog);
  for (let at = bytes.length - 1, rest = argument; at > 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

function readItem(reader: Reader, depthLeft: number): Cbor {
  const initial = reader.byte();
  if (initial === FALSE || initial === TRUE) return initial === TRUE;
  if (initial === NULL) return null;
  const argument = readArgument(reader, initial & 31);
  switch (initial >> 5) {
    case UNSIGNED:
      return argument;
    case NEGATIVE:
      return readNegative(argument);
    case BYTES:
      return readBytes(reader, argument);
    case TEXT:
      return readText(reader, argument);
    case ARRAY:
      return readArray(reader, argument, depthLeft);
    case MAP:
      return readMap(reader, argument, depthLeft);
    default:
      throw new Fault('malformed', 'a tag, float or simple value outside the subset');
  }
}

/** The argument of a head (RFC 8949 section 3), refused unless it is in its shortest form. */
function readArgument(reader: Reader, additional: number): number {
  if (additional < 24) return additional;
  if (additional > 27) throw new Fault('malformed', 'an indefinite or reserved length');
  const size = 1 << (additional - 24);
  let argument = 0;
  for (let left = size; left > 0; left--) argument = argument * 256 + reader.byte();
  if (argument > Number.MAX_SAFE_INTEGER) throw new Fault('malformed', 'a number is too large');
  const least = size === 1 ? 24 : 256 ** (size / 2);
  if (argument < least) throw new Fault('malformed', 'a number is not in its shortest form');
  return argument;
}

function readNegative(argument: number): number {
  const value = -1 - argument;
  if (!Number.isSafeInteger(value)) throw new Fault('malformed', 'a number is too small');
  return value;
}

function readBytes(reader: Reader, size: number): Uint8Array {
  const from = reader.at;
  if (size > reader.left) throw new Fault('malformed', 'truncated');
  reader.at += size;
  return reader.bytes.slice(from, reader.at);
}

function readText(reader: Reader, size: number): string {
  const text = fromUtf8(reader.raw(size));
  if (text === null) throw new Fault('malformed', 'text is not UTF-8');
  return text;
}

function readArray(reader: Reader, count: number, depthLeft: number): Cbor[] {
  checkContainer(reader, { count, itemsEach: 1, depthLeft });
  const items: Cbor[] = [];
  for (let i = 0; i < count; i++) items.push(readItem(reader, depthLeft - 1));
  return items;
}

function readMap(reader: Reader, count: number, depthLeft: number): CborMap {
  checkContainer(reader, { count, itemsEach: 2, depthLeft });
  const map: CborMap = new Map();
  let previous: Range = { from: 0, to: 0 };
  for (let i = 0; i < count; i++) {
    const from = reader.at;
    const key = readItem(reader, 0);
    if (typeof key !== 'number' && typeof key !== 'string')
      throw new Fault('malformed', 'a key of this kind');
    const encoded = { from, to: reader.at };
    if (!isBefore(reader.bytes, previous, encoded)) {
      throw new Fault('malformed', 'keys are not in order or occur twice');
    }
    previous = encoded;
    map.set(key, readItem(reader, depthLeft - 1));
  }
  return map;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Whether the bytes of `a` come before those of `b`, as `compare` orders them; views would be most of the work. */
function isBefore(bytes: Uint8Array, a: Range, b: Range): boolean {
  const sizeA = a.to - a.from;
  const sizeB = b.to - b.from;
  for (let i = 0; i < sizeA && i < sizeB; i++) {
    const difference = bytes[a.from + i]! - bytes[b.from + i]!;
    if (difference !== 0) return difference < 0;
  }
  return sizeA < sizeB;
}

interface Container {
  readonly count: number;
  readonly itemsEach: number;
  readonly depthLeft: number;
}

/** Every item takes a byte at least, so a count beyond what is left is a lie. */
function checkContainer(reader: Reader, container: Container): void {
  if (container.depthLeft === 0) throw new Fault('tooLarge', 'too many levels');
  if (container.count * container.itemsEach > reader.left) throw new Fault('malformed', 'truncated');
  if (container.count > cborCountMax) throw new Fault('tooLarge', `at most ${cborCountMax} items`);
}
