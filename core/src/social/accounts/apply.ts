/**
 * What the operations on accounts do (SPEC Z10-Z15). Pure: it reads and writes a `Book`, asks no clock, and
 * either does all of an operation or throws a `Fault` before it has written anything.
 */

import { must } from '../../base/assert.ts';
import { equal } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import {
  accountActSkewMs,
  accountDepthMax,
  accountLinkMsMax,
  accountRestoreMs,
} from '../../base/limits-accounts.ts';
import { NODE, type Account, type Book, type Place } from './account.ts';
import type { Act, Operation } from './operation.ts';
import { depthOf, endedBy, isAbove, isThere, nearestThere } from './standing.ts';

/** Whom an operation is by and about; both see it in the audit log, and whoever is above them. */
export interface Applied {
  readonly actor: Place;
  readonly target: Place;
}

type Of<Kind extends Act['kind']> = Act & { readonly kind: Kind };

interface Doing {
  readonly book: Book;
  readonly actor: Account;
  readonly nowMs: number;
}

export function applyOperation(book: Book, operation: Operation, nowMs: number): Applied {
  const node = must(book.account(NODE), 'the node is there');
  if (!equal(operation.node, node.key)) throw new Fault('badProof', 'the operation is for another node');
  if (Math.abs(operation.atMs - nowMs) > accountActSkewMs)
    throw new Fault('expired', 'the operation was signed at another time; set the clock and sign again');
  const actor = actorOf(book, operation.signer);
  const target = doAct({ book, actor, nowMs }, operation.act);
  return { actor: actor.place, target };
}

/** Whoever signs has an account whose key this is now, and stands. */
function actorOf(book: Book, signer: Key): Account {
  const actor = book.holder(signer);
  if (actor === null) throw new Fault('unknown', 'the signer has no account here');
  if (actor.place === NODE) return actor;
  if (!equal(actor.key, signer)) throw new Fault('used', 'another key has taken the place of this one');
  if (endedBy(book, actor) !== null) throw new Fault('revoked', 'the account was removed');
  return actor;
}

function doAct(doing: Doing, act: Act): Place {
  const { actor } = doing;
  if (act.kind !== 'replace' && actor.state === 'temporary')
    throw new Fault('forbidden', 'a link can only be taken up');
  switch (act.kind) {
    case 'issue':
      return issue(doing, act);
    case 'add':
      return add(doing, act);
    case 'give':
      return give(doing, act);
    case 'take':
      return take(doing, act);
    case 'name':
      return rename(doing, act);
    case 'replace':
      return replace(doing, actor, act.to);
    case 'succeed':
      requireNode(actor);
      return replace(doing, known(doing, act.from), act.to);
    case 'remove':
      return remove(doing, act);
    case 'restore':
      return restore(doing, act);
  }
}

function requireNode(actor: Account): void {
  if (actor.place !== NODE) throw new Fault('forbidden', 'only the node issues accounts');
}

/** Another name for accounts out of nothing, and the only one besides `give` by the node. */
function mint(book: Book, count: number): void {
  book.setIssued(book.issued() + count);
}

function issue({ book, actor, nowMs }: Doing, act: Of<'issue'>): Place {
  requireNode(actor);
  requireNew(book, act.key);
  const inviter = book.holder(act.below);
  const wanted = inviter === null ? NODE : nearestThere(book, inviter.place).place;
  // Where the branch is full she hangs below the node: who was let in by a site is not turned away.
  const parent = wanted !== NODE && !hasRoomBelow(book, wanted) ? NODE : wanted;
  mint(book, 1 + act.quota);
  const { key, name, quota, bytes, isAdmin } = act;
  const made = { key, name, quota, bytes, isAdmin, parent, state: 'there', expiresMs: 0 } as const;
  const { place } = book.add({ ...made, madeMs: nowMs, removal: null });
  book.setGift(NODE, place, quota);
  return place;
}

function hasRoomBelow(book: Book, place: Place): boolean {
  return depthOf(book, must(book.account(place), 'a place has an account')) < accountDepthMax;
}

function add({ book, actor, nowMs }: Doing, act: Of<'add'>): Place {
  requireNew(book, act.key);
  if (act.expiresMs !== 0 && act.expiresMs <= nowMs) throw new Fault('expired', 'the link would be over');
  if (act.expiresMs > nowMs + accountLinkMsMax) throw new Fault('tooLarge', 'a link works 30 days at most');
  if (!hasRoomBelow(book, actor.place))
    throw new Fault('full', `the tree is ${accountDepthMax} accounts deep here`);
  if (act.bytes > actor.bytes) throw new Fault('forbidden', 'more bytes than your own account may publish');
  const price = 1 + act.quota;
  requireQuota(actor, price);
  book.put({ ...actor, quota: actor.quota - price });
  const { key, name, quota, bytes, expiresMs } = act;
  const state = expiresMs === 0 ? 'there' : 'temporary';
  const made = { key, name, quota, bytes, state, expiresMs, parent: actor.place, isAdmin: false } as const;
  const { place } = book.add({ ...made, madeMs: nowMs, removal: null });
  book.setGift(actor.place, place, quota);
  return place;
}

