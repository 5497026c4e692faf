/** A file is checkpointed by a worker beside the commits of its owner, and nothing is lost by it. */

import { equal, ok } from 'node:assert/strict';
import { copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import { withFile } from '../../../lab/suites/with-file.ts';
import { CHECKPOINT_PAGES, Checkpoints } from './checkpoints.ts';
import { openDatabase, type Database } from './sqlite.ts';

function open(path: string): Database {
  const database = openDatabase(path, { checkpointPages: CHECKPOINT_PAGES });
  database.execute('CREATE TABLE IF NOT EXISTS blob (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
  return database;
}

/** Commits blobs of a page each, one transaction per hundred. */
function fill(database: Database, commits: number, after: () => void): void {
  const add = database.prepare('INSERT INTO blob (bytes) VALUES (?)');
  for (let n = 0; n < commits; n++) {
    database.transaction(() => {
      for (let i = 0; i < 100; i++) add.run(new Uint8Array(8000));
    });
    after();
  }
}

const count = (database: Database): number =>
  database.prepare<{ n: number }>('SELECT count(*) AS n FROM blob').get()?.n ?? -1;

/** What the file holds without its WAL; -1 while it is being moved, when the file alone is not whole. */
function countInFile(path: string): number {
  copyFileSync(path, `${path}.copy`);
  using copy = openDatabase(`${path}.copy`, { readonly: true });
  try {
    return count(copy);
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'corrupt') return -1;
    throw thrown;
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 1500 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  ok(isTrue(), 'within a while');
}

test(
  '[A16] what was committed gets into the file beside the commits, and stays readable all the time',
  { timeout: 30_000 },
  () =>
    withFile('a.sqlite', async (path) => {
      using database = open(path);
      database.execute('PRAGMA wal_checkpoint(TRUNCATE)');
      await using checkpoints = new Checkpoints(database, path);
      fill(database, 12, () => checkpoints.committed());
      equal(countInFile(path), 0, 'no commit has moved anything itself');
      await until(() => countInFile(path) === 1200);
      equal(count(database), 1200);
      fill(database, 1, () => checkpoints.committed());
      await until(() => countInFile(path) === 1300);
    }),
);

test('[A16] a little is left to the closing of the file: nobody starts a worker for it', () =>
  withFile('a.sqlite', async (path) => {
    {
      using database = open(path);
      await using checkpoints = new Checkpoints(database, path);
      fill(database, 2, () => checkpoints.committed());
      ok(statSync(`${path}-wal`).size > 0);
    }
    equal(countInFile(path), 200);
  }));

test('[A16] closing waits for the worker and no longer', () =>
  withFile('a.sqlite', async (path) => {
    using database = open(path);
    {
      await using checkpoints = new Checkpoints(database, path);
      fill(database, 12, () => checkpoints.committed());
      void checkpoints;
    }
    fill(database, 1, () => {});
    equal(count(database), 1300);
  }));

test('[A16] without a worker commits checkpoint by themselves', { timeout: 30_000 }, () =>
  withFile('a.sqlite', async (path) => {
    using database = open(path);
    const limit = database.prepare<{ wal_autocheckpoint: number }>('PRAGMA wal_autocheckpoint');
    equal(limit.get()?.wal_autocheckpoint, CHECKPOINT_PAGES);
    // A directory is no file that a worker could open.
    mkdirSync(`${path}.d`);
    writeFileSync(`${path}.d-wal`, new Uint8Array(5 << 20));
    await using checkpoints = new Checkpoints(database, `${path}.d`);
    checkpoints.committed();
    await until(() => limit.get()?.wal_autocheckpoint === 1000);
    fill(database, 12, () => checkpoints.committed());
    ok(countInFile(path) !== 0, 'it has');
  }),
);
