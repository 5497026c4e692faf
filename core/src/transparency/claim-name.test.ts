import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { isNamespace, normalName, remarksOn, skeletonOf } from './claim-name.ts';

test('[M6] spellings of a name that differ in case or in their Unicode form are one', () => {
  equal(normalName(' Ada '), 'ada');
  equal(normalName('JOSE\u0301'), 'jos\u00e9');
  equal(normalName('jos\u00e9'), 'jos\u00e9');
  equal(normalName('ΟΔΟΣ'), normalName('οδός'.normalize('NFD').replaceAll('\u0301', '')));
  equal(normalName('straße'), normalName('STRASSE'));
  equal(normalName('ада'), 'ада');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const normal = normalName(text);
      if (normal === null) return;
      equal(normalName(normal), normal);
      equal(normalName(normal.normalize('NFD')), normal);
      equal(normalName(normal.toUpperCase()), normal);
    }),
  );
});

test('[M6] what is no word cannot be claimed', () => {
  const wrong = [
    '',
    ' ',
    'a b',
    '.a',
    'a.',
    'a..b',
    '-',
    'a\u200bb',
    'a\u202eb',
    'a/b',
    'a\nb',
    '\u0301a',
    'x'.repeat(65),
  ];
  for (const text of wrong) equal(normalName(text), null, JSON.stringify(text));
  for (const text of ['people', 'garden.example', 'a/b-c', '0123']) equal(isNamespace(text), true, text);
  for (const text of ['', 'A', 'a/', '/a', 'a b', 'a\n', 'ä', 'x'.repeat(65)])
    equal(isNamespace(text), false, text);
});

test('[M6] names that look alike have one skeleton, and mixed scripts are remarked on', () => {
  equal(skeletonOf('раураl'), skeletonOf('paypal'), 'Cyrillic letters');
  equal(skeletonOf('j0se'), skeletonOf('jos\u00e9'));
  equal(skeletonOf('rnary'), skeletonOf('mary'));
  notEqual(skeletonOf('ada'), skeletonOf('bea'));
  deepEqual(remarksOn('ада'), []);
  deepEqual(remarksOn('ada'), []);
  deepEqual(remarksOn('аda'), ['mixes Latin and Cyrillic letters, which look alike']);
});
