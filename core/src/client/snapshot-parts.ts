/**
 * What the parts of a snapshot say (SPEC Q1, Q3): which entries it stands for, and a piece of the state. The
 * state is packed by gzip (RFC 1952), which every platform opens; what does not shrink stays as it is.
 */

import { concat } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { partBytesMax, partsMax, stateBytesMax } from '../base/limits-snapshot.ts';
import { linkBytes } from '../log/chain.ts';
import { struct } from '../wire/compound.ts';
import { bytes, choice, decode, encode, fixed, uint, type Of } from '../wire/shape.ts';
import { positionShape } from '../api/model.ts';

export const markBytes = 8;
/** What is smaller is not worth packing: it is one part either way. */
const PACK_BYTES_MIN = 4_096;

export const partShape = struct({
  from: positionShape.about('The first position for which the snapshot does not stand.'),
  link: fixed(linkBytes).about('Of the chain, over everything before that position.'),
  mark: fixed(markBytes).about('Drawn; the same in all parts of one snapshot.'),
  index: uint(partsMax - 1).about('Which part it is, from 0.'),
  count: uint(partsMax).about('Parts.'),
  codec: choice('raw', 'gzip').about('How the state was packed, before it was parted.'),
  size: uint(stateBytesMax).about('Bytes of the state.'),
  data: bytes(partBytesMax),
});
export type Part = Of<typeof partShape>;

/** What an application has made of the entries before a position. */
export interface SavedState {
  readonly from: number;
  readonly link: Uint8Array;
  readonly state: Uint8Array;
}

/** The parts of a state, encoded, in order. Throws `tooLarge`. */
export async function partsOf({ from, link, state }: SavedState, mark: Uint8Array): Promise<Uint8Array[]> {
  if (state.length > stateBytesMax) {
    throw new Fault('tooLarge', `A state has at most ${stateBytesMax} bytes, not ${state.length}.`);
  }
  const small = state.length < PACK_BYTES_MIN ? state : await piped(state, new CompressionStream('gzip'));
  const isPacked = small.length < state.length;
  const packed = isPacked ? small : state;
  const count = Math.max(1, Math.ceil(packed.length / partBytesMax));
  if (count > partsMax) throw new Fault('tooLarge', `A state takes at most ${partsMax} parts, not ${count}.`);
  return Array.from({ length: count }, (_, index) => {
    const data = packed.subarray(index * partBytesMax, (index + 1) * partBytesMax);
    const codec = isPacked ? 'gzip' : 'raw';
    return encode(partShape, { from, link, mark, index, count, codec, size: state.length, data });
  });
}

/** A part, or null when the bytes are none. */
export function partOf(value: Uint8Array): Part | null {
  try {
    const part = decode(partShape, value);
    return part.index < part.count ? part : null;
  } catch {
    return null;
  }
}

/** The state of a whole set of parts in order; null when they are none. */
export async function stateOf(parts: readonly Part[]): Promise<SavedState | null> {
  const [first] = parts;
  if (first === undefined || first.count !== parts.length) return null;
  const { from, link, size, codec } = first;
  if (!parts.every((part, index) => part.index === index && isSame(part, first))) return null;
  const packed = concat(...parts.map((part) => part.data));
  if (codec === 'raw') return packed.length === size ? { from, link, state: packed } : null;
  try {
    const state = await piped(packed, new DecompressionStream('gzip'), size);
    return state.length === size ? { from, link, state } : null;
  } catch {
    return null;
  }
}

/** Whether two parts are of one snapshot. */
export function isSame(a: Part, b: Part): boolean {
  const isAlike = a.from === b.from && a.count === b.count && a.size === b.size && a.codec === b.codec;
  return isAlike && same(a.mark, b.mark) && same(a.link, b.link);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}

/** Through a stream of the platform; throws when more than `bytesMax` come out. */
async function piped(
  data: Uint8Array,
  through: CompressionStream | DecompressionStream,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const reader = new Blob([data.slice()]).stream().pipeThrough(through).getReader();
  const pieces: Uint8Array[] = [];
  let left = bytesMax;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concat(...pieces);
      left -= value.length;
      // A few kilobytes may become gigabytes.
      if (left < 0) throw new Fault('tooLarge', 'a state');
      pieces.push(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
