/**
 * Recovery over three nodes in processes of their own: with all of them, with one that is gone, with one that
 * lies, and with one that is killed between a guess and its answer (SPEC P6, P10).
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { MemoryKeep, type Copse, type Recovered } from 'copse/internal/client/index.ts';
import { openCopse, recoverAccount } from 'copse/internal/native/index.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { startNode, type NodeChild } from './support/node.ts';

const PIN = '604823';
/** The least that is allowed: what is tested is not the price of a guess. */
const COST_LOG = 12;
const scratch = mkdtempSync(join(tmpdir(), 'copse-recovery-'));
const nodes: NodeChild[] = [];
/** Ada at the first node, friends of hers at the others. */
const people: Copse[] = [];

before(async () => {
  for (const name of ['Ada', 'Bea', 'Cleo']) {
    const node = await startNode(join(scratch, name));
    nodes.push(node);
    people.push(await openCopse(node.setup, { keep: new MemoryKeep(), name }));
  }
});

after(async () => {
  for (const copse of people) await copse.close();
  for (const node of nodes) await node.kill();
  rmSync(scratch, { recursive: true });
});

const ada = (): Copse => must(people[0], 'Ada');
const node = (n: number): NodeChild => must(nodes[n], 'a node');

let isKnown = false;
const grantsOfFriends = () => Promise.all(people.slice(1).map((friend) => friend.recovery.grant()));

/** Sets up 2 of 3: her own node by her account, those of her friends by their grants. */
async function setUp(pin = PIN) {
  // Who is registered at a realm needs no grant to renew.
  const friends = isKnown ? nodes.slice(1).map(({ url }) => url) : await grantsOfFriends();
  const made = await ada().recovery.setUp({ pin, realms: [node(0).url, ...friends], costLog: COST_LOG });
  isKnown = true;
  return made;
}

function states(answer: Recovered): Record<string, string> {
  return Object.fromEntries(
    answer.realms.map(({ url, state }) => [`${nodes.findIndex((one) => one.url === url)}`, state]),
  );
}

test('[P10] the secret comes back from 2 of 3 nodes, for a stranger with a code and a PIN', async () => {
  const made = await setUp();
  assert.equal(made.threshold, 2);
  assert.deepEqual(made.failed, []);
  assert.deepEqual(made.weaknesses, []);
  const answer = await recoverAccount({ code: made.code, pin: PIN });
  assert.ok(answer.kind === 'ok', answer.kind);
  assert.deepEqual(answer.secret, await ada().secret());
  assert.equal(answer.home.url, node(0).url);
  assert.deepEqual(answer.home.node, ada().node.key);
  const again = await openCopse(answer.home.url, {
    secret: answer.secret,
    nodeKey: answer.home.node,
    keep: new MemoryKeep(),
  });
  assert.equal(again.user, ada().user, 'a new device of the same user');
  await again.close();
  for (const { registered } of await ada().recovery.status(made.code)) {
    assert.equal(registered?.triesLeft, 10, 'the guess is forgotten everywhere');
    assert.notEqual(registered?.recoveredMs, null);
  }
});

test('[P10] a wrong PIN says how many tries are left, and the right one makes them ten again', async () => {
  const { code } = await setUp();
  for (const triesLeft of [9, 8]) {
    const answer = await recoverAccount({ code, pin: '111111' });
    assert.ok(answer.kind === 'wrongPin', answer.kind);
    assert.equal(answer.triesLeft, triesLeft);
  }
  assert.equal((await recoverAccount({ code, pin: PIN })).kind, 'ok');
  const left = (await ada().recovery.status(code)).map(({ registered }) => registered?.triesLeft);
  assert.deepEqual(left, [10, 10, 10]);
});

