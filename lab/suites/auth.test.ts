/** The suite of auth over its links and engines (SPEC W10). */

import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { directLink, encodedLink } from './auth-stage.ts';
import { authAccountsSuite } from './auth-accounts.suite.ts';
import { authKeysSuite } from './auth-keys.suite.ts';
import { authRightsSuite } from './auth-rights.suite.ts';
import { authSuite } from './auth.suite.ts';

const memory = async () => new MemoryAccounts();
const sqlite = async () => SqliteAccounts.open({ path: ':memory:' });

authSuite({ link: directLink, engine: 'memory', openAccounts: memory });
authSuite({ link: encodedLink, engine: 'memory', openAccounts: memory });
authSuite({ link: directLink, engine: 'SQLite', openAccounts: sqlite });
authSuite({ link: encodedLink, engine: 'SQLite', openAccounts: sqlite });

authRightsSuite({ link: directLink, name: 'memory', accounts: memory });
authRightsSuite({ link: encodedLink, name: 'SQLite', accounts: sqlite });

authKeysSuite({ link: directLink, name: 'memory', accounts: memory });
authKeysSuite({ link: encodedLink, name: 'SQLite', accounts: sqlite });

authAccountsSuite({ link: directLink, name: 'memory', accounts: memory });
authAccountsSuite({ link: encodedLink, name: 'SQLite', accounts: sqlite });
