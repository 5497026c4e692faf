/** Devices from the command line (SPEC D7): one lets another in by code and by picture, names it, revokes it. */

import { equal, match, notEqual, ok } from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { Cli, type Running, type Values } from './support/cli.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');
/** A passphrase is slow on purpose, for every command. */
const SLOW = { timeout: 60_000 };
let cli: Cli;
let url: string;
let user: unknown;

before(async () => {
  cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0', '--signup', 'open']);
  url = said.url;
  const [me] = await cli.json(['login', url, '--name', 'Ada', '--device-name', 'laptop']);
  user = me?.['user'];
});

after(() => cli[Symbol.asyncDispose]());

async function values(running: Running, count: number): Promise<readonly Values[]> {
  await running.until(() => running.lines.length >= count);
  return running.lines.map((line) => JSON.parse(line) as Values);
}

function add(home: string): Running {
  return cli.start(['--json', 'device', 'add', url, '--device-name', home], { home });
}

test('[D7] a device is let in by its code and the digits that both show', async () => {
  const adding = add('phone');
  const [shown = {}] = await values(adding, 1);
  match(String(shown['code']), /^[0-9A-Z]{4}-[0-9A-Z]{4}$/u);
  const approving = cli.start(['--json', 'device', 'approve', String(shown['code'])]);
  const digits = String((await values(adding, 2))[1]?.['digits']);
  match(digits, /^\d{3} \d{3}$/u);
  approving.child.stdin?.end(`${digits}\n`);
  equal((await approving.ended).exit, 0);
  adding.child.stdin?.end('yes\n');
  equal((await adding.ended).exit, 0);
  const said = (await values(adding, 3))[2];
  equal(said?.['user'], user);
  equal((await cli.json(['whoami'], { home: 'phone' }))[0]?.['user'], user);
});

test('[D7] a device is let in by its picture, and nothing is compared', async () => {
  const adding = add('tablet');
  const [shown = {}] = await values(adding, 1);
  const [approved] = await cli.json(['device', 'approve', String(shown['link'])]);
  equal(approved?.['scanned'], true);
  equal((await adding.ended).exit, 0);
  equal((await values(adding, 2))[1]?.['user'], user);
});

test('[D2, D7] wrong digits let nobody in, and both are told', async () => {
  const adding = add('stranger');
  const [shown = {}] = await values(adding, 1);
  const approving = cli.start(['device', 'approve', String(shown['code']), '--digits', 'none']);
  const { exit, err } = await approving.ended;
  equal(exit, 4);
  match(err, /other digits/u);
  adding.child.stdin?.end('yes\n');
  notEqual((await adding.ended).exit, 0);
});

test('[D7] people see the picture, the code and what to do with them', async () => {
  const adding = cli.start(['device', 'add', url], { home: 'reader' });
  await adding.until((out) => out.includes('It waits until'));
  match(adding.out, /[▀▄█]{8}/u);
  match(adding.out, /\n {4}[0-9A-Z]{4}-[0-9A-Z]{4}\n/u);
  await adding.kill('SIGINT');
});

test('[D7] where somebody is signed in already, nobody else is let in', async () => {
  const { exit, err } = await cli.run(['device', 'add', url]);
  equal(exit, 6);
  match(err, /signed in here already/u);
});

test('[D6, D7] a device is named, its revocation previewed and done', async () => {
  await cli.ok(['site', 'found', 'Garden']);
  await cli.ok(['device', 'rename', 'tablet', 'old tablet']);
  const rows = must((await cli.json(['device', 'list']))[0], 'the list') as unknown as readonly Values[];
  ok(rows.some(({ name }) => name === 'old tablet'));
  match(await cli.ok(['device', 'revoke', 'old tablet', '--preview']), /Garden: a new key for 1 members/u);
  const kept = await cli.run(['device', 'revoke', 'old tablet'], { stdin: 'no\n' });
  equal(kept.exit, 4);
  match(kept.err, /Garden/u);
  const [gone] = await cli.json(['device', 'revoke', 'old tablet', '--yes']);
  equal(gone?.['revoked'], true);
  const after = await cli.run(['whoami'], { home: 'tablet' });
  equal(after.exit, 4);
  equal((await cli.run(['device', 'revoke', 'old tablet', '--yes'])).exit, 3);
});

test(
  '[D8] the keys of the command line are locked, opened and unlocked, and a wrong passphrase loses nothing',
  SLOW,
  async () => {
    const home = 'careful';
    const login = ['login', url, '--name', 'Cora', '--passphrase'];
    const short = await cli.run(login, { home, stdin: 'short\nshort\n' });
    equal(short.exit, 2);
    const [said] = await cli.json(login, { home, stdin: 'oak and ash\noak and ash\n' });
    const cora = said?.['user'];
    const closed = await cli.run(['whoami'], { home });
    equal(closed.exit, 4);
    match(closed.err, /COPSE_PASSPHRASE/u);
    const wrong = await cli.run(['whoami'], { home, env: { COPSE_PASSPHRASE: 'oak and elm' } });
    equal(wrong.exit, 4);
    match(wrong.err, /does not open them/u);
    const env = { COPSE_PASSPHRASE: 'oak and ash' };
    equal((await cli.json(['whoami'], { home, env }))[0]?.['user'], cora);
    await cli.ok(['lock'], { home, env, stdin: 'four words are better\nfour words are better\n' });
    equal((await cli.run(['whoami'], { home, env })).exit, 4);
    const now = { COPSE_PASSPHRASE: 'four words are better' };
    await cli.ok(['unlock'], { home, env: now });
    equal((await cli.json(['whoami'], { home }))[0]?.['user'], cora);
  },
);

test('[D8] keys that are made with a passphrase are locked from the beginning', SLOW, async () => {
  const env = { COPSE_PASSPHRASE: 'oak and ash' };
  await cli.ok(['login', url, '--name', 'Dora'], { home: 'dora', env });
  equal((await cli.run(['whoami'], { home: 'dora' })).exit, 4);
  await cli.ok(['whoami'], { home: 'dora', env });
});
