/** What `copse doctor` says of a journal that processes share (SPEC N6, J12, J13). */

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { key } from 'copse/internal/base/ids.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { diagnose, type Diagnosis } from '../../server/src/node/doctor/doctor.ts';
import { readSettings } from '../../server/src/node/settings.ts';
import { ownTailKey, TAIL_KEY_FILE } from '../../server/src/node/shards/tail-key.ts';
import { openPostgresJournal } from '../../server/src/store/journal-postgres.ts';
import { openStandby } from '../../server/src/store/shard-standby.ts';
import { postgresMissing, startCluster, type Cluster } from './postgres-cluster.ts';
import { Diary, ShardDriver } from './shard-driver.ts';

const primitives = nativePrimitives();
const env = realEnv();
const NAME = 'shared journal';
const options = { skip: postgresMissing() ?? false, timeout: 120_000 };

interface Scene {
  readonly cluster: Cluster;
  readonly data: string;
  readonly url: string;
}

/** A tail that has served a shard and left. */
async function withTail(act: (scene: Scene) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-doctor-'));
  const data = join(scratch, 'oak');
  mkdirSync(data, { mode: 0o700 });
  try {
    await using cluster = await startCluster();
    const url = await cluster.database();
    const node = key(await primitives.ed25519PublicKey(new Uint8Array(32).fill(5)));
    await ownTailKey(data, node, { primitives, env });
    const postgres = cluster.connect(url);
    const journal = await openPostgresJournal({ postgres, shard: 0, primitives, env, isWhole: true });
    {
      await using store = await (
        await openStandby({ directory: join(data, 'tail'), journal, env, primitives })
      ).take();
      await new ShardDriver(store, new Diary()).write(1, 1, 5);
      await store.compact();
    }
    await act({ cluster, data, url });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function look({ data, url }: Scene, journal = url): Promise<Diagnosis> {
  const flags = { data, role: 'tail', journal, auth: 'http://127.0.0.1:1', port: 0 };
  const settings = readSettings({ flags, environment: {}, file: {} });
  for await (const diagnosis of diagnose(settings, env, primitives)) {
    if (diagnosis.name === NAME) return diagnosis;
    // A tail has no accounts and no journal of its own, and misses neither.
    deepEqual(diagnosis.findings, [], diagnosis.name);
  }
  throw new Error('it was not looked at');
}

async function only(scene: Scene, what: RegExp, journal?: string): Promise<void> {
  const { findings } = await look(scene, journal);
  equal(findings.length, 1, JSON.stringify(findings));
  const [finding] = findings;
  ok(finding !== undefined && finding.todo !== '');
  equal(finding.level, 'problem');
  match(finding.what, what);
}

test('[N6] a shared journal that is well is described; what is wrong with it is named', options, async () => {
  await withTail(async (scene) => {
    const { cluster, data, url } = scene;
    const seen = await look(scene);
    deepEqual(seen.findings, []);
    match(seen.note ?? '', /^Epoch 1, record 2; nobody has served it yet\.$/);

    const path = join(data, TAIL_KEY_FILE);
    chmodSync(path, 0o644);
    await only(scene, /key of tails/);
    chmodSync(path, 0o600);

    await using postgres = cluster.connect(url);
    await postgres.query('ALTER SYSTEM SET full_page_writes = off');
    await postgres.query('SELECT pg_reload_conf()');
    await only(scene, /full_page_writes/);
    await postgres.query('ALTER SYSTEM RESET full_page_writes');
    await postgres.query('SELECT pg_reload_conf()');

    await postgres.query("UPDATE copse_record SET bytes = '\\x00' WHERE seq = 2");
    await only(scene, /Record 2/);
  });
});

test('[N6, J13] a journal that is another one, or does not answer, is named', options, async () => {
  await withTail(async (scene) => {
    const { cluster, data } = scene;
    const other = await cluster.database();
    const connect = { postgres: cluster.connect(other), shard: 0, primitives, env };
    {
      await using journal = await openPostgresJournal(connect);
      await journal.seal(new Uint8Array(16));
    }
    await only(scene, /another journal/, other);
    await cluster.kill();
    await only(scene, /does not answer/);
    copyFileSync(join(data, TAIL_KEY_FILE), join(data, 'kept'));
    rmSync(join(data, TAIL_KEY_FILE));
    const { findings } = await look(scene);
    equal(findings.length, 2);
    match(findings[0]?.what ?? '', /missing/);
  });
});
