import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFresh } from './fresh.mjs';
import { differences } from './install.mjs';

test('[N10] packages are installed when one is missing, of another version or not in the lock', () => {
  const lock = {
    packages: {
      '': { version: '0.1.0' },
      core: { version: '0.1.0' },
      'node_modules/copse': { resolved: 'core', link: true },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/other-platform': { version: '1.0.0', optional: true },
    },
  };
  const installed = (version: string, more = {}) => ({
    packages: {
      'node_modules/copse': { resolved: 'core', link: true },
      'node_modules/a': { version },
      ...more,
    },
  });
  assert.deepEqual(differences(lock, installed('1.0.0')), []);
  assert.deepEqual(differences(lock, installed('1.0.1')), ['node_modules/a']);
  assert.deepEqual(differences(lock, installed('1.0.0', { 'node_modules/b': { version: '2.0.0' } })), [
    'node_modules/b',
  ]);
  assert.deepEqual(differences(lock, {}), ['node_modules/copse', 'node_modules/a']);
});

test('[N10] built files are fresh while no source was touched after them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'copse-fresh-'));
  try {
    const [source, output] = [join(folder, 'source'), join(folder, 'dist')];
    const file = join(source, 'a.ts');
    const at = (path: string, seconds: number): void => utimesSync(path, seconds, seconds);
    mkdirSync(source);
    writeFileSync(file, '');
    assert.equal(isFresh(output, [source]), false);
    writeFileSync(output, '');
    at(file, 100);
    at(source, 100);
    at(output, 200);
    assert.equal(isFresh(output, [source]), true);
    at(file, 300);
    assert.equal(isFresh(output, [source]), false);
    at(file, 100);
    at(source, 300);
    assert.equal(isFresh(output, [source]), false, 'a file was removed');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
