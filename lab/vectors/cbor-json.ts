/** CBOR as vectors state it: bytes are `{"bytes": hex}`, a map is `{"map": [[key, value], …]}`. */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import type { Cbor } from 'copse/internal/wire/cbor.ts';
import type { Json } from './make/file.ts';

export function cborOf(json: unknown): Cbor {
  if (json === null || typeof json === 'number' || typeof json === 'string' || typeof json === 'boolean') {
    return json;
  }
  if (Array.isArray(json)) return json.map(cborOf);
  if (typeof json !== 'object') throw new Error('not a value of CBOR');
  if ('bytes' in json) return must(fromHex(String(json.bytes)), 'bytes are stated in hex');
  if (!('map' in json) || !Array.isArray(json.map)) throw new Error('not a value of CBOR');
  return new Map(json.map.map((pair: unknown) => pairOf(pair)));
}

function pairOf(pair: unknown): readonly [number | string, Cbor] {
  if (!Array.isArray(pair)) throw new Error('not a field of a map');
  const [key, value]: readonly unknown[] = pair;
  if (typeof key !== 'number' && typeof key !== 'string') throw new Error('not a key of a map');
  return [key, cborOf(value)];
}

export function jsonOf(value: Cbor): Json {
  if (value instanceof Uint8Array) return { bytes: hex(value) };
  if (value instanceof Map) return { map: Array.from(value, ([key, inner]) => [key, jsonOf(inner)]) };
  return typeof value === 'object' && value !== null ? value.map(jsonOf) : value;
}
