import assert from 'node:assert/strict';
import { hkdfSync, pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { concat, hex } from './base/bytes.ts';
import { realEnv } from './base/env.ts';
import { domain } from './crypto/domain.ts';
import { nativePrimitives } from './native/primitives.ts';
import { explainPhrase, newPhrase, seedOfPhrase, suggestWords, wordsOf } from './phrase.ts';

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

function fixedRandom(entropy: string) {
  return { random: () => new Uint8Array(Buffer.from(entropy, 'hex')) };
}

/** The definition: PBKDF2-HMAC-SHA512 of BIP39, then HKDF-SHA256 in copse's domain. */
function seedByNode(text: string): string {
  const seed = pbkdf2Sync(text, 'mnemonic', 2048, 64, 'sha512');
  const info = concat(Uint8Array.of(17), Buffer.from('copse/1/user/seed'));
  return Buffer.from(hkdfSync('sha256', seed, '', info, 32)).toString('hex');
}

for (const [entropy, text] of VECTORS) {
  test(`[C7] the BIP39 vector of entropy ${entropy.slice(0, 2)}… holds and makes the defined seed`, () => {
    assert.equal(newPhrase(fixedRandom(entropy)), text);
    assert.deepEqual(explainPhrase(text), { kind: 'ok' });
    assert.equal(hex(seedOfPhrase(text) ?? assert.fail('a seed')), seedByNode(text));
  });
}

test('[C7] a phrase makes the same user key for ever', () => {
  const seed = seedOfPhrase(phrase) ?? assert.fail('a seed');
  assert.equal(
    hex(nativePrimitives().ed25519PublicKey(seed)),
    '28dc7eb55e2604da1f3a64ee551ac68f89e70634f6974df0e8c4db2103555e9d',
  );
});

test('[C2] the seed is not the one a wallet derives', () => {
  const wallet = pbkdf2Sync(phrase, 'mnemonic', 2048, 64, 'sha512').toString('hex');
  assert.ok(!wallet.includes(hex(seedOfPhrase(phrase) ?? assert.fail('a seed'))));
  assert.equal(domain('user/seeds').prefix[0], 18);
});

test('[C7] new phrases are valid and differ', () => {
  const made = Array.from({ length: 20 }, () => newPhrase(realEnv()));
  assert.equal(new Set(made).size, 20);
  for (const text of made) assert.deepEqual(explainPhrase(text), { kind: 'ok' });
});

test('[C7] white space, case and compatible characters do not matter', () => {
  const expected = hex(seedOfPhrase(phrase) ?? assert.fail('a seed'));
  const wide = phrase.replaceAll('a', '\uff41');
  const forms = [
    `\n ${phrase.toUpperCase()}\t`,
    phrase.replaceAll(' ', '\r\n'),
    phrase.replaceAll(' ', ' \u3000 '),
    wide,
  ];
  for (const form of forms) assert.equal(hex(seedOfPhrase(form) ?? assert.fail(form)), expected);
});

test('[C7] one word changed for another is refused by the checksum, or is another user', () => {
  const words = wordsOf(phrase);
  const original = hex(seedOfPhrase(phrase) ?? assert.fail('a seed'));
  const seeds = words.map((_, at) =>
    seedOfPhrase(words.map((word, i) => (i === at ? 'oak' : word)).join(' ')),
  );
  for (const seed of seeds) assert.ok(seed === null || hex(seed) !== original);
  // The checksum has 8 bits: one change of 256 is not seen.
  assert.ok(seeds.filter((seed) => seed === null).length >= 22);
});

test('[C7] two neighbours that changed places are refused', () => {
  const words = [...wordsOf(phrase)];
  words.splice(0, 2, words[1] ?? '', words[0] ?? '');
  assert.equal(seedOfPhrase(words.join(' ')), null);
  assert.deepEqual(explainPhrase(words.join(' ')), { kind: 'badChecksum' });
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
  assert.deepEqual(explainPhrase(''), { kind: 'wrongCount', count: 0 });
  const twelve = `${'abandon '.repeat(11)}about`;
  assert.deepEqual(explainPhrase(twelve), { kind: 'wrongCount', count: 12 });
  assert.equal(seedOfPhrase(twelve), null);
  assert.deepEqual(explainPhrase(`${phrase} zoo`), { kind: 'wrongCount', count: 25 });
});

test('[C7] any text at all is explained and never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const { kind } = explainPhrase(text);
      assert.equal(seedOfPhrase(text) === null, kind !== 'ok');
    }),
  );
});
