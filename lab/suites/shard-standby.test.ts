/** Processes that share a journal in PostgreSQL, as objects: what a standby has made, and what it finds out. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openPostgresJournal } from '../../server/src/store/journal-postgres.ts';
import { openStandby, type Standby } from '../../server/src/store/shard-standby.ts';
import { postgresMissing, startCluster, type Cluster } from './postgres-cluster.ts';
import { Diary, ShardDriver } from './shard-driver.ts';

const primitives = nativePrimitives();
const env = realEnv();
const LOGS = [0, 1, 2];
/** What a standby keeps before it makes chunks. */
const BYTES_MIN = 20_000;

const missing = postgresMissing();
// Not in a hook, which has five seconds whatever it says.
const cluster = missing === null ? await startCluster() : null;
const options = { skip: missing ?? false, timeout: 60_000 };
const theCluster = (): Cluster => must(cluster, 'the cluster runs');
after(() => cluster?.[Symbol.asyncDispose]());

interface Place extends Disposable {
  readonly url: string;
  readonly folder: string;
  standby(name: string, url?: string): Promise<Standby>;
}

async function place(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'copse-standby-'));
  const own = await theCluster().database();
  return {
    url: own,
    folder,
    async standby(name, url = own) {
      const postgres = theCluster().connect(url);
      const journal = await openPostgresJournal({ postgres, shard: 0, primitives, env, isWhole: true });
      return openStandby({ directory: join(folder, name), journal, env, primitives, bytesMin: BYTES_MIN });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

const figure = (store: Awaited<ReturnType<Standby['take']>>, name: string): number =>
  Number(store.figures().find((each) => each.name === name)?.value);

test(
  '[J13, J14] who takes over reads little, however long the logs are, and goes on exactly where they end',
  options,
  async () => {
    using at = await place();
    const diary = new Diary();
    const standby = await at.standby('elm');
    const store = await (await at.standby('oak')).take();
    const driver = new ShardDriver(store, diary);
    for (let round = 0; round < 60; round++) {
      for (const log of LOGS) driver.offer([diary.write(log, 1 + (round % 3), 700)]);
      await driver.flush();
      if (round % 5 === 0) await standby.follow();
    }
    await standby.follow();
    equal(diary.unknown.length, 0);
    await using next = await standby.take();
    ok(figure(next, 'storeJournalWaiting') < 2 * BYTES_MIN, `${figure(next, 'storeJournalWaiting')} bytes`);
    const successor = new ShardDriver(next, diary);
    successor.check(LOGS);
    // The former owner does not know yet; nothing that it still does counts, and who wrote says it again.
    driver.offer([diary.write(0, 1, 60)]);
    await driver.flush();
    deepEqual(
      driver.faults.map(({ code }) => code),
      ['moved'],
    );
    await successor.resend();
    await successor.write(1, 2, 5);
    equal(diary.unknown.length, 0);
    successor.check(LOGS);
    await store[Symbol.asyncDispose]();
  },
);

test(
  '[J13] an empty directory is filled from the journal, though others have long had chunks',
  options,
  async () => {
    using at = await place();
    const diary = new Diary();
    {
      await using store = await (await at.standby('oak')).take();
      const driver = new ShardDriver(store, diary);
      for (let round = 0; round < 40; round++) await driver.write(round % 3, 1, 4, 600);
      await store.compact();
    }
    await using store = await (await at.standby('ash')).take();
    new ShardDriver(store, diary).check(LOGS);
    equal(diary.unknown.length, 0);
  },
);

test(
  '[J13, J3] a journal that was set back, or is another one, is named and not gone on with',
  options,
  async () => {
    using at = await place();
    const diary = new Diary();
    {
      await using store = await (await at.standby('oak')).take();
      const driver = new ShardDriver(store, diary);
      for (let round = 0; round < 10; round++) await driver.write(0, 1, 4, 600);
      await store.compact();
    }
    const other = await theCluster().database();
    await rejects(at.standby('oak', other), { name: 'Fault', code: 'corrupt' });
    {
      await using store = await (await at.standby('foreign', other)).take();
      const driver = new ShardDriver(store, new Diary());
      for (let round = 0; round < 30; round++) await driver.write(2, 1, 1, 80);
    }
    const standby = await at.standby('oak', other);
    await rejects(standby.take(), { name: 'Fault', code: 'corrupt' });
    await standby[Symbol.asyncDispose]();
  },
);
