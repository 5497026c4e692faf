/** Both engines of what notify keeps run the contract suite, and hold alike whatever is committed. */

import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { FaultPlan, failing } from '../../../lab/suites/failing-database.ts';
import {
  deviceAt,
  LISTENER,
  loaded,
  logAt,
  newsSuite,
  siteAt,
  subscribed,
  userAt,
} from '../../../lab/suites/news.suite.ts';
import { numbered, numbersIn } from '../../../lab/suites/news-numbers.ts';
import { withFile } from '../../../lab/suites/with-file.ts';
import { openMigrated } from './migrate.ts';
import { MemoryNews } from './news-memory.ts';
import { NEWS_SCHEMA } from './news-schema.ts';
import { SqliteNews } from './news-sqlite.ts';
import type { NewsBatch, NewsStore } from './news.ts';

const memory = async () => new MemoryNews();
const sqlite = async () => SqliteNews.open({ path: ':memory:' });
newsSuite({ name: 'memory', open: memory });
newsSuite({ name: 'SQLite', open: sqlite });

const user = fc.nat(1).map(userAt);
const device = fc.nat(1).map(deviceAt);
const site = fc.nat(1).map(siteAt);
const log = fc.nat(1).map(logAt);
const url = fc.constantFrom('https://p.example/1', 'https://p.example/2');
const some = <R>(of: fc.Arbitrary<R>) => fc.array(of, { maxLength: 3 });
const few = fc.nat(9);

const listener = fc.constantFrom(
  null,
  LISTENER,
  { ...LISTENER, level: 'none' } as const,
  {
    ...LISTENER,
    override: { level: 'all', forMs: 5, untilMs: 50 },
    tags: new Uint8Array(8).fill(2),
  } as const,
);
const endpoint = fc.tuple(
  device,
  fc.oneof(
    fc.constant(null),
    url.map((to) => ({ url: to, p256dh: new Uint8Array(65), auth: new Uint8Array(16) })),
  ),
);
const quiet = fc.constantFrom(undefined, null, {
  zone: 'UTC',
  days: 1,
  fromMinute: 2,
  toMinute: 3,
  mentionsPass: true,
});
const update = fc
  .record({
    user,
    version: fc.integer({ min: 1, max: 9 }),
    listeners: some(fc.record({ device, site, listener })),
    endpoints: some(endpoint),
    quiet,
  })
  .map(({ user: of, version, quiet: hours, ...rest }) =>
    subscribed(hours === undefined ? rest : { ...rest, quiet: hours }, version, of),
  );
const reading = fc.record({
  user,
  device,
  site,
  readAll: few,
  told: few,
  isOutstanding: fc.boolean(),
  isShown: fc.boolean(),
  mentions: some(fc.record({ log, ordinal: few })),
});
const batch: fc.Arbitrary<NewsBatch> = fc.record(
  {
    subscriptions: some(update),
    sites: some(fc.record({ site, ordinal: few })),
    logs: some(fc.record({ site, log, length: few, ordinal: few, order: few })),
    readings: some(reading),
    marks: some(fc.record({ user, site, log, ordinal: few })),
    marksGone: some(fc.record({ user, site, log })),
    windows: some(fc.record({ user, device, step: fc.nat(2), untilMs: few })),
    deliveries: some(fc.record({ user, device, url, failures: few, sinceMs: few, goneMs: few })),
    told: some(fc.record({ user, device, site, atMs: few, what: fc.constantFrom('sent', 'quiet') })),
    letters: some(
      fc.record({
        user,
        device,
        atMs: few,
        why: fc.constant('late'),
        last: fc.constant(''),
        origin: fc.constantFrom('https://p.example', ''),
      }),
    ),
    lettersGone: some(few),
    sitesGone: fc.array(site, { maxLength: 1 }),
  },
  { requiredKeys: [] },
);

