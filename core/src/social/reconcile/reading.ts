/** What one answer says about what was asked: settled, to be asked again, to be parted, ours alone or theirs alone. */

import { compare, hex } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { Have } from './have.ts';
import { compareBounds, idBytes, type Bound } from './item.ts';
import type { Range } from './message.ts';
import type { Ground, Part } from './parts.ts';

/** A part to ask about. */
export interface Question {
  readonly part: Part;
  /** Whether it is known to differ, and so is asked about in pieces. */
  readonly differs: boolean;
}

export class Reading {
  readonly have: Have;
  readonly need: Uint8Array[] = [];
  /** In order. */
  readonly questions: Question[] = [];
  readonly #ground: Ground;
  readonly #asked: readonly Part[];
  /** The first part that is not wholly below the ranges to come. */
  #at = 0;

  constructor(ground: Ground, asked: readonly Part[]) {
    this.#ground = ground;
    this.#asked = asked;
    this.have = new Have(ground.snapshot);
  }

  /** The ranges of an answer one after the other. Throws `malformed`. */
  take(range: Range): void {
    if (range.mode === 'skip') return;
    const parts = this.#partsIn(range);
    const [first, ...more] = parts;
    const isOfOne = first !== undefined && more.length === 0 && isSame(first, range);
    if (range.mode === 'fingerprint') this.#fingerprint(range, range.fingerprint, isOfOne);
    else if (isOfOne) this.#list(first, range.ids);
    else if (range.count > 0) throw notAsked();
    // Whoever has nothing there has nothing in any part of it.
    else for (const part of parts) this.have.add(part.from, part.to);
  }

  #fingerprint(range: Range, theirs: Uint8Array, isOfOne: boolean): void {
    if (compareBounds(range.lower, range.upper) === 0) return;
    const { primitives, snapshot } = this.#ground;
    const [from, to] = [snapshot.rank(range.lower), snapshot.rank(range.upper)];
    if (compare(snapshot.fingerprint(primitives, from, to), theirs) === 0) return;
    // The rest of an answer that was full reaches to the end; what was asked about in it is asked again as it was.
    if (!isOfOne && range.upper.time !== Number.POSITIVE_INFINITY) throw notAsked();
    for (const part of this.#partsIn(range)) this.questions.push({ part, differs: isOfOne });
  }

  #list({ from, to }: Part, ids: Uint8Array): void {
    const theirs = new Map<string, Uint8Array>();
    for (let at = 0; at < ids.length; at += idBytes) {
      const id = ids.slice(at, at + idBytes);
      theirs.set(hex(id), id);
    }
    const { snapshot } = this.#ground;
    let at = from;
    for (; at < to && theirs.size > 0; at++) {
      if (!theirs.delete(hex(snapshot.at(at).id))) this.have.add(at, at + 1);
    }
    this.have.add(at, to);
    this.need.push(...theirs.values());
  }

  /** What was asked about within the range. */
  #partsIn({ lower, upper }: Range): readonly Part[] {
    const parts: Part[] = [];
    if (compareBounds(lower, upper) === 0) return parts;
    while (this.#at < this.#asked.length && compareBounds(this.#asked[this.#at]!.upper, lower) <= 0)
      this.#at++;
    for (let n = this.#at; n < this.#asked.length; n++) {
      const part = this.#asked[n]!;
      if (compareBounds(part.lower, upper) >= 0) break;
      parts.push(this.#cut(part, lower, upper));
    }
    return parts;
  }

  #cut(part: Part, lower: Bound, upper: Bound): Part {
    const { snapshot } = this.#ground;
    const isBegunBefore = compareBounds(part.lower, lower) < 0;
    const isEndedAfter = compareBounds(part.upper, upper) > 0;
    return {
      lower: isBegunBefore ? lower : part.lower,
      from: isBegunBefore ? snapshot.rank(lower) : part.from,
      upper: isEndedAfter ? upper : part.upper,
      to: isEndedAfter ? snapshot.rank(upper) : part.to,
    };
  }
}

function isSame(part: Part, range: Range): boolean {
  return compareBounds(part.lower, range.lower) === 0 && compareBounds(part.upper, range.upper) === 0;
}

function notAsked(): Fault {
  return new Fault('malformed', 'The answer of a reconciliation is about a range that was not asked about.');
}
