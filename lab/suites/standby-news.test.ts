/** News of a shard that another process takes over: what its owner had not told is told (SPEC I2, J14). */

import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { newsLedgerMs } from 'copse/internal/base/limits-notify.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openPostgresJournal } from '../../server/src/store/journal-postgres.ts';
import { openStandby, type Standby } from '../../server/src/store/shard-standby.ts';
import { Life } from '../../server/src/tail/testing/life.ts';
import { NotifyDouble } from '../../server/src/tail/testing/notify-double.ts';
import { postgresMissing, startCluster } from './postgres-cluster.ts';

const primitives = nativePrimitives();
const env = realEnv();
const missing = postgresMissing();
// Not in a hook, which has five seconds whatever it says.
const cluster = missing === null ? await startCluster() : null;
after(() => cluster?.[Symbol.asyncDispose]());

async function until(holds: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`it did not come: ${what}`);
    await pause(5);
  }
}

test(
  '[I2, J14] what a standby has put into chunks and its owner had not told is told by who takes over',
  { skip: missing ?? false, timeout: 60_000 },
  async () => {
    const running = must(cluster, 'the cluster runs');
    const url = await running.database();
    const folder = mkdtempSync(join(tmpdir(), 'copse-standby-news-'));
    const standby = async (name: string): Promise<Standby> => {
      const postgres = running.connect(url);
      const journal = await openPostgresJournal({ postgres, shard: 0, primitives, env, isWhole: true });
      return openStandby({ directory: join(folder, name), journal, env, primitives, bytesMin: 1 });
    };
    const notify = new NotifyDouble();
    const elm = await standby('elm');
    const owner = new Life(await (await standby('oak')).take(), { env, notify: notify.remote, number: 1 });
    owner.write(1, new Uint8Array(0));
    await until(() => notify.told.length === 1, 'the first news');
    await pause(2 * newsLedgerMs);
    // From here on nobody hears the owner, while the other process makes chunks of what it writes.
    notify.isAway = true;
    owner.write(1, new Uint8Array(8).fill(1));
    owner.write(2, new Uint8Array(0));
    await pause(200);
    await elm.follow();
    owner.end();
    const store = await elm.take();
    deepEqual(
      store.figures().find(({ name }) => name === 'storeJournalLogs')?.value,
      '0',
      'all is in chunks',
    );
    notify.isAway = false;
    notify.published = [];
    const next = new Life(store, { env, notify: notify.remote, number: 2 });
    await until(() => notify.told.length === 2, 'what was not told');
    deepEqual(
      notify.told.map(({ length, mentions }) => [length, mentions.length]),
      [
        [3, 1],
        [2, 0],
      ],
    );
    next.write(1, new Uint8Array(0));
    await until(() => notify.told.length === 3, 'what the next owner writes');
    await pause(2 * newsLedgerMs);
    next.end();
    await store[Symbol.asyncDispose]();
    // All of it was told: the third one has nothing to say.
    const third = await (await standby('ash')).take();
    const told: unknown[] = [];
    for await (const news of third.olderNews()) told.push(news);
    equal(told.length, 0);
    equal(third.untoldNews().length, 0);
    await third[Symbol.asyncDispose]();
    await owner.store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  },
);
