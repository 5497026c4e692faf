import assert from 'node:assert/strict';
import { test } from 'node:test';
import { key } from 'copse/internal/base/ids.ts';
import fc from 'fast-check';
import type { Post } from '../../model/sdk-street.ts';
import { answersOf, descendantsOf } from './thread.ts';

const post = (id: string, answers: string | null, timeMs: number): Post => ({
  id,
  from: key(new Uint8Array(32)),
  timeMs,
  text: id,
  mentions: [],
  answers,
  thread: 'root',
  attachments: [],
  tags: [],
  isEdited: false,
  shares: null,
  cursor: { timeMs, seq: timeMs },
});

test('[U40] answers are nested two levels, then flat and said to whom', () => {
  const posts = [
    post('e', 'd', 5),
    post('a', 'root', 1),
    post('b', 'a', 2),
    post('f', 'root', 6),
    post('c', 'b', 3),
    post('d', 'c', 4),
    post('g', 'a', 7),
  ];
  assert.deepEqual(
    answersOf('root', posts).map(({ post: { id }, depth, to }) => [id, depth, to?.id ?? null]),
    [
      ['a', 0, null],
      ['b', 1, null],
      ['c', 2, null],
      ['d', 2, 'c'],
      ['e', 2, 'd'],
      ['g', 1, null],
      ['f', 0, null],
    ],
  );
  assert.deepEqual(
    descendantsOf('b', posts)
      .map(({ id }) => id)
      .toSorted(),
    ['c', 'd', 'e'],
  );
});

test('[U40] each answer stands there once, whatever answers what', () => {
  const names = ['root', 'a', 'b', 'c', 'd', 'gone'];
  const any = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom(...names), fc.nat(9)));
  fc.assert(
    fc.property(any, (rows) => {
      const byId = new Map(rows.map(([id, to, at]): [string, Post] => [id, post(id, to, at)]));
      const shown = answersOf('root', [...byId.values()]).map((row) => row.post.id);
      assert.equal(new Set(shown).size, shown.length);
      for (const [id, { answers }] of byId)
        if (answers === 'root' || answers === 'gone') assert.ok(shown.includes(id));
    }),
  );
});

test('[U40] a chain of thousands is no trouble', () => {
  const chain = Array.from({ length: 20_000 }, (_, at) =>
    post(`p${at}`, at === 0 ? 'root' : `p${at - 1}`, at),
  );
  assert.equal(answersOf('root', chain).length, chain.length);
  assert.equal(descendantsOf('root', chain).length, chain.length);
});
