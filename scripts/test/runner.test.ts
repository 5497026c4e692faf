/** The runner itself, on files that hang, crash, leave a process behind or hold no test. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { runCheck } from './checks.ts';
import { type FileResult } from './file.ts';
import { type Group, groupsOf } from './groups.ts';
import { summaryOf } from './report.ts';
import { runAll } from './runner.ts';

const root = mkdtempSync(join(tmpdir(), 'copse-runner-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Writes the files and runs them as one group with short times. */
async function run(
  textByPath: Readonly<Record<string, string>>,
  times: Partial<Pick<Group, 'fileMsMax' | 'parallel' | 'isTriedAlone'>> & { readonly msMax?: number } = {},
): Promise<ReadonlyMap<string, FileResult>> {
  for (const [path, text] of Object.entries(textByPath)) writeFileSync(join(root, path), text);
  const group = {
    name: 'unit',
    paths: Object.keys(textByPath),
    parallel: 2,
    fileMsMax: 20_000,
    testMsMax: 10_000,
  };
  const results = await runAll({
    root,
    checks: [],
    groups: [{ ...group, ...times }],
    msMax: times.msMax ?? 60_000,
    signal: new AbortController().signal,
    print: () => {},
  });
  return new Map(results.map((result) => [result.path, result]));
}

/** Gone, or a zombie that nobody has waited for yet. */
function isDead(pid: number): boolean {
  if (existsSync('/proc/self/stat')) {
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || / Z /.test(readFileSync(stat, 'utf8'));
  }
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}

const NODE_TEST = `import { test, describe } from 'node:test';\nimport assert from 'node:assert/strict';\n`;

/** Fails the first time that it runs; NAME is its own. */
const SHY = `${NODE_TEST}
  import { existsSync, writeFileSync } from 'node:fs';
  test('TITLE', () => {
    const before = existsSync('NAME.seen');
    writeFileSync('NAME.seen', '');
    assert.ok(before);
  });
  test('never', () => assert.ok('NAME' !== 'wrong'));`;

const shy = (name: string, title = 'second time'): Record<string, string> => ({
  [`${name}.test.ts`]: SHY.replaceAll('NAME', name).replaceAll('TITLE', title),
});

test('[G7] a file that failed beside others counts as it does alone, where its group says so', async () => {
  const tried = await run({ ...shy('shy'), ...shy('wrong') }, { isTriedAlone: true, parallel: 1 });
  const counts = [...tried.values()].map(({ passed, failures }) => [passed, failures.length]);
  assert.deepEqual(counts, [
    [2, 0],
    [1, 1],
  ]);
  const lines = summaryOf([...tried.values()]).split('\n');
  assert.deepEqual(lines.slice(-2), ['files tried again alone: 2, failed again: 1', '3 passed, 1 failed']);
  assert.ok(lines.some((line) => line.startsWith('failed beside others: shy.test.ts > second time: ')));
  const once = await run(shy('strict'));
  assert.equal(once.get('strict.test.ts')?.failures.length, 1);
});

test('[G7] what is killed and fails has no second try, by the name of its file or its title', async () => {
  const tried = await run(
    {
      ...shy('shy-kill'),
      ...shy('crash'),
      ...shy('takeover'),
      ...shy('mixed', 'after it was killed all is there'),
    },
    { isTriedAlone: true },
  );
  assert.deepEqual(
    [...tried.values()].map(({ failures }) => failures.length),
    [1, 1, 1, 1],
  );
  const lines = summaryOf([...tried.values()]).split('\n');
  assert.deepEqual(lines.slice(-2), ['files tried again alone: 0, failed again: 0', '4 passed, 4 failed']);
});

test('[G7] passed, failed and skipped tests are counted by name, with the reason of a skip', async () => {
  const results = await run({
    'mixed.test.ts': `${NODE_TEST}
      test('good', () => {});
      describe('group', () => {
        test('bad', () => assert.equal(1, 2));
        test('early', { skip: 'no browser here' }, () => {});
        test('late', (t) => t.skip('no room'));
        test('other', { timeout: 20 }, (t, done) => done());
      });`,
  });
  const result = results.get('mixed.test.ts');
  assert.equal(result?.passed, 2);
  assert.deepEqual(
    result.failures.map((failure) => failure.name),
    ['group > bad'],
  );
  assert.deepEqual(result.skipped, [
    { name: 'group > early', reason: 'no browser here' },
    { name: 'group > late', reason: 'no room' },
  ]);
  const lines = summaryOf([result]).split('\n');
  assert.equal(lines.at(-1), '2 passed, 1 failed');
  assert.ok(lines.includes('skipped: mixed.test.ts > group > early: no browser here'));
  assert.ok(lines.some((line) => line.startsWith('failed: mixed.test.ts > group > bad: ')));
});

