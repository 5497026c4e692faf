/**
 * What a node keeps beside its logs: accounts, and what it states in public. Mostly in memory and never copied;
 * where a node is set back to a backup, the accounts are those in SQLite, on a database in memory, and copied
 * as `copse backup` copies them.
 */

import { ACCOUNTS_SCHEMA } from '../../../server/src/store/accounts-sqlite-schema.ts';
import type { Accounts } from '../../../server/src/store/accounts.ts';
import { MemoryAccounts } from '../../../server/src/store/accounts-memory.ts';
import { ACCOUNTS_OPENING, SqliteAccounts } from '../../../server/src/store/accounts-sqlite.ts';
import { copyInto } from '../../../server/src/store/backup-copy.ts';
import { openMigrated } from '../../../server/src/store/migrate.ts';
import { openDatabase, type Database } from '../../../server/src/store/sqlite.ts';
import { MemoryTlogDisk } from '../../../server/src/store/tlog-memory.ts';
import type { World } from '../world.ts';

export interface Books extends Disposable {
  readonly accounts: Accounts;
  readonly nodeLog: MemoryTlogDisk;
}

/** For a node that nobody copies. */
export function lastingBooks(): Books {
  return { accounts: new MemoryAccounts(), nodeLog: new MemoryTlogDisk(), [Symbol.dispose]() {} };
}

const IN_MEMORY = ':memory:';

export class CopiedBooks implements Books {
  readonly accounts: Accounts;
  readonly nodeLog: MemoryTlogDisk;
  readonly #world: World;
  readonly #database: Database;

  constructor(world: World, source: CopiedBooks | null = null) {
    this.#world = world;
    this.nodeLog = source?.nodeLog.copy() ?? new MemoryTlogDisk();
    this.#database = source === null ? openMigrated(IN_MEMORY, ACCOUNTS_SCHEMA, ACCOUNTS_OPENING) : empty();
    if (source !== null) copyInto(source.#database, this.#database);
    this.accounts = SqliteAccounts.over(this.#database, {
      path: IN_MEMORY,
      schedule: (task) => void world.at(0, task),
      env: { nowMs: () => world.nowMs },
    });
  }

  /** As they are at this moment, apart from what comes after. */
  copy(): CopiedBooks {
    return new CopiedBooks(this.#world, this);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** To be filled by a copy. */
function empty(): Database {
  return openDatabase(IN_MEMORY, { ...ACCOUNTS_OPENING, journal: 'none' });
}
