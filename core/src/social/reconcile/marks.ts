/**
 * What two peers compare (SPEC Z39): of each account what lies at its mark and above. A mark is the time below which a
 * peer takes nothing of an account any more, because it has pruned it; what counts between two peers is the higher of
 * theirs, or what one has pruned would come back from the other, and be pruned, and come back.
 */

import { Fault } from '../../base/fault.ts';
import { reconcileLeftOutMax } from '../../base/limits-reconcile.ts';
import { ItemSet } from './item-set.ts';
import { compareItems, type Item } from './item.ts';
import type { Snapshot } from './snapshot.ts';

/** By what the caller knows an account by; an account without one has nothing left out. */
export type Marks<Account> = ReadonlyMap<Account, number>;

/** The higher mark of each account. */
export function commonMarks<Account>(ours: Marks<Account>, theirs: Marks<Account>): Marks<Account> {
  const common = new Map(ours);
  for (const [account, mark] of theirs) common.set(account, Math.max(mark, common.get(account) ?? 0));
  return common;
}

/** What we hold of an account below a time. */
export type ItemsBelow<Account> = (account: Account, time: number) => Iterable<Item>;

/**
 * The snapshot without what lies below the marks. Ours stand for what we have pruned, so only accounts whose common
 * mark is higher than ours are looked at. Throws `full` when it is too much to leave out: compare those accounts
 * by sets of their own, with `Snapshot.above`.
 */
export function withoutBelow<Account>(
  snapshot: Snapshot,
  { ours, common }: { readonly ours: Marks<Account>; readonly common: Marks<Account> },
  itemsBelow: ItemsBelow<Account>,
): Snapshot {
  const below: Item[] = [];
  for (const [account, mark] of common) {
    if (mark <= (ours.get(account) ?? 0)) continue;
    for (const item of itemsBelow(account, mark)) {
      below.push(item);
      if (below.length > reconcileLeftOutMax)
        throw new Fault(
          'full',
          `More than ${reconcileLeftOutMax} items lie below the marks of the other side.`,
        );
    }
  }
  // In order and in one go: each segment is copied once, however many of its items go.
  const set = new ItemSet(snapshot, { tailMax: reconcileLeftOutMax + 1 });
  for (const item of below.toSorted(compareItems)) set.remove(item);
  return set.snapshot();
}
