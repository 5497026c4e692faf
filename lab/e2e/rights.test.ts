/** Rights that people hand on, at a terminal and on a real node (SPEC section R). */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { EXIT_CODES } from '../../server/src/cli/output.ts';
import { Cli, type Values } from './support/cli.ts';

/** Some ten processes, each with keys to unlock. */
const SLOW = { timeout: 60_000 };
const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');

async function one(cli: Cli, words: readonly string[], home = 'ada'): Promise<Values> {
  const [value] = await cli.json(words, { home });
  assert.ok(value !== undefined);
  return value;
}

async function all(cli: Cli, words: readonly string[], home = 'ada'): Promise<readonly Values[]> {
  const [rows] = await cli.json(words, { home });
  assert.ok(Array.isArray(rows));
  return rows as readonly Values[];
}

/** Ada's garden, and Bea, Cleo who may read in it. */
async function garden(cli: Cli): Promise<void> {
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat', 'docs/plan', 'docs/todo']);
  for (const name of ['Bea', 'Cleo']) {
    const { link } = await one(cli, ['invite', 'Garden', '--permissions', 'read']);
    await cli.ok(['join', String(link), '--name', name], { home: name.toLowerCase() });
  }
}

async function mayWrite(cli: Cli, home: string, log: string): Promise<boolean> {
  const { exit } = await cli.run(['write', 'Garden', log, 'words'], { home });
  assert.ok(exit === EXIT_CODES.done || exit === EXIT_CODES.refused, String(exit));
  return exit === EXIT_CODES.done;
}

test('[R9] a right is shared, seen, handed on, previewed and taken back', SLOW, async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  await garden(cli);
  assert.equal(await mayWrite(cli, 'bea', 'docs/plan'), false);
  const shared = [
    'share',
    'Garden',
    'Bea',
    '--permissions',
    'read,write',
    '--on',
    'docs/*',
    '--delegations',
    '1',
  ];
  await one(cli, shared);
  assert.equal(await mayWrite(cli, 'bea', 'docs/plan'), true);
  assert.equal(await mayWrite(cli, 'bea', 'chat'), false);
  const toCleo = [
    'share',
    'Garden',
    'Cleo',
    '--permissions',
    'write',
    '--on',
    'docs/todo',
    '--until',
    '2090-01-01',
  ];
  await one(cli, toCleo, 'bea');
  const wider = await cli.run([...toCleo.slice(0, 5), '--on', 'chat'], { home: 'bea' });
  assert.equal(wider.exit, EXIT_CODES.refused);
  const holders = await all(cli, ['who', 'Garden', 'docs/todo']);
  const named = holders.map(
    ({ name, on, permissions }) => `${String(name)} ${String(on)} ${String(permissions)}`,
  );
  assert.deepEqual(named.toSorted(), [
    'Ada * read,write,lead,invite,admin',
    'Bea * read',
    'Bea docs/* read,write',
    'Cleo * read',
    'Cleo docs/todo write',
  ]);
  const what = await all(cli, ['what'], 'cleo');
  assert.deepEqual(what.map(({ on, until }) => `${String(on)} ${String(until)}`).toSorted(), [
    '* 0',
    `docs/todo ${Date.UTC(2090, 0, 1)}`,
  ]);
});

test('[R5, R9] what would fall is seen before, and is gone after', SLOW, async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  await garden(cli);
  const give = ['--permissions', 'read,write', '--on', 'docs/*'];
  const { id } = await one(cli, ['share', 'Garden', 'Bea', ...give, '--delegations', '1']);
  await one(cli, ['share', 'Garden', 'Cleo', ...give], 'bea');
  assert.equal(await mayWrite(cli, 'cleo', 'docs/todo'), true);
  const grant = String(id).slice(0, 12);
  const preview = await one(cli, ['revoke', 'Garden', grant, '--preview']);
  const { people, out, devices, sites, grants, revoked } = preview;
  assert.deepEqual(
    { people, out, devices, sites, grants, revoked },
    {
      people: 2,
      out: 0,
      devices: 2,
      sites: 1,
      grants: 1,
      revoked: false,
    },
  );
  assert.equal((await all(cli, ['grants', 'Garden'])).length, 7);
  const took = await one(cli, ['revoke', 'Garden', grant]);
  assert.ok(Number(took.tookMs) > 0 && Number(took.tookMs) < 10_000, JSON.stringify(took));
  assert.equal(await mayWrite(cli, 'bea', 'docs/plan'), false);
  assert.equal(await mayWrite(cli, 'cleo', 'docs/todo'), false);
  assert.equal((await all(cli, ['grants', 'Garden'])).length, 5);
});

test(
  '[R9] a group is founded, filled and given a right; a proof of it is verified without a node',
  SLOW,
  async () => {
    await using cli = new Cli([process.execPath, MAIN]);
    await garden(cli);
    await one(cli, ['group', 'found', 'Friends']);
    const { id: member } = await one(cli, ['group', 'add', 'Friends', 'Garden', 'Bea']);
    await one(cli, ['share', 'Garden', 'Friends', '--group', '--permissions', 'read,write', '--on', 'chat']);
    assert.equal(await mayWrite(cli, 'bea', 'chat'), true);
    assert.equal(await mayWrite(cli, 'cleo', 'chat'), false);
    assert.deepEqual(
      (await all(cli, ['group', 'list'], 'bea')).map(({ title }) => title),
      ['Friends'],
    );
    const held = (await all(cli, ['what'], 'bea')).find(({ group }) => group === true);
    const file = cli.path('bea.proof');
    await one(cli, ['proof', 'export', 'Garden', String(held?.['grant']), file], 'bea');
    const proven = await one(cli, ['proof', 'verify', file], 'nobody');
    assert.deepEqual([proven['permissions'], proven['kind'], proven['depth']], ['read,write', 'user', 4]);
    const { user } = await one(cli, ['whoami'], 'bea');
    assert.equal(proven['user'], user);
    await one(cli, ['group', 'remove', 'Friends', String(member)]);
    assert.equal(await mayWrite(cli, 'bea', 'chat'), false);
  },
);

