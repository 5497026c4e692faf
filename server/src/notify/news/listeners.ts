/**
 * The listeners: a device in a site, forty bytes each (SPEC I13). The first of a user's listeners in a site is
 * the head of the others there, and what she has read and may read is kept in it once. A listener stands in
 * at most one list: the armed one of its site, the due one of its device, or the parked one of its user.
 */

import { assert } from 'copse/internal/base/assert.ts';
import { Rows } from './rows.ts';

/** Words of a listener. */
export const listenerWord = {
  device: 0,
  site: 1,
  next: 2,
  prev: 3,
  /** In a head the next head of the user, in another listener its head. */
  head: 4,
  /** The next listener under the same head. */
  same: 5,
  /** The lower half of the site's ordinal up to which the user has read everything. Kept in the head. */
  read: 6,
  /** The lower half of the site's ordinal up to which the device was told. */
  told: 7,
  /** Kept in the head. */
  audience: 8,
  bits: 9,
} as const;
const WORDS = 10;

/** Two bits each: the level (0 none, 1 mentions, 2 all), the level plus 1 that overrides it, the list. */
const OVERRIDE_SHIFT = 2;
export const LIST_SHIFT = 4;
/** The others are flags. */
export const flag = {
  /** A notification was sent that the user has not answered by reading in the site. */
  outstanding: 1 << 6,
  /** A notification may stand on the device. */
  shown: 1 << 7,
  /** A notification is on its way. */
  inFlight: 1 << 8,
  /** The user has read in the site since it left. */
  answered: 1 << 9,
  /** Mentions wait that were not told. */
  mentioned: 1 << 10,
  /** In a head: logs of the site were read by themselves. */
  marked: 1 << 11,
  /** Changed since it was written. */
  dirty: 1 << 12,
  isHead: 1 << 13,
} as const;

/** The level all (2) of a head, without any of the others that ask for a second look. */
export const PLAIN = flag.isHead | 2;
export const UNUSUAL =
  PLAIN | 1 | (3 << OVERRIDE_SHIFT) | flag.outstanding | flag.inFlight | flag.mentioned | flag.marked;

export const list = { none: 0, armed: 1, due: 2, parked: 3 } as const;
export type ListName = (typeof list)[keyof typeof list];

export class Listeners {
  readonly rows = new Rows(WORDS);

  get count(): number {
    return this.rows.count;
  }

  get bytes(): number {
    return this.rows.bytes;
  }

  /** A listener under `head`, or a head when that is 0; the caller puts heads into the list of their user. */
  add(device: number, site: number, head: number): number {
    const rows = this.rows;
    const row = rows.take();
    rows.set(row, listenerWord.device, device);
    rows.set(row, listenerWord.site, site);
    if (head === 0) {
      rows.set(row, listenerWord.bits, flag.isHead);
      return row;
    }
    assert(this.has(head, flag.isHead), 'listeners stand under a head');
    rows.set(row, listenerWord.head, head);
    rows.set(row, listenerWord.same, rows.get(head, listenerWord.same));
    rows.set(head, listenerWord.same, row);
    return row;
  }

  /**
   * Takes a listener out of what its user has; it must be in no list. The answer is who takes the place of
   * a head: another listener of the site, or the next head.
   */
  remove(row: number): number {
    const rows = this.rows;
    assert(this.listOf(row) === list.none, 'no list holds the listener');
    const successor = this.has(row, flag.isHead) ? this.#promote(row) : this.#takeOut(row);
    rows.give(row);
    return successor;
  }

