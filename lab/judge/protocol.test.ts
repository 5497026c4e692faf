import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

test('[W7, G9] the second implementation has a check for every file of golden vectors', () => {
  const folder = join(import.meta.dirname, 'python');
  const sources = readdirSync(folder).filter((name) => name.endsWith('.py'));
  const text = sources.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  const files = readdirSync(join(import.meta.dirname, '../vectors')).filter((name) => name.endsWith('.json'));
  const missing = files
    .filter((name) => name !== 'contracts.json')
    .map((name) => name.slice(0, -'.json'.length).replaceAll('-', '_'))
    .filter((name) => !text.includes(`def ${name}(`) || !text.includes(`def not_${name}(`));
  assert.deepEqual(missing, []);
});
