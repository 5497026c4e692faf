/** The suite of what devices hear over links and engines (SPEC W10). */

import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { directLink, encodedLink } from './auth-stage.ts';
import { noticesSuite } from './notices.suite.ts';

noticesSuite({ link: directLink, name: 'memory', accounts: async () => new MemoryAccounts() });
noticesSuite({
  link: encodedLink,
  name: 'SQLite',
  accounts: async () => SqliteAccounts.open({ path: ':memory:' }),
});
