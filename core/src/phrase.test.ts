import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { fromHex, hex } from './base/bytes.ts';
import { realEnv } from './base/env.ts';
import { explainPhrase, newSecret, phraseOf, secretOfPhrase, suggestWords, wordsOf } from './phrase.ts';

/** The 24-word English vectors of BIP39 (trezor/python-mnemonic vectors.json, MIT), entropy and phrase. */
const VECTORS = [
  ['00'.repeat(32), `${'abandon '.repeat(23)}art`],
  [
    '7f'.repeat(32),
    'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful ' +
      'legal winner thank year wave sausage worth title',
  ],
  [
    '80'.repeat(32),
    'letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic ' +
      'avoid letter advice cage absurd amount doctor acoustic bless',
  ],
  ['ff'.repeat(32), `${'zoo '.repeat(23)}vote`],
] as const;
const phrase = VECTORS[2][1];

/** Without the secret, which `secretOfPhrase` answers. */
function kindOf(text: string): object {
  const { secret: _, ...rest } = { secret: null, ...explainPhrase(text) };
  return rest;
}

for (const [entropy, text] of VECTORS) {
  test(`[C7] the BIP39 vector of entropy ${entropy.slice(0, 2)}… holds in both directions`, () => {
    assert.equal(phraseOf(fromHex(entropy) ?? assert.fail('hex')), text);
    assert.equal(hex(secretOfPhrase(text) ?? assert.fail('a secret')), entropy);
  });
}

test('[C7] new phrases are valid and differ', () => {
  const made = Array.from({ length: 20 }, () => phraseOf(newSecret(realEnv())));
  assert.equal(new Set(made).size, 20);
  for (const text of made) assert.equal(explainPhrase(text).kind, 'ok');
});

test('[C7] white space, case and compatible characters do not matter', () => {
  const expected = hex(secretOfPhrase(phrase) ?? assert.fail('a secret'));
  const wide = phrase.replaceAll('a', '\uff41');
  const forms = [
    `\n ${phrase.toUpperCase()}\t`,
    phrase.replaceAll(' ', '\r\n'),
    phrase.replaceAll(' ', ' \u3000 '),
    wide,
  ];
  for (const form of forms) assert.equal(hex(secretOfPhrase(form) ?? assert.fail(form)), expected);
});

test('[C7] one word changed for another is refused by the checksum, or is another user', () => {
  const words = wordsOf(phrase);
  const original = hex(secretOfPhrase(phrase) ?? assert.fail('a secret'));
  const secrets = words.map((_, at) =>
    secretOfPhrase(words.map((word, i) => (i === at ? 'oak' : word)).join(' ')),
  );
  for (const secret of secrets) assert.ok(secret === null || hex(secret) !== original);
  // The checksum has 8 bits: one change of 256 is not seen.
  assert.ok(secrets.filter((secret) => secret === null).length >= 22);
});

test('[C7] two neighbours that changed places are refused', () => {
  const words = [...wordsOf(phrase)];
  words.splice(0, 2, words[1] ?? '', words[0] ?? '');
  assert.equal(secretOfPhrase(words.join(' ')), null);
  assert.deepEqual(kindOf(words.join(' ')), { kind: 'badChecksum' });
});

test('[C7] the first unknown word is named with what it may have been', () => {
  const words = wordsOf(phrase);
  const explained = (at: number, typed: string) =>
    explainPhrase(words.map((word, i) => (i === at ? typed : word)).join(' '));
  assert.deepEqual(explained(0, 'lettre'), {
    kind: 'unknownWord',
    unknownWordAt: 0,
    suggestions: ['letter', 'better', 'lecture'],
  });
  const mistyped = {
    doctr: 'doctor',
    acuostic: 'acoustic',
    adviice: 'advice',
    ammount: 'amount',
    blss: 'bless',
  };
  for (const [typed, meant] of Object.entries(mistyped)) {
    const answer = explained(23, typed);
    assert.equal(answer.kind, 'unknownWord');
    assert.ok(answer.kind === 'unknownWord' && answer.unknownWordAt === 23);
    assert.ok(answer.kind === 'unknownWord' && answer.suggestions.includes(meant), `${typed}: ${meant}`);
  }
  assert.deepEqual(suggestWords('qqqqqqqq'), []);
});

test('[C7] a phrase of another length is refused with its count', () => {
  assert.deepEqual(kindOf(''), { kind: 'wrongCount', count: 0 });
  const twelve = `${'abandon '.repeat(11)}about`;
  assert.deepEqual(kindOf(twelve), { kind: 'wrongCount', count: 12 });
  assert.equal(secretOfPhrase(twelve), null);
  assert.deepEqual(kindOf(`${phrase} zoo`), { kind: 'wrongCount', count: 25 });
});

test('[C7] any text at all is explained and never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const { kind } = explainPhrase(text);
      assert.equal(secretOfPhrase(text) === null, kind !== 'ok');
    }),
  );
});
