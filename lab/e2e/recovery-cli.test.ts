/**
 * Recovery and resets from the command line, by processes that share nothing but nodes: the PIN comes by
 * standard input and appears nowhere (SPEC P11), and who has lost everything comes back as another key (P12).
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { weaknessesOf } from 'copse/internal/client/recovery-pin.ts';
import { startNode, type NodeChild } from './support/node.ts';

const PIN = '604823';
const scratch = mkdtempSync(join(tmpdir(), 'copse-recovery-cli-'));
const nodes: NodeChild[] = [];
const node = (n: number): NodeChild => must(nodes[n], 'a node');

before(async () => {
  for (const name of ['one', 'two']) nodes.push(await startNode(join(scratch, name)));
});

after(async () => {
  for (const each of nodes) await each.kill();
  rmSync(scratch, { recursive: true });
});

interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  json(): Readonly<Record<string, unknown>>;
  rows(): readonly Readonly<Record<string, string>>[];
}

/** Runs the program as a person with a home of her own. */
async function copse(home: string, words: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, ['server/src/cli/main.ts', '--json', ...words], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, COPSE_HOME: join(scratch, home), HOME: join(scratch, home) },
    stdio: 'pipe',
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.end(input);
  await once(child, 'close');
  const json = () => JSON.parse(out);
  return { exit: child.exitCode ?? -1, out, err, json, rows: json };
}

async function done(home: string, words: readonly string[], input = ''): Promise<Ended> {
  const ended = await copse(home, words, input);
  assert.equal(ended.exit, 0, `${words.join(' ')}: ${ended.out}${ended.err}`);
  return ended;
}

test('[P11] weak PINs are told as such, and too short ones are none', () => {
  const expected: Readonly<Record<string, readonly string[] | null>> = {
    '604823': [],
    'correct horse': [],
    '123': null,
    ' 12 ': null,
    '1234': ['short', 'sequence'],
    '1111': ['short', 'repeated', 'date'],
    '１１１１': ['short', 'repeated', 'date'],
    '121212': ['repeated', 'date'],
    '1984': ['short', 'date'],
    '241290': ['date'],
    '19901224': ['date'],
    '2580': ['short', 'common'],
    qwerty: ['sequence'],
    '987654': ['sequence'],
  };
  for (const [pin, weaknesses] of Object.entries(expected))
    assert.deepEqual(weaknessesOf(pin), weaknesses, pin);
});

test('[P11] the PIN is read from standard input, twice when it is new, and shown by nobody', async () => {
  await done('ada', ['login', node(0).setup, '--name', 'Ada']);
  await done('bea', ['login', node(1).setup, '--name', 'Bea']);
  const granted = await done('bea', ['recovery', 'grant']);
  const realms = [node(0).url, String(granted.json()['link'])];
  const differs = await copse('ada', ['recovery', 'set-up', ...realms], `${PIN}\n111111\n`);
  assert.equal(differs.exit, 2, differs.out);
  const silent = await copse('ada', ['recovery', 'set-up', ...realms]);
  assert.equal(silent.exit, 2, silent.out);
  const made = await done('ada', ['recovery', 'set-up', ...realms], `${PIN}\n${PIN}\n`);
  for (const { out, err } of [differs, made]) assert.ok(!`${out}${err}`.includes(PIN));
  assert.equal(made.json()['threshold'], 2);
  const code = String(made.json()['code']);
  const [row] = (await done('ada', ['recovery', 'status'])).rows();
  assert.equal(row?.['url'], node(0).url);
  const wrong = await copse('ada anew', ['recovery', 'recover', code], '111111\n');
  assert.equal(wrong.exit, 4);
  assert.deepEqual([wrong.json()['kind'], wrong.json()['triesLeft']], ['wrongPin', 9]);
  const back = await done('ada anew', ['recovery', 'recover', code], `${PIN}\n`);
  const [before_, now] = [await done('ada', ['whoami']), await done('ada anew', ['whoami'])];
  assert.equal(now.json()['user'], before_.json()['user']);
  assert.equal(back.json()['user'], now.json()['user']);
  await done('ada anew', ['recovery', 'remove']);
  const gone = await copse('ada anew', ['recovery', 'recover', code], `${PIN}\n`);
  assert.equal(gone.exit, 5, gone.out);
});

test('[P12] who has lost everything comes back with a new key, reads the site again and keeps her name', async () => {
  await done('ada', ['site', 'found', 'Our garden', '--log', 'chat']);
  await done('ada', ['write', 'Our garden', 'chat', 'hello']);
  const invited = await done('ada', ['invite', 'Our garden']);
  const link = String(invited.json()['link']);
  await done('cleo', ['join', link, '--name', 'Cleo']);
  const was = String((await done('cleo', ['whoami'])).json()['user']);

  const at = ['--node', node(0).url];
  const asked = await done('cleo anew', [...at, 'recovery', 'reset-request', was, '--words', 'It is me.']);
  const { request, code } = asked.json();
  assert.ok(typeof request === 'string' && typeof code === 'string');
  const unsure = await copse('ada', ['recovery', 'reset-approve', request, '--code', 'AAAA-AAAA']);
  assert.equal(unsure.exit, 4, unsure.out);
  const [row] = (await done('ada', ['recovery', 'reset-approve'])).rows();
  assert.deepEqual([row?.['request'], row?.['name'], row?.['code']], [request, 'Cleo', code]);
  await done('ada', ['recovery', 'reset-approve', request, '--code', code]);
  const state = await done('cleo anew', [...at, 'recovery', 'reset-state', request]);
  assert.equal(state.json()['state'], 'approved');

  const old = await copse('cleo', ['whoami']);
  assert.equal(old.exit, 4, old.out);
  const anew = await done('cleo anew', [...at, 'login']);
  assert.equal(anew.json()['name'], 'Cleo');
  assert.notEqual(anew.json()['user'], was);
  assert.equal((await copse('cleo anew', ['tail', 'Our garden', 'chat'])).exit, 3, 'not in the site yet');

  const [waiting] = (await done('ada', ['recovery', 'pending', 'Our garden'])).rows();
  assert.deepEqual([waiting?.['was'], waiting?.['code']], [was, code]);
  const user = String(waiting?.['user']);
  const swapped = await copse('ada', ['recovery', 'readmit', 'Our garden', user, 'AAAA-AAAA']);
  assert.equal(swapped.exit, 4, swapped.out);
  await done('ada', ['recovery', 'readmit', 'Our garden', user, code]);
  await done('cleo anew', ['recovery', 'rejoin']);
  assert.match((await done('cleo anew', ['tail', 'Our garden', 'chat'])).out, /hello/);
});
