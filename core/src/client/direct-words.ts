/**
 * What goes over a direct connection between a writer and the leader (SPEC V11): the same `hand` and `decline` as
 * through the node, and a word that something was heard. Words are cut into messages: a first byte, 1 for the
 * last piece and 0 for the others, then a piece.
 */

import { concat } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { directMessageBytesMax, directWordBytesMax } from '../base/limits-direct.ts';
import { epochShape } from '../api/model.ts';
import { entriesShape, nackReasonShape } from '../api/tail.ts';
import { struct, union } from '../wire/compound.ts';
import { decode, encode, uint, type Of } from '../wire/shape.ts';

export const directWordShape = union({
  hand: [
    1,
    struct({
      entries: entriesShape,
      number: uint(0xffff_ffff).about('Not 0: the leader says at once that it has heard this.'),
    }).about('Of a writer: consecutive entries of its device.'),
  ],
  heard: [2, struct({ number: uint(0xffff_ffff) }).about('Of a leader: a `hand` with this number came.')],
  decline: [
    3,
    struct({ epoch: epochShape, seq: uint(), reason: nackReasonShape }).about(
      'Of a leader: an entry, and those behind it, are not taken now.',
    ),
  ],
});
export type DirectWord = Of<typeof directWordShape>;

const PIECE_BYTES_MAX = directMessageBytesMax - 1;

export function piecesOf(word: DirectWord): readonly Uint8Array[] {
  const bytes = encode(directWordShape, word);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += PIECE_BYTES_MAX) {
    const isLast = at + PIECE_BYTES_MAX >= bytes.length;
    pieces.push(concat(Uint8Array.of(isLast ? 1 : 0), bytes.subarray(at, at + PIECE_BYTES_MAX)));
  }
  return pieces;
}

/** Puts pieces together again. */
export class Pieces {
  #waiting: Uint8Array[] = [];
  #size = 0;

  /** The word that is complete with this piece, or null. Throws `malformed` or `tooLarge`. */
  add(piece: Uint8Array): DirectWord | null {
    const [mark] = piece;
    if (mark !== 0 && mark !== 1) throw new Fault('malformed', 'a piece of a word');
    if (mark === 0 && piece.length !== directMessageBytesMax) throw new Fault('malformed', 'a short piece');
    this.#size += piece.length - 1;
    if (this.#size > directWordBytesMax) throw new Fault('tooLarge', 'a word of a direct connection');
    this.#waiting.push(piece.slice(1));
    if (mark === 0) return null;
    const whole = concat(...this.#waiting);
    this.#waiting = [];
    this.#size = 0;
    return decode(directWordShape, whole);
  }
}
