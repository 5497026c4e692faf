/** Every engine of what a node knows of files runs the contract suite. */

import { filesStoreSuite } from '../../../lab/suites/files-store.suite.ts';
import { SqliteFiles } from './files-sqlite.ts';

filesStoreSuite({ name: 'SQLite', open: async () => SqliteFiles.open({ path: ':memory:' }) });
