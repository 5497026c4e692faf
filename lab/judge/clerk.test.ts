import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgement, type Verdict } from './clerk.ts';
import { judges } from './judges.ts';

async function judged(program: string): Promise<Verdict & { readonly said: readonly string[] }> {
  const said: string[] = [];
  const verdict = await judgement([process.execPath, '-e', program], (line) => said.push(line));
  return { ...verdict, said };
}

test('[G9] the count of a judge is its last line, and what it compared is passed on', async () => {
  const { said, ...verdict } = await judged('console.log("vectors: 3"); console.log("3 passed, 0 failed")');
  assert.deepEqual(verdict, { passed: 3, failed: 0, why: null });
  assert.deepEqual(said, ['vectors: 3']);
  const failing = await judged('console.log("1 passed, 2 failed"); process.exitCode = 1');
  assert.deepEqual([failing.passed, failing.failed, failing.why], [1, 2, null]);
});

test('[G9] a judge that crashes, is silent, compares nothing or contradicts itself has failed, and it is said why', async () => {
  const cases = [
    ['console.log("3 vectors"); throw new Error("no Go")', /without its count \(exit 1\)/],
    ['', /without its count \(exit 0\)/],
    ['console.log("0 passed, 0 failed")', /compared nothing/],
    ['console.log("3 passed, 0 failed"); process.exitCode = 3', /no failure, but: exit 3/],
    ['console.log("3 passed, 0 failed"); console.log("and then")', /without its count/],
    ['process.kill(process.pid, "SIGKILL")', /ended by SIGKILL/],
  ] as const;
  for (const [program, why] of cases) {
    const verdict = await judged(program);
    assert.deepEqual([verdict.passed, verdict.failed], [0, 1], program);
    assert.match(verdict.why ?? '', why);
  }
  const absent = await judgement(['/nowhere/judge'], () => {});
  assert.match(absent.why ?? '', /did not start/);
});

test('[G9] every judge is in the list, and CONTRIBUTING.md lists them', () => {
  const page = readFileSync(join(import.meta.dirname, '../../CONTRIBUTING.md'), 'utf8');
  const listed = page.split('\n').filter((line) => line.startsWith('| `npm run judge -- '));
  assert.deepEqual(
    listed,
    judges.map(({ name, compares }) => `| \`npm run judge -- ${name}\` | ${compares} |`),
  );
  const commands = readdirSync(import.meta.dirname).filter((file) => {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) return false;
    const opening = readFileSync(join(import.meta.dirname, file), 'utf8').slice(0, 80);
    return opening.includes('`npm run judge -- ') && file !== 'main.ts';
  });
  assert.deepEqual(commands.toSorted(), judges.map(({ name }) => `${name}.ts`).toSorted());
});
