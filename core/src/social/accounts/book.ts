/** A book of accounts in memory: the model that engines are compared with, and what tests play on. */

import { must } from '../../base/assert.ts';
import { fromHex, hex } from '../../base/bytes.ts';
import { key as keyOf, type Key } from '../../base/ids.ts';
import { type Account, type Book, type Place } from './account.ts';

export class MemoryBook implements Book {
  readonly #accounts: Account[] = [];
  readonly #placeByKey = new Map<string, Place>();
  readonly #children = new Map<Place, Place[]>();
  readonly #gifts = new Map<string, number>();
  #issued = 0;

  constructor(node: Key) {
    const none = { name: '', parent: null, quota: 0, bytes: 0, isAdmin: false, expiresMs: 0, madeMs: 0 };
    this.add({ ...none, key: keyOf(node.slice()), state: 'there', removal: null });
  }

  get count(): number {
    return this.#accounts.length;
  }

  account(place: Place): Account | null {
    return this.#accounts[place] ?? null;
  }

  holder(key: Key): Account | null {
    const place = this.#placeByKey.get(hex(key));
    return place === undefined ? null : this.account(place);
  }

  add(account: Omit<Account, 'place'>): Account {
    const place = this.#accounts.length;
    const added = { ...account, key: keyOf(account.key.slice()), place };
    this.put(added);
    if (account.parent !== null) this.#below(account.parent).push(place);
    return added;
  }

  put(account: Account): void {
    this.#accounts[account.place] = account;
    this.#placeByKey.set(hex(account.key), account.place);
  }

  gift(from: Place, to: Place): number {
    return this.#gifts.get(`${from} ${to}`) ?? 0;
  }

  setGift(from: Place, to: Place, count: number): void {
    this.#gifts.set(`${from} ${to}`, count);
  }

  issued(): number {
    return this.#issued;
  }

  setIssued(count: number): void {
    this.#issued = count;
  }

  /** The keys that an account has or had. */
  keysAt(place: Place): readonly Key[] {
    const names = [...this.#placeByKey].filter(([, at]) => at === place);
    return names.map(([name]) => keyOf(must(fromHex(name), 'a name of a key is hex')));
  }

  /** What hangs below a place directly. */
  below(of: Place): readonly Place[] {
    return this.#children.get(of) ?? [];
  }

  #below(of: Place): Place[] {
    const known = this.#children.get(of);
    if (known !== undefined) return known;
    const made: Place[] = [];
    this.#children.set(of, made);
    return made;
  }

  all(): readonly Account[] {
    return this.#accounts;
  }
}

/** The key that the node has before it has said which one is its own. */
export const NOBODY: Key = keyOf(new Uint8Array(32));
