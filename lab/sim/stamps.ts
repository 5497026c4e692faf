/**
 * What is on the disk of a log, entry by entry and without understanding it: an entry never changes its
 * position or its bytes, an identity stands in the log once, a writer's entries stand in the order of
 * their seq without a hole (SPEC L1, L2, L4, W12).
 */

import { hex } from 'copse/internal/base/bytes.ts';
import type { EntryCursor } from 'copse/internal/wire/entry.ts';
import type { World } from './world.ts';

interface Stamp {
  readonly writer: string;
  readonly seq: number;
  readonly sum: number;
}

export class LogStamps {
  readonly #world: World;
  readonly #name: string;
  readonly #stampByAt = new Map<number, Stamp>();
  readonly #atByIdentity = new Map<string, number>();
  #tail = 1;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  saw(at: number, cursor: EntryCursor): void {
    const { bytes, start, end, deviceAt, epoch, seq } = cursor;
    const writer = `${hex(bytes.subarray(deviceAt, deviceAt + 8))}/${epoch}`;
    // Not a CRC-32: an entry ends with its own, and then that of all entries is the same.
    const sum = Bun.hash.xxHash32(bytes.subarray(start, end));
    const known = this.#stampByAt.get(at);
    if (known === undefined) {
      this.#add(at, { writer, seq, sum });
      return;
    }
    const isSame = known.writer === writer && known.seq === seq && known.sum === sum;
    this.#world.check(
      isSame,
      'W12',
      () => `${this.#name}: at ${at} was ${known.writer}/${known.seq}, now ${writer}/${seq}`,
    );
  }

  #add(at: number, stamp: Stamp): void {
    const identity = `${stamp.writer}/${stamp.seq}`;
    const before = this.#atByIdentity.get(identity);
    this.#world.check(
      before === undefined,
      'L2',
      () => `${this.#name}: ${identity} stands at ${before} and at ${at}`,
    );
    this.#stampByAt.set(at, stamp);
    this.#atByIdentity.set(identity, at);
    const previous = this.#atByIdentity.get(`${stamp.writer}/${stamp.seq - 1}`);
    const next = this.#atByIdentity.get(`${stamp.writer}/${stamp.seq + 1}`);
    const inOrder = (previous === undefined || previous < at) && (next === undefined || next > at);
    this.#world.check(inOrder, 'L4', () => `${this.#name}: ${identity} at ${at} is out of its order`);
  }

  /** The node was set back: what it stores from `tail` on is gone, and may be there another time. */
  setBack(tail: number): void {
    this.#tail = Math.min(this.#tail, tail);
    for (const [at, { writer, seq }] of this.#stampByAt) {
      if (at < tail) continue;
      this.#stampByAt.delete(at);
      this.#atByIdentity.delete(`${writer}/${seq}`);
    }
  }

  /** The log is stored from `first` to before `tail`; what was there once is there still. */
  bounds(first: number, tail: number): void {
    this.#world.check(
      tail >= this.#tail,
      'L3',
      () => `${this.#name}: the store ends at ${tail} and ended at ${this.#tail}`,
    );
    this.#tail = tail;
    for (let at = first; at < tail; at++) {
      this.#world.check(
        this.#stampByAt.has(at),
        'L1',
        () => `${this.#name}: position ${at} is missing in the store`,
      );
    }
  }
}
