/**
 * Cold chunks in the store: what moves, what is answered meanwhile, and that nothing is lost whatever fails and
 * whenever the power goes (SPEC B1-B4, J5, J6, J10).
 */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { blobGraceMs } from 'copse/internal/base/limits-cold.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { MemoryBlobs } from '../../server/src/store/blobs-memory.ts';
import { chunkSchema } from '../../server/src/store/chunks-rows.ts';
import { localSqliteChunks } from '../../server/src/store/chunks-sqlite.ts';
import { journalSchema } from '../../server/src/store/journal-rows.ts';
import { localSqliteJournal } from '../../server/src/store/journal-sqlite.ts';
import { LogStore } from '../../server/src/store/log-store.ts';
import { migrate } from '../../server/src/store/migrate.ts';
import { openDatabase, type Database } from '../../server/src/store/sqlite.ts';
import { failing, FaultPlan, type FaultMode } from './failing-database.ts';
import { TINY } from './log-store.suite.ts';
import { Diary, logOf, ShardDriver, siteOf } from './shard-driver.ts';

const primitives = nativePrimitives();
const DAY_MS = 86_400_000;
const AFTER_MS = 10 * DAY_MS;
const LOGS = [0, 1];

/** A shard whose files and blobs outlive its stores, at a time of its own. */
class Shard implements Disposable {
  readonly blobs = new MemoryBlobs();
  readonly journal = openDatabase(':memory:');
  readonly chunks = openDatabase(':memory:');
  readonly diary = new Diary();
  wallMs = 1_800_000_000_000;

  constructor() {
    migrate(this.journal, journalSchema);
    migrate(this.chunks, chunkSchema);
  }

  open(plan = NEVER, blobs: MemoryBlobs | null = this.blobs): Promise<LogStore> {
    const [journal, chunks] = [failing(this.journal, plan), failing(this.chunks, plan)];
    const source = localSqliteJournal(journal, primitives);
    return LogStore.open({
      journal: source,
      chunks: localSqliteChunks({ database: chunks, source, primitives }),
      env: { ...realEnv(), wallMs: () => this.wallMs },
      primitives,
      cold: blobs === null ? null : { blobs, afterMs: AFTER_MS },
      limits: TINY,
    });
  }

