/** Inputs: random bytes, and valid ones that somebody has tampered with. */

import { concat } from 'copse/internal/base/bytes.ts';
import type { Chance } from '../sim/chance.ts';

/** Numbers at which varints, lengths and tags change their form. */
const EDGES = [
  [0],
  [1],
  [127],
  [128, 0],
  [128, 1],
  [255, 127],
  [255, 255, 255, 255, 15],
  [255, 255, 255, 255, 255, 255, 255, 15],
  [255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
  // Lengths of CBOR: one byte, two, eight; indefinite; a tag in a tag.
  [0x58, 255],
  [0x59, 255, 255],
  [0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
  [0x9f],
  [0xbf, 0xff],
  [0xd2, 0xd2],
  [0xf9, 0x7e, 0],
];

export function randomBytes(chance: Chance): Uint8Array {
  return chance.bytes(chance.between(0, chance.often(0.1) ? 400 : 24));
}

/** One to four changes. */
export function tampered(bytes: Uint8Array, chance: Chance): Uint8Array {
  let out = bytes;
  const count = chance.between(1, 4);
  for (let i = 0; i < count; i++) out = tamperedOnce(out, chance);
  return out;
}

function tamperedOnce(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.between(0, Math.max(0, bytes.length - 1));
  const to = Math.min(bytes.length, at + chance.between(0, 8));
  switch (chance.between(0, 6)) {
    case 0:
      return replaced(bytes, at, (byte) => byte ^ (1 << chance.between(0, 7)));
    case 1:
      return replaced(bytes, at, () => chance.between(0, 255));
    case 2:
      return concat(bytes.subarray(0, at), Uint8Array.from(chance.pick(EDGES)), bytes.subarray(at));
    case 3:
      return concat(bytes.subarray(0, at), Uint8Array.from(chance.pick(EDGES)), bytes.subarray(to));
    case 4:
      return concat(bytes.subarray(0, at), bytes.subarray(to));
    case 5:
      return concat(bytes.subarray(0, to), bytes.subarray(at));
    default:
      return bytes.subarray(0, at);
  }
}

function replaced(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const out = bytes.slice();
  if (at < out.length) out[at] = change(out[at]!);
  return out;
}

/** The same bytes as a view into a larger array: who reads outside of it answers something else. */
export function embedded(bytes: Uint8Array, chance: Chance): Uint8Array {
  const before = chance.between(1, 9);
  const around = chance.bytes(before + bytes.length + 16);
  around.set(bytes, before);
  return around.subarray(before, before + bytes.length);
}
