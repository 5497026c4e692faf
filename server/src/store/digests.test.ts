/** Both engines of digests run the contract suite, and those of an older file are heard. */

import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { userId } from 'copse/internal/base/ids.ts';
import { digestsStoreSuite } from '../../../lab/suites/digests-store.suite.ts';
import { withFile } from '../../../lab/suites/with-file.ts';
import { MemoryAccounts } from './accounts-memory.ts';
import { ACCOUNTS_SCHEMA } from './accounts-sqlite-schema.ts';
import { SqliteAccounts } from './accounts-sqlite.ts';
import { openMigrated } from './migrate.ts';

digestsStoreSuite({ name: 'memory', open: async () => new MemoryAccounts() });
digestsStoreSuite({ name: 'SQLite', open: async () => SqliteAccounts.open({ path: ':memory:' }) });

test('[J8, I22] whoever wished a digest before is looked at after an upgrade', () =>
  withFile('auth.sqlite', async (path) => {
    const user = userId('aa'.repeat(8));
    {
      using old = openMigrated(path, { ...ACCOUNTS_SCHEMA, steps: ACCOUNTS_SCHEMA.steps.slice(0, 9) });
      old.execute(`INSERT INTO digest (user, email, after_ms, look_ms) VALUES ('${user}', 'a@b', 1, 1)`);
    }
    await using accounts = SqliteAccounts.open({ path });
    deepEqual(await accounts.notices.waiting(null, 9), [user]);
  }));
