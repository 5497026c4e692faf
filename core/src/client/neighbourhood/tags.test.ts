import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { peerTagsMax } from '../../base/limits-peer.ts';
import { tagsAfter, tagsIn } from './tags.ts';

test('[Z62] tags that were given beside the words stay when the words change, those in the words go with them', () => {
  const before = { text: 'The pump at #North is broken', tags: ['water', 'North'] };
  deepEqual(tagsAfter(before, 'It runs'), ['water']);
  deepEqual(tagsAfter(before, 'It runs #Water #well'), ['water', 'well']);
  deepEqual(tagsAfter({ text: '#WATER', tags: ['water'] }, 'dry'), []);
});

test('[Z62] tags are a bounded number, each once', () => {
  deepEqual(tagsIn('#One and #one, #2', ['ONE', 'x'.repeat(65)]), ['ONE']);
  const many = Array.from({ length: peerTagsMax }, (_, at) => `t${at}`);
  equal(tagsIn('#more', many).length, peerTagsMax);
  deepEqual(tagsAfter({ text: '', tags: many }, '#more'), many);
});
