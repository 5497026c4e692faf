/**
 * The account tree of a node (SPEC Z10-Z19): who is here, who let her in, and how many more she may let in.
 * Accounts are a currency: what was issued is there or may still be made, at every moment (SPEC Z10).
 *
 * An account keeps its place for ever, whatever key it has. Who is removed stays in the tree as a mark. Behind
 * the mark of `all` nobody is there any more; behind that of `one` the way up goes on at who removed it, as if
 * those below hung there. So a removal and its undoing are one row each, however many it concerns (SPEC Z14).
 */

import type { Key } from '../../base/ids.ts';

/** Number of a place in the tree; the node itself is `NODE`. */
export type Place = number;
export const NODE: Place = 0;

/**
 * `temporary`: of a link that nobody has taken up. `removed`: can be restored. `gone`: for good, and what it
 * was worth has returned.
 */
export type AccountState = 'temporary' | 'there' | 'removed' | 'gone';
/** Which accounts a removal ends. */
export type Extent = 'one' | 'all';
/** What becomes of what somebody wrote who is removed. */
export type Content = 'keep' | 'hide';

export interface Removal {
  readonly by: Place;
  readonly was: 'temporary' | 'there';
  readonly extent: Extent;
  readonly content: Content;
  readonly reason: string;
  readonly atMs: number;
}

export interface Account {
  readonly place: Place;
  readonly key: Key;
  /** Given by who let her in. */
  readonly name: string;
  /** Who let her in; never changes. Null: the node. */
  readonly parent: Place | null;
  /** Accounts that she may still make. */
  readonly quota: number;
  /** Bytes that she may publish. */
  readonly bytes: number;
  readonly state: AccountState;
  /** Acts for the node. */
  readonly isAdmin: boolean;
  /** When a temporary account ends; 0: never. */
  readonly expiresMs: number;
  readonly madeMs: number;
  readonly removal: Removal | null;
}

/** What the machine reads and writes; all of one operation is one transaction of whoever gives it. */
export interface Book {
  account(place: Place): Account | null;
  /** Whose key this is, or was before it was replaced. */
  holder(key: Key): Account | null;
  /** A new place with this account. */
  add(account: Omit<Account, 'place'>): Account;
  put(account: Account): void;
  /** How many accounts `from` has given `to` that can be asked back. */
  gift(from: Place, to: Place): number;
  setGift(from: Place, to: Place, count: number): void;
  /** Accounts that the node has issued so far. */
  issued(): number;
  setIssued(count: number): void;
}

/** What an account is worth: itself and what it may still make. */
export function worth({ state, quota, place }: Account): number {
  if (place === NODE) return quota;
  return state === 'gone' ? 0 : quota + 1;
}
