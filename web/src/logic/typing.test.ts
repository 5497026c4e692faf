import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  faded,
  heard,
  isTypingSignal,
  restingSignal,
  typingEveryMs,
  typingMs,
  typingSignal,
  typingWords,
} from './typing.ts';

test('[U14] a sign of typing fades when it is not repeated, and goes at once when she stops', () => {
  const one = heard([], { who: 1, isTyping: true }, 0);
  assert.equal(faded(one, typingMs - 1).length, 1);
  assert.equal(faded(one, typingMs).length, 0);
  const repeated = heard(one, { who: 1, isTyping: true }, typingEveryMs);
  assert.deepEqual(repeated, [{ who: 1, untilMs: typingEveryMs + typingMs }]);
  assert.deepEqual(heard(repeated, { who: 1, isTyping: false }, typingEveryMs), []);
  assert.ok(typingEveryMs < typingMs && typingMs <= 5_000);
});

test('[U14] messages about something else are not about typing', () => {
  assert.equal(isTypingSignal(typingSignal), true);
  assert.equal(isTypingSignal(restingSignal), false);
  for (const value of [null, 'typing', { typing: 'yes' }, { cursor: 1 }])
    assert.equal(isTypingSignal(value), null);
});

test('[U14] who is typing is one line, however many do', () => {
  assert.equal(typingWords([]), '');
  assert.equal(typingWords(['Ben']), 'Ben is typing …');
  assert.equal(typingWords(['Ben', 'Noor']), 'Ben and Noor are typing …');
  assert.equal(typingWords(['Ben', 'Noor', 'Yuki', 'Ada']), 'Ben, Noor and 2 more are typing …');
});
