/** Both engines of recoveries run the contract suite; that what is destroyed leaves the file is SQLite's matter. */

import { equal, ok } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { userId } from 'copse/internal/base/ids.ts';
import { recoverySuite, type RecoveryStores } from '../../../lab/suites/recovery.suite.ts';
import { GroupCommit } from './group-commit.ts';
import { openMigrated } from './migrate.ts';
import { MemoryRecoveries } from './recovery-memory.ts';
import { MemoryResets } from './recovery-resets-memory.ts';
import { SqliteResets } from './recovery-resets-sqlite.ts';
import { RECOVERY_STEP } from './recovery-schema.ts';
import { SqliteRecoveries } from './recovery-sqlite.ts';

function openSqlite(path: string): RecoveryStores {
  const database = openMigrated(path, { name: 'recoveries', steps: [RECOVERY_STEP] });
  const commits = new GroupCommit(database, {
    schedule: (task) => void setImmediate(task),
    onCommit: () => {},
  });
  const write = <T>(task: () => T): Promise<T> => commits.write(task);
  return {
    recoveries: new SqliteRecoveries(database, write),
    resets: new SqliteResets(database, write),
    async [Symbol.asyncDispose]() {
      commits.close();
      database.close();
    },
  };
}

recoverySuite({
  name: 'memory',
  open: async () => ({
    recoveries: new MemoryRecoveries(),
    resets: new MemoryResets(),
    async [Symbol.asyncDispose]() {},
  }),
});
recoverySuite({ name: 'SQLite', open: async () => openSqlite(':memory:') });

test('[P6] destroyed secrets are nowhere in the file any more', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copse-recovery-'));
  try {
    const path = join(directory, 'recovery.sqlite');
    const seed = crypto.getRandomValues(new Uint8Array(32));
    const isThere = (): boolean => readFileSync(path).includes(Buffer.from(seed));
    const id = '01'.repeat(16);
    {
      await using stores = openSqlite(path);
      const blank = new Uint8Array(32);
      const secrets = { seed, tag: blank, share: blank };
      const by = { kind: 'user', user: userId('aa'.repeat(8)) } as const;
      const common = {
        owner: '00',
        card: new Uint8Array(4124),
        madeMs: 1,
        triesMax: 1,
        atMs: 1,
        perUserMax: 1,
      };
      equal(await stores.recoveries.register({ id, secrets, by, ...common }), 'ok');
    }
    ok(isThere(), 'the seed lies in the file');
    {
      await using stores = openSqlite(path);
      const guess = { id, atMs: 1, decoyTriesMax: 1, decoysMax: 1 };
      equal((await stores.recoveries.guess(guess)).kind, 'open');
      equal((await stores.recoveries.guess(guess)).kind, 'locked');
    }
    ok(!isThere(), 'it is overwritten');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