/** Everything that can be asked, in an order that no engine owes. */
async function everything(store: NewsStore): Promise<unknown> {
  const shown = (row: unknown): string => Bun.inspect(row, { depth: 9, sorted: true });
  const sorted = (rows: Iterable<unknown>): readonly string[] => [...rows].map(shown).toSorted();
  const people = await Promise.all(
    [0, 1].map(userAt).map(async (of) => {
      const { state, ...rest } = await store.stored(of);
      return {
        rest,
        listeners: sorted(state.listeners()),
        endpoints: sorted(state.endpoints()),
        sites: [0, 1].map((n) => sorted(state.sitesOf(deviceAt(n)))),
        counts: [state.listenerCount, state.endpointCount, state.quiet],
        at: await store.endpoint(of, deviceAt(0)),
        told: (await store.told(of, 100)).map(shown),
      };
    }),
  );
  const all = Object.entries(await loaded(store)).map(([kind, rows]) => [kind, sorted(rows)]);
  return { people, all, letters: (await store.letters(0, 100)).map(shown) };
}

test('[I12] the engines hold alike, whatever is committed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 8 }), async (batches) => {
      await using one = await memory();
      await using other = await sqlite();
      for (const each of batches) {
        // Records of the generator have no prototype.
        const plain = structuredClone(each);
        await Promise.all([one.commit(plain), other.commit(plain)]);
        deepEqual(await everything(other), await everything(one));
      }
    }),
    { numRuns: 150 },
  );
});

test('[I11] the epoch of a file is drawn once, and another file has another one', async () => {
  await withFile('notify.sqlite', async (path) => {
    const epochs: string[] = [];
    for (const each of [path, path, `${path}-2`]) {
      await using store = SqliteNews.open({ path: each });
      epochs.push(hex(store.epoch));
    }
    equal(epochs[0], epochs[1]);
    notEqual(epochs[0], epochs[2]);
  });
});

test('[J8, I15] letters of the version before are there after an upgrade, without what they said', async () => {
  await withFile('notify.sqlite', async (path) => {
    {
      using old = openMigrated(path, { ...NEWS_SCHEMA, steps: NEWS_SCHEMA.steps.slice(0, 1) });
      const insert = old.prepare(
        'INSERT INTO letter (user, device, at_ms, why, last, message) VALUES (?, ?, ?, ?, ?, ?)',
      );
      for (const atMs of [1, 2])
        insert.run(userAt(1), deviceAt(1), atMs, 'late', '503', new Uint8Array(4_000));
      old.execute('DELETE FROM letter WHERE id = 2');
    }
    await using store = SqliteNews.open({ path });
    const letter = { user: userAt(1), device: deviceAt(1), why: 'late', last: '503' };
    await store.commit({ letters: [{ ...letter, atMs: 3, origin: 'https://p.example' }] });
    deepEqual(await store.letters(0, 9), [
      { ...letter, id: 1, atMs: 1, origin: '' },
      { ...letter, id: 3, atMs: 3, origin: 'https://p.example' },
    ]);
  });
});

for (const mode of ['once', 'from then on', 'after the commit'] as const) {
  test(`[I12] a batch is there whole or not at all, whichever operation fails (${mode})`, async () => {
    await withFile('notify.sqlite', async (path) => {
      {
        await using store = SqliteNews.open({ path });
        await store.commit(numbered(1));
      }
      const seen = new Set<number>();
      for (let failAt = 1; ; failAt++) {
        const copy = `${path}-${failAt}`;
        copyFileSync(path, copy);
        const plan = new FaultPlan(failAt, mode);
        const told = await failsAt(copy, plan);
        await using store = SqliteNews.open({ path: copy });
        const numbers = await numbersIn(store);
        equal(numbers.size, 1, [...numbers].join());
        if (told) deepEqual([...numbers], [2], 'what was answered is there');
        for (const number of numbers) seen.add(number);
        if (!plan.triggered) break;
      }
      deepEqual(seen, new Set([1, 2]));
    });
  });
}

/** Whether the second batch was answered. */
async function failsAt(path: string, plan: FaultPlan): Promise<boolean> {
  using database = openMigrated(path, NEWS_SCHEMA);
  try {
    await SqliteNews.over(failing(database, plan), { path: ':memory:' }).commit(numbered(2));
    return true;
  } catch (thrown) {
    ok(thrown instanceof Fault, String(thrown));
    return false;
  }
}
