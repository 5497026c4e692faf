import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { applied, cleaned } from './profile.ts';
import { cleanName, cleanText } from './names.ts';

const BYTES_MAX = 128;

test('[A7] names are one line, trimmed, composed, and look like what they are', () => {
  const cases = [
    ['Ada', 'Ada', []],
    ['  Ada   Lovelace ', 'Ada Lovelace', ['spaces were trimmed']],
    ['Ada\tLovelace', 'Ada Lovelace', ['spaces were trimmed']],
    ['Ada\u0000\u001b[31m', 'Ada[31m', ['control characters were removed']],
    ['\u202eecilA', 'ecilA', ['control characters were removed']],
    ['A\u200bda', 'Ada', ['control characters were removed']],
    ['A\u0308da', '\u00c4da', []],
    ['👩\u200d🌾', '👩\u200d🌾', []],
    ['', '', []],
  ] as const;
  for (const [given, text, notes] of cases) deepEqual(cleanName(given, BYTES_MAX), { text, notes }, given);
});

test('[A7] texts keep their lines', () => {
  deepEqual(cleanText('one\r\n\ttwo\n', BYTES_MAX).text, 'one\n\ttwo');
  deepEqual(cleanText('one\u2028two\u0007', BYTES_MAX).text, 'onetwo');
});

test('[A7, G2] what is clean stays as it is, and never grows beyond its bound', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (given) => {
      const once = cleanName(given, BYTES_MAX);
      deepEqual(cleanName(once.text, BYTES_MAX).text, once.text);
      ok(utf8(once.text).length <= Math.max(BYTES_MAX, utf8(given).length));
      ok(!/[\p{Cc}\p{Bidi_Control}]/u.test(once.text));
    }),
  );
  equal(cleanName('!\t\u0000\t!', BYTES_MAX).text, '! !');
  // U+1D15E becomes three times as long when it is composed.
  const music = '\u{1d15e}'.repeat(32);
  equal(cleanName(music, BYTES_MAX).text, music);
  equal(utf8(cleanName(music, 1024).text).length, 256);
});

test('[A7] changes are applied in their order, with a comment for each that is not as it was asked for', () => {
  const before = { name: 'Ada', about: '', locale: '' };
  const changes = [
    { kind: 'locale', value: 'EN-us' },
    { kind: 'locale', value: '' },
    { kind: 'locale', value: 'x'.repeat(30) },
    { kind: 'about', value: ' hm ' },
    { kind: 'name', value: '\u0000' },
  ] as const;
  deepEqual(applied(before, changes), {
    profile: { name: 'Ada', about: 'hm', locale: '' },
    comments: [
      'locale: written as en-US',
      'locale: not a language tag (BCP 47), refused',
      'about: spaces were trimmed',
      'name: an empty name is refused',
    ],
  });
});

test('[A1] a first profile is cleaned without comment, and may be without a name', () => {
  deepEqual(cleaned({ name: ' \u0000', about: 'x\u0000', locale: 'none at all' }), {
    name: '',
    about: 'x',
    locale: '',
  });
});
