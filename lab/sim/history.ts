/**
 * The judge of a run: it hears of every append, acknowledgement, refusal, delivery and of what is stored
 * after a restart, and compares all of it with one sequence per log that it builds from what it hears
 * (SPEC L1-L9, T5, J2). It knows nothing of how the system works.
 *
 * Every append has a value of its own, `writer:n`, so that two sights of one append can be told from two
 * appends. The stamp of an entry is whatever else must never change: its identity, its bytes.
 */

import type { World } from './world.ts';

type Fate =
  | 'waiting'
  /** It has a position, and its writer knows. */
  | 'acked'
  /** Its writer was told that it was not appended. */
  | 'absent'
  /** Its writer was told that nobody knows, or that it may no longer write. */
  | 'unknown';

interface Append {
  readonly value: string;
  readonly writer: string;
  readonly n: number;
  /** The position it asked for, or null. */
  readonly requiredAt: number | null;
  fate: Fate;
  at: number;
  /** Of a writer that may not write any more: it must not appear. */
  forbidden: boolean;
  /** It got another identity, so it may stand behind what its writer appended later. */
  reordered: boolean;
  /** It had a position when the node was set back to a backup without it. */
  isLost: boolean;
}

interface Place {
  readonly append: Append;
  stamp: string;
}

export interface Asked {
  readonly writer: string;
  readonly n: number;
  readonly requiredAt?: number | null;
  readonly forbidden?: boolean;
}

export interface Sight {
  readonly at: number;
  readonly value: string;
  /** Empty when the onlooker sees the value alone. */
  readonly stamp: string;
}

/** What is known of one log. */
export class LogHistory {
  readonly name: string;
  readonly #world: World;
  readonly #appendByValue = new Map<string, Append>();
  readonly #placeByAt = new Map<number, Place>();
  /** Appends of a writer that have a position, by n. */
  readonly #placedByWriter = new Map<string, Append[]>();
  /** Position after the last entry that anybody has seen. */
  tail = 1;
  /** Positions of parts of snapshots, which no application has asked for. */
  readonly #parts = new Set<number>();
  /** Where snapshots say that they reach that stand for other entries. */
  readonly lies = new Set<number>();
  /** Those of which all parts stand in the log. */
  readonly standingLies = new Set<number>();
  /** First kept position, as far as anybody was told. */
  first = 1;
  /** The end of the log in the backup to which its node was set back, or null. */
  setBackTo: number | null = null;

  /** The node may be set back in this run. */
  readonly isCopied: boolean;

  constructor(world: World, name: string, isCopied = false) {
    this.#world = world;
    this.name = name;
    this.isCopied = isCopied;
  }

  get world(): World {
    return this.#world;
  }

