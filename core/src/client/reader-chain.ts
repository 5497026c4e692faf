/**
 * The chain of a log as one reader follows it, in the home (SPEC Q4): over the entries as they came, so that a
 * part of a snapshot that says other than what was read is known as one. Loaded with the first fold.
 */

import { equal } from '../base/bytes.ts';
import type { LogId, SiteId } from '../base/ids.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { Chain, rootLink } from '../log/chain.ts';
import { Reader } from '../wire/buffer.ts';
import type { Item, Run } from './log-items.ts';
import { partOf } from './snapshot-parts.ts';

export class ReaderChain {
  #chain: Chain | null;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** The link behind everything that has passed; null when something was left out. */
  get link(): Uint8Array | null {
    return this.#chain?.link ?? null;
  }

  /** Items of a run have passed, from a position on; answers them, with what is wrong with their parts. */
  passed(run: Run, from: number, items: readonly Item[]): readonly Item[] {
    const chain = this.#chain;
    if (chain === null) return items;
    if (from !== chain.next) {
      this.#chain = null;
      return items;
    }
    const reader = new Reader(run.entries);
    for (let at = run.at; at < from + items.length; at++) {
      const start = reader.at;
      reader.raw(reader.uint());
      if (at >= from) chain.add(run.entries.subarray(start, reader.at));
    }
    if (!items.some((item) => item.isPart)) return items;
    return items.map((item) => (isOfAnother(chain, item) ? { ...item, broken: 'chain' } : item));
  }
}

/** From a position on, before which the chain has this link; at 1 it is known. */
export function chainFrom(
  primitives: Pick<Primitives, 'sha256'>,
  { site, log }: { readonly site: SiteId; readonly log: LogId },
  from: { readonly next: number; readonly link: Uint8Array },
): ReaderChain {
  const link = from.next === 1 ? rootLink(primitives, site, log) : from.link;
  return new ReaderChain(new Chain(primitives, { next: from.next, link }));
}

/** Whether it is a part of a snapshot that stands for other entries than those before it. */
function isOfAnother(chain: Chain, { isPart, broken, value, at }: Item): boolean {
  if (!isPart || broken !== null) return false;
  const part = partOf(value);
  // What is no part at all is left out by who puts them together.
  if (part === null) return false;
  if (part.from > at) return true;
  const known = chain.before(part.from);
  return known !== null && !equal(known, part.link);
}
