import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isVerified, knownNamesMax, markOf, markWords, remembered } from './trust-words.ts';

const ben = { user: 'b1', name: 'Ben Lindqvist' };

test('[U33] another key under the name of somebody who was verified is marked as changed', () => {
  const known = remembered({}, [ben]);
  assert.equal(markOf(ben, 'checked', known), 'checked');
  assert.equal(markOf({ user: 'b2', name: 'Ben Lindqvist' }, 'unverified', known), 'changed');
  assert.equal(markOf({ user: 'b2', name: ' ben  LINDQVIST' }, 'unverified', known), 'changed');
  assert.equal(markOf({ user: 'b2', name: 'Ben Lindqvist' }, 'compared', known), 'compared');
  assert.equal(markOf({ user: 'b2', name: 'Ben' }, 'unverified', known), 'unverified');
  // She herself, whose mark was lost, is no other.
  assert.equal(markOf(ben, 'unverified', known), 'unverified');
  // Nobody is called nothing.
  assert.equal(markOf({ user: 'c', name: '' }, 'unverified', { d: '' }), 'unverified');
});

test('[U33] what is remembered is bounded, and the same when nothing is new', () => {
  const known = remembered({}, [ben]);
  assert.equal(remembered(known, [ben]), known);
  const many = Array.from({ length: knownNamesMax + 7 }, (_, at) => ({ user: `u${at}`, name: `N${at}` }));
  const all = remembered(known, many);
  assert.equal(Object.keys(all).length, knownNamesMax);
  assert.equal(all['b1'], undefined);
});

test('[U33] every mark has a word and a sentence', () => {
  for (const mark of ['unverified', 'checked', 'compared', 'changed'] as const) {
    assert.ok(markWords(mark).word.length > 0 && markWords(mark).hint.endsWith('.'));
  }
  assert.deepEqual([isVerified('checked'), isVerified('changed'), isVerified(null)], [true, false, false]);
});
