/**
 * Whatever fails, and whenever the power goes: the next opening finds every acknowledged entry once, at
 * its position, and each writer can resend what it does not know about (SPEC J4, J10, L2, L3, L9).
 */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { chunkSchema } from '../../server/src/store/chunks-rows.ts';
import { localSqliteChunks } from '../../server/src/store/chunks-sqlite.ts';
import { journalSchema } from '../../server/src/store/journal-rows.ts';
import { localSqliteJournal } from '../../server/src/store/journal-sqlite.ts';
import { MemoryDisk } from '../../server/src/store/log-store-memory.ts';
import { LogStore } from '../../server/src/store/log-store.ts';
import { migrate } from '../../server/src/store/migrate.ts';
import { openDatabase, type Database } from '../../server/src/store/sqlite.ts';
import { failing, FaultPlan, type FaultMode } from './failing-database.ts';
import { TINY } from './log-store.suite.ts';
import { Diary, logOf, ShardDriver, siteOf } from './shard-driver.ts';

const primitives = nativePrimitives();
const LOGS = [0, 1, 2];
/** Two seconds on a quiet machine; the runner gives five. */
const SLOW = { timeout: 60_000 };

/** Commits, several under way at once, compaction, retention and resending, in a few dozen operations. */
async function scenario(store: LogStore, diary: Diary): Promise<void> {
  const driver = new ShardDriver(store, diary);
  await store.retain(siteOf(0), logOf(0), { count: 2 });
  for (let round = 0; round < 7; round++) {
    for (const log of LOGS) driver.offer([diary.write(log, round % 2, 700), diary.write(log, round % 2, 20)]);
    const first = driver.flush();
    driver.offer([diary.write(2, 5, 100)]);
    await driver.flush();
    await first;
    await driver.resend();
    driver.check(LOGS);
    if (round > 0) await store.compact();
    driver.check(LOGS);
  }
}

/** What must hold on a disk, whatever happened on it: nothing is lost, and everything can be finished. */
async function checkAfterwards(store: LogStore, diary: Diary): Promise<void> {
  const driver = new ShardDriver(store, diary);
  driver.check(LOGS);
  await driver.resend();
  driver.check(LOGS);
  deepEqual(driver.faults, []);
  equal(diary.unknown.length, 0, 'the outcome of every entry becomes known');
  await store.compact();
  driver.check(LOGS);
  for await (const { where, what } of store.verify()) throw new Error(`${where}: ${what}`);
}

function openOn(journal: Database, chunks: Database): Promise<LogStore> {
  const local = localSqliteJournal(journal, primitives);
  return LogStore.open({
    journal: local,
    chunks: localSqliteChunks({ database: chunks, source: local, primitives }),
    env: realEnv(),
    primitives,
    limits: TINY,
  });
}

function memoryFiles(): { readonly journal: Database; readonly chunks: Database } & Disposable {
  const journal = openDatabase(':memory:');
  const chunks = openDatabase(':memory:');
  migrate(journal, journalSchema);
  migrate(chunks, chunkSchema);
  return {
    journal,
    chunks,
    [Symbol.dispose]() {
      journal.close();
      chunks.close();
    },
  };
}

const NEVER = new FaultPlan(Infinity, 'once');

/** Runs the scenario with the n-th operation failing; answers whether there was an n-th operation. */
async function failAt(n: number, mode: FaultMode): Promise<boolean> {
  using files = memoryFiles();
  const diary = new Diary();
  const plan = new FaultPlan(n, mode);
  try {
    const store = await openOn(failing(files.journal, plan), failing(files.chunks, plan));
    await scenario(store, diary);
    await store[Symbol.asyncDispose]();
  } catch (thrown) {
    ok(thrown instanceof Fault && thrown.code === 'full', String(thrown));
  }
  const store = await openOn(failing(files.journal, NEVER), failing(files.chunks, NEVER));
  await checkAfterwards(store, diary);
  const { first } = new ShardDriver(store, diary).state(0);
  ok(plan.triggered || first > 1, 'without a fault the scenario comes as far as retention');
  await store[Symbol.asyncDispose]();
  return plan.triggered;
}

for (const mode of ['once', 'from then on', 'after the commit'] as const) {
  test(`[J10] whichever operation fails ${mode}, reopening finds the invariants`, SLOW, async () => {
    let n = 1;
    while (await failAt(n, mode)) n++;
    ok(n > 100, `${n} operations were failed`);
  });
}

test('[J4] a commit that fails takes those behind it along; the shard goes on with the next', async () => {
  using files = memoryFiles();
  const diary = new Diary();
  const plan = { strike: false };
  const journal = failing(files.journal, NEVER);
  const refusing: Database = {
    ...journal,
    prepare: (sql) => journal.prepare(sql),
    transaction(task) {
      if (plan.strike) throw new Fault('full', 'no room');
      return journal.transaction(task);
    },
  };
  await using store = await openOn(refusing, failing(files.chunks, NEVER));
  const driver = new ShardDriver(store, diary);
  await driver.write(1, 1, 2);
  plan.strike = true;
  driver.offer([diary.write(1, 1, 10)]);
  const first = driver.flush();
  driver.offer([diary.write(1, 1, 10), diary.write(1, 1, 10)]);
  await Promise.all([first, driver.flush()]);
  deepEqual(
    driver.faults.map(({ code }) => code),
    ['full', 'full'],
  );
  equal(diary.unknown.length, 3);
  driver.check([1]);
  plan.strike = false;
  await driver.resend();
  driver.check([1]);
  equal(diary.unknown.length, 0);
  equal(driver.state(1).tail, 6);
});

test('[J4] a store that cannot be opened leaves no timer behind', async () => {
  using files = memoryFiles();
  const real = realEnv();
  let timers = 0;
  const after: Env['after'] = (ms, task) => {
    const timer = real.after(ms, task);
    timers++;
    return {
      cancel() {
        timers--;
        timer.cancel();
      },
    };
  };
  const local = localSqliteJournal(files.journal, primitives);
  const chunks = localSqliteChunks({ database: files.chunks, source: local, primitives });
  const journal = new Proxy(local, {
    get: (target, name) =>
      name === 'trim'
        ? () => Promise.reject(new Fault('full', 'no room'))
        : Reflect.get(target, name).bind?.(target),
  });
  await rejects(LogStore.open({ journal, chunks, env: { ...real, after }, primitives, limits: TINY }), {
    code: 'full',
  });
  equal(timers, 0);
});

/** Lets the power go at the n-th sync; answers whether there was one. */
async function crashAt(n: number, outcome: 'synced' | 'failed'): Promise<boolean> {
  const diary = new Diary();
  let count = 0;
  const dead = Promise.withResolvers<'dead'>();
  using disk = new MemoryDisk({
    primitives,
    sync() {
      if (++count !== n) return Promise.resolve();
      dead.resolve('dead');
      return new Promise(() => {});
    },
  });
  const life = disk.open(realEnv(), TINY).then((store) => scenario(store, diary));
  const outlived = await Promise.race([life.then(() => 'alive' as const), dead.promise]);
  disk.crash(outcome);
  count = n;
  await using store = await disk.open(realEnv(), TINY);
  await checkAfterwards(store, diary);
  return outlived === 'dead';
}

for (const outcome of ['synced', 'failed'] as const) {
  test(
    `[J2] whenever the power goes, with the write under way ${outcome}, nothing acknowledged is lost`,
    SLOW,
    async () => {
      let n = 1;
      while (await crashAt(n, outcome)) n++;
      ok(n > 15, `the power went ${n} times`);
    },
  );
}
