import assert from 'node:assert/strict';
import { test } from 'node:test';
import { key } from 'copse/internal/base/ids.ts';
import { agreementOf, agreementWords, saidWords, saysSomething } from './identity-words.ts';

const who = (number: number) => key(new Uint8Array(32).fill(number));

test('[U49] whether friends agree about a key is one sentence', () => {
  const words = (vouching: number, doubting: number) =>
    agreementWords({
      vouchedBy: Array.from({ length: vouching }, (_, at) => who(at)),
      doubtedBy: Array.from({ length: doubting }, (_, at) => who(100 + at)),
    });
  assert.match(words(0, 0), /^Nobody whom you follow/u);
  assert.match(words(1, 0), /^1 person whom you follow vouches/u);
  assert.match(words(2, 0), /^2 people whom you follow vouch /u);
  assert.match(words(0, 1), /^1 person whom you follow holds/u);
  assert.match(words(2, 1), /^They disagree: 2 people vouch .* 1 person holds/u);
  assert.equal(agreementOf({ vouchedBy: [who(1)], doubtedBy: [who(2)] }), 'divided');
});

test('[U49] what one person says names another name only where it differs', () => {
  assert.equal(saidWords({ verdict: 'known', name: 'Noor' }, 'Noor'), 'knows them');
  assert.equal(
    saidWords({ verdict: 'compared', name: 'Bee' }, 'Noor'),
    'has compared digits with them, and calls them Bee',
  );
});

test('[U49] what was withdrawn says nothing', () => {
  const said = { by: who(1), timeMs: 1, name: '', notes: '', addresses: [], verdict: 'none' } as const;
  assert.equal(saysSomething(said), false);
  assert.equal(saysSomething(null), false);
  assert.equal(saysSomething({ ...said, verdict: 'doubted' }), true);
});
