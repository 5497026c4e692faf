import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advanced, moveDown, moveUp, sliceRowsMax, type Shown } from './slice.ts';

interface Row {
  readonly key: string;
}

const rows = (from: number, to: number): readonly Row[] =>
  Array.from({ length: to - from }, (_, at) => ({ key: `at ${from + at}` }));
const none: Shown<Row> = { rows: [], slice: { from: 0, to: 0 } };
const keysOf = ({ rows: all, slice }: Shown<Row>): readonly string[] =>
  all.slice(slice.from, slice.to).map(({ key }) => key);

test('[U3] a conversation opens at its end with a bounded number of rows', () => {
  const shown = advanced(none, rows(1, 1001));
  assert.equal(keysOf(shown).length, sliceRowsMax);
  assert.equal(keysOf(shown).at(-1), 'at 1000');
});

test('[U3] rows that come in front leave the page as it is', () => {
  const before = advanced(none, rows(500, 1001));
  const after = advanced(before, rows(400, 1001));
  assert.deepEqual(keysOf(after), keysOf(before));
});

test('[U3] a page at the end follows what arrives; one in the middle stays', () => {
  const atEnd = advanced(advanced(none, rows(1, 1001)), rows(1, 1002));
  assert.equal(keysOf(atEnd).at(-1), 'at 1001');
  const start = advanced(none, rows(1, 1001));
  const middle = { ...start, slice: moveUp(start.slice) };
  assert.deepEqual(keysOf(advanced(middle, rows(1, 1002))), keysOf(middle));
});

test('[U3] rows that are all other ones begin at the end again', () => {
  const shown = advanced(advanced(none, rows(1, 300)), rows(5000, 5600));
  assert.equal(keysOf(shown).at(-1), 'at 5599');
  assert.equal(keysOf(shown).length, sliceRowsMax);
});

test('[U3] whatever is loaded, scrolled and received, the page is a bounded run of what is loaded', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('older' as const), count: fc.nat(150) }),
    fc.record({ kind: fc.constant('newer' as const), count: fc.nat(20) }),
    fc.constant({ kind: 'up' as const }),
    fc.constant({ kind: 'down' as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let from = 10_000;
      let to = 10_100;
      let shown = advanced(none, rows(from, to));
      for (const move of steps) {
        const before = keysOf(shown);
        if (move.kind === 'older') from -= move.count;
        if (move.kind === 'newer') to += move.count;
        if (move.kind === 'up') shown = { ...shown, slice: moveUp(shown.slice) };
        else if (move.kind === 'down') shown = { ...shown, slice: moveDown(shown.slice, shown.rows.length) };
        else shown = advanced(shown, rows(from, to));
        const after = keysOf(shown);
        assert.ok(after.length <= sliceRowsMax);
        assert.ok(shown.slice.from >= 0 && shown.slice.to <= shown.rows.length);
        assert.ok(
          after.length >= Math.min(before.length, sliceRowsMax) || move.kind === 'up' || move.kind === 'down',
        );
        // A step never leaves the reader among rows of which she saw none before.
        assert.ok(after.some((key) => before.includes(key)));
      }
    }),
  );
});
