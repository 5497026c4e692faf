/** Both engines of what devices hear run the contract suite, and what only SQLite promises is tested here. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { userId } from 'copse/internal/base/ids.ts';
import { noticesStoreSuite } from '../../../lab/suites/notices-store.suite.ts';
import { withFile } from '../../../lab/suites/with-file.ts';
import { MemoryAccounts } from './accounts-memory.ts';
import { ACCOUNTS_SCHEMA } from './accounts-sqlite-schema.ts';
import { SqliteAccounts } from './accounts-sqlite.ts';
import { openMigrated } from './migrate.ts';
import { NOTICES_NEIGHBOURHOOD_STEP } from './notices-schema.ts';
import { openDatabase } from './sqlite.ts';

noticesStoreSuite({ name: 'memory', open: async () => new MemoryAccounts() });
noticesStoreSuite({ name: 'SQLite', open: async () => SqliteAccounts.open({ path: ':memory:' }) });

const BEFORE = 7;
const user = userId('aa'.repeat(8));
const HOLD = `INSERT INTO held (id, hash, site, user, via, through, resource, permissions, delegations,
  not_before_ms, expires_ms, quota, caveats, stands)
  VALUES (1, 'h', 's', '${user}', 1, NULL, '*', 1, 0, 0, 0, 0, NULL, x'')`;

test('[J8, I19] accounts of before notifications get their tables, and marks for rights of before', () =>
  withFile('auth.sqlite', async (path) => {
    {
      using old = openMigrated(path, { ...ACCOUNTS_SCHEMA, steps: ACCOUNTS_SCHEMA.steps.slice(0, BEFORE) });
      old.execute(HOLD);
    }
    for (let opening = 0; opening < 2; opening++) {
      await using accounts = SqliteAccounts.open({ path });
      await accounts.notices.begin(user);
      equal((await accounts.notices.glance(user))?.moved, 1);
    }
    using database = openDatabase(path);
    database.execute('DELETE FROM held');
    const row = database.prepare<{ moved: number }>('SELECT moved FROM notice_user').get();
    deepEqual(row, { moved: 2 });
  }));

test('[J8, I24] who was told of before the neighbourhood had a place is looked at once more', () =>
  withFile('auth.sqlite', async (path) => {
    const { steps } = ACCOUNTS_SCHEMA;
    const place = steps.indexOf(NOTICES_NEIGHBOURHOOD_STEP);
    {
      using old = openMigrated(path, { ...ACCOUNTS_SCHEMA, steps: steps.slice(0, place) });
      old.execute(
        `INSERT INTO notice_user (user, version, settled, moved, looked) VALUES ('${user}', 1, 1, 4, 4)`,
      );
    }
    for (let opening = 0; opening < 2; opening++) {
      await using accounts = SqliteAccounts.open({ path });
      const glance = await accounts.notices.glance(user);
      deepEqual([glance?.moved, glance?.looked], [5, 4]);
      deepEqual(await accounts.notices.waiting(null, 9), [user]);
    }
  }));

test('[I19] who waits and when the next is due is found without looking at the others', () =>
  withFile('auth.sqlite', async (path) => {
    using database = openMigrated(path, ACCOUNTS_SCHEMA);
    const planOf = (sql: string): string =>
      database
        .prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail)
        .join();
    const waiting = `SELECT user FROM notice_user WHERE (settled = 0 OR moved <> looked) AND user > 'a'
      ORDER BY user LIMIT 5`;
    equal(planOf(waiting), 'SEARCH notice_user USING INDEX notice_waiting (user>?)');
    const due = 'SELECT due_ms FROM notice_user WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1';
    equal(planOf(due), 'SEARCH notice_user USING COVERING INDEX notice_due (due_ms>?)');
  }));
