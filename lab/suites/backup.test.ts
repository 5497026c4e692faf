/** Backups made while a node writes, and restores that trust nothing (SPEC J9). */

import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { backUp, restore } from '../../server/src/store/backup.ts';
import { FolderBlobs } from '../../server/src/store/blobs-folder.ts';
import { openLogStore } from '../../server/src/store/log-store-directory.ts';
import { shardProblems } from '../../server/src/store/log-store-verify.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { WitnessStore } from '../../server/src/store/witness.ts';
import { Diary, ShardDriver } from './shard-driver.ts';

const primitives = nativePrimitives();
const CHILD = fileURLToPath(new URL('./kill-child.ts', import.meta.url));
const LOGS = [0, 1, 2];
/** A second on a quiet machine; the runner gives five. */
const SLOW = { timeout: 60_000 };

interface Place extends Disposable {
  readonly data: string;
  readonly backup: string;
  readonly restored: string;
}

function makePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), 'copse-backup-'));
  const data = join(root, 'data');
  mkdirSync(data);
  return {
    data,
    backup: join(root, 'backup'),
    restored: join(root, 'restored'),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

const openTail = (directory: string) =>
  openLogStore({ directory: join(directory, 'tail'), env: realEnv(), primitives });
const backUpOf = ({ data, backup }: Place) =>
  backUp({ directory: data, target: backup, nowMs: 1_800_000_000_000, version: '1.2.3' });
const restoreTo = ({ backup, restored }: Place) => restore({ from: backup, directory: restored, primitives });

/** A data directory with a few logs, half of them in chunks, a key and a database with counters. */
async function filled(place: Place): Promise<Diary> {
  const diary = new Diary();
  await using store = await openTail(place.data);
  const driver = new ShardDriver(store, diary);
  for (const log of LOGS) await driver.write(log, 1, 50, 3000);
  await store.compact();
  for (const log of LOGS) await driver.write(log, 2, 20, 300);
  writeFileSync(join(place.data, 'node.key'), 'secret', { mode: 0o600 });
  writeFileSync(join(place.data, 'lock'), '');
  using accounts = openDatabase(join(place.data, 'auth.sqlite'));
  accounts.execute(
    'CREATE TABLE "odd ""name" (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b BLOB, c REAL);' +
      'CREATE UNIQUE INDEX by_a ON "odd ""name" (a);' +
      `INSERT INTO "odd ""name" (a, b, c) VALUES ('x', x'0001', 1.5), (NULL, NULL, NULL), ('y', x'', -2);` +
      'DELETE FROM "odd ""name" WHERE id = 3; PRAGMA user_version = 7',
  );
  return diary;
}

test(
  '[J9] a backup made while another process writes and compacts restores to one moment',
  SLOW,
  async () => {
    using place = makePlace();
    const tail = join(place.data, 'tail');
    mkdirSync(tail);
    const child = spawn(process.execPath, [CHILD, tail, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
    try {
      for (const round of [1, 2, 3]) {
        while (told.length < 20_000 * round) await new Promise((resolve) => setTimeout(resolve, 5));
        const before = told.slice(0, told.lastIndexOf('\n')).split('\n');
        backUpOf(place);
        await restoreTo(place);
        const diary = new Diary();
        for (const line of before) {
          const [log = 0, writer = 0, seq = 0, at = 0] = line.split(' ').map(Number);
          const entry = diary.write(log, writer, 300);
          equal(entry.seq, seq);
          entry.at = at;
        }
        for (let i = 0; i < 20_000; i++) diary.write(i % 3, 0, 300);
        await using store = await openTail(place.restored);
        const driver = new ShardDriver(store, diary);
        driver.check(LOGS);
        await store.compact();
        driver.check(LOGS);
        for (const directory of [place.backup, place.restored]) rmSync(directory, { recursive: true });
      }
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  },
);

test('[J9] what is restored is what was backed up: logs, keys, tables, indexes, counters', async () => {
  using place = makePlace();
  const diary = await filled(place);
  const manifest = backUpOf(place);
  deepEqual(manifest.files.map(({ path }) => path).toSorted(), [
    'auth.sqlite',
    'node.key',
    'tail/chunks.sqlite',
    'tail/journal.sqlite',
  ]);
  for (const { path, sha256, bytes } of manifest.files) {
    const content = readFileSync(join(place.backup, path));
    equal(createHash('sha256').update(content).digest('hex'), sha256);
    equal(content.length, bytes);
  }
  deepEqual(await restoreTo(place), manifest);
  equal(statSync(join(place.restored, 'node.key')).mode & 0o777, 0o600);
  {
    await using store = await openTail(place.restored);
    const driver = new ShardDriver(store, diary);
    driver.check(LOGS);
    await driver.write(1, 1, 3);
    driver.check(LOGS);
  }
  using accounts = openDatabase(join(place.restored, 'auth.sqlite'));
  deepEqual(accounts.prepare('PRAGMA user_version').get(), { user_version: 7 });
  deepEqual(accounts.prepare('SELECT id, a, b, c FROM "odd ""name"').all(), [
    { id: 1, a: 'x', b: Uint8Array.of(0, 1), c: 1.5 },
    { id: 2, a: null, b: null, c: null },
  ]);
  accounts.execute(`INSERT INTO "odd ""name" (a) VALUES ('z')`);
  deepEqual(accounts.prepare('SELECT max(id) AS id FROM "odd ""name"').get(), { id: 4 });
  throws(() => accounts.execute(`INSERT INTO "odd ""name" (a) VALUES ('z')`));
});

test('[M16] no backup holds what a witness remembers: set back, it could sign a second history', async () => {
  using place = makePlace();
  await filled(place);
  {
    using memory = WitnessStore.open(join(place.data, 'witness.sqlite'));
    memory.putSeed(new Uint8Array(32).fill(7));
  }
  const { files } = backUpOf(place);
  deepEqual(
    files.filter(({ path }) => path.includes('witness')),
    [],
  );
  await restoreTo(place);
  equal(existsSync(join(place.restored, 'witness.sqlite')), false);
  // So the restored node is another cosigner.
  using fresh = WitnessStore.open(join(place.restored, 'witness.sqlite'));
  equal(fresh.seed(), null);
});

test('[J9] a restore refuses a backup in which anything was altered, and leaves nothing behind', async () => {
  using place = makePlace();
  await filled(place);
  const { files } = backUpOf(place);
  for (const { path } of files) {
    const file = join(place.backup, path);
    const content = readFileSync(file);
    for (const damage of [flipAt(content, content.length >> 1), content.subarray(0, content.length - 1)]) {
      writeFileSync(file, damage);
      await rejects(restoreTo(place), { name: 'Fault', code: 'corrupt' });
    }
    rmSync(file);
    await rejects(restoreTo(place), { name: 'Fault', code: 'corrupt' });
    writeFileSync(file, content);
  }
  ok(!existsSync(place.restored) && !existsSync(`${place.restored}.restoring`));
  await restoreTo(place);
});

function flipAt(content: Uint8Array, at: number): Uint8Array {
  const flipped = Uint8Array.from(content);
  flipped[at]! ^= 1;
  return flipped;
}

test('[J9] hashes that were made to fit do not help: the chain and the chunks are read as well', async () => {
  for (const [path, sql] of [
    [
      'tail/journal.sqlite',
      'UPDATE record SET bytes = zeroblob(length(bytes)) WHERE seq = (SELECT max(seq) FROM record)',
    ],
    ['tail/journal.sqlite', 'DELETE FROM record WHERE seq = (SELECT max(seq) FROM record)'],
    ['tail/chunks.sqlite', 'UPDATE chunk SET data = zeroblob(length(data)) WHERE id = 1'],
    ['tail/chunks.sqlite', 'UPDATE state SET compacted = compacted + 1'],
  ] as const) {
    using place = makePlace();
    await filled(place);
    backUpOf(place);
    {
      using database = openDatabase(join(place.backup, path), { journal: 'none' });
      database.execute(sql);
    }
    const manifestPath = join(place.backup, 'manifest.json');
    const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
    const file = manifest.files.find((each: { path: string }) => each.path === path);
    const content = readFileSync(join(place.backup, path));
    file.bytes = content.length;
    file.sha256 = createHash('sha256').update(content).digest('hex');
    writeFileSync(manifestPath, JSON.stringify(manifest));
    await rejects(restoreTo(place), { name: 'Fault', code: 'corrupt' });
    ok(!existsSync(place.restored));
  }
});

test('[J9] a manifest that is none, leads elsewhere or is of a newer program is refused', async () => {
  using place = makePlace();
  await filled(place);
  backUpOf(place);
  const path = join(place.backup, 'manifest.json');
  const whole = readFileSync(path, 'utf8');
  for (const [text, code] of [
    ['{', 'corrupt'],
    ['[]', 'corrupt'],
    ['null', 'corrupt'],
    [whole.replace('"node.key"', '"../node.key"'), 'corrupt'],
    [whole.replace('"node.key"', '"/etc/node.key"'), 'corrupt'],
    [whole.replace('"format": 1', '"format": 2'), 'newer'],
  ] as const) {
    writeFileSync(path, text);
    await rejects(restoreTo(place), { name: 'Fault', code });
  }
  rmSync(path);
  await rejects(restoreTo(place), { name: 'Fault', code: 'corrupt' });
});

test('[J9] a journal and chunks that do not go together are not called a backup', async () => {
  for (const sql of ['UPDATE state SET first = tail + 2', 'UPDATE state SET tail = 1']) {
    using place = makePlace();
    await filled(place);
    {
      using journal = openDatabase(join(place.data, 'tail', 'journal.sqlite'));
      journal.execute(sql);
    }
    throws(() => backUpOf(place), { name: 'Fault', code: 'locked' });
    ok(!existsSync(join(place.backup, 'manifest.json')));
  }
});

test('[J9] neither a backup nor a restore goes into a directory that holds something', async () => {
  using place = makePlace();
  await filled(place);
  backUpOf(place);
  throws(() => backUpOf(place), { name: 'Fault', code: 'usage' });
  mkdirSync(place.restored);
  writeFileSync(join(place.restored, 'mine'), 'x');
  await rejects(restoreTo(place), { name: 'Fault', code: 'usage' });
  equal(readFileSync(join(place.restored, 'mine'), 'utf8'), 'x');
  truncateSync(join(place.restored, 'mine'));
  rmSync(join(place.restored, 'mine'));
  await restoreTo(place);
});

test('[J9, B3] blobs in the data directory are backed up with what names them, and a restore misses none', async () => {
  using place = makePlace();
  const diary = new Diary();
  const blobs = (): FolderBlobs => new FolderBlobs(join(place.data, 'old'));
  {
    await using store = await openLogStore({
      directory: join(place.data, 'tail'),
      env: realEnv(),
      primitives,
      cold: { blobs: blobs(), afterMs: 0 },
    });
    const driver = new ShardDriver(store, diary);
    for (const log of LOGS) await driver.write(log, 1, 40, 3000);
    await driver.write(0, 1, 40, 3000);
    await store.compact();
    await new Promise((resolve) => setTimeout(resolve, 2));
    await store.cool();
  }
  const [blob] = readdirSync(join(place.data, 'old'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.includes('/'),
  );
  ok(blob !== undefined, 'something is cold');
  writeFileSync(join(place.data, 'old', `${blob}.part`), 'half');
  const manifest = backUpOf(place);
  ok(manifest.files.some(({ path }) => path === `old/${blob}`));
  ok(!manifest.files.some(({ path }) => path.endsWith('.part')));
  await restoreTo(place);
  {
    const cold = { blobs: new FolderBlobs(join(place.restored, 'old')), afterMs: 0 };
    const directory = join(place.restored, 'tail');
    deepEqual(await Array.fromAsync(shardProblems(directory, primitives, cold.blobs)), []);
    await using store = await openLogStore({ directory, env: realEnv(), primitives, cold });
    const state = new ShardDriver(store, diary).state(0);
    const page = store.read(state, 1, 100);
    ok(page.kind === 'cold');
    await page.warm();
    equal(store.read(state, 1, 100).kind, 'page');
    rmSync(join(place.restored, 'old', blob));
  }
  const missing = await Array.fromAsync(
    shardProblems(join(place.restored, 'tail'), primitives, new FolderBlobs(join(place.restored, 'old'))),
  );
  equal(missing.length, 1);
  // The same of a backup: what one names and does not hold is found before anything is put anywhere.
  const path = join(place.backup, 'manifest.json');
  const files = manifest.files.filter((file) => file.path !== `old/${blob}`);
  writeFileSync(path, JSON.stringify({ ...manifest, files }));
  rmSync(place.restored, { recursive: true });
  await rejects(restoreTo(place), { code: 'corrupt' });
});
