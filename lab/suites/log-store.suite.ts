/** The contract of the log store (`server/src/store/log-store.ts`), run on every journal and chunk store. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from 'copse/internal/base/assert.ts';
import { deviceId } from 'copse/internal/base/ids.ts';
import type { Lead, SnapshotPlace } from 'copse/internal/log/batch.ts';
import type { LogStore, LogStoreOptions, Retention } from '../../server/src/store/log-store.ts';
import { Diary, logOf, sameAnswers, ShardDriver, siteOf } from './shard-driver.ts';

/** Where one shard is; opening it again finds what was there. */
export interface ShardPlace extends AsyncDisposable {
  open(limits?: LogStoreOptions['limits'], retention?: Retention): Promise<LogStore>;
  /** How many records the journal keeps, while nobody has it open. */
  recordCount(): number;
  /** The wall clock that the stores of this place see. */
  wallMs: number;
}

export interface ShardEngine {
  readonly name: string;
  readonly make: () => ShardPlace;
}

/** A second on a quiet machine; the runner gives five. */
const SLOW = { timeout: 60_000 };

/** Tiny bounds, so that rings overflow, slices end and chunks fill within a test. */
export const TINY = { sliceBytes: 3000, ring: { perLogBytesMax: 2000, bytesMax: 6000 } };

export function logStoreSuite(engine: ShardEngine): void {
  reading(engine);
  restarting(engine);
  owning(engine);
  retaining(engine);
  holding(engine);
}

