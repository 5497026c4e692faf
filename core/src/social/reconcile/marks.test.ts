/** What lies below the marks of accounts, and sets of two peers that prune. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differences, drawItems, reconcileOurs, setOf } from '../../../../lab/suites/reconciling.ts';
import { hex } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { reconcileLeftOutMax } from '../../base/limits-reconcile.ts';
import { ItemSet } from './item-set.ts';
import type { Item } from './item.ts';
import { commonMarks, withoutBelow, type Marks } from './marks.ts';

const ACCOUNTS = 5;
const all = drawItems(39, 2_000, (n) => n);
const accountOf = ({ time }: Item): number => time % ACCOUNTS;

/** A peer that has some of the items, without what it has pruned. */
class Peer {
  readonly marks: Marks<number>;
  readonly items: readonly Item[];

  constructor(items: readonly Item[], marks: Marks<number>) {
    this.marks = marks;
    this.items = items.filter((item) => item.time >= (marks.get(accountOf(item)) ?? 0));
  }

  compared(theirs: Marks<number>): ItemSet {
    const common = commonMarks(this.marks, theirs);
    const below = (account: number, time: number) =>
      this.items.filter((item) => accountOf(item) === account && item.time < time);
    return new ItemSet(withoutBelow(setOf(this.items).snapshot(), { ours: this.marks, common }, below));
  }
}

test('[Z39] two peers find what differs at and above the higher mark of each account, and nothing below', () => {
  const marks = fc
    .array(fc.tuple(fc.nat(ACCOUNTS - 1), fc.nat(2_100)), { maxLength: 5 })
    .map((pairs): Marks<number> => new Map(pairs));
  const missing = fc.nat(50);
  fc.assert(
    fc.property(marks, marks, missing, missing, (oursMarks, theirsMarks, a, b) => {
      const ours = new Peer(
        all.filter((_, n) => n % 53 !== a),
        oursMarks,
      );
      const theirs = new Peer(
        all.filter((_, n) => n % 59 !== b),
        theirsMarks,
      );
      const { have, need } = reconcileOurs(ours.compared(theirsMarks), theirs.compared(oursMarks));
      const isCompared = (item: Item): boolean =>
        item.time >= Math.max(oursMarks.get(accountOf(item)) ?? 0, theirsMarks.get(accountOf(item)) ?? 0);
      const wanted = differences(ours.items.filter(isCompared), theirs.items.filter(isCompared));
      assert.deepEqual({ have, need }, wanted);
      // What was pruned does not come back.
      const pruned = new Set(
        all.filter((item) => item.time < (oursMarks.get(accountOf(item)) ?? 0)).map(({ id }) => hex(id)),
      );
      assert.ok(!need.some((id) => pruned.has(id)));
    }),
    { numRuns: 60 },
  );
});

test('[Z39] a set of one account is cut at a time, and the rest shares its segments', () => {
  const snapshot = setOf(all).snapshot();
  fc.assert(
    fc.property(fc.nat(2_100), (time) => {
      const above = snapshot.above(time);
      assert.deepEqual(
        Array.from(above.items(), ({ id }) => hex(id)),
        all.filter((item) => item.time >= time).map(({ id }) => hex(id)),
      );
      const known = new Set(snapshot.segments);
      assert.ok(above.segments.filter((segment) => !known.has(segment)).length <= 1);
    }),
  );
});

test('[Z39] more below the marks than one session leaves out is refused, and what is not in the set is no harm', () => {
  const snapshot = setOf(all).snapshot();
  const ask = (items: Iterable<Item>) =>
    withoutBelow(snapshot, { ours: new Map(), common: new Map([[0, 10]]) }, () => items);
  const strange = drawItems(7, reconcileLeftOutMax, (n) => n);
  assert.equal(ask(strange).size, 2_000);
  assert.throws(
    () => ask([...strange, ...all.slice(0, 1)]),
    (thrown) => thrown instanceof Fault && thrown.code === 'full',
  );
  assert.equal(ask(all.slice(0, 500).toReversed()).size, 1_500);
});
