/** The people of a node from the command line (SPEC Z19), on a node that takes nobody without an invitation. */

import { deepEqual, equal, match } from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Cli, type Values } from './support/cli.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');
let cli: Cli;
let url: string;

before(async () => {
  cli = new Cli([process.execPath, MAIN]);
  const flags = ['--port', '0', '--signup', 'invited', '--accounts', '10'];
  const { said } = await cli.serve(cli.path('data'), flags);
  url = said.url;
  await cli.ok(['login', String(said.setup), '--name', 'Ada']);
});

after(() => cli[Symbol.asyncDispose]());

async function one(words: readonly string[], home = 'ada'): Promise<Values> {
  const [value = {}] = await cli.json(words, { home });
  return value;
}

async function letIn(name: string, by: string, quota: number): Promise<void> {
  const { link } = await one(['accounts', 'invite', name, '--quota', String(quota)], by);
  match(String(link), /#account=[\w-]{86}$/u);
  const said = await one(['login', String(link)], name.toLowerCase());
  equal(said['name'], name, 'what she was called is her name until she chooses another');
}

test('[Z19] people are let in by links, and let others in as far as they were given', async () => {
  equal((await cli.run(['login', url, '--name', 'Nobody'], { home: 'nobody' })).exit, 4);
  await letIn('Bea', 'ada', 3);
  await letIn('Cleo', 'bea', 1);
  const again = await one(['accounts', 'invite', 'Dora'], 'bea');
  equal((await cli.run(['login', String(again['link'])], { home: 'bea' })).exit, 6, 'she has an account');
  match(
    await cli.ok(['accounts', 'tree']),
    /^Ada \(admin, may let in 6\)\n {2}Bea \(there, may let in 0\)\n {4}Cleo/u,
  );
  const full = await cli.run(['accounts', 'invite', 'Eve'], { home: 'bea' });
  equal(full.exit, 7);
  match(full.err, /1 accounts are needed, 0 may still be made/u);
  await cli.ok(['accounts', 'give', 'Bea', '2']);
  equal((await one(['accounts', 'take', 'Bea', '1']))['quota'], 1);
  match(await cli.ok(['accounts', 'list'], { home: 'bea' }), /You were let in by Ada\./u);
});

test('[Z19] who is removed is told, and comes back when she is restored', async () => {
  const seen = await one(['accounts', 'remove', 'Bea', '--all', '--preview']);
  deepEqual([seen['people'], seen['links']], [2, 1]);
  await cli.ok(['accounts', 'remove', 'Bea', '--all', '--reason', 'a quarrel']);
  equal((await cli.run(['whoami'], { home: 'cleo' })).exit, 4);
  match(await cli.ok(['accounts', 'tree']), /Bea \(removed by Ada/u);
  await cli.ok(['accounts', 'restore', 'Bea']);
  match(await cli.ok(['whoami'], { home: 'cleo' }), /Cleo/u);
  const { rows } = await one(['accounts', 'audit']);
  const kinds = Array.isArray(rows)
    ? rows.map((row: Values) => `${String(row['kind'])} ${String(row['holds'])}`)
    : [];
  deepEqual(kinds.slice(0, 4), ['restore true', 'remove true', 'take true', 'give true']);
  match(await cli.ok(['accounts', 'audit']), /and all below: a quarrel/u);
});

test('[Z19] a name that nobody has is told with the nearest', async () => {
  const { exit, err } = await cli.run(['accounts', 'remove', 'Beo']);
  equal(exit, 3);
  match(err, /Did you mean `Bea`\?/u);
});