  get rows(): { readonly cold: number; readonly warm: number; readonly kept: number } {
    const count = (of: Database, sql: string): number =>
      of.prepare<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`).get()?.n ?? -1;
    return {
      cold: count(this.chunks, 'chunk WHERE blob IS NOT NULL'),
      warm: count(this.chunks, 'chunk WHERE blob IS NULL'),
      kept: count(this.chunks, 'blob'),
    };
  }

  [Symbol.dispose](): void {
    this.journal.close();
    this.chunks.close();
  }
}

const NEVER = new FaultPlan(Infinity, 'once');

/** Fills two logs with a dozen full chunks each, and a little more. */
async function fill(store: LogStore, diary: Diary): Promise<void> {
  const driver = new ShardDriver(store, diary);
  for (let round = 0; round < 12; round++) {
    for (const log of LOGS) await driver.write(log, round % 2, 8, 4_500);
    await store.compact();
  }
  for (const log of LOGS) await driver.write(log, 0, 3, 50);
  await store.compact();
}

/** Reads everything through the node, warming what is cold. */
async function readWarm(store: LogStore, diary: Diary): Promise<void> {
  const driver = new ShardDriver(store, diary);
  for (const log of LOGS) {
    const state = driver.state(log);
    for (let at = state.first; at < state.durable;) {
      const page = store.read(state, at, 60_000);
      if (page.kind === 'cold') await page.warm();
      else if (page.kind === 'page') at += page.count;
      else at = page.first;
    }
  }
  driver.check(LOGS);
}

async function problems(store: LogStore): Promise<string[]> {
  return (await Array.fromAsync(store.verify())).map(({ where, what }) => `${where}: ${what}`);
}

test('[B1] full chunks move when they are old enough, the last of a log never, and the answers stay', async () => {
  using shard = new Shard();
  {
    await using store = await shard.open();
    await fill(store, shard.diary);
    await store.cool();
    equal(shard.rows.cold, 0);
    equal(shard.blobs.bytesByName.size, 0);
    shard.wallMs += AFTER_MS + 1;
    await store.cool();
    // What does not fill a blob waits as long again.
    equal(shard.rows.cold, 0);
    shard.wallMs += AFTER_MS;
    const { warm } = shard.rows;
    await store.cool();
    equal(shard.rows.cold, LOGS.length);
    equal(shard.blobs.bytesByName.size, LOGS.length);
    ok(shard.rows.warm < warm / 2, 'rows have left');
    const driver = new ShardDriver(store, shard.diary);
    const state = driver.state(0);
    equal(store.read(state, 1, 100).kind, 'cold');
    equal(store.read(state, state.durable - 1, 100).kind, 'page');
    const [run] = store.coldFrom(state, 5, 10);
    ok(run !== undefined && run.first === 1 && run.count > 50);
    deepEqual(store.coldFrom(state, run.first + run.count, 10), []);
    await readWarm(store, shard.diary);
    deepEqual(await problems(store), []);
  }
  await using again = await shard.open();
  await readWarm(again, shard.diary);
  await new ShardDriver(again, shard.diary).write(0, 0, 4);
});

test('[B1] what fills blobs moves as soon as it is old enough, in several of them', async () => {
  using shard = new Shard();
  await using store = await shard.open();
  const driver = new ShardDriver(store, shard.diary);
  for (let round = 0; round < 24; round++) {
    await driver.write(1, 0, 20, 4_000);
    await store.compact();
  }
  await driver.write(0, 0, 1);
  shard.wallMs += AFTER_MS + 1;
  await store.cool();
  equal(shard.rows.cold, 3);
  const runs = store.coldFrom(driver.state(1), 1, 10);
  equal(runs.length, 3);
  equal(store.coldFrom(driver.state(1), 1, 2).length, 2);
  for (const [i, run] of runs.entries()) {
    const before = runs[i - 1];
    equal(run.first, before === undefined ? 1 : before.first + before.count);
  }
  await readWarm(store, shard.diary);
});

test('[B3] a blob goes some time after retention has dropped its row, and never while a row names it', async () => {
  using shard = new Shard();
  await using store = await shard.open();
  await fill(store, shard.diary);
  shard.wallMs += 3 * AFTER_MS;
  await store.cool();
  const names = [...shard.blobs.bytesByName.keys()];
  await store.retain(siteOf(0), logOf(0), { count: 2 });
  await store.compact();
  equal(shard.rows.cold, 1);
  shard.wallMs += blobGraceMs - 1;
  await store.cool();
  deepEqual([...shard.blobs.bytesByName.keys()], names);
  shard.wallMs += 2;
  await store.cool();
  equal(shard.blobs.bytesByName.size, 1);
  equal(shard.rows.kept, 1);
  // Years later the other one is still named.
  shard.wallMs += 1_000 * DAY_MS;
  await store.cool();
  equal(shard.blobs.bytesByName.size, 1);
  await readWarm(store, shard.diary);
  deepEqual(await problems(store), []);
});

test('[B3] a blob that is gone or altered is named, and refused to readers', async () => {
  using shard = new Shard();
  await using store = await shard.open();
  await fill(store, shard.diary);
  shard.wallMs += 3 * AFTER_MS;
  await store.cool();
  const [one, two] = [...shard.blobs.bytesByName.keys()];
  shard.blobs.bytesByName.delete(one!);
  shard.blobs.bytesByName.get(two!)![100]! ^= 1;
  const found = await problems(store);
  equal(found.length, 2);
  ok(
    found.some((text) => text.includes('is not in memory')) && found.some((text) => text.includes('altered')),
  );
  const driver = new ShardDriver(store, shard.diary);
  for (const log of LOGS) {
    const page = store.read(driver.state(log), 1, 100);
    ok(page.kind === 'cold');
    await rejects(page.warm(), { code: 'corrupt' });
  }
});

test('[B4] without the blob store the rest is read, and who asks for what is there is told', async () => {
  using shard = new Shard();
  {
    await using store = await shard.open();
    await fill(store, shard.diary);
    shard.wallMs += 3 * AFTER_MS;
    await store.cool();
  }
  await using store = await shard.open(NEVER, null);
  const state = new ShardDriver(store, shard.diary).state(0);
  const page = store.read(state, 1, 100);
  ok(page.kind === 'cold');
  await rejects(page.warm(), { code: 'config' });
  equal(store.read(state, state.durable - 1, 100).kind, 'page');
});

test('[B2] a blob that does not come back as it was put does not take the place of its chunks', async () => {
  using shard = new Shard();
  await using store = await shard.open();
  await fill(store, shard.diary);
  shard.wallMs += 3 * AFTER_MS;
  const { bytesByName } = shard.blobs;
  shard.blobs.before = async (operation) => {
    if (operation !== 'get') return;
    for (const [name, bytes] of bytesByName) bytesByName.set(name, bytes.subarray(1));
  };
  await rejects(store.cool(), { code: 'corrupt' });
  equal(shard.rows.cold, 0);
  new ShardDriver(store, shard.diary).check(LOGS);
  shard.blobs.before = async () => {};
  await store.cool();
  equal(shard.rows.cold, LOGS.length);
  await readWarm(store, shard.diary);
});

/** Moves, drops and moves again with the n-th operation of the database or of the blob store failing. */
async function failAt(n: number, mode: FaultMode): Promise<boolean> {
  using shard = new Shard();
  {
    await using store = await shard.open();
    await fill(store, shard.diary);
  }
  const plan = new FaultPlan(n, mode);
  shard.blobs.before = async () => plan.step();
  try {
    await using store = await shard.open(plan);
    shard.wallMs += 3 * AFTER_MS;
    await store.cool();
    await store.retain(siteOf(0), logOf(0), { count: 2 });
    await store.compact();
    shard.wallMs += blobGraceMs + 1;
    await store.cool();
  } catch (thrown) {
    ok(thrown instanceof Fault && thrown.code === 'full', String(thrown));
  }
  shard.blobs.before = async () => {};
  await using store = await shard.open();
  await readWarm(store, shard.diary);
  deepEqual(await problems(store), [], `operation ${n} ${mode}`);
  await store.retain(siteOf(0), logOf(0), { count: 2 });
  await store.compact();
  shard.wallMs += 3 * AFTER_MS;
  await store.cool();
  shard.wallMs += blobGraceMs + 1;
  await store.cool();
  await readWarm(store, shard.diary);
  deepEqual(await problems(store), []);
  // Everything is finished: one log is cold, of the other nothing is left, and no blob that nobody knows.
  deepEqual([shard.rows.cold, shard.rows.kept, shard.blobs.bytesByName.size], [1, 1, 1]);
  return plan.triggered;
}

for (const mode of ['once', 'from then on', 'after the commit'] as const) {
  test(
    `[B2] whichever operation fails ${mode}, nothing is lost and no blob is left over`,
    { timeout: 120_000 },
    async () => {
      let n = 1;
      while (await failAt(n, mode)) n++;
      ok(n > 25, `${n} operations were failed`);
    },
  );
}

test('[J8, B1] chunks of a file from before blobs are read, and move like all others', async () => {
  using shard = new Shard();
  {
    await using store = await shard.open();
    await fill(store, shard.diary);
  }
  // The file as the version before made it.
  using old = openDatabase(':memory:');
  migrate(old, { ...chunkSchema, steps: chunkSchema.steps.slice(0, 2) });
  copyRows(shard.chunks, old, { state: STATE, log: LOG, chunk: CHUNK, writer: 'log, device, state' });
  migrate(old, chunkSchema);
  const source = localSqliteJournal(shard.journal, primitives);
  await using store = await LogStore.open({
    journal: source,
    chunks: localSqliteChunks({ database: old, source, primitives }),
    env: { ...realEnv(), wallMs: () => shard.wallMs },
    primitives,
    cold: { blobs: shard.blobs, afterMs: AFTER_MS },
    limits: TINY,
  });
  new ShardDriver(store, shard.diary).check(LOGS);
  shard.wallMs += 3 * AFTER_MS;
  await store.cool();
  equal(shard.blobs.bytesByName.size, LOGS.length);
  await readWarm(store, shard.diary);
  deepEqual(await problems(store), []);
});

const STATE = 'id, epoch, compacted, compacted_hash, next_number';
const LOG = 'number, site, log, first, tail, bytes, lead_epoch, lead_device';
const CHUNK = 'id, log, first, count, bytes, newest_ms, codec, crc, sha256, data';

function copyRows(from: Database, to: Database, columnsByTable: Readonly<Record<string, string>>): void {
  // The only row that a new file has.
  to.execute('DELETE FROM state');
  for (const [table, columns] of Object.entries(columnsByTable)) {
    const names = columns.split(', ');
    const select = from.prepare<Record<string, number | string | Uint8Array | null>>(
      `SELECT ${columns} FROM ${table}`,
    );
    const insert = to.prepare(
      `INSERT INTO ${table} (${columns}) VALUES (${names.map(() => '?').join(', ')})`,
    );
    for (const row of select.all()) insert.run(...names.map((name) => row[name] ?? null));
  }
}
