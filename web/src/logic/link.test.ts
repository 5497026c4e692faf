import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeLink, typedLink } from './link.ts';

test('[U13] only whole addresses of the web are links', () => {
  assert.equal(safeLink('https://example.org/a?b#c'), 'https://example.org/a?b#c');
  assert.equal(safeLink(' HTTP://Example.org '), 'http://example.org/');
  const wrong = [
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'https://',
    '//example.org',
    'example.org',
    `https://example.org/${'a'.repeat(3_000)}`,
    '',
  ];
  for (const text of wrong) assert.equal(safeLink(text), null, text);
});

test('[U13] a typed address may lack its scheme, and may not have a strange one', () => {
  assert.equal(typedLink('example.org/plums'), 'https://example.org/plums');
  assert.equal(typedLink('example.org:8080/x'), 'https://example.org:8080/x');
  assert.equal(typedLink('http://example.org'), 'http://example.org/');
  for (const text of ['javascript:alert(1)', 'mailto:a@b.example', 'plums', 'two words.org', '']) {
    assert.equal(typedLink(text), null, text);
  }
});
