/** Both engines of the node's log run the contract suite; what a broken file does is tested here. */

import { equal, rejects, throws } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { leavesFrom, tlogSuite } from '../../../lab/suites/tlog.suite.ts';
import { openDatabase } from './sqlite.ts';
import { MemoryTlogDisk, openMemoryTlog } from './tlog-memory.ts';
import { openSqliteTlog } from './tlog-sqlite.ts';

const primitives = nativePrimitives();

function folder() {
  const directory = mkdtempSync(join(tmpdir(), 'copse-tlog-'));
  const path = join(directory, 'log.sqlite');
  return {
    path,
    open: () => openSqliteTlog(path, primitives),
    close: () => rmSync(directory, { recursive: true }),
  };
}

tlogSuite({
  name: 'memory',
  fresh() {
    const disk = new MemoryTlogDisk();
    return { open: () => openMemoryTlog(primitives, disk), close: () => {} };
  },
});
tlogSuite({ name: 'SQLite', fresh: folder });

test('[M7] a file that has lost leaves or tiles is named as damaged, and not gone on from', async () => {
  const { path, open, close } = folder();
  {
    await using tlog = open();
    await tlog.append(leavesFrom(0, 600));
  }
  const alter = (sql: string): void => {
    using database = openDatabase(path);
    database.execute(sql);
  };
  alter('DELETE FROM leaf WHERE idx = 560');
  throws(open, { code: 'corrupt' });
  alter("INSERT INTO leaf (idx, bytes) VALUES (560, x'00'); DELETE FROM tile WHERE idx = 1");
  throws(open, { code: 'corrupt' });
  close();
});

test('[M7] what a commit could not write leaves the log as it was', async () => {
  const disk = new MemoryTlogDisk();
  await using tlog = openMemoryTlog(primitives, disk);
  await tlog.append(leavesFrom(0, 255));
  disk.trouble = new Error('no room');
  await rejects(tlog.append(leavesFrom(255, 2)), /no room/);
  equal(tlog.size, 255);
  equal(await tlog.tile({ level: 0, index: 0, width: 256 }), null);
  await tlog.append(leavesFrom(255, 2));
  equal((await tlog.tile({ level: 0, index: 0, width: 256 }))?.length, 8192);
});
