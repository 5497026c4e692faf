/**
 * The chain of a log (SPEC Q1): one hash over all its entries up to a position, so that two who have the same
 * have read the same entries in the same order.
 *
 *     link of 0 = SHA-256 in the domain `log/chain` of site (16) | log (16)
 *     link of p = SHA-256(link of p-1 (32) | entry at p, as it stands)
 *
 * A chain of hashes with the place in its root: entries of another log, and prefixes, have other links.
 */

import { assert, must } from '../base/assert.ts';
import { concat, fromHex } from '../base/bytes.ts';
import type { LogId, SiteId } from '../base/ids.ts';
import { linksKeptMax } from '../base/limits-snapshot.ts';
import { domain, separated } from '../crypto/domain.ts';
import type { Primitives } from '../crypto/primitives.ts';

const CHAIN = domain('log/chain');
export const linkBytes = 32;

type Sha256 = Pick<Primitives, 'sha256'>;

/** The link before the first entry of a log. */
export function rootLink({ sha256 }: Sha256, site: SiteId, log: LogId): Uint8Array {
  const ids = [site, log].map((id) => must(fromHex(id), 'an id is hex'));
  return sha256(separated(CHAIN, ...ids));
}

export class Chain {
  readonly #sha256: Sha256['sha256'];
  /** Position of the next entry. */
  #next: number;
  #link: Uint8Array;
  /** Position of the first entry that it has seen. */
  readonly #start: number;
  /** The newest links, by position, over and over. */
  readonly #kept: Uint8Array;
  readonly #keptMax: number;

  /** Goes on at position `next`, before which the chain has this link. */
  constructor(
    { sha256 }: Sha256,
    from: { readonly next: number; readonly link: Uint8Array },
    keptMax = linksKeptMax,
  ) {
    assert(from.link.length === linkBytes && from.next >= 1, 'a link of a position');
    this.#sha256 = sha256;
    this.#next = from.next;
    this.#start = from.next;
    this.#link = from.link.slice();
    this.#keptMax = keptMax;
    this.#kept = new Uint8Array(keptMax * linkBytes);
    this.#keep();
  }

  get next(): number {
    return this.#next;
  }

  /** Over everything before `next`. */
  get link(): Uint8Array {
    return this.#link;
  }

  /** The entry at `next`, as it stands in the log. */
  add(entry: Uint8Array): void {
    this.#link = this.#sha256(concat(this.#link, entry));
    this.#next++;
    this.#keep();
  }

  /** The link over everything before a position; null when it is not known (any more). */
  before(position: number): Uint8Array | null {
    const isKept = position >= this.#start && position <= this.#next && position > this.#next - this.#keptMax;
    if (!isKept) return null;
    const at = (position % this.#keptMax) * linkBytes;
    return this.#kept.slice(at, at + linkBytes);
  }

  #keep(): void {
    this.#kept.set(this.#link, (this.#next % this.#keptMax) * linkBytes);
  }
}
