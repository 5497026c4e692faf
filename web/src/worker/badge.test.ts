/** The number on the icon after pushes, over an icon in memory. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notice } from '../logic/notice-words.ts';
import { countWith } from './badge.ts';

const notice = (badge: number, kind: Notice['kind'] = 'news'): Notice => ({
  kind,
  badge,
  places: [],
  navigate: 'https://node.example/',
  tag: 'one',
});

async function shown(notice: Notice | null, unread: number | null): Promise<readonly number[]> {
  const counts: number[] = [];
  await countWith(notice, {
    show: async (count) => void counts.push(count),
    unread: async () => unread,
  });
  return counts;
}

test('[I10] the number of a push is shown at once, and what the node counts by then takes its place', async () => {
  assert.deepEqual(await shown(notice(3), 3), [3]);
  assert.deepEqual(await shown(notice(3), null), [3], 'the node does not answer');
  assert.deepEqual(await shown(notice(3), 1), [3, 1], 'she has read elsewhere since it was sent');
  assert.deepEqual(await shown(notice(0, 'read'), 2), [0, 2], 'an older read has come last');
});

test('[I10] a test, and what nobody understands, say no number', async () => {
  assert.deepEqual(await shown(notice(9, 'test'), null), []);
  assert.deepEqual(await shown(null, null), []);
  assert.deepEqual(await shown(null, 2), [2]);
});
