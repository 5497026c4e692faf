/** Each tidy check finds what it is for and passes what is right: a check that cannot fail proves nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAmbient, checkBanned } from './banned.ts';
import { checkCycles, checkLayers } from './layers.ts';
import { checkDecisions, checkLeaks, checkLock, checkVersions, readManifest } from './packages.ts';
import { checkRules, checkTitles } from './rules.ts';
import { checkFileSize, checkFunctionSizes } from './sizes.ts';
import { parse } from './source.ts';

/** How many findings `check` has on one text under one path. */
function count(
  check: (source: ReturnType<typeof parse>) => readonly string[],
  path: string,
  text: string,
): number {
  return check(parse(path, text)).length;
}

test('[G1] imports upward, sideways, of types and of packages are found', () => {
  const wrong: readonly (readonly [path: string, specifier: string])[] = [
    ['core/src/base/a.ts', '../wire/shape.ts'],
    ['core/src/wire/a.ts', '../crypto/hash.ts'],
    ['core/src/log/a.ts', 'some-package'],
    ['core/src/client/a.ts', 'node:fs'],
    ['core/src/client/a.ts', '../index.ts'],
    ['core/src/client/a.ts', './b.test.ts'],
    ['core/src/client/a.ts', '../../../server/src/store/sqlite.ts'],
    ['server/src/tail/a.ts', '../auth/session.ts'],
    ['server/src/store/a.ts', '../node/config.ts'],
    ['server/src/cli/a.ts', '../../../lab/sim/main.ts'],
    ['core/src/client/a.ts', 'copse-yjs'],
    ['yjs/src/a.ts', '../../lab/sim/main.ts'],
    ['yjs/src/a.ts', 'copse-server'],
    ['yjs/src/a.ts', 'copse/internal/base/fault.ts'],
  ];
  for (const [path, specifier] of wrong) {
    assert.equal(count(checkLayers, path, `import '${specifier}';`), 1, `${path} ${specifier}`);
    assert.equal(
      count(checkLayers, path, `import type { A } from '${specifier}';`),
      1,
      `type: ${path} ${specifier}`,
    );
    assert.equal(
      count(checkLayers, path, `type A = import('${specifier}').A;`),
      1,
      `type of: ${path} ${specifier}`,
    );
    assert.equal(count(checkLayers, path, `export * from '${specifier}';`), 1, `again: ${path} ${specifier}`);
    assert.equal(count(checkLayers, path, `await import('${specifier}');`), 1, `late: ${path} ${specifier}`);
  }
  assert.equal(count(checkLayers, 'core/src/novel/a.ts', ''), 1);
});

test('[G1] imports downward and within a folder are right, and tests stand outside', () => {
  const right: readonly (readonly [path: string, specifier: string])[] = [
    ['core/src/wire/a.ts', '../base/fault.ts'],
    ['core/src/wire/a.ts', './b.ts'],
    ['core/src/crypto/a.ts', '@noble/curves'],
    ['core/src/native/a.ts', 'node:crypto'],
    ['server/src/tail/a.ts', 'copse/internal/wire/shape.ts'],
    ['server/src/tail/a.ts', 'node:fs'],
    ['server/src/node/a.ts', '../auth/session.ts'],
    ['lab/sim/a.ts', '../../server/src/cli/main.ts'],
    ['yjs/src/a.ts', 'copse'],
    ['web/src/a.ts', 'copse-yjs'],
    ['core/src/wire/a.test.ts', '../native/primitives.ts'],
  ];
  for (const [path, specifier] of right) {
    assert.equal(count(checkLayers, path, `import '${specifier}';`), 0, `${path} ${specifier}`);
  }
});

test('[G1] a circle is found at run time and not in types', () => {
  const files = (kind: string) => [
    parse('server/src/node/a.ts', `import { b } from './b.ts';`),
    parse('server/src/node/b.ts', `import { c } from './c.ts';`),
    parse('server/src/node/c.ts', `import ${kind} { a } from './a.ts';`),
    parse('server/src/node/d.ts', `import { a } from './a.ts';`),
  ];
  const [circle = '', ...more] = checkCycles(files(''));
  assert.equal(more.length, 0);
  for (const name of ['a.ts', 'b.ts', 'c.ts']) assert.ok(circle.includes(name));
  assert.ok(!circle.includes('d.ts'));
  assert.deepEqual(checkCycles(files('type')), []);
  assert.equal(checkCycles([parse('lab/a.ts', `import './a.ts';`)]).length, 1);
});

