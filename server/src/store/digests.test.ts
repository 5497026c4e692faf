/** Both engines of digests run the contract suite. */

import { digestsStoreSuite } from '../../../lab/suites/digests-store.suite.ts';
import { MemoryAccounts } from './accounts-memory.ts';
import { SqliteAccounts } from './accounts-sqlite.ts';

digestsStoreSuite({ name: 'memory', open: async () => new MemoryAccounts() });
digestsStoreSuite({ name: 'SQLite', open: async () => SqliteAccounts.open({ path: ':memory:' }) });
