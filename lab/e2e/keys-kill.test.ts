/**
 * The next key of a site of many, on a real node with real processes: the device that makes it is killed in the
 * middle, or the node is. Somebody goes on writing all the while, and the set that counts is whole.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { rekeyLeaseMs } from 'copse/internal/base/limits.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import { MemoryKeep } from 'copse/internal/client/index.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import type { Site } from 'copse/internal/client/site.ts';
import { permissionsAll } from 'copse/internal/capability/policy.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { plantMembers } from '../bench/keys-ground.ts';
import { lasting } from '../suites/sim-machine.ts';
import { scratch } from './support/garden.ts';
import { startNode, type NodeChild } from './support/node.ts';

const DEVICE = join(import.meta.dirname, 'support/admin-device.ts');
const SLOW = { timeout: 150_000 };
/** Eight parts of a set, which take a device half a second. */
const MEMBERS = 2_000;
const WRITE_EVERY_MS = 20;

async function eventually(isSo: () => Promise<boolean>, what: string, patienceMs = 30_000): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!(await isSo().catch(() => false))) {
    assert.ok(performance.now() < endMs, `not in time: ${what}`);
    await pause(2);
  }
}

/** What the node has on its disk, while it runs. */
class Records implements Disposable {
  readonly #database;
  readonly #site: string;

  constructor(path: string, site: string) {
    this.#database = openDatabase(path, { readonly: true });
    this.#site = site;
  }

