/** The files by which judges reach published code name everything that they import (decision 21). */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseSync } from 'oxc-parser';

const root = join(import.meta.dirname, '../..');
const JUDGES = join(root, 'lab/judge');

interface Imported {
  readonly from: string;
  readonly name: string;
  readonly by: string;
}

/** What a source imports that is there when it runs. */
function importsOf(path: string): readonly Imported[] {
  return parseSync(path, readFileSync(path, 'utf8')).program.body.flatMap((node) => {
    if (node.type !== 'ImportDeclaration' || node.importKind === 'type') return [];
    const from = node.source.value;
    const names = node.specifiers.flatMap((each) => {
      if (each.type !== 'ImportSpecifier' || each.importKind === 'type') return [];
      return [each.imported.type === 'Identifier' ? each.imported.name : each.imported.value];
    });
    return [...names, ''].map((name) => ({ from, name, by: path }));
  });
}

/** Of the judges and of all that they import of the lab. */
function reached(): readonly Imported[] {
  const seen = new Set(
    readdirSync(JUDGES)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))
      .map((name) => join(JUDGES, name)),
  );
  const found: Imported[] = [];
  for (const path of seen) {
    for (const one of importsOf(path)) {
      found.push(one);
      const target = join(dirname(path), one.from);
      if (one.from.startsWith('.') && target.startsWith(join(root, 'lab'))) seen.add(target);
    }
  }
  return found.filter(({ name }) => name !== '');
}

function exportedBy(path: string): ReadonlySet<string> {
  return new Set(new Bun.Transpiler({ loader: 'ts' }).scan(readFileSync(join(root, path))).exports);
}

test('[G9] what judges import of the sources is named by the files that are published for them', () => {
  const native = exportedBy('core/src/native/internal.ts');
  const browser = exportedBy('core/src/browser/internal.ts');
  const node = exportedBy('server/src/node/internal.ts');
  const all = reached();
  assert.ok(all.length > 200);
  const missing = all
    .filter(({ from, name }) => {
      if (/\/server\/src\//u.test(from)) return !node.has(name);
      if (!from.startsWith('copse/internal/')) return false;
      // Printed vectors stay sources; the phrase is an entry of its own.
      if (/\/examples\/|\/phrase\.ts$/u.test(from)) return false;
      return !(from.startsWith('copse/internal/browser/') ? browser : native).has(name);
    })
    .map(({ from, name, by }) => `${name} of ${from}, for ${by.slice(root.length + 1)}`);
  assert.deepEqual([...new Set(missing)], []);
});
