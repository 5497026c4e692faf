import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userId } from 'copse/internal/base/ids.ts';
import fc from 'fast-check';
import { messageLine, messageOf, valueOf } from './message.ts';
import { textParts } from './text-parts.ts';

const links = (text: string): readonly string[] =>
  textParts(text).flatMap((part) => (part.kind === 'link' ? [part.href] : []));

test('[U13] only whole http and https addresses become links', () => {
  assert.deepEqual(links('see https://example.org/a?b=1, and http://example.org.'), [
    'https://example.org/a?b=1',
    'http://example.org',
  ]);
  assert.deepEqual(links('(https://en.example.org/wiki/Copse_(wood))'), [
    'https://en.example.org/wiki/Copse_(wood)',
  ]);
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://example.org',
    'https://',
    'example.org',
  ]) {
    assert.deepEqual(links(text), [], text);
  }
});

test('[U13] parts laid end to end are the text', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('https://a.example/(b)', 'http://', ' ', '\n', 'https://x.y/…'),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      assert.equal(
        textParts(text)
          .map((part) => part.text)
          .join(''),
        text,
      );
    }),
  );
});

test('[U2] an entry of another application is shown as what it is', () => {
  assert.deepEqual(messageOf({ text: 'hello' }), { kind: 'text', text: 'hello' });
  assert.deepEqual(messageOf('hello'), { kind: 'text', text: 'hello' });
  assert.deepEqual(messageOf({ item: 1 }), { kind: 'other', json: '{\n "item": 1\n}' });
  assert.deepEqual(messageOf(new Uint8Array(3)), { kind: 'other', json: '3 bytes' });
  assert.equal(messageOf(undefined).kind, 'other');
  assert.equal(messageLine({ item: 1 }), 'An entry of another application');
  assert.equal(messageLine({ text: ' two\n lines ' }), 'two lines');
  assert.ok(messageLine({ text: 'x'.repeat(500) }).length <= 140);
});

test('[U1] nothing but spaces is not sent', () => {
  assert.equal(valueOf(' \n '), null);
  assert.deepEqual(valueOf('  two  \n lines '), { text: 'two\n lines' });
});

test('[U13, I1] names of members behind an @ are marked, and nothing in an address is', () => {
  const members = [{ user: userId('01'.repeat(8)), name: 'Ben' }];
  assert.deepEqual(textParts('@Ben, @everyone: https://x.example/@Ben', members), [
    { kind: 'mention', text: '@Ben', users: ['01'.repeat(8)] },
    { kind: 'text', text: ', ' },
    { kind: 'mention', text: '@everyone', users: null },
    { kind: 'text', text: ': ' },
    { kind: 'link', text: 'https://x.example/@Ben', href: 'https://x.example/@Ben' },
  ]);
  assert.deepEqual(textParts('@Ben'), [{ kind: 'text', text: '@Ben' }]);
});
