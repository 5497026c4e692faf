import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';

import { fromUtf8, hex } from '../base/bytes.ts';
import { domain, separated } from './domain.ts';

const words = fc.stringMatching(/^[a-z0-9]{1,8}([-/][a-z0-9]{1,8}){0,3}$/u);

test('[C2] the prefix is the length, the family and the label', () => {
  const { prefix } = domain('id/user');
  assert.equal(prefix[0], prefix.length - 1);
  assert.equal(fromUtf8(prefix.subarray(1)), 'copse/1/id/user');
});

test('[C2] content in one domain never equals content in another', () => {
  fc.assert(
    fc.property(words, words, fc.uint8Array(), fc.uint8Array(), (a, b, x, y) => {
      fc.pre(a !== b);
      assert.notEqual(hex(separated(domain(a), x)), hex(separated(domain(b), y)));
    }),
  );
});

test('[C2] a label outside the alphabet is our own mistake', () => {
  for (const label of ['', 'User', 'a b', '/a', 'a/', 'a//b', 'ä', 'a'.repeat(128)]) {
    assert.throws(() => domain(label), { name: 'AssertionError' });
  }
});

/** Sources of the product, without tests. */
function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

test('[C2] no label is declared twice in the product', () => {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
  const texts = [...sources(join(root, 'core/src')), ...sources(join(root, 'server/src'))];
  const labels = texts.flatMap((text) =>
    [...text.matchAll(/= domain\(\s*'([^']+)',?\s*\)/gu)].map((match) => match[1] ?? ''),
  );
  assert.ok(labels.includes('id/user'), 'the sources were read');
  const twice = labels.filter((label, i) => labels.indexOf(label) !== i);
  assert.deepEqual(twice, []);
});

test('[C2] every domain has a literal label, so that the check above sees it', () => {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
  const texts = [...sources(join(root, 'core/src')), ...sources(join(root, 'server/src'))];
  const calls = texts.flatMap((text) => [...text.matchAll(/(?<!function )\bdomain\((?!\s*')[^)]*\)/gu)]);
  assert.deepEqual(
    calls.map((call) => call[0]),
    [],
  );
});