  #count(sql: string, ...values: readonly (string | number)[]): number {
    return this.#database.prepare<{ count: number }>(sql).get(this.#site, ...values)?.count ?? 0;
  }

  get parts(): number {
    return this.#count('SELECT count(*) AS count FROM rotation_part WHERE site = ?');
  }

  get epoch(): number {
    return this.#count('SELECT key_epoch AS count FROM site WHERE id = ?');
  }

  /** Members who have stated a key and were given none of this epoch. */
  lacking(epoch: number): number {
    return this.#count(
      `SELECT count(*) AS count FROM member m JOIN user_key_now n ON n.user = m.user AND n.due = 0
       WHERE m.site = ? AND m.left_ms IS NULL AND NOT EXISTS (
         SELECT 1 FROM site_envelope e
         WHERE e.site = m.site AND e.user = m.user AND e.epoch = ? AND length(e.envelope) > 0)`,
      epoch,
    );
  }

  /** Envelopes of somebody, of any epoch but the first. */
  envelopesOf(user: string): number {
    return this.#count('SELECT count(*) AS count FROM site_envelope WHERE site = ? AND user = ?', user);
  }

  /** The envelope of whoever is the first in the first part. */
  first(epoch: number): Uint8Array | null {
    const sql = 'SELECT envelope FROM site_envelope WHERE site = ? AND epoch = ? ORDER BY user LIMIT 1';
    const row = this.#database.prepare<{ envelope: Uint8Array }>(sql).get(this.#site, epoch);
    return row?.envelope ?? null;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** A device of Ada in another process. */
async function deviceOf(url: string, secret: Uint8Array) {
  const words = [DEVICE, url, hex(secret)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const output = createInterface({ input: must(child.stdout, 'its output is a pipe') });
  const isReady = await Promise.race([
    once(output, 'line').then(() => true),
    once(child, 'exit').then(() => false),
  ]);
  assert.ok(isReady, 'the device has begun');
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return { kill, [Symbol.asyncDispose]: kill };
}

/** Appends numbered words, one after the other. */
function writing(site: Site) {
  const written: string[] = [];
  let longestMs = 0;
  const over = new AbortController();
  const work = (async () => {
    while (!over.signal.aborted) {
      const beganMs = performance.now();
      const word = `word ${written.length}`;
      await site.log('chat').append(word);
      longestMs = Math.max(longestMs, performance.now() - beganMs);
      written.push(word);
      await pause(WRITE_EVERY_MS);
    }
  })();
  return {
    written,
    longest: () => longestMs,
    async more(count: number): Promise<void> {
      const until = written.length + count;
      await eventually(async () => written.length >= until, 'more words');
    },
    async stop(): Promise<void> {
      over.abort();
      await work;
    },
  };
}

interface Ground {
  readonly node: NodeChild;
  readonly records: Records;
  readonly secret: Uint8Array;
  /** Of Bea, an admin who is away. */
  readonly beasKeep: MemoryKeep;
  readonly bob: Copse;
  readonly bobs: Site;
  readonly cleo: Copse;
  readonly cleos: Site;
}

/** Ada's garden with many members, and none of its admins here. */
async function ground(act: (of: Ground) => Promise<void>): Promise<void> {
  await using folder = await scratch();
  const data = join(folder.path, 'data');
  await using node = await startNode(data, ['--log-level', 'warn']);
  const ada = await openCopse(node.url, { keep: new MemoryKeep(), name: 'Ada' });
  const secret = await ada.secret();
  const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
  const beasKeep = new MemoryKeep();
  const bea = await openCopse(node.url, { keep: lasting(beasKeep), name: 'Bea' });
  await bea.join(await garden.invite({ permissions: permissionsAll }));
  await using bob = await openCopse(node.url, { keep: new MemoryKeep(), name: 'Bob' });
  await using cleo = await openCopse(node.url, { keep: new MemoryKeep(), name: 'Cleo' });
  const bobs = await bob.join(await garden.invite());
  const cleos = await cleo.join(await garden.invite());
  await pause(500);
  for (const copse of [ada, bea]) await copse.close();
  await node.kill();
  const path = join(data, 'auth.sqlite');
  const { sign } = await userKeysOf(nativePrimitives(), secret);
  await plantMembers({ path, site: garden.id, founder: { user: ada.user, sign }, count: MEMBERS });
  await node.restart();
  using records = new Records(path, garden.id);
  await act({ node, records, secret, beasKeep, bob, bobs, cleo, cleos });
}

/** Everybody has the second key but the one who left, and reads everything. */
async function requireWhole(of: Ground, written: readonly string[]): Promise<void> {
  const { records, cleo, bobs } = of;
  assert.equal(records.epoch, 2);
  assert.equal(records.lacking(2), 0);
  assert.equal(records.envelopesOf(cleo.user), 0);
  const seen: unknown[] = [];
  for await (const { broken, value } of bobs.log('chat').entries({ from: 1 })) {
    seen.push(broken ?? value);
    if (seen.length === written.length) break;
  }
  assert.deepEqual(seen, written);
}

test(
  '[K6, K7] an admin’s device that is killed over a set is relieved by another admin’s',
  SLOW,
  async () => {
    await ground(async (of) => {
      const { node, records, secret, beasKeep, bobs, cleos } = of;
      const words = writing(bobs);
      await using device = await deviceOf(node.url, secret);
      await cleos.leave();
      await eventually(async () => records.parts >= 2, 'two parts');
      await device.kill();
      const killedMs = performance.now();
      const { epoch, state } = await bobs.keyState();
      assert.deepEqual([epoch, state, records.parts < 8], [1, 'rekeying', true]);
      const before = records.first(2);
      await using bea = await openCopse(node.url, { keep: lasting(beasKeep) });
      await words.more(50);
      assert.equal(records.epoch, 1, 'the lease still stands');
      await eventually(async () => records.epoch === 2, 'the next key', 2 * rekeyLeaseMs);
      const tookMs = performance.now() - killedMs;
      assert.ok(tookMs >= rekeyLeaseMs - 2_000, `after ${tookMs} ms`);
      await words.more(20);
      await words.stop();
      assert.ok(words.longest() < 5_000, `an append took ${words.longest()} ms`);
      assert.notDeepEqual(records.first(2), before, 'Bea cannot go on with what Ada began');
      await requireWhole(of, words.written);
      await eventually(async () => (await bea.sites.get()[0]?.keyState())?.epoch === 2, 'that Bea knows it');
    });
  },
);

for (const isAlone of [true, false]) {
  const who = isAlone ? 'the device goes on with its parts' : 'one of two devices ends it';
  test(`[K6, K7] a node that is killed over a set forgets the lease, and ${who}`, SLOW, async () => {
    await ground(async (of) => {
      const { node, records, secret, beasKeep, bobs, cleos } = of;
      const words = writing(bobs);
      await using device = await deviceOf(node.url, secret);
      await cleos.leave();
      await eventually(async () => records.parts >= 2, 'two parts');
      await node.kill();
      assert.equal(records.epoch, 1);
      const before = records.first(2);
      await node.restart();
      const bea = isAlone ? null : await openCopse(node.url, { keep: lasting(beasKeep) });
      const restartedMs = performance.now();
      await eventually(async () => records.epoch === 2, 'the next key', 2 * rekeyLeaseMs);
      const tookMs = performance.now() - restartedMs;
      if (isAlone) {
        assert.deepEqual(records.first(2), before, 'what was there is there');
        assert.ok(tookMs < rekeyLeaseMs, `after ${tookMs} ms`);
      }
      await words.more(20);
      await words.stop();
      await requireWhole(of, words.written);
      await bea?.close();
      await device.kill();
    });
  });
}
