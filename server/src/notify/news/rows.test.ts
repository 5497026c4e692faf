import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { Names } from './names.ts';
import { Rows } from './rows.ts';

test('[I13] rows that are given back are used again, empty, and no row is anybody else’s', () => {
  const steps = fc.array(fc.oneof(fc.constant<'take'>('take'), fc.nat(40)), { size: 'max', maxLength: 300 });
  fc.assert(
    fc.property(steps, (drawn) => {
      const rows = new Rows(3);
      const mine = new Map<number, number>();
      let stamp = 0;
      let most = 0;
      for (const step of drawn) {
        const given = step === 'take' ? undefined : [...mine.keys()][step];
        if (step === 'take') {
          const row = rows.take();
          assert.ok(row > 0 && !mine.has(row));
          assert.deepEqual(
            [0, 1, 2].map((word) => rows.get(row, word)),
            [0, 0, 0],
          );
          mine.set(row, ++stamp);
          for (const word of [0, 1, 2]) rows.set(row, word, stamp * 3 + word);
        } else if (given !== undefined) {
          rows.give(given);
          mine.delete(given);
        }
        most = Math.max(most, mine.size);
        for (const [row, value] of mine)
          assert.deepEqual(
            [0, 1, 2].map((word) => rows.get(row, word)),
            [0, 1, 2].map((word) => value * 3 + word),
          );
        assert.equal(rows.count, mine.size);
        assert.equal(rows.end, most + 1);
      }
    }),
  );
});

test('[I13] rows grow beyond a chunk without moving', () => {
  const rows = new Rows(2);
  for (let n = 1; n <= 40_000; n++) {
    assert.equal(rows.take(), n);
    rows.set(n, 1, n);
  }
  for (let n = 1; n <= 40_000; n += 7) assert.equal(rows.get(n, 1), n);
  assert.equal(rows.bytes, 3 * 16_384 * 8);
});

test('[I13] a name has one number while it is in use', () => {
  const names = new Names();
  names.put('a', 3);
  assert.throws(() => names.put('a', 4));
  assert.deepEqual([names.find('a'), names.of(3), names.find('b')], [3, 'a', 0]);
  names.remove(3);
  assert.equal(names.find('a'), 0);
  assert.throws(() => names.of(3));
  names.put('b', 3);
  assert.equal(names.of(3), 'b');
});
