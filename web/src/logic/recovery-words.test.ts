import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  pinWords,
  realmsIn,
  realmWords,
  recoveredWords,
  setUpProblem,
  thresholdWords,
} from './recovery-words.ts';

test('[U26] the form says what is missing before any node is asked', () => {
  const fields = {
    pin: 'lentil-4711',
    again: 'lentil-4711',
    realms: ['https://a.example', 'https://b.example'],
  };
  assert.equal(setUpProblem(fields), null);
  assert.match(setUpProblem({ ...fields, pin: '123' }) ?? '', /four characters/u);
  assert.match(setUpProblem({ ...fields, again: 'lentil' }) ?? '', /same PIN twice/u);
  assert.match(setUpProblem({ ...fields, realms: ['https://a.example'] }) ?? '', /two nodes at least/u);
  assert.match(
    setUpProblem({ ...fields, realms: ['a.example', 'https://b.example'] }) ?? '',
    /“a\.example”/u,
  );
  assert.deepEqual(realmsIn(' https://a.example\nhttps://a.example  https://b.example\n'), [
    'https://a.example',
    'https://b.example',
  ]);
});

test('[U26] how many nodes are needed, may be away and are too few is said', () => {
  assert.equal(
    thresholdWords(2),
    '2 of 2 nodes and the PIN bring you back. None of them may be away then; one alone cannot open your account.',
  );
  assert.equal(
    thresholdWords(5),
    '3 of 5 nodes and the PIN bring you back. 2 of them may be away; 2 together cannot open your account.',
  );
});

test('[U26] guesses that are left, a weak PIN and a shut door are said in words', () => {
  const registered = {
    triesLeft: 1,
    triesMax: 10,
    madeMs: 0,
    askedMs: null,
    recoveredMs: null,
    locked: false,
  };
  assert.equal(realmWords({ registered }), '1 of 10 guesses left');
  assert.match(realmWords({ registered: { ...registered, locked: true } }), /Shut for good/u);
  assert.match(realmWords({ registered: null }), /knows nothing/u);
  assert.equal(
    pinWords(['short', 'date']),
    'Easy to guess: it has fewer than six characters, and it reads as a date.',
  );
  assert.equal(
    recoveredWords({ kind: 'wrongPin', triesLeft: 1, realms: [] }),
    'That is not the PIN. 1 guess left.',
  );
});
