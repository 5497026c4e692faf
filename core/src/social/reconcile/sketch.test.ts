/** What comes out of the beginnings of two sketches. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differences, drawItems } from '../../../../lab/suites/reconciling.ts';
import { hex } from '../../base/bytes.ts';
import type { Item } from './item.ts';
import { decodeSketch, Sketch, sketchCellBytes, type Decoded } from './sketch.ts';

function sketchOf(items: readonly Item[], cells: number): Sketch {
  const sketch = new Sketch(cells);
  for (const { id } of items) sketch.insert(id);
  return sketch;
}

const shown = ({ have, need }: Decoded) => ({
  have: have.map(hex).toSorted(),
  need: need.map(hex).toSorted(),
});

test('[Z38] from enough cells of two sketches both differences come out whole, and from too few nothing does', () => {
  const sizes = fc.record({
    seed: fc.nat(),
    shared: fc.nat(300),
    ours: fc.nat(40),
    theirs: fc.nat(40),
    cells: fc.nat(200),
  });
  fc.assert(
    fc.property(sizes, ({ seed, shared, ours, theirs, cells }) => {
      const items = drawItems(seed, shared + ours + theirs, (n) => n);
      const [a, b] = [
        items.slice(0, shared + ours),
        [...items.slice(0, shared), ...items.slice(shared + ours)],
      ];
      const decoded = decodeSketch(sketchOf(a, 600), sketchOf(b, 600).bytes(cells));
      if (decoded !== null) assert.deepEqual(shown(decoded), differences(a, b));
      else
        assert.ok(cells < 3 * (ours + theirs) + 40, `${ours + theirs} ids do not come out of ${cells} cells`);
      assert.ok(decoded === null || decoded.cells <= cells);
    }),
  );
});

test('[Z38] it takes one and a half cells for each id that differs, whatever the sets hold otherwise', () => {
  for (const [differing, shared] of [
    [100, 1_000],
    [100, 30_000],
    [1_000, 3_000],
  ] as const) {
    const items = drawItems(differing, shared + differing, (n) => n);
    const decoded = decodeSketch(
      sketchOf(items, 2 * differing),
      sketchOf(items.slice(differing), 2 * differing).bytes(),
    );
    assert.equal(decoded?.have.length, differing);
    assert.ok(decoded.cells <= 1.75 * differing, `${decoded.cells} cells`);
  }
});

test('[Z38] a sketch follows what comes and goes, and its beginning is a smaller sketch', () => {
  const items = drawItems(5, 400, (n) => n);
  const sketch = sketchOf(items, 64);
  for (const { id } of items.slice(100)) sketch.remove(id);
  const small = sketchOf(items.slice(0, 100).toReversed(), 64);
  assert.equal(hex(sketch.bytes()), hex(small.bytes()));
  assert.equal(hex(sketch.bytes(7)), hex(sketchOf(items.slice(0, 100), 7).bytes()));
  assert.equal(sketch.bytes(7).length, 7 * sketchCellBytes);
});

test('[Z37] cells that are made up or spoilt give nothing, or ids that nobody has, and never more than the cells', () => {
  const items = drawItems(8, 300, (n) => n);
  const ours = sketchOf(items.slice(0, 280), 100);
  const theirs = sketchOf(items.slice(20), 100).bytes();
  const wanted = differences(items.slice(0, 280), items.slice(20));
  assert.deepEqual(shown(decodeSketch(ours, theirs) ?? assert.fail('it comes out')), wanted);
  fc.assert(
    fc.property(fc.nat(theirs.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const decoded = decodeSketch(ours, theirs.with(at, (theirs[at] ?? 0) ^ flip));
      // Where the other cells are enough, a spoilt one does no harm.
      if (decoded !== null) assert.deepEqual(shown(decoded), wanted);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 * sketchCellBytes }), (noise) => {
      const decoded = decodeSketch(new Sketch(100), noise);
      if (decoded !== null) assert.ok(decoded.have.length + decoded.need.length <= decoded.cells);
    }),
  );
});
