/** A set against a sorted array, and its fingerprints against numbers of any size. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { drawItems, setOf } from '../../../../lab/suites/reconciling.ts';
import { compare, hex } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { boundOf, compareBounds, compareItems, HIGHEST, timeMax, type Item } from './item.ts';
import { ItemSet } from './item-set.ts';
import type { Snapshot } from './snapshot.ts';

const primitives = nativePrimitives();
const shown = (items: Iterable<Item>): readonly string[] =>
  Array.from(items, ({ time, id }) => `${time} ${hex(id)}`);

/** Few times and few ids, so that items meet; ids that share long beginnings. */
const item: fc.Arbitrary<Item> = fc
  .record({ time: fc.constantFrom(0, 1, 7, 7_000, timeMax), byte: fc.nat(3), at: fc.nat(31) })
  .map(({ time, byte, at }) => ({ time, id: new Uint8Array(32).fill(255, 30).with(at, byte) }));

/** Sum of the ids as numbers modulo 2^256, and how many, hashed: written down from the protocol. */
function fingerprint(items: readonly Item[]): string {
  const sum = items.reduce((total, { id }) => total + BigInt(`0x${hex(id.toReversed())}`), 0n) % 2n ** 256n;
  const bytes = Uint8Array.from({ length: 32 }, (_, at) => Number((sum >> BigInt(8 * at)) & 255n));
  const digits = [items.length & 127];
  for (let rest = items.length >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 127) | 128);
  return hex(primitives.sha256(Uint8Array.of(...bytes, ...digits)).subarray(0, 16));
}

function sameAs(snapshot: Snapshot, model: readonly Item[], ranges: readonly (readonly [number, number])[]) {
  assert.equal(snapshot.size, model.length);
  assert.deepEqual(shown(snapshot.items()), shown(model));
  for (const [a, b] of ranges) {
    const from = Math.min(a, b) % (model.length + 1);
    const to = Math.max(from, Math.max(a, b) % (model.length + 1));
    assert.equal(
      hex(snapshot.fingerprint(primitives, from, to)),
      fingerprint(model.slice(from, to)),
      `${from} to ${to}`,
    );
    const ids = new Uint8Array((to - from) * 32);
    snapshot.copyIds(from, to, ids);
    assert.equal(
      hex(ids),
      model
        .slice(from, to)
        .map(({ id }) => hex(id))
        .join(''),
    );
    const bound = from < model.length ? boundOf(model[from]!) : HIGHEST;
    assert.equal(snapshot.rank(bound), from);
  }
}

test('[Z36] after any insertions and removals a set is what a sorted array is, and snapshots of before stay as they were', () => {
  const act = fc.record({ item, comes: fc.boolean(), look: fc.nat(9) });
  const ranges = fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(act, { maxLength: 120 }),
      ranges,
      fc.integer({ min: 1, max: 20 }),
      (acts, at, tailMax) => {
        const set = new ItemSet(undefined, { tailMax });
        let model: readonly Item[] = [];
        const before: [Snapshot, readonly Item[]][] = [];
        for (const { item, comes, look } of acts) {
          const isThere = model.some((other) => compareItems(other, item) === 0);
          assert.equal(set.has(item), isThere);
          assert.equal(comes ? set.insert(item) : set.remove(item), comes ? !isThere : isThere);
          if (comes && !isThere) model = [...model, item].toSorted(compareItems);
          if (!comes) model = model.filter((other) => compareItems(other, item) !== 0);
          assert.equal(set.size, model.length);
          if (look === 0) before.push([set.snapshot(), model]);
        }
        before.push([set.snapshot(), model]);
        for (const [snapshot, items] of before) sameAs(snapshot, items, at);
      },
    ),
  );
});

test('[Z36] large sets are parted and joined without losing an item, in whichever order they come and go', () => {
  const items = drawItems(36, 20_000, (n) => (n * 7919) % 20_000);
  const set = setOf(items);
  const model = items.toSorted(compareItems);
  const ranges = [
    [0, 20_000],
    [1, 19_999],
    [511, 513],
    [4_000, 16_001],
  ] as const;
  sameAs(set.snapshot(), model, ranges);
  assert.ok(set.snapshot().segments.every(({ count }) => count > 0 && count <= 1024));
  for (const [n, item] of model.entries()) if (n % 50 !== 0) set.remove(item);
  sameAs(
    set.snapshot(),
    model.filter((_, n) => n % 50 === 0),
    ranges,
  );
  assert.ok(set.snapshot().segments.length <= 4, 'what has become small is put together');
  for (const item of model) set.remove(item);
  assert.equal(set.snapshot().segments.length, 0);
  assert.equal(set.insert(items[0]!), true);
});

test('[Z36] a change copies the segments that it touches and shares the others', () => {
  const set = setOf(drawItems(1, 20_000, (n) => n));
  const before = set.snapshot();
  set.insert({ time: 10_000, id: new Uint8Array(32) });
  const after = new Set(set.snapshot().segments);
  assert.equal(before.segments.filter((segment) => !after.has(segment)).length, 1);
  assert.equal(set.snapshot(), set.snapshot());
});

test('[Z36] an item takes at most 44 bytes, its id of 32 and its time of 8 included', () => {
  const { bytes, size } = setOf(drawItems(44, 100_000, (n) => n)).snapshot();
  assert.ok(bytes / size <= 44, `${bytes / size} bytes`);
  assert.ok(bytes / size >= 40);
});

test('[Z36] bounds are ordered as the items that they stand for, what they leave out being zeros', () => {
  fc.assert(
    fc.property(item, item, fc.nat(32), (a, b, size) => {
      const cut = { time: b.time, prefix: b.id.slice(0, size) };
      const whole = {
        time: b.time,
        id: Uint8Array.from({ length: 32 }, (_, n) => (n < size ? b.id[n]! : 0)),
      };
      const sign = Math.sign(compareItems(a, whole));
      assert.equal(Math.sign(compareBounds(boundOf(a), cut)), sign);
      assert.equal(setOf([a]).snapshot().rank(cut), sign < 0 ? 1 : 0);
      assert.equal(compareBounds(boundOf(a), HIGHEST), -1);
    }),
  );
});

test('[Z37] a set that is full takes no more, and says so', () => {
  const set = new ItemSet(undefined, { itemsMax: 2 });
  const [a, b, c] = drawItems(2, 3, (n) => n);
  assert.equal(set.insert(a!), true);
  assert.equal(set.insert(b!), true);
  assert.equal(set.insert(a!), false);
  assert.throws(
    () => set.insert(c!),
    (thrown) => thrown instanceof Fault && thrown.code === 'full',
  );
  set.remove(a!);
  assert.equal(set.insert(c!), true);
  assert.equal(compare(set.snapshot().at(1).id, c!.id), 0);
});
