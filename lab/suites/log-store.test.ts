/** The log store under its suite: on SQLite files with workers, and on a simulated disk. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { journalPath } from '../../server/src/store/chunks-open.ts';
import { openLogStore } from '../../server/src/store/log-store-directory.ts';
import { MemoryDisk } from '../../server/src/store/log-store-memory.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { logStoreSuite, type ShardPlace } from './log-store.suite.ts';

const primitives = nativePrimitives();

function directoryPlace(): ShardPlace {
  const directory = mkdtempSync(join(tmpdir(), 'copse-shard-'));
  const place: ShardPlace = {
    wallMs: 1_800_000_000_000,
    recordCount() {
      using journal = openDatabase(journalPath(directory), { readonly: true });
      return journal.prepare<{ count: number }>('SELECT count(*) AS count FROM record').get()?.count ?? 0;
    },
    open: (limits = {}, retention = {}) =>
      openLogStore({
        directory,
        primitives,
        limits,
        retention,
        env: { ...realEnv(), wallMs: () => place.wallMs },
      }),
    async [Symbol.asyncDispose]() {
      rmSync(directory, { recursive: true });
    },
  };
  return place;
}

function memoryPlace(): ShardPlace {
  const disk = new MemoryDisk({ primitives });
  const place: ShardPlace = {
    wallMs: 1_800_000_000_000,
    recordCount: () => disk.journal.records.size,
    open: (limits, retention) =>
      disk.open({ ...realEnv(), wallMs: () => place.wallMs }, limits, { retention: retention ?? null }),
    async [Symbol.asyncDispose]() {
      disk[Symbol.dispose]();
    },
  };
  return place;
}

logStoreSuite({ name: 'directory', make: directoryPlace });
logStoreSuite({ name: 'memory', make: memoryPlace });
