/** How a fold speaks with its home: about snapshots in the log, and about what is kept on this device. */

import { asFault, Fault } from '../base/fault.ts';
import { pageBytesMax, pageCountMax } from '../base/limits.ts';
import { snapshotSpanMax } from '../base/limits-snapshot.ts';
import type { Place } from '../api/snapshot.ts';
import { decode, encode } from '../wire/shape.ts';
import { foldAnswerShape, foldWishShape, type FoldAnswer, type FoldWish } from './fold-words.ts';
import type { Log } from './log.ts';
import { isSame, markBytes, partOf, partsOf, stateOf, type Part, type SavedState } from './snapshot-parts.ts';

/** Positions of the first and the last part of a snapshot. */
type Span = Pick<Place, 'at' | 'last'>;

export class FoldLine<T> {
  readonly #log: Log<T>;

  constructor(log: Log<T>) {
    this.#log = log;
  }

  async #ask<Kind extends FoldWish['kind']>(
    wish: Extract<FoldWish, { readonly kind: Kind }>,
  ): Promise<Extract<FoldAnswer, { readonly kind: Kind }>> {
    const home = await this.#log.home();
    const { word } = await home.fold({ log: this.#log.number, word: encode(foldWishShape, wish) });
    const answer = decode(foldAnswerShape, word.slice());
    if (answer.kind !== wish.kind) throw new Fault('internal', 'the answer to another question');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its kind was just compared
    return answer as Extract<FoldAnswer, { readonly kind: Kind }>;
  }

  /** Where the newest snapshot stands; waits for the node. */
  async newestPlace(): Promise<Place | null> {
    try {
      return (await this.#ask({ kind: 'newest' })).place;
    } catch (thrown) {
      // A node of before there were any does not know the question.
      if (asFault(thrown).code === 'unknown') return null;
      throw thrown;
    }
  }

  /** The newest snapshot; null when there is none, or it cannot be used (SPEC Q3). Waits for the node. */
  async newest(): Promise<SavedState | null> {
    const place = await this.newestPlace();
    return place === null ? null : this.read(place);
  }

  /** The snapshot that stands at a place, or null. */
  async read({ from, at, last }: Place): Promise<SavedState | null> {
    if (last - at >= snapshotSpanMax) return null;
    const parts: Part[] = [];
    let maker = '';
    for (let next = at; next <= last;) {
      const { items, next: after } = await this.#page(next, last);
      for (const item of items) {
        const part =
          item.isPart && item.broken === null && item.at <= last ? partOf(item.value.slice()) : null;
        if (part === null) continue;
        if (parts[0] === undefined) maker = item.device;
        // Of another one that stands between.
        if (item.device === maker && (parts[0] === undefined || isSame(parts[0], part))) parts.push(part);
      }
      if (after <= next) break;
      next = after;
    }
    const state = await stateOf(parts);
    return state?.from === from ? state : null;
  }

  async #page(from: number, last: number) {
    const home = await this.#log.home();
    const countMax = Math.min(pageCountMax, last - from + 1);
    return home.read({ log: this.#log.number, from, last: null, countMax, bytesMax: pageBytesMax });
  }

  /** Puts the parts of a snapshot into the log; answers where the first and the last of them stand. */
  async append(saved: SavedState, mark = this.#mark()): Promise<Span> {
    return this.appendParts(await partsOf(saved, mark));
  }

  async appendParts(parts: readonly Uint8Array[]): Promise<Span> {
    const placed = await Promise.all(parts.map((part) => this.#ask({ kind: 'append', part })));
    const positions = placed.map(({ at }) => at);
    return { at: Math.min(...positions), last: Math.max(...positions) };
  }

  /** Tells the node of a snapshot that stands in the log; false when another one stands for as much. */
  async note(from: number, span: Span): Promise<boolean> {
    const place = { from, ...span };
    const { isNewest } = await this.#ask({ kind: 'note', place });
    this.#log.line.env.log('info', 'fold.snapshot', { ...place, isNewest });
    return isNewest;
  }

  /** What this device has kept, or null. */
  async kept(): Promise<SavedState | null> {
    const parts: Part[] = [];
    for (let index = 0; index < (parts[0]?.count ?? 1); index++) {
      const [bytes] = (await this.#ask({ kind: 'kept', index })).parts;
      const part = bytes === undefined ? null : partOf(bytes);
      if (part === null) return null;
      parts.push(part);
    }
    return stateOf(parts);
  }

  async keep(saved: SavedState): Promise<void> {
    const parts = await partsOf(saved, this.#mark());
    for (const [index, part] of parts.entries()) {
      await this.#ask({ kind: 'keep', index, count: parts.length, part });
    }
  }

  #mark(): Uint8Array {
    return this.#log.line.env.random(markBytes);
  }
}
