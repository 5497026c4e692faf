/**
 * What time does to accounts (SPEC Z12, Z15): a link that nobody took up returns to who made it, and what was
 * removed for good returns, account by account, to who removed it, or to the first above her that is there.
 */

import { must } from '../../base/assert.ts';
import { accountRestoreMs } from '../../base/limits-accounts.ts';
import { worth, type Account, type Book } from './account.ts';
import { above, nearestThere } from './standing.ts';

/** Whether a link has ended that nobody has taken up. */
export function isOver({ state, expiresMs }: Account, nowMs: number): boolean {
  return state === 'temporary' && nowMs >= expiresMs;
}

/** Whether a removal can no longer be taken back. */
export function isFinal({ state, removal }: Account, nowMs: number): boolean {
  return state === 'removed' && removal !== null && nowMs >= removal.atMs + accountRestoreMs;
}

/** Ends a link that is over; what it was worth is its maker's again, unless she is gone. */
export function expire(book: Book, account: Account): void {
  const maker = must(book.account(must(account.parent, 'a link hangs below an account')), 'with an account');
  returnTo(book, account, maker.state === 'gone' ? nearestThere(book, maker.place) : maker);
}

/** Ends an account for good that `removed` has ended. */
export function endForGood(book: Book, account: Account, removed: Account): void {
  if (account.state === 'gone') return;
  // What hangs behind a mark of one account is not below this one any more, wherever it was made.
  const isBelow = above(book, account).some(({ place }) => place === removed.place);
  if (account.place !== removed.place && !isBelow) return;
  const removal = must(removed.removal, 'what is removed has a removal');
  // Each that is gone says by itself why, and what becomes of what was written.
  returnTo(book, { ...account, removal: account.removal ?? removal }, nearestThere(book, removal.by));
}

function returnTo(book: Book, account: Account, heir: Account): void {
  book.put({ ...account, state: 'gone', quota: 0 });
  book.put({ ...heir, quota: heir.quota + worth(account) });
}
