import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { groveOf, treeOf } from './tree.ts';

test('[U12] the same id grows the same tree', () => {
  fc.assert(fc.property(fc.string(), (id) => assert.deepEqual(treeOf(id), treeOf(id))));
});

test('[U12] different people mostly have different trees', () => {
  const seen = new Set<string>();
  for (let at = 0; at < 1000; at++) seen.add(JSON.stringify(treeOf(at.toString(16).padStart(16, '0')).tree));
  assert.ok(seen.size > 900, `${seen.size} different trees among 1,000`);
});

test('[U12] a tree stays within its square and a grove on its land', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[0-9a-f]{16}$/u), { minLength: 1, maxLength: 9 }), (ids) => {
      for (const shape of ids.flatMap((id) => treeOf(id).tree)) {
        if (shape.kind !== 'ellipse') continue;
        assert.ok(shape.cx - shape.rx >= 0 && shape.cx + shape.rx <= 48);
        assert.ok(shape.cy - shape.ry >= 0 && shape.cy + shape.ry <= 48);
      }
      const trees = groveOf(ids, { width: 320, ground: 96, size: 1.05 });
      assert.equal(trees.length, ids.length);
      for (const { x, scale } of trees) assert.ok(x + 24 * scale > 0 && x + 24 * scale < 320);
    }),
  );
});
