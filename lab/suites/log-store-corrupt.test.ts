/** Files of a shard that are not as they were written: noticed, named, and the rest is served (SPEC J3). */

import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { chunksPath, journalPath } from '../../server/src/store/chunks-open.ts';
import { chunkSchema } from '../../server/src/store/chunks-rows.ts';
import { openLogStore } from '../../server/src/store/log-store-directory.ts';
import { shardProblems } from '../../server/src/store/log-store-verify.ts';
import type { LogStore, Problem } from '../../server/src/store/log-store.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { Diary, logOf, ShardDriver, siteOf } from './shard-driver.ts';

const primitives = nativePrimitives();

interface Shard extends Disposable {
  readonly directory: string;
  readonly diary: Diary;
  open(): Promise<LogStore>;
  /** Changes a file behind the store's back. */
  tamper(file: 'journal' | 'chunks', sql: string): void;
  problems(): Promise<Problem[]>;
}

function makeShard(): Shard {
  const directory = mkdtempSync(join(tmpdir(), 'copse-corrupt-'));
  return {
    directory,
    diary: new Diary(),
    open: () => openLogStore({ directory, env: realEnv(), primitives }),
    tamper(file, sql) {
      using database = openDatabase(file === 'journal' ? journalPath(directory) : chunksPath(directory));
      database.execute(sql);
    },
    async problems() {
      return Array.fromAsync(shardProblems(directory, primitives));
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

/** Two logs with three commits each, in the journal or in chunks. */
async function filled(shard: Shard, compacted: boolean): Promise<void> {
  await using store = await shard.open();
  const driver = new ShardDriver(store, shard.diary);
  for (let i = 0; i < 3; i++) {
    await driver.write(1, 1, 10, 9000);
    await driver.write(2, 1, 10, 100);
  }
  if (compacted) await store.compact();
}

const isCorrupt = (text: string) => (thrown: unknown) => {
  ok(thrown instanceof Error && 'code' in thrown && thrown.code === 'corrupt', String(thrown));
  ok(thrown.message.includes(text), thrown.message);
  return true;
};

test('[J3] an untouched shard has no problems, before and after compaction', async () => {
  using shard = makeShard();
  await filled(shard, false);
  deepEqual(await shard.problems(), []);
  await filled(shard, true);
  deepEqual(await shard.problems(), []);
});

test('[J3] a shard with an altered record does not start, says which record it is, and the others can be read', async () => {
  using shard = makeShard();
  await filled(shard, false);
  shard.tamper('journal', 'UPDATE record SET bytes = zeroblob(length(bytes)) WHERE seq = 4');
  for (let i = 0; i < 2; i++) await rejects(shard.open(), isCorrupt('Record 4 of the journal'));
  const problems = await shard.problems();
  deepEqual(
    problems.map(({ where }) => where),
    ['record 4 of the journal'],
  );
});

test('[J3] a journal that lost its end behind what is in chunks is noticed, at every start', async () => {
  using shard = makeShard();
  await filled(shard, false);
  const before = readFileSync(journalPath(shard.directory));
  await filled(shard, true);
  writeFileSync(journalPath(shard.directory), before);
  // Each attempt appends a seal, until the journal is as long as it was: still another one.
  for (let i = 0; i < 12; i++) await rejects(shard.open(), isCorrupt('journal'));
  equal((await shard.problems()).length, 1);
});

test('[J3] a journal and chunks of different shards do not go together', async () => {
  using shard = makeShard();
  using other = makeShard();
  await filled(shard, true);
  await filled(other, true);
  writeFileSync(journalPath(shard.directory), readFileSync(journalPath(other.directory)));
  await rejects(shard.open(), isCorrupt('does not follow record'));
});

test('[J3] a broken chunk is named, its positions are refused, everything else is read and written', async () => {
  using shard = makeShard();
  await filled(shard, true);
  const chunk = '(SELECT min(id) FROM chunk WHERE log = 1)';
  shard.tamper('chunks', `UPDATE chunk SET data = zeroblob(length(data)) WHERE id = ${chunk}`);
  {
    await using store = await shard.open();
    const driver = new ShardDriver(store, shard.diary);
    const broken = driver.state(1);
    throws(() => store.read(broken, 1, 1000), isCorrupt('chunk of log 1 at position 1'));
    driver.check([2]);
    const last = store.read(broken, 30, 1000);
    ok(last.kind === 'page' && last.count === 1, 'other chunks of the log are read');
    await driver.write(1, 1, 3);
    await driver.write(2, 1, 3);
    await store.compact();
    driver.check([2]);
    const problems = await Array.fromAsync(store.verify());
    deepEqual(
      problems.map(({ where }) => where),
      [`log ${logOf(1)} of site ${siteOf(1)}, chunk at 1`],
    );
  }
  equal((await shard.problems()).length, 1);
});

test('[J3] a chunk whose checksum was made to fit is found by its hash', async () => {
  using shard = makeShard();
  await filled(shard, true);
  const data = crypto.getRandomValues(new Uint8Array(70_000));
  {
    using database = openDatabase(chunksPath(shard.directory));
    const set = 'UPDATE chunk SET codec = 0, data = ?, crc = ?, bytes = ? WHERE sha256 IS NOT NULL';
    ok(database.prepare(set).run(data, Bun.hash.crc32(data), data.length) > 0);
  }
  const problems = await shard.problems();
  ok(
    problems.some(({ what }) => what.includes('hash')),
    JSON.stringify(problems),
  );
});

test('[J3] a chunk that is gone is named', async () => {
  using shard = makeShard();
  await filled(shard, true);
  shard.tamper('chunks', 'DELETE FROM chunk WHERE log = 1 AND first > 1');
  const problems = await shard.problems();
  equal(problems.length, 1);
  ok(problems[0]!.what.includes('are missing'), problems[0]!.what);
  await using store = await shard.open();
  const driver = new ShardDriver(store, shard.diary);
  throws(() => driver.readAll(1), isCorrupt('hole at position'));
});

test('[J8] chunks of a newer version are refused and left untouched', async () => {
  using shard = makeShard();
  await filled(shard, true);
  shard.tamper('chunks', `PRAGMA user_version = ${chunkSchema.steps.length + 1}`);
  const files = [chunksPath(shard.directory), journalPath(shard.directory)];
  const before = files.map((file) => readFileSync(file));
  await rejects(shard.open(), { name: 'Fault', code: 'newer' });
  for (const [i, file] of files.entries()) ok(readFileSync(file).equals(before[i]!), file);
});
