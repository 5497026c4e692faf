import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberProblem, resetWords } from './reset-words.ts';

test('[U34] the number of a person is sixteen digits, however they are parted', () => {
  assert.equal(numberProblem('c7a2 ea20 b2f1 4c94'), null);
  assert.equal(numberProblem('C7A2EA20B2F14C94'), null);
  assert.match(numberProblem('c7a2') ?? '', /these are 4/u);
  assert.match(numberProblem('ada okafor') ?? '', /0 to 9/u);
  assert.match(numberProblem(' ') ?? '', /Type/u);
});

test('[U34] every state says what to do next', () => {
  for (const state of ['waiting', 'approved', 'refused', 'unknown'] as const)
    assert.ok(resetWords(state).title.length > 0 && resetWords(state).text.endsWith('.'));
});
