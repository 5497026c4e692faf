/** The table of attacks in `SECURITY.md`: what it says of codes, rules and tests is so. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { FAULTS } from 'copse/internal/base/fault.ts';
import { ASKED } from './guards/asked.ts';

const ROOT = join(import.meta.dirname, '../..');
/**
 * What e-mail providers are answered with is a reason of a sign-in, a mark is for people, a control character is
 * shown as another, an entry that is not taken has a reason of its own, a message that is here is known, of what is
 * untold a device says nothing, and who is no successor is nobody: no faults of a call.
 */
const REASONS = new Set([
  'mismatch',
  'expired',
  'changed',
  'replaced',
  'conflict',
  'known',
  'attachment',
  'address',
  'untold',
  'nobody',
]);

interface Row {
  readonly attack: string;
  readonly codes: readonly string[];
  readonly rules: readonly string[];
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

function rows(): readonly Row[] {
  const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
  const [, table = ''] = text.split('## Attacks that are tried');
  const lines = (table.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => {
    const [attack = '', codes = '', rules = '', tests = ''] = line.slice(2, -2).split(' | ');
    return {
      attack,
      codes: [...codes.matchAll(/`(\w+)`/g)].map(([, code = '']) => code),
      rules: rules.split(', '),
      tests: tests.split('<br>').map((each) => {
        const [, file = '', title = ''] = /^`([^`]+)` (.+)$/.exec(each) ?? [];
        return { file, title };
      }),
    };
  });
}

test('[G10] the table of attacks names codes, rules and tests that there are', () => {
  const spec = readFileSync(join(ROOT, 'SPEC.md'), 'utf8');
  for (const { attack, codes, rules, tests } of rows()) {
    assert.ok(codes.length > 0, attack);
    for (const code of codes) assert.ok(code in FAULTS || REASONS.has(code), `${attack}: ${code}`);
    for (const rule of rules) assert.ok(spec.includes(`- **${rule}**`), `${attack}: ${rule}`);
    const cited = new Set<string>();
    for (const { file, title } of tests) {
      assert.ok(existsSync(join(ROOT, file)), `${attack}: ${file}`);
      const source = readFileSync(join(ROOT, file), 'utf8');
      const at = source.indexOf(`] ${title}`);
      assert.ok(at > 0, `${attack}: no test of ${file} is called "${title}"`);
      for (const rule of source.slice(source.lastIndexOf('[', at) + 1, at).split(', ')) cited.add(rule);
    }
    for (const rule of rules) assert.ok(cited.has(rule), `${attack}: no test of ${rule} is named`);
  }
});

test('[G10] every attack that was asked for has a row', () => {
  const attacks = rows().map(({ attack }) => attack);
  for (const word of ASKED)
    assert.ok(
      attacks.some((attack) => attack.includes(word)),
      word,
    );
});
