import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ASKED } from './asked.ts';
import { ROOT, turnsRed, unguarded } from './guard.ts';
import { GUARDS } from './table.ts';

test('[G10] every guard stands in its source, and its test is there', () => {
  assert.equal(new Set(GUARDS.map(({ name }) => name)).size, GUARDS.length);
  for (const guard of GUARDS) {
    assert.notEqual(unguarded(guard), readFileSync(join(ROOT, guard.file), 'utf8'), guard.name);
    assert.ok(existsSync(join(ROOT, guard.test)), guard.name);
  }
});

test('[G10] every attack that was asked for has a guard, and every guard its attack', () => {
  const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8').split('## Attacks that are tried')[1] ?? '';
  const rows = text.split('\n## ')[0]?.match(/^\| (?!attack |---)[^|]+/gmu) ?? [];
  for (const word of ASKED) {
    const row = rows.find((each) => each.includes(word)) ?? assert.fail(word);
    assert.ok(
      GUARDS.some(({ attack }) => row.includes(attack)),
      row,
    );
  }
  for (const { name, attack } of GUARDS)
    assert.ok(
      rows.some((row) => row.includes(attack)),
      name,
    );
});

/** `npm run attacks` tries all. */
test('[G10] without its guard an attack turns its test red, with it not', { timeout: 60_000 }, () => {
  const guard = GUARDS.find(({ name }) => name === 'a wider permission') ?? assert.fail();
  assert.equal(turnsRed(guard, null), false);
  assert.equal(turnsRed(guard, guard), true);
  assert.throws(() => turnsRed({ ...guard, title: 'no test is called so' }, null), /nothing was tested/);
});
