/** Who is there and who may act on whom: questions that are answered on the way up, O(depth) (SPEC Z13, Z14). */

import { assert, must } from '../../base/assert.ts';
import { accountDepthMax } from '../../base/limits-accounts.ts';
import { NODE, type Account, type Book, type Place } from './account.ts';

/**
 * Who is above an account, from the nearest up to the node. Behind the mark of one removed account the way goes
 * on at who removed it; when she acted for the node, at what it hung below.
 */
export function above(book: Book, account: Account): readonly Account[] {
  const way = wayUp(book, account);
  const path: Account[] = [];
  let next: Place | null = null;
  for (const each of way) {
    if (next !== null && each.place !== next) continue;
    next = null;
    if (isOneMark(each)) next = way.find(({ place }) => place === each.removal?.by)?.place ?? null;
    else path.push(each);
  }
  return path;
}

/** As it was made: what an account hangs below, and so on up to the node. */
function wayUp(book: Book, account: Account): readonly Account[] {
  const way: Account[] = [];
  for (let at = account.parent; at !== null;) {
    assert(way.length <= accountDepthMax, 'the tree has a depth');
    const next: Account = must(book.account(at), 'what hangs below something hangs below an account');
    way.push(next);
    at = next.parent;
  }
  return way;
}

function isOneMark(account: Account): boolean {
  return isEnded(account) && account.removal?.extent === 'one';
}

/** The removal that ends an account: its own, or one above that ends all below it; null: it stands. */
export function endedBy(book: Book, account: Account): Account | null {
  if (isEnded(account)) return account;
  return above(book, account).find(isEnded) ?? null;
}

function isEnded({ state }: Account): boolean {
  return state === 'removed' || state === 'gone';
}

/** Whether somebody can come in with it: it was taken up, and neither it nor what it hangs on was removed. */
export function isThere(book: Book, account: Account): boolean {
  return account.state === 'there' && endedBy(book, account) === null;
}

/** Whether `actor` is above `target`. Who acts for the node is above everybody but what she hangs below herself. */
export function isAbove(book: Book, actor: Account, target: Account): boolean {
  if (target.place === NODE || actor.place === target.place) return false;
  if (above(book, target).some(({ place }) => place === actor.place)) return true;
  if (!actor.isAdmin || target.isAdmin) return false;
  return above(book, actor).every(({ place }) => place !== target.place);
}

/** Whether `viewer` sees an account: itself, what is below it, and whoever acts for the node everything. */
export function mayView(book: Book, viewer: Account, target: Account): boolean {
  return viewer.place === target.place || viewer.isAdmin || isAbove(book, viewer, target);
}

/** How many accounts there are from one to the node, marks too. */
export function depthOf(book: Book, account: Account): number {
  return wayUp(book, account).length;
}

/** The first on the way up from a place that is there; the node always is. */
export function nearestThere(book: Book, place: Place): Account {
  const account = must(book.account(place), 'a place has an account');
  const candidates = [account, ...above(book, account)];
  return must(
    candidates.find((each) => each.place === NODE || isThere(book, each)),
    'the node is there',
  );
}
