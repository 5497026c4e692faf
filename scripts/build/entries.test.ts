import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { entriesOf, type Manifest } from './entries.ts';

test('[S8] the entries of the package are those of its exports, each with its runtime', () => {
  const entries = entriesOf({
    exports: {
      '.': {
        'copse-source': { browser: './src/browser/index.ts', default: './src/native/index.ts' },
        browser: { types: './dist/browser/index.d.ts', default: './dist/browser/index.js' },
        default: { types: './dist/native/index.d.ts', default: './dist/native/index.js' },
      },
      './phrase': {
        'copse-source': './src/phrase.ts',
        types: './dist/phrase.d.ts',
        default: './dist/phrase.js',
      },
      './internal/*': './src/*',
    },
  });
  assert.deepEqual(entries, [
    { source: 'src/browser/index.ts', output: 'dist/browser/index.js', target: 'browser' },
    { source: 'src/native/index.ts', output: 'dist/native/index.js', target: 'node' },
    { source: 'src/phrase.ts', output: 'dist/phrase.js', target: 'browser' },
  ]);
});

test('[S8] every entry of the package is built to the path that its exports name', () => {
  const path = join(import.meta.dirname, '../../core/package.json');
  const manifest: Manifest = JSON.parse(readFileSync(path, 'utf8'));
  const entries = entriesOf(manifest);
  assert.ok(entries.length > 0);
  for (const { source, output } of entries) {
    assert.equal(output, source.replace(/^src\//, 'dist/').replace(/\.tsx?$/, '.js'));
  }
});
