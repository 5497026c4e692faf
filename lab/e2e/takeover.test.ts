/**
 * Two tails over one PostgreSQL, as processes: whatever becomes of the owner of the shard, the other one goes on,
 * and what was acknowledged is there exactly once (SPEC J14, A18, L2, L3).
 */

import assert from 'node:assert/strict';
import { mkdirSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import { shardSilentMs } from 'copse/internal/base/limits-shards.ts';
import { FAULTS } from 'copse/internal/base/fault.ts';
import { postgresMissing, startCluster } from '../suites/postgres-cluster.ts';
import { scratch } from './support/garden.ts';
import { startHouse, type House, type TailChild } from './support/house.ts';
import { run } from './support/node.ts';
import { Crew } from './support/writers.ts';

const missing = postgresMissing();
// Not in a hook, which has five seconds whatever it says.
const cluster = missing === null ? await startCluster() : null;
/** Ten seconds each on a quiet machine. */
const options = { skip: missing ?? false, timeout: 120_000 };
/** The silence, what a takeover does, what devices need to find it; and as much again for a busy machine. */
const TAKEOVER_MS = 2 * (shardSilentMs + 1_500);
const APPLICATION_CLOSE = 4_000;

after(() => cluster?.[Symbol.asyncDispose]());

interface Scene extends AsyncDisposable {
  readonly folder: string;
  readonly house: House;
  readonly crew: Crew;
}

async function scene(names: readonly string[], writers = 3): Promise<Scene> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(await scratch()).path;
  const database = await must(cluster, 'the cluster runs').database();
  const house = owned.use(await startHouse(folder, database, names));
  await house.owner();
  const crew = owned.use(await Crew.open(folder, house.auth.setup, writers));
  const kept = owned.move();
  return { folder, house, crew, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const otherThan = (house: House, owner: TailChild): TailChild =>
  must(
    house.tails.find((tail) => tail !== owner),
    'there are two',
  );

test(
  '[J14, L2, L3] the owner is killed under load: the other goes on, and every entry is there once',
  options,
  async () => {
    await using it = await scene(['oak', 'elm']);
    const { house, crew } = it;
    crew.begin();
    await crew.next();
    for (let round = 0; round < 4; round++) {
      await pause(300 + 150 * round);
      const owner = await house.owner();
      await owner.kill();
      const startMs = performance.now();
      await crew.next();
      const tookMs = performance.now() - startMs;
      assert.ok(tookMs < TAKEOVER_MS, `after ${Math.round(tookMs)} ms`);
      assert.notEqual((await house.owner()).name, owner.name);
      await owner.start();
    }
    await crew.stop();
    await crew.check();
  },
);

test(
  '[J11, J14] an owner that was stopped in its tracks is fenced when it goes on, and waits',
  options,
  async () => {
    await using it = await scene(['oak', 'elm']);
    const { house, crew } = it;
    crew.begin();
    await crew.next();
    for (let round = 0; round < 2; round++) {
      await pause(400);
      const owner = await house.owner();
      const other = otherThan(house, owner);
      owner.freeze();
      const startMs = performance.now();
      await crew.next();
      const tookMs = performance.now() - startMs;
      assert.ok(tookMs < TAKEOVER_MS, `after ${Math.round(tookMs)} ms`);
      owner.thaw();
      while ((await owner.figure('shard_serving').catch(() => 1)) === 1) await pause(20);
      assert.equal(await other.figure('shard_serving'), 1);
      assert.equal(await other.figure('shard_takeovers_total'), 1 + round);
    }
    await crew.stop();
    await crew.check();
  },
);

test(
  '[J14] an owner that is asked to end gives the shard up: nobody waits for its silence',
  options,
  async () => {
    await using it = await scene(['oak', 'elm']);
    const { house, crew } = it;
    crew.begin();
    await crew.next();
    const owner = await house.owner();
    const ended = owner.stop();
    await otherServes(otherThan(house, owner));
    const startMs = performance.now();
    await crew.next();
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < shardSilentMs, `after ${Math.round(tookMs)} ms`);
    await ended;
    await crew.stop();
    await crew.check();
  },
);

async function otherServes(tail: TailChild): Promise<void> {
  while ((await tail.figure('shard_serving').catch(() => 0)) !== 1) await pause(10);
}

test(
  '[J12] the database dies and comes back under load: the owner goes on where it was',
  options,
  async () => {
    await using own = await startCluster();
    await using folder = await scratch();
    await using house = await startHouse(folder.path, await own.database(), ['oak', 'elm']);
    await house.owner();
    await using crew = await Crew.open(folder.path, house.auth.setup, 2);
    crew.begin();
    await crew.next();
    for (let round = 0; round < 2; round++) {
      await pause(300);
      await own.kill();
      await pause(shardSilentMs + 500);
      const before = crew.acknowledged.size;
      await pause(200);
      assert.equal(crew.acknowledged.size, before, 'nothing is acknowledged without the database');
      await own.restart();
      await crew.next();
    }
    await crew.stop();
    await crew.check();
  },
);

test(
  '[J13] a process with an empty directory makes its chunks from the journal, and can take over',
  options,
  async () => {
    await using it = await scene(['oak', 'elm']);
    const { house, crew } = it;
    crew.begin();
    await pause(1_500);
    await crew.stop();
    for (const tail of house.tails) await tail.kill();
    const [oak] = house.tails;
    const fresh = must(oak, 'a tail');
    await emptied(it.folder, fresh.name);
    await fresh.start();
    crew.begin();
    await crew.next();
    await crew.stop();
    await crew.check();
  },
);

/** As on a new machine: only the key that the operator copies. */
async function emptied(folder: string, name: string): Promise<void> {
  const { rmSync } = await import('node:fs');
  rmSync(join(folder, name), { recursive: true });
  mkdirSync(join(folder, name), { mode: 0o700 });
  copyFileSync(join(folder, 'auth', 'tail.key'), join(folder, name, 'tail.key'));
}

test('[A18, S16] who waits, and auth itself, send whoever connects elsewhere', options, async () => {
  await using it = await scene(['oak', 'elm'], 1);
  const { house } = it;
  const owner = await house.owner();
  for (const { url } of [otherThan(house, owner), house.auth]) {
    assert.equal(await closeCode(url), APPLICATION_CLOSE + FAULTS.moved.number);
  }
});

function closeCode(url: string): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/tail`);
  return new Promise((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve(code));
  });
}

test(
  '[N6] while a tail runs, the doctor finds nothing wrong with it and says who serves',
  options,
  async () => {
    await using it = await scene(['oak', 'elm'], 1);
    const { house } = it;
    const owner = await house.owner();
    for (const tail of house.tails) {
      const words = ['doctor', '--json', ...tail.flags];
      const said: unknown = JSON.parse(await run([process.execPath, 'server/src/cli/main.ts', ...words], {}));
      const text = JSON.stringify(said);
      assert.ok(text.includes(`${owner.url.replace('http', 'ws')}/tail serves it`), text);
      assert.ok(!text.includes('"problem"'), text);
    }
  },
);