test('[R6, R9] a right under a caveat is none elsewhere', SLOW, async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  await garden(cli);
  const give = ['share', 'Garden', 'Bea', '--permissions', 'read,write', '--on', 'chat'];
  const { id } = await one(cli, [...give, '--network', '192.0.2.0/24']);
  assert.equal(await mayWrite(cli, 'bea', 'chat'), false);
  await one(cli, ['revoke', 'Garden', String(id)]);
  await one(cli, [...give, '--network', '127.0.0.0/8', '::1/128', '--hours', 'mon-sun:00:00-24:00']);
  assert.equal(await mayWrite(cli, 'bea', 'chat'), true);
  const caveats = (await all(cli, ['who', 'Garden', 'chat'])).map((row) => String(row['caveats']));
  const written = 'from 127.0.0.0/8 or ::1/128; mon tue wed thu fri sat sun 00:00-24:00 UTC';
  assert.deepEqual(caveats.filter(Boolean), [written]);
  for (const wrong of [
    ['--network', 'x'],
    ['--origin', 'app'],
    ['--hours', 'mon'],
    ['--until', 'soon'],
  ]) {
    assert.equal((await cli.run([...give, ...wrong])).exit, EXIT_CODES.usage);
  }
});

test(
  '[R8, R9] a sealed grant works for whoever keeps its proof, and ends when it is revoked',
  SLOW,
  async () => {
    await using cli = new Cli([process.execPath, MAIN]);
    await garden(cli);
    const file = cli.path('bea.proof');
    const shared = await one(cli, ['share', 'Garden', 'Bea', '--permissions', 'write', '--sealed', file]);
    assert.equal(await mayWrite(cli, 'bea', 'chat'), false, 'without its proof');
    const holders = await all(cli, ['who', 'Garden']);
    assert.equal(
      holders.some(({ permissions }) => permissions === 'write'),
      false,
      'the node knows no right',
    );
    assert.equal((await cli.run(['proof', 'keep', file], { home: 'cleo' })).exit, EXIT_CODES.refused);
    const kept = await one(cli, ['proof', 'keep', file], 'bea');
    assert.deepEqual([kept['id'], kept['permissions']], [shared['id'], 'write']);
    assert.equal(await mayWrite(cli, 'bea', 'chat'), true);
    assert.equal(await mayWrite(cli, 'bea', 'docs/plan'), true, 'and again in another run');
    assert.equal(await mayWrite(cli, 'cleo', 'chat'), false);
    assert.equal((await all(cli, ['proof', 'list'], 'bea')).length, 1);
    await one(cli, ['revoke', 'Garden', String(shared['id'])]);
    assert.equal(await mayWrite(cli, 'bea', 'chat'), false);
    await one(cli, ['proof', 'forget', '--', String(shared['id']).slice(0, 8)], 'bea');
    assert.deepEqual(await all(cli, ['proof', 'list'], 'bea'), []);
  },
);

test('[R4, R9] what has changed since then is told to an admin, and what somebody holds', SLOW, async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  await garden(cli);
  const before = await one(cli, ['changes', 'Garden']);
  const { id } = await one(cli, ['share', 'Garden', 'Bea', '--permissions', 'write', '--on', 'docs/*']);
  const holds = await all(cli, ['what', 'Garden', 'Bea']);
  assert.deepEqual(holds.map(({ on }) => String(on)).toSorted(), ['*', 'docs/*']);
  await cli.ok(['revoke', 'Garden', String(id)]);
  const after = await one(cli, ['changes', 'Garden', '--from', String(before['next'])]);
  assert.equal((after['granted'] as readonly Values[])[0]?.['id'], id);
  assert.equal((after['revoked'] as readonly Values[])[0]?.['id'], id);
  const nothing = await one(cli, ['changes', 'Garden', '--from', String(after['next'])]);
  assert.deepEqual([nothing['granted'], nothing['revoked']], [[], []]);
  assert.equal((await cli.run(['changes', 'Garden'], { home: 'bea' })).exit, EXIT_CODES.refused);
});

test('[M14] a member is unverified until two people have compared digits', SLOW, async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  await garden(cli);
  const trustOf = async (name: string): Promise<unknown> =>
    (await all(cli, ['site', 'members', 'Garden'])).find((row) => row['name'] === name)?.['trust'];
  assert.equal(await trustOf('Ada'), 'you');
  assert.equal(await trustOf('Bea'), 'unverified');
  const { digits, trust } = await one(cli, ['verify', 'Garden', 'Bea']);
  assert.notEqual(trust, 'compared');
  const hers = await one(cli, ['verify', 'Garden', 'Ada'], 'bea');
  assert.equal(hers['digits'], digits);
  const wrong = ['verify', 'Garden', 'Bea', '--digits', '123456 123456 123456 123456 123456 123456'];
  assert.equal((await cli.run(wrong)).exit, EXIT_CODES.refused);
  await one(cli, ['verify', 'Garden', 'Bea', '--digits', String(digits)]);
  assert.equal(await trustOf('Bea'), 'compared');
  const holders = await all(cli, ['who', 'Garden']);
  assert.deepEqual(holders.map(({ name, trust: how }) => `${String(name)} ${String(how)}`).toSorted(), [
    'Ada you',
    'Bea compared',
    'Cleo unverified',
  ]);
});