function requireNew(book: Book, key: Key): void {
  if (book.holder(key) !== null) throw new Fault('taken', 'this key has or had an account here');
}

function requireQuota({ quota }: Account, count: number): void {
  if (quota < count)
    throw new Fault('full', `${count} accounts are needed, ${quota} may still be made; ask to be given more`);
}

function give({ book, actor }: Doing, act: Of<'give'>): Place {
  const to = counterpart({ book, actor }, act.to);
  if (actor.place === NODE) mint(book, act.count);
  else {
    requireQuota(actor, act.count);
    book.put({ ...actor, quota: actor.quota - act.count });
  }
  book.put({ ...to, quota: to.quota + act.count });
  // What she gives back is first what she was given.
  const owed = Math.min(book.gift(to.place, actor.place), act.count);
  if (owed > 0) book.setGift(to.place, actor.place, book.gift(to.place, actor.place) - owed);
  if (act.count > owed)
    book.setGift(actor.place, to.place, book.gift(actor.place, to.place) + act.count - owed);
  return to.place;
}

function take({ book, actor }: Doing, act: Of<'take'>): Place {
  if (actor.place === NODE) throw new Fault('forbidden', 'the node takes nothing back');
  const from = counterpart({ book, actor }, act.from);
  const given = book.gift(actor.place, from.place);
  const free = Math.min(given, from.quota);
  if (act.count > free)
    throw new Fault('full', `you have given ${given}, of which ${free} can be taken back unused`);
  book.setGift(actor.place, from.place, given - act.count);
  book.put({ ...from, quota: from.quota - act.count });
  book.put({ ...actor, quota: actor.quota + act.count });
  return from.place;
}

/** Somebody else who is there. */
function counterpart({ book, actor }: Pick<Doing, 'book' | 'actor'>, key: Key): Account {
  const other = known({ book }, key);
  if (other.place === actor.place) throw new Fault('malformed', 'that is your own account');
  if (!isThere(book, other)) throw new Fault('revoked', 'that account is not there');
  return other;
}

function known({ book }: Pick<Doing, 'book'>, key: Key): Account {
  const account = book.holder(key);
  if (account === null || account.place === NODE) throw new Fault('unknown', 'no account has this key');
  return account;
}

function rename({ book, actor }: Doing, act: Of<'name'>): Place {
  const target = known({ book }, act.target);
  requireAbove(book, actor, target);
  book.put({ ...target, name: act.name });
  return target.place;
}

function requireAbove(book: Book, actor: Account, target: Account): void {
  if (!isAbove(book, actor, target))
    throw new Fault('forbidden', 'only who is above an account in the tree may do this');
}

/** Place, name, quota and everybody below stay; the old key is nobody's from now on. */
function replace({ book, nowMs }: Doing, account: Account, to: Key): Place {
  requireNew(book, to);
  if (account.place === NODE) throw new Fault('forbidden', 'the node keeps its key');
  if (account.state === 'gone') throw new Fault('revoked', 'the account was removed');
  if (account.state === 'temporary' && nowMs >= account.expiresMs)
    throw new Fault('expired', 'the link; ask for another one');
  const state = account.state === 'temporary' ? 'there' : account.state;
  book.put({ ...account, key: to, state, expiresMs: 0 });
  return account.place;
}

function remove({ book, actor, nowMs }: Doing, act: Of<'remove'>): Place {
  const target = known({ book }, act.target);
  requireAbove(book, actor, target);
  const { state } = target;
  if (state === 'removed' || state === 'gone') throw new Fault('used', 'this account has been removed');
  const { extent, content, reason } = act;
  if (extent === 'one' && endedBy(book, target) !== null)
    throw new Fault('used', 'the branch in which it is has been removed');
  const removal = { by: actor.place, was: state, extent, content, reason, atMs: nowMs } as const;
  book.put({ ...target, state: 'removed', removal });
  return target.place;
}

function restore({ book, actor, nowMs }: Doing, act: Of<'restore'>): Place {
  const target = known({ book }, act.target);
  const { removal, state } = target;
  if (state !== 'removed' || removal === null)
    throw new Fault('unknown', 'no removal that can be taken back');
  if (nowMs >= removal.atMs + accountRestoreMs)
    throw new Fault('expired', 'a removal can be taken back within 7 days');
  const remover = must(book.account(removal.by), 'who removed has an account');
  if (remover.place !== actor.place && !isAbove(book, actor, remover))
    throw new Fault('forbidden', 'only who removed it, or who is above her, may restore it');
  const restored: Account = { ...target, state: removal.was, removal: null };
  // Those below would end with it.
  if (endedBy(book, restored) !== null)
    throw new Fault('revoked', 'what it hung below has been removed; restore that first');
  book.put(restored);
  return target.place;
}
