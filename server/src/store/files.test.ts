/** Every engine of what a node knows of files runs the contract suite, and drawn plays leave what the model says. */

import { test } from 'node:test';
import { filesPlay } from '../../../lab/suites/files-play.ts';
import { filesStoreSuite } from '../../../lab/suites/files-store.suite.ts';
import { MemoryFiles } from './files-memory.ts';
import { SqliteFiles } from './files-sqlite.ts';

filesStoreSuite({ name: 'memory', open: async () => new MemoryFiles() });
filesStoreSuite({ name: 'SQLite', open: async () => SqliteFiles.open({ path: ':memory:' }) });

test(
  '[Z41, Z42, Z105] drawn uploads, holds, pins and falls leave what the model says (SQLite)',
  { timeout: 60_000 },
  () =>
    filesPlay({
      plays: 150,
      open: () => SqliteFiles.open({ path: ':memory:' }),
      model: () => new MemoryFiles(),
    }),
);
