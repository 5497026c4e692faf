/**
 * The side that is asked (SPEC Z35, Z37). It keeps nothing of an exchange but how many messages it has answered: each
 * answer follows from the message and the snapshot. What does not fit into a frame is left to the next message,
 * by the fingerprint of the rest.
 */

import { assert } from '../../base/assert.ts';
import { compare } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import {
  reconcileFrameBytesMax,
  reconcileFrameBytesMin,
  reconcileRoundsMax,
} from '../../base/limits-reconcile.ts';
import { boundBetween, HIGHEST, idBytes, type Bound } from './item.ts';
import { rangeBytesMax, rangesOf, versionByte, versionOf, Writer } from './message.ts';
import { parted, putPart, type Ground, type Part } from './parts.ts';

/** Up to here the ids themselves are shorter than asking once more. */
const LIST_MAX = 12;

export interface ReconcileOptions {
  readonly frameBytesMax?: number;
  readonly roundsMax?: number;
}

/** The frame that was asked for, within what both ends can use. */
export function frameBytesOf({ frameBytesMax = reconcileFrameBytesMax }: ReconcileOptions): number {
  assert(frameBytesMax >= reconcileFrameBytesMin, 'a frame holds a split');
  return Math.min(frameBytesMax, reconcileFrameBytesMax);
}

/** Throws `tooLarge` for a message that no frame may be. */
export function checkSize(message: Uint8Array): void {
  if (message.length <= reconcileFrameBytesMax) return;
  throw new Fault('tooLarge', `A message of a reconciliation has at most ${reconcileFrameBytesMax} bytes.`);
}

export class Responder {
  readonly #ground: Ground;
  readonly #frameBytesMax: number;
  #roundsLeft: number;

  constructor(ground: Ground, options: ReconcileOptions = {}) {
    this.#ground = ground;
    this.#frameBytesMax = frameBytesOf(options);
    this.#roundsLeft = options.roundsMax ?? reconcileRoundsMax;
  }

  /** The answer. Throws `malformed`, `tooLarge` and `tooMany`. */
  on(message: Uint8Array): Uint8Array {
    if (this.#roundsLeft-- <= 0)
      throw new Fault('tooMany', 'This reconciliation has had all of its messages. Begin another one.');
    checkSize(message);
    // Another version is told ours, and may ask again in it.
    if (versionOf(message) !== versionByte) return Uint8Array.of(versionByte);
    return new Answer(this.#ground, this.#frameBytesMax).to(message);
  }
}

class Answer {
  readonly #ground: Ground;
  readonly #writer: Writer;

  constructor(ground: Ground, frameBytesMax: number) {
    this.#ground = ground;
    this.#writer = new Writer(frameBytesMax);
  }

  to(message: Uint8Array): Uint8Array {
    const { primitives, snapshot } = this.#ground;
    let from = 0;
    let isFull = false;
    // Read to the end: bytes that are not a message are refused wherever they stand.
    for (const range of rangesOf(message)) {
      if (isFull) continue;
      const part = { lower: range.lower, upper: range.upper, from, to: snapshot.rank(range.upper) };
      from = part.to;
      if (range.mode === 'skip') continue;
      if (range.mode === 'fingerprint') {
        const own = snapshot.fingerprint(primitives, part.from, part.to);
        if (compare(own, range.fingerprint) !== 0) isFull = !this.#split(part);
      } else isFull = !this.#list(part);
    }
    return this.#writer.done();
  }

  /** False when it did not fit. */
  #split(part: Part): boolean {
    if (part.to - part.from <= LIST_MAX) return this.#list(part);
    for (const piece of parted(this.#ground.snapshot, part)) {
      if (this.#writer.room < 2 * rangeBytesMax) return this.#rest(piece.lower, piece.from);
      putPart(this.#writer, this.#ground, piece, 0);
    }
    return true;
  }

  /** False when it did not fit, and what did is written. */
  #list(part: Part): boolean {
    const { snapshot } = this.#ground;
    const { from, to, lower } = part;
    const fitting = Math.floor((this.#writer.room - 2 * rangeBytesMax) / idBytes);
    if (to - from <= fitting) {
      putPart(this.#writer, this.#ground, part, fitting);
      return true;
    }
    if (fitting <= 0) return this.#rest(lower, from);
    const end = from + fitting;
    const upper = boundBetween(snapshot.at(end - 1), snapshot.at(end));
    putPart(this.#writer, this.#ground, { lower, upper, from, to: end }, fitting);
    return this.#rest(upper, end);
  }

  /** The last range of a full frame: all that is left, to be asked about again. */
  #rest(lower: Bound, from: number): false {
    const rest = { lower, upper: HIGHEST, from, to: this.#ground.snapshot.size };
    putPart(this.#writer, this.#ground, rest, 0);
    return false;
  }
}
