/** The journal engines under their suite, and what only an engine on a disk can show. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { MemoryJournal, MemoryJournalDisk } from '../../server/src/store/journal-memory.ts';
import { journalSchema } from '../../server/src/store/journal-rows.ts';
import { localSqliteJournal, openSqliteJournal } from '../../server/src/store/journal-sqlite.ts';
import type { JournalRecord } from '../../server/src/store/journal.ts';
import { openMigrated } from '../../server/src/store/migrate.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { body, journalSuite, type JournalEngine, type JournalPlace } from './journal.suite.ts';

const primitives = nativePrimitives();
const UPDATE = 'UPDATE record SET epoch = ?, prev_hash = ?, hash = ?, bytes = ? WHERE seq = ?';

function memoryPlace(): JournalPlace {
  const disk = new MemoryJournalDisk();
  return {
    open: () => Promise.resolve(new MemoryJournal({ disk, primitives })),
    damage(seq, record) {
      if (record === null) disk.records.delete(seq);
      else disk.records.set(seq, { ...record, seq });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A place in a directory of its own, where `open` makes the journal of a file. */
function filePlace(open: (path: string) => ReturnType<JournalPlace['open']>): JournalPlace {
  const directory = mkdtempSync(join(tmpdir(), 'copse-journal-'));
  const path = join(directory, 'journal.sqlite');
  return {
    open: () => open(path),
    damage: (seq, record) => damageFile(path, seq, record),
    async [Symbol.asyncDispose]() {
      rmSync(directory, { recursive: true });
    },
  };
}

function damageFile(path: string, seq: number, record: JournalRecord | null): void {
  using database = openDatabase(path);
  if (record === null) database.prepare('DELETE FROM record WHERE seq = ?').run(seq);
  else {
    const { epoch, prevHash, hash, bytes } = record;
    database.prepare(UPDATE).run(epoch, prevHash, hash, bytes, seq);
  }
}

const openLocal = (path: string) =>
  Promise.resolve(localSqliteJournal(openMigrated(path, journalSchema), primitives));

const engines: readonly JournalEngine[] = [
  { name: 'memory', make: memoryPlace },
  { name: 'sqlite in place', make: () => filePlace(openLocal) },
  { name: 'sqlite in a worker', make: () => filePlace((path) => openSqliteJournal(path, primitives)) },
];
for (const engine of engines) journalSuite(engine);

test('[J11] two owners of one file: the first is fenced by the second', async () => {
  await using place = filePlace((path) => openSqliteJournal(path, primitives));
  await using first = await place.open();
  await using second = await place.open();
  const old = await first.seal(body(1));
  const sealed = await second.seal(body(2));
  deepEqual(await first.append(old.epoch, old.tail, body(3)), { kind: 'conflict', ...sealed });
  deepEqual(await second.append(sealed.epoch, sealed.tail, body(4)), { kind: 'ok', seq: sealed.tail + 1 });
});

test('[J4] a full disk refuses an append, keeps what was acknowledged, and takes the next when there is room', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copse-journal-'));
  const database = openMigrated(join(directory, 'journal.sqlite'), journalSchema);
  await using journal = localSqliteJournal(database, primitives);
  const { epoch, tail } = await journal.seal(body(1));
  equal((await journal.append(epoch, tail, body(2, 50_000))).kind, 'ok');
  database.execute('PRAGMA max_page_count = 20');
  const behind = [
    journal.append(epoch, tail + 1, body(3, 500_000)),
    journal.append(epoch, tail + 2, body(4)),
  ];
  await rejects(behind[0]!, { name: 'Fault', code: 'full' });
  equal((await behind[1]!).kind, 'conflict');
  // Small ones still fit, large ones when there is room again.
  equal((await journal.append(epoch, tail + 1, body(5))).kind, 'ok');
  database.execute('PRAGMA max_page_count = 2000');
  equal((await journal.append(epoch, tail + 2, body(6, 500_000))).kind, 'ok');
  const kept: number[] = [];
  for await (const record of journal.scan(2)) kept.push(record.bytes[0]!);
  deepEqual(kept, [2, 5, 6]);
  rmSync(directory, { recursive: true });
});

test('[J8] a journal of a newer version is refused and not a byte of it is changed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copse-journal-'));
  const path = join(directory, 'journal.sqlite');
  {
    using database = openMigrated(path, journalSchema);
    database.execute(`PRAGMA user_version = ${journalSchema.steps.length + 1}`);
  }
  const before = readFileSync(path);
  await rejects(openSqliteJournal(path, primitives), { name: 'Fault', code: 'newer' });
  ok(readFileSync(path).equals(before));
  rmSync(directory, { recursive: true });
});

test('[J2] commits are synced: the writer runs with synchronous FULL', () => {
  const directory = mkdtempSync(join(tmpdir(), 'copse-journal-'));
  {
    using database = openDatabase(join(directory, 'journal.sqlite'));
    deepEqual(database.prepare('PRAGMA synchronous').get(), { synchronous: 2 });
    deepEqual(database.prepare('PRAGMA journal_mode').get(), { journal_mode: 'wal' });
  }
  rmSync(directory, { recursive: true });
});
