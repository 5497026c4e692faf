import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digitsIn, emailProblem, failureWords, wrongDigitsWords } from './email-words.ts';

test('[U24] six digits are taken as people write them, and nothing else is', () => {
  assert.equal(digitsIn(' 481 516'), '481516');
  assert.equal(digitsIn('481-516'), '481516');
  for (const text of ['', '48151', '4815162', '48151a', '４８１５１６'])
    assert.equal(digitsIn(text), null, text);
});

test('[U24] wrong digits say how many tries are left; a failure says what to do', () => {
  assert.equal(wrongDigitsWords(1), 'These are not the digits on the page. 1 more try.');
  assert.match(failureWords('unverified'), /Verify it there/u);
});

test('[U31] what is no address is told before anybody is asked', () => {
  assert.equal(emailProblem(' ada@example.org '), null);
  for (const text of ['', 'ada', 'ada@', '@example.org', 'ada@example', 'ada@example.', 'a@b.c, d@e.f'])
    assert.ok(emailProblem(text) !== null, text);
});
