/** That a judge reaches published files and no source, and that what is stale is built. */

import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { stalePackages } from '../../scripts/fresh.mjs';
import { judges } from './judges.ts';
import { published, publishedFor } from './published.ts';

test('[G9] every import of a source of the product leads a judge to a published file', () => {
  assert.equal(publishedFor('copse/internal/base/fault.ts', 'native'), published.native);
  assert.equal(publishedFor('copse/internal/base/fault.ts', 'browser'), published.browser);
  assert.equal(publishedFor('copse/internal/browser/primitives.ts', 'native'), published.browser);
  assert.equal(publishedFor('copse/internal/phrase.ts', 'native'), published.phrase);
  assert.equal(publishedFor('../../server/src/auth/node-log.ts', 'native'), published.node);
  assert.equal(publishedFor('./clerk.ts', 'native'), null);
  assert.equal(publishedFor('copse/internal/crypto/examples/curve.ts', 'native'), null, 'printed vectors');
});

test('[G9] every judge says which published files it asks', () => {
  const known = Object.values(published);
  for (const { name, asks, builds } of judges) {
    assert.ok(asks.length > 0 !== (builds !== undefined), name);
    for (const path of asks)
      assert.ok(
        known.some((one) => one === path),
        `${name}: ${path}`,
      );
  }
});

test('[G9] a judge that starts a node starts the published program', () => {
  const files = readdirSync(import.meta.dirname).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  for (const file of files.filter((name) => name !== 'published.ts')) {
    const source = readFileSync(join(import.meta.dirname, file), 'utf8');
    assert.doesNotMatch(source, /cli\/main\.ts/u, file);
    const starts = /\bstartNode\(|'serve', '--data'|new Cli\(/u.test(source);
    if (starts) assert.match(source, /\bprogram\b/u, file);
  }
});

test('[G9] packages are built when they are missing or a source is newer, and only then', () => {
  const root = mkdtempSync(join(tmpdir(), 'copse-published-'));
  const put = (path: string, atS: number): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
    utimesSync(join(root, path), atS, atS);
    for (let at = dirname(path); at !== '.'; at = dirname(at)) utimesSync(join(root, at), atS, atS);
  };
  try {
    put('core/src/base/fault.ts', 1_000);
    put('server/src/cli/main.ts', 1_000);
    assert.deepEqual(stalePackages(root), ['core', 'server'], 'nothing is built');
    put('core/dist/index.js', 2_000);
    put('server/dist/main.js', 2_000);
    assert.deepEqual(stalePackages(root), []);
    put('server/src/cli/main.ts', 3_000);
    assert.deepEqual(stalePackages(root), ['server']);
    put('core/src/base/fault.ts', 3_000);
    assert.deepEqual(stalePackages(root), ['core', 'server'], 'the program has the core in it');
  } finally {
    rmSync(root, { recursive: true });
  }
});
