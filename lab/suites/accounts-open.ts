/** A process that opens the accounts in a file, which may bring them to this version, and says when it has. */

import { writeSync } from 'node:fs';
import { must } from 'copse/internal/base/assert.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';

const STDOUT = 1;

const path = must(process.argv[2], 'the path of the accounts');
writeSync(STDOUT, 'opening\n');
await using accounts = SqliteAccounts.open({ path });
writeSync(STDOUT, `open ${accounts.grants.constructor.name}\n`);