test('[G7] a hang, a crash, a broken import and an empty file each fail and stop no other', async () => {
  const results = await run(
    {
      'spin.test.ts': `${NODE_TEST} test('spins', () => { for (;;); });`,
      'exit.test.ts': `${NODE_TEST} test('fine', () => {}); process.exit(0);`,
      'crash.test.ts': `${NODE_TEST} test('dies', () => { process.kill(process.pid, 'SIGSEGV'); });`,
      'import.test.ts': `import './not-there.ts';`,
      'empty.test.ts': '',
      'late.test.ts': `${NODE_TEST} test('fine', () => {}); setTimeout(() => { throw new Error('late'); }, 0); test('waits', () => new Promise((done) => setTimeout(done, 50)));`,
      'good.test.ts': `${NODE_TEST} test('fine', () => {});`,
    },
    { fileMsMax: 2000 },
  );
  for (const [path, result] of results) {
    assert.equal(result.failures.length > 0, path !== 'good.test.ts', `${path} ${JSON.stringify(result)}`);
  }
  assert.match(results.get('spin.test.ts')?.failures[0]?.message ?? '', /did not end in time/);
  assert.match(results.get('crash.test.ts')?.failures[0]?.message ?? '', /SIGSEGV/);
  assert.equal(results.get('good.test.ts')?.passed, 1);
});

test('[G7] what a file leaves running goes with it', async () => {
  const note = join(root, 'pid');
  const results = await run({
    'leaves.test.ts': `${NODE_TEST}
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      test('leaves a sleeper', () => {
        const child = spawn('sleep', ['60'], { stdio: 'inherit' });
        child.unref();
        writeFileSync(${JSON.stringify(note)}, String(child.pid));
      });`,
  });
  assert.equal(results.get('leaves.test.ts')?.passed, 1);
  const pid = readFileSync(note, 'utf8');
  assert.match(pid, /^\d+$/);
  // A killed process is there until its parent has noticed.
  for (let tries = 0; tries < 200 && !isDead(Number(pid)); tries++) await setTimeout(10);
  assert.ok(isDead(Number(pid)), `process ${pid} is still there`);
});

test('[G7] files that the time does not reach are failed ones', async () => {
  const slow = `${NODE_TEST} test('slow', () => new Promise((done) => setTimeout(done, 400)));`;
  const results = await run({ 'one.test.ts': slow, 'two.test.ts': slow }, { parallel: 1, msMax: 300 });
  assert.equal(results.size, 2);
  assert.match(results.get('one.test.ts')?.failures[0]?.message ?? '', /did not end in time/);
  assert.match(results.get('two.test.ts')?.failures[0]?.message ?? '', /the time was up/);
});

test('[G7] a check fails by its exit code, by its last line and when it does not exist', async () => {
  const check = {
    name: 'c',
    program: 'bun',
    args: ['-e', 'console.log("5 seeds, 1 violations")'],
    msMax: 10_000,
  };
  assert.equal((await runCheck(root, check)).passed, 1);
  assert.equal((await runCheck(root, { ...check, lastLine: /, 0 violations$/ })).failures.length, 1);
  assert.equal((await runCheck(root, { ...check, args: ['-e', 'process.exitCode = 3'] })).failures.length, 1);
  assert.equal(
    (await runCheck(root, { ...check, args: ['-e', 'for (;;);'], msMax: 200 })).failures.length,
    1,
  );
  assert.equal((await runCheck(root, { ...check, program: 'not-there' })).failures.length, 1);
});

test('[G7] every test file of the repository belongs to one group, real processes to the last', () => {
  const paths = groupsOf(dirname(dirname(import.meta.dirname)), []).flatMap((group) => group.paths);
  assert.equal(new Set(paths).size, paths.length);
  assert.ok(paths.includes('scripts/test/runner.test.ts') && paths.includes('lab/tidy.test.ts'));
  assert.ok(paths.every((path) => !path.includes('node_modules') && !path.includes('/dist/')));

  for (const folder of ['core', 'yjs', 'server', 'web', 'web/e2e', 'scripts', 'lab/e2e/deep']) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'a.test.ts'), '');
  }
  writeFileSync(join(root, 'web', 'b.test.tsx'), '');
  writeFileSync(join(root, 'web', 'c.ts'), '');
  writeFileSync(join(root, 'web', 'e2e', 'node-b.test.ts'), '');
  writeFileSync(join(root, 'lab', 'e2e', 'keys-kill.test.ts'), '');
  const [unit, pages, real, alone] = groupsOf(root, []);
  assert.deepEqual(pages?.paths, ['web/e2e/a.test.ts']);
  assert.deepEqual(unit?.paths, [
    'core/a.test.ts',
    'yjs/a.test.ts',
    'server/a.test.ts',
    'web/a.test.ts',
    'web/b.test.tsx',
    'scripts/a.test.ts',
  ]);
  assert.deepEqual(real?.paths, ['web/e2e/node-b.test.ts', 'lab/e2e/deep/a.test.ts']);
  assert.deepEqual(alone?.paths, ['lab/e2e/keys-kill.test.ts']);
  assert.deepEqual(
    groupsOf(root, ['web/']).flatMap((group) => group.paths),
    ['web/a.test.ts', 'web/b.test.tsx', 'web/e2e/a.test.ts', 'web/e2e/node-b.test.ts'],
  );
});
