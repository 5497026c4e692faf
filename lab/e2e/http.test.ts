/** The page about calls over HTTP: its example runs as it is printed, and it lists what a node answers (SPEC O8). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { httpCalls } from '../../server/src/node/http-calls.ts';
import { EXIT_CODES } from '../../server/src/cli/output.ts';
import { Cli, type Values } from './support/cli.ts';
import { run } from './support/node.ts';

const root = join(import.meta.dirname, '../..');
const MAIN = join(root, 'server/src/cli/main.ts');
/** That of the first example of RFC 8032. */
const ANOTHER_KEY = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
const page = readFileSync(join(root, 'docs/http.md'), 'utf8');
const listed = [...page.matchAll(/^### `POST \/v1\/(\w+)`$/gm)].map(([, name]) => must(name, 'a name'));

async function one(cli: Cli, words: readonly string[]): Promise<Values> {
  const [value] = await cli.json(words, { home: 'ada' });
  return must(value, words.join(' '));
}

test('[O8] the example on the page does at a node what it says, and a blessing of another key does not', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat']);
  const source = must(/```js\n([\s\S]*?)```/.exec(page)?.[1], 'the page has a program');
  await writeFile(cli.path('program.mjs'), source);
  const program = (...words: string[]): Promise<string> =>
    run(['node', cli.path('program.mjs'), ...words], { cwd: cli.path('.') });
  const key = (await program()).trim();
  const { blessing } = await one(cli, ['bless', '--', key]);
  const { site, logs } = await one(cli, ['ids', 'Garden']);
  const log = must(Object.entries(Object(logs)).find(([name]) => name === 'chat')?.[1], 'the log');
  const out = await program(said.url, String(blessing), String(site), String(log));
  assert.match(
    out,
    /^for Ada, [0-9a-f]{16}\nclaim: ok, number 1\nlease: until .*Z, key epoch 1\nlogged out\n$/,
  );
  const { blessing: foreign } = await one(cli, ['bless', ANOTHER_KEY]);
  await assert.rejects(program(said.url, String(foreign), String(site), String(log)), /login: badProof/);
});

test('[O8] a blessing is for a key, a day at most, and for what it says', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  for (const words of [
    ['bless', 'short'],
    ['bless', 'A'.repeat(43)],
    ['bless', ANOTHER_KEY, '--until', '2090-01-01'],
    ['bless', ANOTHER_KEY, '--until', '2020-01-01'],
    ['bless', ANOTHER_KEY, '--permissions', 'all'],
  ]) {
    const { exit } = await cli.run(words, { home: 'ada' });
    assert.notEqual(exit, EXIT_CODES.done, words.join(' '));
  }
});

test('[O9] at a terminal, an admin says which pages may use a site', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat']);
  const now = async (...words: string[]): Promise<unknown> =>
    (await one(cli, ['origins', 'Garden', ...words])).origins;
  assert.deepEqual(await now(), []);
  const both = ['https://a.example', 'http://localhost:3000'];
  assert.deepEqual(await now(...both), both);
  assert.deepEqual(await now(), both);
  const { exit } = await cli.run(['origins', 'Garden', 'a.example'], { home: 'ada' });
  assert.notEqual(exit, EXIT_CODES.done);
  assert.deepEqual(await now('--any'), []);
});

test('[O8] the page lists every call that a node answers, and no other', async () => {
  assert.deepEqual(listed.toSorted(), Object.keys(httpCalls).toSorted());
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  const code = async (name: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${said.url}/v1/${name}`, { method: 'POST', headers, body: '{}' });
    return answer.ok ? 'ok' : ((await answer.json()) as { code: string }).code;
  };
  for (const name of listed) {
    const expected = httpCalls[name]?.shows === 'nothing' ? 'ok' : /unauthorized|badProof/;
    assert.match(String(await code(name)), new RegExp(expected), name);
  }
  for (const name of ['signup', 'attest', 'devices', 'constructor', 'lease/x', ''])
    assert.equal(await code(name), 'unknown', name);
});
