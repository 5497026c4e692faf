import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLetIn, originIn } from './origins.ts';

test('[U29] an origin is taken as browsers send it', () => {
  for (const [typed, origin] of [
    ['https://app.example', 'https://app.example'],
    ['  https://App.Example/ ', 'https://app.example'],
    ['http://127.0.0.1:7070', 'http://127.0.0.1:7070'],
    ['https://app.example:443', 'https://app.example'],
  ] as const)
    assert.deepEqual(originIn(typed, []), { kind: 'ok', origin });
});

test('[U29] what is no origin is told with what to write instead', () => {
  for (const [typed, words] of [
    ['', /Type an address/u],
    ['app.example', /Write https:\/\/app\.example$/u],
    ['https://', /no web address/u],
    ['https://*.example', /star/u],
    ['https://app.example/rooms?x=1', /Write https:\/\/app\.example$/u],
    ['https://ada:pin@app.example', /password/u],
    ['ftp://app.example', /no beginning/u],
    ['https://known.example', /already/u],
  ] as const) {
    const found = originIn(typed, ['https://known.example']);
    assert.ok(found.kind === 'wrong');
    assert.match(found.words, words);
  }
  const full = Array.from({ length: 32 }, (_, at) => `https://a${at}.example`);
  assert.equal(originIn('https://b.example', full).kind, 'wrong');
});

test('[U29] what is taken is what the node takes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), fc.string()), (text) => {
      const found = originIn(text, []);
      if (found.kind === 'ok') assert.equal(URL.parse(found.origin)?.origin, found.origin);
    }),
  );
});

test('[U29] an empty list lets everybody in', () => {
  assert.equal(isLetIn([], 'https://a.example'), true);
  assert.equal(isLetIn(['https://a.example'], 'https://a.example'), true);
  assert.equal(isLetIn(['https://a.example'], 'https://b.example'), false);
});
