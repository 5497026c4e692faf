import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Matcher } from './matcher.ts';

interface Follower {
  readonly name: number;
}

test('[Z30] a message finds everybody who follows one of its keys, once, whoever came and went before', () => {
  const followers: readonly Follower[] = Array.from({ length: 4 }, (_, name) => ({ name }));
  const ref = (n: number): Uint8Array => new Uint8Array(17).fill(n);
  const step = fc.record({ isAdded: fc.boolean(), ref: fc.nat(3), follower: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const matcher = new Matcher<Follower>();
      const model = new Map<number, Set<Follower>>([0, 1, 2, 3].map((n) => [n, new Set()]));
      for (const { isAdded, ref: n, follower: at } of steps) {
        const [follower, of] = [followers[at]!, model.get(n)!];
        const wasThere = of.has(follower);
        if (isAdded) {
          assert.equal(matcher.add(ref(n), follower), !wasThere);
          of.add(follower);
        } else {
          assert.equal(matcher.remove(ref(n), follower), wasThere);
          of.delete(follower);
        }
        assert.equal(matcher.size, [...model.values()].filter(({ size }) => size > 0).length);
        for (const refs of [[0], [1, 2], [3, 2, 1, 0]]) {
          const expected = new Set(refs.flatMap((each) => [...model.get(each)!]));
          const found = matcher.of(refs.map(ref));
          assert.deepEqual(new Set(found), expected);
          assert.equal([...found].length, expected.size);
        }
      }
    }),
  );
});