test('[G1] the ambient clock, timers, chance, Buffer and process are found in core', () => {
  const ambient = [
    'Date.now()',
    'new Date()',
    'Date()',
    'performance.now()',
    'setTimeout(f, 1)',
    'const later = setInterval',
    'globalThis.setTimeout(f)',
    'Math.random()',
    'Buffer.from(a)',
    'let a: Buffer',
    'process.env',
    'const o = { process }',
    'queueMicrotask(() => setImmediate(f))',
  ];
  for (const text of ambient) {
    assert.ok(count(checkAmbient, 'core/src/client/a.ts', text) > 0, text);
    assert.equal(count(checkAmbient, 'core/src/base/env.ts', text), 0, text);
    assert.equal(count(checkAmbient, 'core/src/native/a.ts', text), 0, text);
    assert.equal(count(checkAmbient, 'server/src/tail/a.ts', text), 0, text);
  }
  const innocent = [
    'new Date(5)',
    'worker.process(a)',
    'const o = { process: 1 }',
    'class A { setTimeout() {} }',
    'Math.min(1, 2)',
  ];
  for (const text of innocent) assert.equal(count(checkAmbient, 'core/src/client/a.ts', text), 0, text);
});

test('[G3] a line too many is found in files, tests and functions', () => {
  assert.equal(checkFileSize('core/src/a.ts', 'a\n'.repeat(400)).length, 0);
  assert.equal(checkFileSize('core/src/a.ts', 'a\n'.repeat(401)).length, 1);
  assert.equal(checkFileSize('core/src/a.test.ts', 'a\n'.repeat(600)).length, 0);
  assert.equal(checkFileSize('core/src/a.test.ts', 'a\n'.repeat(601)).length, 1);
  assert.equal(checkFileSize('lab/suites/a.suite.ts', 'a\n'.repeat(600)).length, 0);

  const lines = (count: number): string => `() => {${'\n;'.repeat(count - 2)}\n}`;
  assert.equal(count(checkFunctionSizes, 'core/src/a.ts', `const f = ${lines(60)};`), 0);
  assert.equal(count(checkFunctionSizes, 'core/src/a.ts', `const f = ${lines(61)};`), 1);
  assert.equal(
    count(
      checkFunctionSizes,
      'core/src/a.ts',
      `// long: a table reads better whole\nconst f = ${lines(61)};`,
    ),
    0,
  );
  assert.equal(count(checkFunctionSizes, 'core/src/a.ts', `// long:\nconst f = ${lines(61)};`), 1);
  const list = `describe('a', () => {\n${`test('b', ${lines(40)});\n`.repeat(3)}});`;
  assert.equal(count(checkFunctionSizes, 'core/src/a.test.ts', list), 0);
  assert.equal(count(checkFunctionSizes, 'core/src/a.ts', list), 1);
});

test('[G4] rules without a test, tests of no rule and rules that stand twice are found', () => {
  const spec = '- **Z1** First.\n- **Z2** Second.\nA line about **Z3** is no rule.\n';
  const cites = (title: string) => parse('core/src/a.test.ts', `test(${title}, () => {});`);
  assert.deepEqual(checkRules(spec, [cites(`'[Z1, Z2] both'`)]), []);
  assert.deepEqual(checkRules(spec, [cites(`'[Z1] one'`)]), ['SPEC.md Z2 is cited by no test']);
  assert.deepEqual(checkRules(spec, [cites('`[Z1,Z2] on ${runtime}`')]), []);
  assert.equal(checkRules(spec, [cites(`'[Z1, Z2, Z3] three'`)]).length, 1);
  assert.equal(
    checkRules(spec, [parse('core/src/a.ts', `test('[Z1, Z2] not a test file', () => {});`)]).length,
    2,
  );
  assert.equal(checkRules(`${spec}- **Z1** Again.\n`, [cites(`'[Z1, Z2] both'`)]).length, 1);
});

test('[G4] a title without a rule is found, unless its group has one', () => {
  assert.equal(count(checkTitles, 'lab/a.test.ts', `test('adds', () => {});`), 1);
  assert.equal(count(checkTitles, 'lab/a.test.ts', `test('[Q1] adds', () => {});`), 0);
  assert.equal(
    count(checkTitles, 'lab/a.test.ts', `describe('[Q1] sums', () => { test('adds', () => {}); });`),
    0,
  );
  assert.equal(
    count(checkTitles, 'lab/a.test.ts', `describe('sums', () => { test('adds', () => {}); });`),
    1,
  );
  assert.equal(count(checkTitles, 'lab/a.test.ts', 'test(row.title, () => {});'), 0);
  assert.equal(count(checkTitles, 'lab/a.test.ts', 'test(`${rule} adds`, () => {});'), 0);
  assert.equal(count(checkTitles, 'lab/a.test.ts', `/x/.test('adds'); pattern.test('adds');`), 0);
});

