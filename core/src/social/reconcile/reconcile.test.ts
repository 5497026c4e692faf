/** Two sets that are compared to the end: what comes out, and in how many messages and bytes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  differences,
  drawItems,
  reconcileOurs,
  setOf,
  type Outcome,
} from '../../../../lab/suites/reconciling.ts';
import { reconcileFrameBytesMax } from '../../base/limits-reconcile.ts';
import { ItemSet } from './item-set.ts';
import type { Item } from './item.ts';

const found = ({ have, need }: Outcome) => ({ have, need });
const time = fc.oneof(
  fc.constantFrom(0, 1_700_000_000_000),
  fc.nat(40),
  fc.maxSafeNat().map((n) => Math.floor(n / 2)),
);
const sized = fc.constantFrom(4096, 4097, 5000, 10_000, reconcileFrameBytesMax);

interface Pair {
  readonly ours: readonly Item[];
  readonly theirs: readonly Item[];
}

/** Items by who has them, with times that crowd: ids of one time, of few and of many. */
const pair: fc.Arbitrary<Pair> = fc
  .record({
    seed: fc.nat(),
    count: fc.oneof(fc.nat(8), fc.nat(200), fc.nat(3000)),
    times: fc.array(time, { minLength: 1, maxLength: 6 }),
    spread: fc.constantFrom(0, 1, 1000),
    oursIn1000: fc.constantFrom(0, 1, 20, 300, 1000),
    theirsIn1000: fc.constantFrom(0, 1, 20, 300, 1000),
  })
  .map(({ seed, count, times, spread, oursIn1000, theirsIn1000 }) => {
    const items = drawItems(seed, count, (n) => times[n % times.length]! + spread * n);
    const draw = (n: number, salt: number): number => Math.imul(n + salt, 0x9e3779b9) >>> 22;
    return {
      ours: items.filter((_, n) => draw(n, seed) >= oursIn1000 || draw(n, seed + 7) < 24),
      theirs: items.filter((_, n) => draw(n, seed + 99) >= theirsIn1000),
    };
  });

test('[Z35] whatever two sets hold, in whatever segments and frames: both differences come out, each id once', () => {
  const tail = fc.constantFrom(1, 3, 50, 256);
  fc.assert(
    fc.property(pair, fc.tuple(sized, sized), fc.tuple(tail, tail), ({ ours, theirs }, frames, tails) => {
      const [a, b] = [setOf(ours, tails[0]), setOf(theirs.toReversed(), tails[1])];
      const outcome = reconcileOurs(a, b, { asking: frames[0], answering: frames[1] });
      assert.deepEqual(found(outcome), differences(ours, theirs));
      assert.ok(outcome.upMost <= frames[0] && outcome.downMost <= frames[1]);
    }),
    { numRuns: 150 },
  );
});

test('[Z35] equal sets take one message of some hundred bytes and an answer of one', () => {
  const items = drawItems(4, 100_000, (n) => 1_700_000_000_000 + 1000 * n);
  const { messages, upBytes, downBytes, have, need } = reconcileOurs(setOf(items), setOf(items));
  assert.deepEqual([messages, downBytes, have.length, need.length], [1, 1, 0, 0]);
  assert.ok(upBytes < 500, `${upBytes} bytes`);
});

test('[Z36] a session tells the difference to what was there when it began, whatever has come and gone since', () => {
  const items = drawItems(5, 6_000, (n) => n);
  const [ours, theirs] = [items.slice(0, 5_000), items.slice(100, 5_100)];
  const [a, b] = [setOf(ours), setOf(theirs)];
  const later = { a: new ItemSet(a.snapshot()), b: new ItemSet(b.snapshot()) };
  for (const item of items.slice(5_100)) later.a.insert(item);
  for (const item of items.slice(0, 3_000)) later.b.remove(item);
  assert.equal(later.a.size, 5_900);
  assert.deepEqual(found(reconcileOurs(a, b)), differences(ours, theirs));
});

test('[Z38] the messages that it takes grow with the logarithm of the sets and with what the frames hold, no faster', () => {
  for (const [count, differing] of [
    [100, 5],
    [5_000, 50],
    [50_000, 100],
    [50_000, 5_000],
  ] as const) {
    const items = drawItems(count, count, (n) => 1_700_000_000_000 + 1000 * n);
    const every = count / differing;
    const ours = items.filter((_, n) => n % (2 * every) !== 0);
    const theirs = items.filter((_, n) => n % (2 * every) !== every);
    for (const frame of [4096, 30_000, reconcileFrameBytesMax]) {
      const outcome = reconcileOurs(setOf(ours), setOf(theirs), { asking: frame, answering: frame });
      const bytes = outcome.upBytes + outcome.downBytes;
      const depth = Math.ceil(Math.log(count) / Math.log(16)) + 1;
      assert.deepEqual(found(outcome), differences(ours, theirs));
      assert.ok(Math.max(outcome.upMost, outcome.downMost) <= frame);
      // While something waits, one of the two frames of a round is full.
      assert.ok(
        outcome.messages <= depth + bytes / frame,
        `${count} items, frames of ${frame}: ${outcome.messages}`,
      );
    }
  }
});

test('[Z38] in frames that cut most answers short it takes hardly more bytes than in frames that cut none', () => {
  const items = drawItems(11, 60_000, (n) => 1_700_000_000_000 + 1000 * n);
  const ours = setOf(items.filter((_, n) => n % 1200 !== 300));
  const theirs = setOf(items.filter((_, n) => n % 1200 !== 900));
  const bytesIn = (frame: number): number => {
    const { upBytes, downBytes } = reconcileOurs(ours, theirs, { asking: frame, answering: frame });
    return upBytes + downBytes;
  };
  const [small, full] = [bytesIn(4096), bytesIn(reconcileFrameBytesMax)];
  assert.ok(small <= 1.1 * full, `${small} bytes, not ${full}`);
});

test('[Z38] who has nothing gets everything in as many messages as its ids fill frames, and so the other way round', () => {
  const items = drawItems(9, 40_000, (n) => n);
  const frames = Math.ceil((items.length * 32) / (reconcileFrameBytesMax - 500));
  const asking = reconcileOurs(new ItemSet(), setOf(items));
  assert.equal(asking.need.length, items.length);
  assert.equal(asking.messages, frames);
  const answering = reconcileOurs(setOf(items), new ItemSet());
  assert.equal(answering.have.length, items.length);
  assert.equal(answering.messages, 1);
});
