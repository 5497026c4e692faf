/** Whenever a tail ends, and whatever notify did meanwhile: what is durable as news is told (SPEC I2, I17). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { hex } from 'copse/internal/base/bytes.ts';
import { compactAfterMs } from 'copse/internal/base/limits.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { MemoryDisk } from '../store/log-store-memory.ts';
import type { LogStore } from '../store/log-store.ts';
import { FakeEnv, settled } from './testing/fake-env.ts';
import { log, primitives, SITE } from './testing/harness.ts';
import { Life } from './testing/life.ts';
import { NotifyDouble } from './testing/notify-double.ts';

/** By log, the length behind its newest news and whom all of them mention, as the store has it. */
function durableNews(store: LogStore): ReadonlyMap<string, { length: number; tags: string[] }> {
  const found = new Map<string, { length: number; tags: string[] }>();
  for (const name of LOGS.map(log)) {
    const state = store.find(SITE, name);
    if (state === undefined) continue;
    for (let at = state.first; at < state.durable;) {
      const page = store.read(state, at, 1 << 20);
      assert.equal(page.kind, 'page');
      if (page.kind !== 'page') break;
      const cursor = new EntryCursor(page.entries);
      for (; cursor.next(); at++) {
        if (cursor.news === null) continue;
        const known = found.get(name) ?? { length: 0, tags: [] };
        found.set(name, {
          length: at + 1,
          tags: [...known.tags, ...(cursor.news.length > 0 ? [hex(cursor.news)] : [])],
        });
      }
    }
  }
  return found;
}

const LOGS = [1, 2, 3];
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      log: fc.constantFrom(...LOGS),
      news: fc.option(fc.nat(2)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('away', 'mute', 'slow', 'faster', 'back') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.constantFrom(0, 1, 30, compactAfterMs) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('compact') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('synced', 'failed') }) },
);

test('[I2] whenever it ends, what is durable as news is told, and to whom it speaks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 40 }), async (steps) => {
      const env = new FakeEnv();
      const notify = new NotifyDouble();
      const sync = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
      using disk = new MemoryDisk({ primitives, sync });
      let number = 1;
      const open = async (): Promise<Life> =>
        new Life(await disk.open(env), { env, notify: notify.remote, number: number++ });
      let life = await open();
      for (const [n, drawn] of steps.entries()) {
        if ('log' in drawn)
          life.write(drawn.log, drawn.news === null ? null : new Uint8Array(drawn.news > 0 ? 8 : 0).fill(n));
        else if ('ms' in drawn) await env.advance(drawn.ms);
        else if (drawn.kind === 'compact') void life.store.compact().catch(() => {});
        else if (drawn.kind === 'synced' || drawn.kind === 'failed') {
          life.end();
          notify.lose();
          disk.crash(drawn.kind);
          life = await open();
        } else {
          notify.isAway = drawn.kind === 'away';
          notify.isMute = drawn.kind === 'mute';
          // A later call may be answered before an earlier one.
          if (drawn.kind === 'slow' || drawn.kind === 'faster') notify.isSlow = drawn.kind === 'slow';
          else notify.keep();
        }
      }
      await settled();
      life.end();
      notify.lose();
      disk.crash('synced');
      [notify.isAway, notify.isMute] = [false, false];
      life = await open();
      await env.advance(30_000);
      for (const [name, { length, tags }] of durableNews(life.store)) {
        const told = notify.told.filter((row) => row.log === name);
        assert.equal(Math.max(0, ...told.map((row) => row.length)), length);
        const mentioned = new Set(told.flatMap((row) => row.mentions));
        for (const tag of tags) assert.ok(mentioned.has(tag));
      }
      life.end();
      await life.store[Symbol.asyncDispose]();
    }),
    { numRuns: Number(process.env['NEWS_RUNS'] ?? 60) },
  );
});

test('[I2] the journal waits with chunks for news that is not told, and no longer', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  using disk = new MemoryDisk({ primitives });
  const life = new Life(await disk.open(env), { env, notify: notify.remote, number: 1 });
  const waiting = (): number =>
    Number(life.store.figures().find(({ name }) => name === 'storeJournalWaiting')?.value);
  life.write(1, new Uint8Array(0));
  await env.advance(compactAfterMs);
  assert.equal(waiting(), 0);
  notify.isAway = true;
  life.write(1, null);
  await settled();
  life.write(1, new Uint8Array(0));
  await settled();
  life.write(1, null);
  await env.advance(4 * compactAfterMs);
  const held = waiting();
  assert.ok(held > 200 && held < 400, `${held} bytes: what stands before the news is in chunks`);
  notify.isAway = false;
  await env.advance(30_000);
  await env.advance(compactAfterMs);
  assert.equal(waiting(), 0);
  life.end();
  await life.store[Symbol.asyncDispose]();
});

test('[I2] where too much would wait chunks come first, and who tells knows the news still', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  notify.isAway = true;
  using disk = new MemoryDisk({ primitives });
  const life = new Life(await disk.open(env, { newsHoldBytesMax: 2_000 }), {
    env,
    notify: notify.remote,
    number: 1,
  });
  const waiting = (): number =>
    Number(life.store.figures().find(({ name }) => name === 'storeJournalWaiting')?.value);
  for (let n = 0; n < 5; n++) {
    life.write(1, new Uint8Array(0));
    await settled();
  }
  await env.advance(4 * compactAfterMs);
  assert.ok(waiting() > 500, `${waiting()} bytes`);
  for (let n = 0; n < 15; n++) {
    life.write(1, new Uint8Array(0));
    await settled();
  }
  await env.advance(4 * compactAfterMs);
  assert.equal(waiting(), 0);
  notify.isAway = false;
  await env.advance(30_000);
  assert.equal(notify.told.at(-1)?.length, 21);
  life.end();
  await life.store[Symbol.asyncDispose]();
});
