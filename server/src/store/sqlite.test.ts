import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { openMigrated, type Schema } from './migrate.ts';
import { openDatabase } from './sqlite.ts';

function inDirectory(task: (path: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'copse-sqlite-'));
  try {
    task(join(directory, 'a.sqlite'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const first: Schema = { name: 'things', steps: ['CREATE TABLE thing (id INTEGER PRIMARY KEY) STRICT;'] };
const second: Schema = {
  ...first,
  steps: [...first.steps, 'ALTER TABLE thing ADD COLUMN name TEXT; INSERT INTO thing (id) VALUES (1);'],
};

test('[J8] a schema is brought up to date step by step, each once', () => {
  inDirectory((path) => {
    openMigrated(path, first).close();
    for (let i = 0; i < 2; i++) {
      using database = openMigrated(path, second);
      deepEqual(database.prepare('SELECT id, name FROM thing').all(), [{ id: 1, name: null }]);
    }
  });
});

test('[J8] a newer file is refused and left untouched, also with the changes of a process that died', () => {
  inDirectory((path) => {
    const left = `${path}.left`;
    {
      using database = openMigrated(path, second);
      database.execute('INSERT INTO thing (id) VALUES (2)');
      // What a kill leaves: the file, and beside it what had not been moved into it.
      for (const end of ['', '-wal']) copyFileSync(`${path}${end}`, `${left}${end}`);
    }
    const files = [left, `${left}-wal`];
    const before = files.map((file) => readFileSync(file));
    ok(statSync(`${left}-wal`).size > 0);
    throws(() => openMigrated(left, first), { name: 'Fault', code: 'newer' });
    for (const [i, file] of files.entries()) ok(readFileSync(file).equals(before[i]!), file);
  });
});

test('[J10] a step that fails leaves the version before it, whole', () => {
  inDirectory((path) => {
    const broken: Schema = { ...first, steps: [...first.steps, 'CREATE TABLE more (id) ; SELECT nonsense;'] };
    throws(() => openMigrated(path, broken));
    using database = openMigrated(path, first);
    deepEqual(database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all(), [
      { name: 'thing' },
    ]);
  });
});

test('[J4] a full disk is `full` and undoes the transaction; the next one works', () => {
  inDirectory((path) => {
    using database = openMigrated(path, first);
    database.execute('CREATE TABLE blob (bytes BLOB); PRAGMA max_page_count = 12');
    const insert = database.prepare('INSERT INTO blob (bytes) VALUES (?)');
    throws(
      () =>
        database.transaction(() => {
          for (let i = 0; i < 50; i++) insert.run(new Uint8Array(8000));
        }),
      { name: 'Fault', code: 'full' },
    );
    database.transaction(() => insert.run(new Uint8Array(10)));
    equal(database.prepare('SELECT length(bytes) AS size FROM blob').all().length, 1);
  });
});

test('[J3] a file that is no database, or is cut off, is `corrupt`', () => {
  inDirectory((path) => {
    writeFileSync(path, 'this is a letter, not a database, and long enough to look like one'.repeat(20));
    throws(() => openMigrated(path, first), { name: 'Fault', code: 'corrupt' });
  });
  inDirectory((path) => {
    {
      using database = openMigrated(path, first);
      const insert = database.prepare('INSERT INTO thing (id) VALUES (?)');
      database.transaction(() => {
        for (let i = 0; i < 20_000; i++) insert.run(i);
      });
    }
    truncateSync(path, 5 * 8192 + 100);
    throws(
      () => {
        using database = openDatabase(path, { readonly: true });
        database.prepare('SELECT count(*) FROM thing').all();
      },
      { name: 'Fault', code: 'corrupt' },
    );
  });
});

test('[J10] a loop over rows that is left early gives its snapshot back', () => {
  inDirectory((path) => {
    using database = openMigrated(path, second);
    using reader = openDatabase(path, { readonly: true });
    const rows = reader.prepare<{ id: number }>('SELECT id FROM thing ORDER BY id');
    for (const { id } of rows.iterate()) if (id === 1) break;
    database.execute('INSERT INTO thing (id) VALUES (2)');
    equal(rows.all().length, 2);
  });
});

test('[J5] a snapshot reads one state, whatever is committed beside it, and ends with its task', () => {
  inDirectory((path) => {
    using writer = openMigrated(path, first);
    using reader = openDatabase(path, { readonly: true });
    const count = (): number =>
      reader.prepare<{ n: number }>('SELECT count(*) AS n FROM thing').get()?.n ?? -1;
    const seen = reader.snapshot(() => {
      const before = count();
      writer.execute('INSERT INTO thing (id) VALUES (1)');
      return [before, count()];
    });
    deepEqual(seen, [0, 0]);
    equal(count(), 1);
    throws(
      () =>
        reader.snapshot(() => {
          throw new Error('thrown within');
        }),
      { message: 'thrown within' },
    );
    writer.execute('INSERT INTO thing (id) VALUES (2)');
    equal(count(), 2, 'a task that throws leaves no snapshot open');
    writer.transaction(() => {
      writer.execute('INSERT INTO thing (id) VALUES (3)');
      const n = writer.snapshot(() => writer.prepare<{ n: number }>('SELECT count(*) AS n FROM thing').get());
      equal(n?.n, 3, 'within a transaction it is the transaction');
    });
    equal(count(), 3);
  });
});
