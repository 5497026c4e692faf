/**
 * The newest key of a site is lost, on a real node: an admin made it while another's own key was due, and left.
 * The one who is there goes on without it (SPEC K10).
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryKeep } from 'copse/internal/client/index.ts';
import type { Log } from 'copse/internal/client/log.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { permissionsAll } from 'copse/internal/capability/policy.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { lasting } from '../suites/sim-machine.ts';
import { scratch } from './support/garden.ts';
import { startNode } from './support/node.ts';

const PATIENCE_MS = 30_000;

async function eventually(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await isSo().catch(() => false))) {
    assert.ok(performance.now() < endMs, `not in time: ${what}`);
    await pause(20);
  }
}

async function read(log: Log, count: number): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  for await (const { broken, value } of log.entries({ from: 1 })) {
    values.push(broken ?? value);
    if (values.length === count) break;
  }
  return values;
}

test('[K10] a site goes on whose last admin with the newest key has left', { timeout: 90_000 }, async () => {
  await using folder = await scratch();
  const data = join(folder.path, 'data');
  await using node = await startNode(data, ['--log-level', 'warn']);
  const adasKeep = new MemoryKeep();
  const first = await openCopse(node.url, { keep: lasting(adasKeep), name: 'Ada' });
  const garden = await first.found({ title: 'Garden', logs: ['chat'] });
  const phone = await openCopse(node.url, { keep: new MemoryKeep(), secret: await first.secret() });
  const [beasKeep, bobsKeep] = [new MemoryKeep(), new MemoryKeep()];
  const bea = await openCopse(node.url, { keep: lasting(beasKeep), name: 'Bea' });
  await bea.join(await garden.invite({ permissions: permissionsAll }));
  const bob = await openCopse(node.url, { keep: lasting(bobsKeep), name: 'Bob' });
  await bob.join(await garden.invite());
  await garden.log('chat').append('before');
  await pause(500);
  const ids = { user: first.user, device: phone.device };
  for (const copse of [first, phone, bea, bob]) await copse.close();

  // Ada's phone is ended while she is away: her own key is due, and nothing is sealed to it.
  await node.kill();
  {
    await using accounts = SqliteAccounts.open({ path: join(data, 'auth.sqlite') });
    await accounts.people.endDevice({ ...ids, revoke: true, atMs: Date.now() });
  }
  await node.restart();
  const again = await openCopse(node.url, { keep: lasting(beasKeep) });
  await using bobAgain = await openCopse(node.url, { keep: lasting(bobsKeep) });
  const bobs = bobAgain.site(garden.id) ?? assert.fail('the site');
  const beas = again.site(garden.id) ?? assert.fail('the site');
  await eventually(async () => (await beas.keyState()).epoch === 2, 'the second key');
  await eventually(async () => (await bobs.keyState()).held === 'yes', 'that Bob has it');
  await bobs.log('chat').append('under the lost key');
  await beas.leave();
  await again.close();

  await using ada = await openCopse(node.url, { keep: lasting(adasKeep) });
  const adas = ada.site(garden.id) ?? assert.fail('the site');
  await eventually(async () => (await adas.keyState()).state === 'due', 'that a key is due');
  const { epoch, held } = await adas.keyState();
  assert.deepEqual([epoch, held], [2, 'no']);
  await assert.rejects(adas.rotate(), (thrown) => thrown instanceof Fault && thrown.code === 'stale');
  const waiting = adas.log('chat').append('from Ada');
  assert.equal(await adas.rotate({ force: true }), 3);
  await waiting;
  assert.equal((await adas.keyState()).state, 'current');
  await eventually(async () => (await bobs.keyState()).held === 'anew', 'that Bob sees it');
  assert.equal(await bobs.followKey(), 3);
  await bobs.log('chat').append('from Bob');
  assert.deepEqual(await read(adas.log('chat'), 4), ['before', 'noKey', 'from Ada', 'from Bob']);
  assert.deepEqual(await read(bobs.log('chat'), 4), ['before', 'under the lost key', 'from Ada', 'from Bob']);
});