function reading({ name, make }: ShardEngine): void {
  test(`[L3] ${name}: what was acknowledged is read back from memory, journal and chunks`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open(TINY);
    const driver = new ShardDriver(store, diary);
    for (let round = 0; round < 12; round++) {
      for (let log = 0; log < 5; log++)
        driver.offer(Array.from({ length: 1 + log }, () => diary.write(log, round % 3, 50 + 40 * log)));
      await driver.flush();
      driver.check([0, 1, 2, 3, 4]);
      if (round % 4 === 3) await store.compact();
    }
    driver.check([0, 1, 2, 3, 4]);
    equal(diary.unknown.length, 0);
  });

  test(`[L1] ${name}: a page holds at least one entry, however large, and none beyond its bound`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open();
    const driver = new ShardDriver(store, diary);
    await driver.write(1, 1, 3, 40_000);
    const state = driver.state(1);
    for (const stage of ['in memory', 'in chunks']) {
      const one = store.read(state, 2, 1);
      ok(one.kind === 'page' && one.count === 1, stage);
      const two = store.read(state, 1, 85_000);
      ok(two.kind === 'page' && two.count === 2, stage);
      const none = store.read(state, 4, 85_000);
      ok(none.kind === 'page' && none.count === 0 && none.entries.length === 0, stage);
      await store.compact();
    }
  });

  test(`[L1] ${name}: readers do not see what the sequencer has not called durable`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open();
    const state = store.open(siteOf(1), logOf(1));
    const driver = new ShardDriver(store, diary);
    await driver.write(1, 1, 2);
    const run = { log: state, first: 3, count: 1, parts: [diary.write(1, 1, 9).bytes], declare: false };
    await store.commit({
      runs: [run],
      settled: [],
      leads: [],
      snapshots: [],
      spoken: [],
      bytes: 9,
      count: 1,
    });
    const page = store.read(state, 1, 1000);
    ok(page.kind === 'page' && page.count === 2);
  });

  test(`[J5] ${name}: compaction, trimming and restarts change no answer of read`, SLOW, async () => {
    const write = fc.record({
      log: fc.nat(3),
      writer: fc.nat(2),
      count: fc.integer({ min: 1, max: 12 }),
      size: fc.constantFrom(1, 60, 900, 3000),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(write, { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
        async (rounds) => {
          await using place = make();
          const diary = new Diary();
          let store = await place.open(TINY);
          try {
            for (const round of rounds) {
              const driver = new ShardDriver(store, diary);
              for (const { log, writer, count, size } of round) await driver.write(log, writer, count, size);
              const before = [0, 1, 2, 3].map((log) => driver.answers(log));
              await store.compact();
              for (const [log, answers] of before.entries()) sameAnswers(driver.answers(log), answers);
              await store[Symbol.asyncDispose]();
              store = await place.open(TINY);
              const again = new ShardDriver(store, diary);
              for (const [log, answers] of before.entries()) sameAnswers(again.answers(log), answers);
            }
          } finally {
            await store[Symbol.asyncDispose]();
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  test(`[J5] ${name}: what is in chunks leaves the journal`, async () => {
    await using place = make();
    const diary = new Diary();
    {
      await using store = await place.open(TINY);
      const driver = new ShardDriver(store, diary);
      for (let i = 0; i < 20; i++) await driver.write(i % 3, 1, 2, 500);
    }
    equal(place.recordCount(), 21);
    {
      await using store = await place.open(TINY);
      await store.compact();
    }
    equal(place.recordCount(), 0);
  });

  test(`[J5] ${name}: reading goes on while compaction runs`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open(TINY);
    const driver = new ShardDriver(store, diary);
    for (let i = 0; i < 40; i++) await driver.write(i % 4, 1, 5, 100);
    const progress = { done: false };
    const compacted = store.compact().finally(() => (progress.done = true));
    for (let i = 0; !progress.done && i < 1000; i++) {
      driver.check([0, 1, 2, 3]);
      if (i < 20) await driver.write(i % 4, 2, 2, 100);
      await new Promise(setImmediate);
    }
    await compacted;
    driver.check([0, 1, 2, 3]);
  });
}

function restarting({ name, make }: ShardEngine): void {
  for (const compacted of [false, true]) {
    const where = compacted ? 'in chunks' : 'in the journal';
    test(`[L2] ${name}: entries resent after a restart get their old positions, from ${where}`, async () => {
      await using place = make();
      const diary = new Diary();
      {
        await using store = await place.open(TINY);
        const driver = new ShardDriver(store, diary);
        for (let i = 0; i < 30; i++) await driver.write(i % 2, i % 5, 4);
        if (compacted) await store.compact();
      }
      const positions = diary.entries.map(({ at }) => at);
      // As if no acknowledgement had arrived.
      for (const entry of diary.entries) entry.at = 0;
      await using store = await place.open(TINY);
      const driver = new ShardDriver(store, diary);
      await driver.resend();
      deepEqual(
        diary.entries.map(({ at }) => at),
        positions,
      );
      driver.check([0, 1]);
      equal(driver.state(0).tail, 1 + diary.of(0).length);
    });
  }

  test(`[L9] ${name}: positions, numbers and writers go on where they were, over many restarts`, async () => {
    await using place = make();
    const diary = new Diary();
    for (let run = 0; run < 6; run++) {
      await using store = await place.open(TINY);
      const driver = new ShardDriver(store, diary);
      for (let log = 0; log <= run; log++) await driver.write(log, run % 2, 3);
      if (run % 3 === 1) await store.compact();
      driver.check(Array.from({ length: run + 1 }, (_, log) => log));
      equal(new Set(Array.from({ length: run + 1 }, (_, log) => driver.state(log).number)).size, run + 1);
    }
  });

  test(`[W12] ${name}: an entry comes back as the bytes its writer made`, async () => {
    await using place = make();
    const diary = new Diary();
    {
      await using store = await place.open();
      await new ShardDriver(store, diary).write(1, 1, 200, 1000);
      await store.compact();
    }
    await using store = await place.open();
    const { entries } = new ShardDriver(store, diary).readAll(1);
    deepEqual(
      entries.map((bytes) => Buffer.from(bytes)),
      diary.entries.map(({ bytes }) => Buffer.from(bytes)),
    );
    for await (const problem of store.verify()) throw new Error(`${problem.where}: ${problem.what}`);
  });
}

function owning({ name, make }: ShardEngine): void {
  test(`[J11] ${name}: the former owner commits nothing more, and says that the shard has moved`, async () => {
    await using place = make();
    const diary = new Diary();
    await using first = await place.open();
    const old = new ShardDriver(first, diary);
    await old.write(1, 1, 3);
    await using second = await place.open();
    const driver = new ShardDriver(second, diary);
    await old.write(1, 1, 1);
    await old.write(2, 1, 1);
    deepEqual(
      old.faults.map(({ code }) => code),
      ['moved', 'moved'],
    );
    await rejects(first.compact(), { name: 'Fault', code: 'moved' });
    await driver.resend();
    driver.check([1, 2]);
    equal(diary.unknown.length, 0);
  });

  test(`[L5] ${name}: a batch of nothing but known entries waits for the commits before it`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open();
    const state = store.open(siteOf(1), logOf(1));
    const run = { log: state, first: 1, count: 1, parts: [diary.write(1, 1, 9).bytes], declare: true };
    const order: string[] = [];
    const first = store
      .commit({ runs: [run], settled: [], leads: [], snapshots: [], spoken: [], bytes: 9, count: 1 })
      .then(() => order.push('entries'));
    const second = store
      .commit({ runs: [], settled: [], leads: [], snapshots: [], spoken: [], bytes: 0, count: 0 })
      .then(() => order.push('answers'));
    await Promise.all([first, second]);
    deepEqual(order, ['entries', 'answers']);
  });
}

function retaining({ name, make }: ShardEngine): void {
  /** Rounds of ten entries of 1 KB with a day between them, each compacted. */
  async function week(
    place: ShardPlace,
    diary: Diary,
    store: LogStore,
    logs: readonly number[],
  ): Promise<ShardDriver> {
    const driver = new ShardDriver(store, diary);
    for (let day = 0; day < 7; day++) {
      for (const log of logs) await driver.write(log, 1, 70, 1000);
      await store.compact();
      place.wallMs += DAY_MS;
    }
    return driver;
  }

  test(`[J6] ${name}: retention by count, bytes and age drops whole chunks, oldest first`, SLOW, async () => {
    for (const rule of [{ count: 150 }, { bytes: 150_000 }, { ageMs: 2.5 * DAY_MS }]) {
      await using place = make();
      const diary = new Diary();
      {
        await using store = await place.open();
        const driver = await week(place, diary, store, [1]);
        await store.retain(siteOf(1), logOf(1), rule);
        await store.compact();
        const state = driver.state(1);
        const kept = state.durable - state.first;
        ok(kept >= 140 && kept < 300, `${JSON.stringify(rule)} keeps ${kept}`);
        deepEqual(store.read(state, state.first - 1, 100), { kind: 'trimmed', first: state.first });
        deepEqual(store.read(state, 1, 100), { kind: 'trimmed', first: state.first });
        driver.check([1]);
        await store.compact();
        equal(driver.state(1).first, state.first, 'nothing more goes');
      }
      await using store = await place.open();
      const driver = new ShardDriver(store, diary);
      const state = driver.state(1);
      ok(state.first > 1, 'the first kept position survives a restart');
      driver.check([1]);
      await driver.write(1, 1, 5);
      driver.check([1]);
      for await (const problem of store.verify()) throw new Error(`${problem.where}: ${problem.what}`);
    }
  });

  test(`[Q7] ${name}: what a snapshot of a leader stands for goes when it is old enough, of others never`, async () => {
    for (const isLeaders of [true, false]) {
      await using place = make();
      const diary = new Diary();
      await using store = await place.open({}, { replacedMs: 2.5 * DAY_MS });
      const driver = await week(place, diary, store, [1, 4]);
      equal(driver.state(1).first, 1, 'nothing goes without a snapshot');
      await driver.snapshot(1, { from: 301, at: 301, last: 301, isLeaders });
      await store.compact();
      const { first } = driver.state(1);
      if (isLeaders) ok(first > 200 && first <= 301, `kept from ${first}`);
      else equal(first, 1);
      await driver.snapshot(1, { from: 480, at: 480, last: 480, isLeaders });
      await store.compact();
      ok(driver.state(1).first < 400, 'what is young enough stays');
      equal(driver.state(4).first, 1, 'of another log nothing goes');
      driver.check([1, 4]);
    }
  });

  test(`[J6] ${name}: a log's own rule goes before its site's; other sites keep everything`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open();
    // Logs 1 and 4 are of one site, 2 of another.
    await store.retain(siteOf(1), null, { count: 100 });
    await store.retain(siteOf(4), logOf(4), { count: 300 });
    const driver = await week(place, diary, store, [1, 2, 4]);
    const kept = [1, 2, 4].map((log) => driver.state(log).durable - driver.state(log).first);
    ok(kept[0]! < 250 && kept[0]! >= 100, `the site's rule keeps ${kept[0]}`);
    equal(kept[1], 490);
    ok(kept[2]! >= 300 && kept[2]! < 450, `the log's own rule keeps ${kept[2]}`);
    await store.retain(siteOf(4), logOf(4), null);
    await store.compact();
    equal(driver.state(4).durable - driver.state(4).first, kept[0]);
  });

  test(`[J6] ${name}: the store's rule is for every log that neither has one nor its site`, async () => {
    await using place = make();
    const diary = new Diary();
    const kept = (driver: ShardDriver, log: number): number =>
      driver.state(log).durable - driver.state(log).first;
    {
      await using store = await place.open({ sweepCount: 2 }, { count: 100 });
      // Logs 1 and 4 are of one site, 2 of another, 0, 3, 6 and 9 of a third.
      await store.retain(siteOf(1), null, { count: 200 });
      await store.retain(siteOf(4), logOf(4), { count: 300 });
      await store.retain(siteOf(2), logOf(2), {});
      const driver = await week(place, diary, store, [1, 4, 2, 0, 3, 6, 9]);
      for (const log of [0, 3, 6, 9])
        ok(kept(driver, log) >= 100 && kept(driver, log) < 250, `log ${log} keeps ${kept(driver, log)}`);
      ok(kept(driver, 1) >= 200 && kept(driver, 1) < 350, `the site's rule keeps ${kept(driver, 1)}`);
      ok(kept(driver, 4) >= 300 && kept(driver, 4) < 450, `the log's own rule keeps ${kept(driver, 4)}`);
      equal(kept(driver, 2), 490, 'a rule without a bound keeps everything');
      const { first } = driver.state(9);
      deepEqual(store.read(driver.state(9), first - 1, 100), { kind: 'trimmed', first });
      driver.check([0, 1, 2, 3, 4, 6, 9]);
      ok(figureOf(store, 'storeDroppedEntriesTotal') >= 4 * 240, 'what went is counted');
    }
    // The rule is of the store that is open, not of the files.
    await using store = await place.open();
    const driver = new ShardDriver(store, diary);
    const before = kept(driver, 9);
    await driver.write(9, 1, 210, 1000);
    await store.compact();
    equal(kept(driver, 9), before + 210);
    for await (const problem of store.verify()) throw new Error(`${problem.where}: ${problem.what}`);
  });

  test(`[J6] ${name}: the store's rule by age lets whole logs go that nobody writes to any more`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open({}, { ageMs: 2.5 * DAY_MS, bytes: 1 });
    const driver = await week(place, diary, store, [1, 2]);
    ok(driver.state(1).first < driver.state(1).durable);
    place.wallMs += 3 * DAY_MS;
    await store.compact();
    for (const log of [1, 2]) {
      const state = driver.state(log);
      deepEqual([state.first, state.tail], [491, 491]);
      deepEqual(store.read(state, 490, 100), { kind: 'trimmed', first: 491 });
      await driver.write(log, 1, 3);
    }
    driver.check([1, 2]);
  });

  test(`[J6] ${name}: a reader whose position went away meanwhile is told the first kept one`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open();
    const driver = await week(place, diary, store, [1]);
    const state = driver.state(1);
    await store.retain(siteOf(1), logOf(1), { count: 10 });
    await store.compact();
    const { first } = state;
    // The moment between the transaction of the sweep and its answer.
    state.first = 1;
    deepEqual(store.read(state, 1, 100), { kind: 'trimmed', first });
    equal(state.first, first);
  });
}

const DAY_MS = 86_400_000;

function figureOf(store: LogStore, name: string): number {
  const figure = store.figures().find((told) => told.name === name);
  return Number(must(figure, 'it is told').value);
}

const openLogs = (store: LogStore): number => figureOf(store, 'storeLogsOpen');

function holding({ name, make }: ShardEngine): void {
  test(`[G2] ${name}: a log is one object as long as anybody holds it, also beyond the bound of open logs`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open({ openLogsMax: 4 });
    const driver = new ShardDriver(store, diary);
    const held = driver.state(0);
    for (let round = 0; round < 3; round++) {
      for (let log = 0; log < 20; log++) await driver.write(log, 1, 2);
      await store.compact();
    }
    for (let log = 20; log < 30; log++) driver.state(log);
    ok(openLogs(store) <= 5, `${openLogs(store)} logs are open`);
    equal(store.find(siteOf(0), logOf(0)), held);
    driver.check(Array.from({ length: 20 }, (_, log) => log));
    equal(held.tail, 7);
  });

  test(`[G2] ${name}: a log that was let go comes back with its positions and writers`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open({ openLogsMax: 2 });
    const driver = new ShardDriver(store, diary);
    for (let log = 0; log < 10; log++) await driver.write(log, 1, 3);
    await store.compact();
    for (let log = 10; log < 30; log++) driver.state(log);
    Bun.gc(true);
    for (const entry of diary.entries) entry.at = 0;
    await driver.resend();
    driver.check(Array.from({ length: 10 }, (_, log) => log));
    for (let log = 0; log < 10; log++) equal(driver.state(log).tail, 4);
  });

  test(`[V2] ${name}: who leads a log is known after a restart, from the journal and from its row`, async () => {
    await using place = make();
    const diary = new Diary();
    const device = deviceId('0100000000000001');
    const reopened = async (leads: readonly Lead[], compacted: boolean): Promise<Lead | null> => {
      {
        await using store = await place.open();
        const driver = new ShardDriver(store, diary);
        for (const lead of leads) await driver.lead(1, lead);
        if (leads.length > 0) await driver.write(1, 1, 2);
        if (compacted) await store.compact();
      }
      await using store = await place.open();
      return store.open(siteOf(1), logOf(1)).lead;
    };
    deepEqual(await reopened([], false), null);
    // Nobody has ever written to the log: the control record declares it.
    deepEqual(await reopened([{ epoch: 1, device }], false), { epoch: 1, device });
    deepEqual(await reopened([], true), { epoch: 1, device });
    deepEqual(await reopened([{ epoch: 2, device }], false), { epoch: 2, device });
    deepEqual(await reopened([{ epoch: 3, device: null }], true), { epoch: 3, device: null });
    deepEqual(await reopened([], true), { epoch: 3, device: null });
  });

  test(`[Q2] ${name}: where a snapshot stands is known after a restart, from the journal and from its row`, async () => {
    await using place = make();
    const diary = new Diary();
    const reopened = async (
      places: readonly SnapshotPlace[],
      compacted: boolean,
    ): Promise<SnapshotPlace | null> => {
      {
        await using store = await place.open();
        const driver = new ShardDriver(store, diary);
        await driver.write(1, 1, 3);
        for (const each of places) await driver.snapshot(1, each);
        if (compacted) await store.compact();
      }
      await using store = await place.open();
      return store.open(siteOf(1), logOf(1)).snapshot;
    };
    const small = { from: 2, at: 2, last: 3, isLeaders: false };
    const large = { from: 3, at: 3, last: 3, isLeaders: true };
    deepEqual(await reopened([], false), null);
    deepEqual(await reopened([large, small], false), large);
    deepEqual(await reopened([], true), large);
    deepEqual(await reopened([small], true), large, 'one that stands for less takes no place');
    const larger = { from: 7, at: 8, last: 9, isLeaders: false };
    deepEqual(await reopened([larger], false), larger);
    deepEqual(await reopened([large], true), larger);
  });

  test(`[J1] ${name}: a batch that builds on a commit that failed is stopped before there is a hole`, async () => {
    await using place = make();
    const diary = new Diary();
    await using store = await place.open();
    const state = store.open(siteOf(1), logOf(1));
    const run = { log: state, first: 2, count: 1, parts: [diary.write(1, 1, 9).bytes], declare: true };
    await rejects(
      store.commit({ runs: [run], settled: [], leads: [], snapshots: [], spoken: [], bytes: 9, count: 1 }),
      {
        name: 'AssertionError',
      },
    );
  });
}
