/** Small questions about leaves, for the watch on a node's log (`node-watch.ts`). */

import { equal } from '../base/bytes.ts';
import type { Claim } from '../api/names.ts';
import type { ChainLeaf } from '../transparency/chain.ts';
import type { LeafBody } from '../transparency/leaf.ts';
import type { LabelRow } from './watch-rows.ts';

/** What is known of a label after its fresh leaves, the oldest first. */
export function rowAfter(fresh: readonly ChainLeaf[], known: LabelRow | null): LabelRow {
  const last = fresh.at(-1);
  return last === undefined
    ? (known ?? { index: 0, count: 0 })
    : { index: last.index, count: last.link.count };
}

export function claimIn(index: number, timeMs: number, body: LeafBody): readonly Claim[] {
  if (body.kind !== 'claim') return [];
  const { user, namespace, name, number } = body;
  return [{ user, namespace, name, number, index, timeMs }];
}

export function isSame(a: Claim, b: Claim): boolean {
  return a.namespace === b.namespace && a.name === b.name && a.number === b.number && equal(a.user, b.user);
}