test('[G7] tests that are singled out or skipped without a reason are found', () => {
  const wrong = [
    `test.only('a', f)`,
    `describe.skip('a', f)`,
    `test.todo('a')`,
    `test('a', { only: true }, f)`,
    `test('a', { skip: true }, f)`,
    `test('a', { skip: '' }, f)`,
    `test('a', (t) => { t.skip(); })`,
  ];
  for (const text of wrong) assert.equal(count(checkBanned, 'lab/a.test.ts', text), 1, text);
  const right = [
    `test('a', { skip: 'no browser here' }, f)`,
    `test('a', { skip: reason }, f)`,
    `test('a', (t) => { t.skip('no browser here'); })`,
    'list.skip(3)',
  ];
  for (const text of right) assert.equal(count(checkBanned, 'lab/a.test.ts', text), 0, text);
});

test('[G8] silenced errors, default exports, exits and nameless columns are found', () => {
  const star = ['select', '*'].join(' ');
  const orIgnore = ['or', 'IGNORE'].join(' ');
  const wrong = [
    '// oxlint-disable-next-line typescript/no-explicit-any\na();',
    '/* eslint-disable */',
    '// @ts-ignore\na();',
    '/* @ts-nocheck */',
    '// @ts-expect-error\na();',
    'export default 1;',
    'process.exit(1);',
    `db.query('${star.toUpperCase()} FROM a');`,
    `db.query(\`${star}\nfrom a\`);`,
    `db.query('INSERT ${orIgnore} INTO a (b) VALUES (1)');`,
  ];
  for (const text of wrong) assert.equal(count(checkBanned, 'server/src/tail/a.ts', text), 1, text);
  const right = [
    'let any = 1;',
    '// @ts-expect-error a text is no key\na();',
    'process.exitCode = 1;',
    `db.query('SELECT a FROM b');`,
  ];
  for (const text of right) assert.equal(count(checkBanned, 'server/src/tail/a.ts', text), 0, text);
  assert.equal(count(checkBanned, 'server/src/cli/main.ts', 'process.exit(1);'), 0);
  assert.equal(count(checkBanned, 'web/vite.config.ts', 'export default {};'), 0);
});

test('[G8] versions that are not exact and dependencies without a decision are found', () => {
  const manifest = readManifest(
    'a/package.json',
    JSON.stringify({
      name: 'a',
      dependencies: { b: '1.2.3', c: '^1.2.3', d: '1.0.0-build1' },
      devDependencies: { '@x/e': '*' },
    }),
  );
  assert.deepEqual(checkVersions([manifest]), [
    'a/package.json c ^1.2.3 is not exact',
    'a/package.json @x/e * is not exact',
  ]);
  const decisions = 'We take `b` and `c` because; e is not in quotes.';
  assert.equal(checkDecisions([manifest], decisions).length, 2);
  assert.equal(checkDecisions([manifest], `${decisions} \`d\` and \`@x/e\` too.`).length, 0);
});

test('[N10] a binary that is missing from the lock file is found', () => {
  const tool = { optionalDependencies: { '@tool/linux': '1.0.0', '@tool/mac': '1.0.0' } };
  const whole = {
    'node_modules/tool': tool,
    'node_modules/@tool/linux': {},
    'node_modules/@tool/mac': {},
    'node_modules/a/node_modules/tool': tool,
  };
  assert.deepEqual(checkLock({ packages: whole }), []);
  const { 'node_modules/@tool/mac': mac, ...rest } = whole;
  assert.equal(checkLock({ packages: rest }).length, 2);
  assert.deepEqual(checkLock({ packages: { 'node_modules/tool': { ...tool, optional: true } } }), []);
  assert.equal(checkLock({ packages: { ...rest, 'node_modules/a/node_modules/@tool/mac': mac } }).length, 1);
});

test('[G8] `using` is found in what browsers run, and nowhere else', () => {
  for (const text of ['using a = b();', 'async () => { await using a = b(); };']) {
    assert.equal(count(checkBanned, 'core/src/client/a.ts', text), 1);
    assert.equal(count(checkBanned, 'web/src/worker/a.ts', text), 1);
    for (const path of ['core/src/client/a.test.ts', 'core/src/native/a.ts', 'server/src/node/a.ts'])
      assert.equal(count(checkBanned, path, text), 0);
  }
});

test('[G8] paths of one machine and hosts of registries are found', () => {
  const folder = ['', 'work', 'main'].join('/');
  assert.deepEqual(checkLeaks('a.md', `first\nsee ${folder} there`), ['a.md:2 names a path of one machine']);
  assert.equal(checkLeaks('a.md', ['https:/', 'registry.npmjs.example', 'a'].join('/')).length, 1);
  assert.equal(checkLeaks('a.md', 'how teams/work/together, https://copse.example/a').length, 0);
});
