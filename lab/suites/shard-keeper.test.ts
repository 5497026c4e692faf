/** The life of a process that shares a shard, over a real database and with a tail that only counts (SPEC J14). */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import { key } from 'copse/internal/base/ids.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { shardSilentMs } from 'copse/internal/base/limits-shards.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { ShardKeeper } from '../../server/src/node/shards/keeper.ts';
import { openPostgresJournal } from '../../server/src/store/journal-postgres.ts';
import { postgresMissing, startCluster } from './postgres-cluster.ts';

const primitives = nativePrimitives();
const env = realEnv();
const PATIENCE_MS = 20_000;

const missing = postgresMissing();
// Not in a hook, which has five seconds whatever it says.
const cluster = missing === null ? await startCluster() : null;
const options = { skip: missing ?? false, timeout: 60_000 };
after(() => cluster?.[Symbol.asyncDispose]());

/** What happened to one process, in order: the epoch that it serves from, how its tail ended. */
class Kept implements AsyncDisposable {
  readonly events: string[] = [];
  readonly keeper: ShardKeeper;
  readonly #folder = mkdtempSync(join(tmpdir(), 'copse-keeper-'));

  constructor(url: string, { cannotOpen = false, node = 1 } = {}) {
    const { events } = this;
    this.keeper = new ShardKeeper({
      shard: 0,
      node: key(new Uint8Array(32).fill(node)),
      directory: join(this.#folder, 'tail'),
      connect: () => must(cluster, 'the cluster runs').connect(url),
      env,
      primitives,
      url: 'ws://127.0.0.1/tail',
      async openTail() {
        if (cannotOpen) throw new Error('it cannot');
        return {
          open() {
            throw new Error('nobody connects');
          },
          drain: async () => void events.push('drained'),
          fence: () => void events.push('fenced'),
          figures: () => [],
          async [Symbol.asyncDispose]() {},
        };
      },
      onOwner: (epoch) => void (epoch === null ? null : events.push(`epoch ${epoch}`)),
    });
  }

  async until(event: string): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    while (this.events.at(-1) !== event) {
      ok(performance.now() < endMs, `${event}, not ${this.events.join(', ')}`);
      await pause(10);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const database = (): Promise<string> => must(cluster, 'the cluster runs').database();

test(
  '[J14, J11] an owner whose journal was sealed by another one notices it though nobody writes, and leaves',
  options,
  async () => {
    const url = await database();
    await using oak = new Kept(url);
    await oak.until('epoch 1');
    // As who took the shard before, and stood still in the middle.
    const postgres = must(cluster, 'the cluster runs').connect(url);
    await using late = await openPostgresJournal({ postgres, shard: 0, primitives, env });
    equal((await late.seal(new Uint8Array(16))).epoch, 2);
    await oak.until('epoch 3');
    deepEqual(oak.events, ['epoch 1', 'fenced', 'epoch 3']);
  },
);

test(
  '[J14] who is asked to end drains and gives the shard up, and the next one has it within its silence',
  options,
  async () => {
    const url = await database();
    await using elm = new Kept(url);
    {
      await elm.until('epoch 1');
      await using ash = new Kept(url);
      await pause(500);
      deepEqual(ash.events, []);
      const startMs = performance.now();
      await elm.keeper[Symbol.asyncDispose]();
      equal(elm.events.at(-1), 'drained');
      await ash.until('epoch 2');
      ok(performance.now() - startMs < shardSilentMs);
    }
  },
);

test('[J14] who cannot serve gives the shard up to who can', options, async () => {
  const url = await database();
  await using unable = new Kept(url, { cannotOpen: true });
  while (unable.keeper.notReady() !== 'The node made a mistake.') await pause(10);
  await using able = new Kept(url);
  const startMs = performance.now();
  while (able.events.length === 0) {
    ok(performance.now() - startMs < PATIENCE_MS);
    await pause(10);
  }
  const [first] = able.events;
  await pause(2 * shardSilentMs);
  deepEqual(able.events, [first], 'and keeps it');
});

test('[J13] a database of another node is left alone', options, async () => {
  const url = await database();
  await using oak = new Kept(url);
  await oak.until('epoch 1');
  await using stranger = new Kept(url, { node: 2 });
  const endMs = performance.now() + PATIENCE_MS;
  while (!/another node/.test(stranger.keeper.notReady() ?? '')) {
    ok(performance.now() < endMs);
    await pause(10);
  }
  await oak.keeper[Symbol.asyncDispose]();
  await pause(2 * shardSilentMs);
  deepEqual(stranger.events, []);
});