  #takeOut(row: number): number {
    let before = this.head(row);
    while (this.rows.get(before, listenerWord.same) !== row)
      before = this.rows.get(before, listenerWord.same);
    this.rows.set(before, listenerWord.same, this.rows.get(row, listenerWord.same));
    return 0;
  }

  #promote(row: number): number {
    const rows = this.rows;
    const heir = rows.get(row, listenerWord.same);
    if (heir === 0) return rows.get(row, listenerWord.head);
    for (
      let other = rows.get(heir, listenerWord.same);
      other !== 0;
      other = rows.get(other, listenerWord.same)
    )
      rows.set(other, listenerWord.head, heir);
    for (const word of [listenerWord.head, listenerWord.read, listenerWord.audience])
      rows.set(heir, word, rows.get(row, word));
    rows.set(
      heir,
      listenerWord.bits,
      rows.get(heir, listenerWord.bits) | flag.isHead | (rows.get(row, listenerWord.bits) & flag.marked),
    );
    return heir;
  }

  device(row: number): number {
    return this.rows.get(row, listenerWord.device);
  }

  site(row: number): number {
    return this.rows.get(row, listenerWord.site);
  }

  head(row: number): number {
    return this.has(row, flag.isHead) ? row : this.rows.get(row, listenerWord.head);
  }

  /** The next site of the user. */
  nextHead(head: number): number {
    return this.rows.get(head, listenerWord.head);
  }

  setNextHead(head: number, next: number): void {
    this.rows.set(head, listenerWord.head, next);
  }

  /** The head for a site among those that follow, or 0. */
  headAt(head: number, site: number): number {
    let at = head;
    while (at !== 0 && this.rows.get(at, listenerWord.site) !== site)
      at = this.rows.get(at, listenerWord.head);
    return at;
  }

  /** The next device of the user in the same site. */
  nextSame(row: number): number {
    return this.rows.get(row, listenerWord.same);
  }

  audience(row: number): number {
    return this.rows.get(this.head(row), listenerWord.audience);
  }

  setAudience(head: number, audience: number): void {
    this.rows.set(head, listenerWord.audience, audience);
  }

  /** A head that hears of everything, of which nothing is outstanding, and that needs no other look than at its ordinals. */
  isPlain(row: number): boolean {
    return (this.rows.get(row, listenerWord.bits) & UNUSUAL) === PLAIN;
  }

  /** As `audience`, of a head. */
  headAudience(head: number): number {
    return this.rows.get(head, listenerWord.audience);
  }

  /** Up to where a head has read or was told. */
  knownToHead(head: number, ordinal: number): number {
    const behindRead = (ordinal - this.rows.get(head, listenerWord.read)) >>> 0;
    const behindTold = (ordinal - this.rows.get(head, listenerWord.told)) >>> 0;
    return ordinal - Math.min(behindRead, behindTold);
  }

  /** `ordinal` is that of the site now; who is four billion behind it counts as nearer. */
  read(row: number, ordinal: number): number {
    return ordinal - ((ordinal - this.rows.get(this.head(row), listenerWord.read)) >>> 0);
  }

  setRead(head: number, ordinal: number): void {
    this.rows.set(head, listenerWord.read, ordinal >>> 0);
  }

  told(row: number, ordinal: number): number {
    return ordinal - ((ordinal - this.rows.get(row, listenerWord.told)) >>> 0);
  }

  setTold(row: number, ordinal: number): void {
    this.rows.set(row, listenerWord.told, ordinal >>> 0);
  }

  has(row: number, bit: number): boolean {
    return (this.rows.get(row, listenerWord.bits) & bit) !== 0;
  }

  put(row: number, bit: number): void {
    this.rows.set(row, listenerWord.bits, this.rows.get(row, listenerWord.bits) | bit);
  }

  drop(row: number, bit: number): void {
    this.rows.set(row, listenerWord.bits, this.rows.get(row, listenerWord.bits) & ~bit);
  }

  base(row: number): number {
    return this.rows.get(row, listenerWord.bits) & 3;
  }

  /** The level that overrides the other one plus 1; 0 is none. */
  override(row: number): number {
    return (this.rows.get(row, listenerWord.bits) >>> OVERRIDE_SHIFT) & 3;
  }

  setLevels(row: number, base: number, override: number): void {
    assert(base <= 2 && override <= 3, 'levels have two bits');
    const others = this.rows.get(row, listenerWord.bits) & ~15;
    this.rows.set(row, listenerWord.bits, others | base | (override << OVERRIDE_SHIFT));
  }

  listOf(row: number): ListName {
    const number = (this.rows.get(row, listenerWord.bits) >>> LIST_SHIFT) & 3;
    return number === 0 ? 0 : number === 1 ? 1 : number === 2 ? 2 : 3;
  }

  next(row: number): number {
    return this.rows.get(row, listenerWord.next);
  }

  /** Puts a listener that is in no list in front of one. */
  link(row: number, name: ListName, first: number): void {
    const rows = this.rows;
    assert(this.listOf(row) === list.none, 'a listener is in one list');
    rows.set(row, listenerWord.next, first);
    rows.set(row, listenerWord.prev, 0);
    if (first !== 0) rows.set(first, listenerWord.prev, row);
    this.put(row, name << LIST_SHIFT);
  }

  /** Takes a listener out of its list; the answer is the first one of what is left. */
  unlink(row: number, first: number): number {
    const rows = this.rows;
    assert(this.listOf(row) !== list.none, 'the listener is in a list');
    const next = rows.get(row, listenerWord.next);
    const prev = rows.get(row, listenerWord.prev);
    if (next !== 0) rows.set(next, listenerWord.prev, prev);
    if (prev !== 0) rows.set(prev, listenerWord.next, next);
    rows.set(row, listenerWord.next, 0);
    rows.set(row, listenerWord.prev, 0);
    this.drop(row, 3 << LIST_SHIFT);
    return prev === 0 ? next : first;
  }
}
