/** Small questions about leaves, for the watch on a node's log (`node-watch.ts`). */

import { equal } from '../base/bytes.ts';
import type { Key } from '../base/ids.ts';
import type { Claim, NamesRemote } from '../api/names.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { ChainLeaf } from '../transparency/chain.ts';
import type { Checkpoint } from '../transparency/checkpoint.ts';
import { openLeaf, type LeafBody } from '../transparency/leaf.ts';
import { isIncluded, leafHash } from '../crypto/merkle.ts';
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

function isSame(a: Claim, b: Claim): boolean {
  return a.namespace === b.namespace && a.name === b.name && a.number === b.number && equal(a.user, b.user);
}

interface ClaimedAt {
  readonly claim: Claim;
  readonly checkpoint: Checkpoint | null;
  readonly node: Key;
}

/** Whether what the node shows for the leaf of a claim says it, and is under the checkpoint. */
export async function isClaimProven(
  primitives: Primitives,
  { claim, checkpoint, node }: ClaimedAt,
  { leaf: bytes, proof }: Awaited<ReturnType<NamesRemote['inclusion']>>,
): Promise<boolean> {
  const { index } = claim;
  const leaf = leafHash(primitives, bytes);
  const opened = await openLeaf(primitives, bytes);
  const [found] = opened === null ? [] : claimIn(index, opened.timeMs, opened.body);
  const place = { index, size: checkpoint?.size ?? 0, leaf, root: checkpoint?.root ?? leaf, proof };
  return (
    isIncluded(primitives, place) &&
    found !== undefined &&
    opened !== null &&
    equal(opened.node, node) &&
    isSame(found, claim)
  );
}