  /** The application asks for an append; with `forbidden` its right has ended. */
  asked({ writer, n, requiredAt = null, forbidden = false }: Asked): string {
    const value = `${writer}:${n}`;
    this.#world.check(
      !this.#appendByValue.has(value),
      'X1',
      () => `${value} is appended twice by the simulator`,
    );
    this.#appendByValue.set(value, {
      value,
      writer,
      n,
      requiredAt,
      forbidden,
      fate: 'waiting',
      at: 0,
      reordered: false,
      isLost: false,
    });
    return value;
  }

  acked(sight: Sight, who: string): void {
    const append = this.#known(sight.value, who);
    const { name } = this;
    const { fate, value } = append;
    this.#world.check(
      fate !== 'absent',
      'L7',
      () => `${name}: ${value} is acknowledged after it was said to be absent`,
    );
    this.#world.check(!append.forbidden, 'T5', () => `${name}: ${value} of a revoked device is acknowledged`);
    append.fate = 'acked';
    this.#place(sight, who);
  }

  /** The writer was told that the append did not happen. */
  absent(value: string, who: string): void {
    const append = this.#known(value, who);
    this.#world.check(
      append.at === 0,
      'L7',
      () => `${this.name}: ${value} is at ${append.at} and said to be absent`,
    );
    append.fate = 'absent';
  }

  /** The writer was told that it may not write; what was under way may have been appended or not. */
  unknown(value: string, who: string): void {
    const append = this.#known(value, who);
    if (append.fate === 'waiting') append.fate = 'unknown';
  }

  /** The device died before the append was safe anywhere. */
  forgotten(value: string): void {
    const append = this.#appendByValue.get(value);
    if (append?.fate === 'waiting') append.fate = 'unknown';
  }

  /** It may stand behind what its writer appended later: she appends it anew (SPEC L6) or has forgotten it. */
  reordered(value: string): void {
    this.#known(value, 'its writer').reordered = true;
  }

  seen(sight: Sight, who: string): void {
    this.#known(sight.value, who);
    this.#place(sight, who);
  }

  /** At a position stands a part of a snapshot. */
  part(at: number, who: string): void {
    const { name } = this;
    const place = this.#placeByAt.get(at);
    this.#world.check(
      place === undefined,
      'L1',
      () => `${name}: at ${at} stands ${place?.append.value} and, as ${who} has it, a part`,
    );
    this.#parts.add(at);
    this.tail = Math.max(this.tail, at + 1);
  }

  /** What follows from all values and their places, in order; null when nobody has seen one of them. */
  digest(step: (before: string, at: number, value: string) => string, start: string): string | null {
    let digest = start;
    for (let at = 1; at < this.tail; at++) {
      const place = this.#placeByAt.get(at);
      if (place !== undefined) digest = step(digest, at, place.append.value);
      else if (!this.#parts.has(at)) return null;
    }
    return digest;
  }

  /** Positions before `first` are not kept, as `who` was told. */
  trimmed(first: number): void {
    this.first = Math.max(this.first, first);
  }

  /**
   * Everything that is stored, after a restart or at the end: every position that anybody ever saw and that
   * is still kept must be there, and at least the newest `keepCount` are kept.
   */
  stored(first: number, sights: readonly Sight[], keepCount: number): void {
    const { name } = this;
    const tail = first + sights.length;
    for (const [i, sight] of sights.entries()) {
      this.#world.check(
        sight.at === first + i,
        'L1',
        () => `${name}: position ${first + i} is missing in the store`,
      );
      this.seen(sight, 'the store');
    }
    this.#world.check(
      tail >= this.tail,
      'L3',
      () => `${name}: the store ends at ${tail}, entries up to ${this.tail} were seen`,
    );
    this.#world.check(
      first <= Math.max(1, tail - keepCount),
      'J6',
      () => `${name}: kept from ${first} to ${tail}, at least ${keepCount} are to be`,
    );
    this.trimmed(first);
  }

  /**
   * The node was set back to a backup that ends before `tail`: what stood behind is in the log no more. It may
   * be appended once more, by a writer who was not told of its place, and behind what came after it.
   */
  setBack(tail: number): void {
    this.setBackTo = tail;
    for (const [at, { append }] of this.#placeByAt) {
      if (at < tail) continue;
      this.#placeByAt.delete(at);
      append.at = 0;
      append.isLost = true;
      append.reordered = true;
    }
    for (const at of this.#parts) if (at >= tail) this.#parts.delete(at);
    // Whether all parts of one are left, nobody knows.
    this.standingLies.clear();
    for (const [writer, placed] of this.#placedByWriter) {
      this.#placedByWriter.set(
        writer,
        placed.filter(({ at }) => at > 0),
      );
    }
    this.tail = Math.min(this.tail, tail);
  }

  /** The right of a writer that had ended is back with the backup. */
  pardon(writer: string): void {
    for (const append of this.#appendByValue.values()) {
      if (append.writer === writer) append.forbidden = false;
    }
  }

  /** What stands there, as far as anybody has seen; null: a part of a snapshot. */
  valueAt(at: number): string | null | undefined {
    return this.#parts.has(at) ? null : this.#placeByAt.get(at)?.append.value;
  }

  /** Appends whose fate the writer does not know. */
  waiting(): readonly string[] {
    return [...this.#appendByValue.values()]
      .filter(({ fate }) => fate === 'waiting')
      .map(({ value }) => value);
  }

  /** At the end nothing waits (SPEC X3). */
  concludeWaiting(): void {
    const waiting = this.waiting();
    this.#world.check(waiting.length === 0, 'X3', () => `${this.name}: ${waiting.join(' ')} have no outcome`);
  }

  /** Whether anybody has seen it in the log. */
  isPlaced(value: string): boolean {
    const append = this.#appendByValue.get(value);
    return append !== undefined && (append.at > 0 || append.isLost);
  }

  #known(value: string, who: string): Append {
    const append = this.#appendByValue.get(value);
    this.#world.check(
      append !== undefined,
      'L2',
      () => `${this.name}: ${who} shows ${value}, which nobody appended`,
    );
    return append;
  }

  #place({ at, value, stamp }: Sight, who: string): void {
    const append = this.#known(value, who);
    const { name } = this;
    this.#world.check(at >= 1, 'L1', () => `${name}: ${who} puts ${value} at ${at}`);
    this.#world.check(
      append.fate !== 'absent',
      'L7',
      () => `${name}: ${who} shows ${value}, which was said to be absent`,
    );
    this.#world.check(!append.forbidden, 'T5', () => `${name}: ${who} shows ${value} of a revoked device`);
    this.#world.check(
      append.at === 0 || append.at === at,
      'L2',
      () => `${name}: ${value} is at ${append.at} and, as ${who} has it, at ${at}`,
    );
    const { requiredAt } = append;
    this.#world.check(
      requiredAt === null || requiredAt === at,
      'L7',
      () => `${name}: ${value} asked for position ${requiredAt} and is at ${at}`,
    );
    this.#world.check(!this.#parts.has(at), 'L1', () => `${name}: at ${at} stands a part, and ${value}`);
    const place = this.#placeByAt.get(at);
    if (place === undefined) {
      append.at = at;
      this.#placeByAt.set(at, { append, stamp });
      this.tail = Math.max(this.tail, at + 1);
      this.#checkOrder(append);
      return;
    }
    this.#world.check(
      place.append === append,
      'L1',
      () => `${name}: at ${at} stands ${place.append.value} and, as ${who} has it, ${value}`,
    );
    if (stamp === '') return;
    if (place.stamp === '') place.stamp = stamp;
    this.#world.check(
      place.stamp === stamp,
      'W12',
      () => `${name}: the entry at ${at} was ${place.stamp} and is ${stamp} for ${who}`,
    );
  }

  /** Entries of one writer stand in the order in which she appended them. */
  #checkOrder(append: Append): void {
    if (append.reordered) return;
    const placed = this.#placedByWriter.get(append.writer) ?? [];
    this.#placedByWriter.set(append.writer, placed);
    let index = placed.length;
    while (index > 0 && placed[index - 1]!.n > append.n) index--;
    const before = placed[index - 1];
    const after = placed[index];
    this.#world.check(
      before === undefined || before.at < append.at,
      'L4',
      () => `${this.name}: ${append.value} at ${append.at} stands before ${before?.value} at ${before?.at}`,
    );
    this.#world.check(
      after === undefined || after.at > append.at,
      'L4',
      () => `${this.name}: ${append.value} at ${append.at} stands behind ${after?.value} at ${after?.at}`,
    );
    placed.splice(index, 0, append);
  }
}