test('[P10] one realm may be gone; with two gone the answer says that one more is needed', async () => {
  const { code } = await setUp();
  await node(1).kill();
  const answer = await recoverAccount({ code, pin: PIN });
  assert.ok(answer.kind === 'ok', answer.kind);
  assert.equal(states(answer)['1'], 'offline');
  await node(2).kill();
  const short = await recoverAccount({ code, pin: PIN });
  assert.ok(short.kind === 'missing', short.kind);
  assert.equal(short.needed, 1);
  const [own] = await ada().recovery.status(code);
  assert.equal(own?.registered?.triesLeft, 10, 'nobody is asked in vain');
  await Promise.all([node(1).restart(), node(2).restart()]);
  assert.equal((await recoverAccount({ code, pin: PIN })).kind, 'ok', 'they are back');
});

test('[P6] guesses are counted although the nodes are killed after each of them', async () => {
  const { code } = await setUp();
  for (const round of [1, 2, 3]) {
    const answer = await recoverAccount({ code, pin: '111111' });
    assert.ok(answer.kind === 'wrongPin', answer.kind);
    assert.equal(answer.triesLeft, 10 - round);
    await Promise.all([node(1).kill(), node(2).kill()]);
    await Promise.all([node(1).restart(), node(2).restart()]);
  }
});

test('[P10] when too many realms are locked it is over for ever, and its owner can set it up anew', async () => {
  const bea = must(people[1], 'Bea');
  const grants = [await ada().recovery.grant(), await must(people[2], 'Cleo').recovery.grant()];
  const realms = [node(1).url, ...grants];
  const { code } = await bea.recovery.setUp({ pin: PIN, realms, tries: 3, costLog: COST_LOG });
  for (let n = 0; n < 3; n++) assert.equal((await recoverAccount({ code, pin: '111111' })).kind, 'wrongPin');
  const answer = await recoverAccount({ code, pin: PIN });
  assert.ok(answer.kind === 'locked', answer.kind);
  assert.equal(Object.values(states(answer)).filter((state) => state === 'locked').length, 2);
  const renewed = await bea.recovery.setUp({
    pin: '842160',
    realms: [node(0), node(1), node(2)].map(({ url }) => url),
    costLog: COST_LOG,
  });
  assert.equal(renewed.code.length, code.length, 'the secret of the code stays');
  assert.equal((await recoverAccount({ code, pin: PIN })).kind, 'wrongPin');
  assert.equal((await recoverAccount({ code, pin: '842160' })).kind, 'ok');
});

test('[P4] a realm that answers with another key is found lying, and another one takes its place', async () => {
  const { code } = await setUp();
  await node(0).kill();
  {
    using database = openDatabase(join(scratch, 'Ada', 'auth.sqlite'));
    database.prepare('UPDATE recovery SET seed = ?').run(crypto.getRandomValues(new Uint8Array(32)));
  }
  await node(0).restart();
  const answer = await recoverAccount({ code, pin: PIN });
  assert.ok(answer.kind === 'ok', answer.kind);
  assert.deepEqual(answer.secret, await ada().secret());
  const wrong = await recoverAccount({ code, pin: '111111' });
  assert.equal(wrong.kind, 'wrongPin', 'a lie is told from a wrong PIN');
  assert.equal(states(wrong)['0'], 'lying');
});

test('[P9] a realm that comes back with an old registration does not count beside the newer one', async () => {
  const { code } = await setUp();
  await node(2).kill();
  await assert.rejects(setUp('842160'), { code: 'closed' }, 'a lost realm is no realm to begin with');
  const realms = [node(0).url, node(1).url];
  const made = await ada().recovery.setUp({ pin: '842160', realms, replaces: code, costLog: COST_LOG });
  assert.notEqual(made.code, code);
  await node(2).restart();
  assert.equal((await recoverAccount({ code, pin: PIN })).kind, 'wrongPin', 'the old PIN is over');
  const answer = await recoverAccount({ code, pin: '842160' });
  assert.ok(answer.kind === 'ok', answer.kind);
  assert.equal(states(answer)['2'], 'old');
});

test('[P9] what is removed is gone everywhere, and cannot be told from what never was', async () => {
  const { code } = await setUp();
  assert.deepEqual(await ada().recovery.remove(code), []);
  const answer = await recoverAccount({ code, pin: PIN });
  assert.ok(answer.kind === 'missing', answer.kind);
  assert.deepEqual(states(answer), { 0: 'unknown', 1: 'unknown', 2: 'unknown' });
});
