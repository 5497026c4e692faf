import assert from 'node:assert/strict';
import { test } from 'node:test';
import { priceWords, reachChoices, workWords } from './reach-words.ts';

test('[U48] work is told as the time that a browser takes for it', () => {
  assert.equal(workWords(18), 'less than a second');
  assert.equal(workWords(21), 'about a second');
  assert.equal(workWords(24), 'about 10 seconds');
  assert.equal(workWords(30), 'about 11 minutes');
  assert.equal(workWords(34), 'about 3 hours');
  assert.equal(workWords(40), 'about 8 days');
  assert.match(priceWords(18), /less than a second/u);
});

test('[U48] every way in which one can be reached can be chosen', () => {
  assert.deepEqual(
    reachChoices.map(({ reach }) => reach),
    ['everybody', 'friendsOfFriends', 'members', 'nobody'],
  );
});
