import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyWords } from './key-words.ts';

test('[U27] the state of a site’s key is told in words', () => {
  const state = { epoch: 3, sinceMs: 0, history: true, held: 'yes' } as const;
  assert.equal(keyWords({ ...state, state: 'current' }).title, 'Key 3, current');
  assert.equal(keyWords({ ...state, state: 'due' }).title, 'New key due');
  assert.match(keyWords({ ...state, held: 'no', state: 'due' }).more, /not been given/u);
  assert.match(keyWords({ ...state, held: 'anew', state: 'current' }).more, /without the one before/u);
  assert.match(keyWords({ ...state, state: 'rekeying' }).more, /waits on this device/u);
});
