import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userId } from 'copse/internal/base/ids.ts';
import { peerTagsMax, peerTextBytesMax } from 'copse/internal/base/limits-peer.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import fc from 'fast-check';
import { tagsIn } from 'copse/internal/client/neighbourhood/tags.ts';
import { isLong, postedText, postLine, postParts, roomLeft, wordsSince } from './post-text.ts';
import { refusalWords } from './refusal-words.ts';

const ada = { user: userId('c7a2ea20b2f14c94'), name: 'Ada Okafor' };

test('[U44] tags are the words behind #, each once, whatever the case of their letters', () => {
  assert.deepEqual(tagsIn('#Water and #water, (#Grün) #2026 a#b #_x1 https://x.example/#part'), [
    'Water',
    'Grün',
    '_x1',
  ]);
  assert.equal(tagsIn(Array.from({ length: 40 }, (_, at) => `#tag${at}`).join(' ')).length, peerTagsMax);
  assert.deepEqual(tagsIn(`#${'a'.repeat(65)}`), []);
});

test('[U44] what was typed behind words that went out is left, and other words are left whole', () => {
  assert.equal(wordsSince('Rain at ten', 'Rain at ten'), '');
  assert.equal(wordsSince('Rain at ten\nand sun', 'Rain at ten'), 'and sun');
  assert.equal(wordsSince('Sun at ten', 'Rain at ten'), 'Sun at ten');
});

test('[U39, U13] a post is shown in parts that laid end to end are its text', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('#tag', '@Ada Okafor', 'https://a.example/#x', ' ', '\n', 'water'),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.string(), (pieces, words) => {
      const text = pieces.join('');
      const parts = postParts(text, { mentioned: [ada], words });
      assert.equal(parts.map((part) => part.text).join(''), text);
    }),
  );
});

test('[U39] people, tags, addresses and words that were looked for are parts of their own', () => {
  const parts = postParts('@Ada Okafor waters #plums: https://a.example/x Water, underwater @everyone', {
    mentioned: [ada],
    words: 'WATER',
  });
  assert.deepEqual(
    parts.filter(({ kind }) => kind !== 'text').map(({ kind, text }) => [kind, text]),
    [
      ['mention', '@Ada Okafor'],
      ['found', 'waters'],
      ['tag', '#plums'],
      ['link', 'https://a.example/x'],
      ['found', 'Water'],
    ],
  );
});

test('[U44] the end of the room is told before it is reached, in bytes as the node counts', () => {
  assert.deepEqual(roomLeft('short'), { isOver: false, words: null });
  const near = roomLeft('a'.repeat(peerTextBytesMax - 10));
  assert.deepEqual(near, { isOver: false, words: 'Room for about 10 characters more.' });
  assert.equal(roomLeft('a'.repeat(peerTextBytesMax)).isOver, false);
  assert.deepEqual(roomLeft('a'.repeat(peerTextBytesMax + 7)), {
    isOver: true,
    words: 'Too long by about 7 characters.',
  });
  assert.equal(roomLeft('ü'.repeat(peerTextBytesMax / 2 + 1)).isOver, true);
});

test('[U44] what is sent has words; a list shows one line of it', () => {
  assert.equal(postedText(' \n '), null);
  assert.equal(postedText(' a  \n\nb '), 'a\n\nb');
  assert.equal(postLine('a\n\n b'), 'a b');
  assert.equal(postLine('a'.repeat(200)).length, 140);
  assert.deepEqual(
    [isLong('short'), isLong('a'.repeat(1_000)), isLong('a\n'.repeat(20))],
    [false, true, true],
  );
});

test('[U44] a refusal says what to do, and blames the clock only when it is ahead', () => {
  assert.match(refusalWords(new Fault('full')).hint, /Take something back/);
  assert.match(refusalWords(new Fault('forbidden')).hint, /invitation/);
  assert.doesNotMatch(refusalWords(new Fault('malformed')).title, /clock/);
  assert.match(refusalWords(new Fault('malformed'), 11 * 60_000).title, /clock/);
  assert.match(refusalWords(new Fault('tooMany')).title, /^Not posted: Too many/);
});
