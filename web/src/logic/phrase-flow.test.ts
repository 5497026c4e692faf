import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSecret } from 'copse/phrase';
import { realEnv } from 'copse/internal/base/env.ts';
import fc from 'fast-check';
import { loadPhrases } from '../model/phrase.ts';
import {
  checkAnswer,
  cleanPhrase,
  isReminderDue,
  noBackup,
  postponed,
  quizCount,
  quizOf,
  typedWords,
  withWord,
} from './phrase-flow.ts';

const phrases = await loadPhrases();
const DAY = 86_400_000;

test('[U6] three different words are asked for, in their order', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (stream) => {
      const asked = quizOf(24, () => stream.next().value ?? 0);
      assert.equal(new Set(asked).size, quizCount);
      assert.deepEqual(
        asked,
        asked.toSorted((a, b) => a - b),
      );
      assert.ok(asked.every((at) => at >= 0 && at < 24));
    }),
  );
});

test('[U6] an answer is right in any case and with any space around it', () => {
  assert.equal(checkAnswer(['apple', 'bear'], 1, ' Bear '), 'right');
  assert.equal(checkAnswer(['apple', 'bear'], 1, 'apple'), 'wrong');
  assert.equal(checkAnswer(['apple', 'bear'], 1, '  '), 'empty');
});

test('[U6, C7] a phrase as people paste it gives the secret that it stands for', () => {
  const secret = newSecret(realEnv());
  const words = phrases.wordsOf(secret);
  const numbered = words.map((word, at) => `${at + 1}. ${word.toUpperCase()}`);
  assert.equal(words.length, 24);
  assert.deepEqual(phrases.secretOf(cleanPhrase(numbered.join('\n'))), secret);
});

test('[U6] a misspelt word is named with words it may have been; one being typed is not judged', () => {
  const words = typedWords('abandon aboot ab', phrases);
  assert.deepEqual(
    words.map(({ known }) => known),
    [true, false, true],
  );
  assert.ok(words[1]?.suggestions.includes('about'));
  assert.equal(withWord('1 abandon  aboot ab', 1, 'about'), 'abandon about ab');
  assert.equal(typedWords('abandon zzzz ', phrases)[1]?.known, false);
});

test('[U6] the reminder comes back after longer pauses and stops when the words are confirmed', () => {
  assert.ok(isReminderDue(noBackup, 0));
  const once = postponed(noBackup, 0);
  assert.ok(!isReminderDue(once, DAY - 1));
  assert.ok(isReminderDue(once, DAY));
  const thrice = postponed(postponed(once, DAY), 4 * DAY);
  assert.ok(!isReminderDue(thrice, 11 * DAY - 1));
  assert.ok(isReminderDue(thrice, 11 * DAY));
  assert.ok(!isReminderDue({ ...thrice, isConfirmed: true }, 1000 * DAY));
});
