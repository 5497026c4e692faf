/**
 * Accounts in one SQLite file (interface and promises: `accounts.ts`). Reads see what is committed;
 * writes of one turn share one commit with synchronous=FULL (SPEC A16).
 */

import type { Accounts } from './accounts.ts';
import { SqliteChanges } from './accounts-sqlite-changes.ts';
import { ACCOUNTS_SCHEMA } from './accounts-sqlite-schema.ts';
import { SqlitePeople } from './accounts-sqlite-people.ts';
import { SqliteSites } from './accounts-sqlite-sites.ts';
import { GroupCommit } from './group-commit.ts';
import { openMigrated } from './migrate.ts';
import type { Database } from './sqlite.ts';

export interface SqliteAccountsOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Arranges that a task runs after what is ready now. */
  readonly schedule?: (task: () => void) => void;
}

export class SqliteAccounts implements Accounts {
  readonly people: SqlitePeople;
  readonly sites: SqliteSites;
  readonly changes: SqliteChanges;
  readonly #database: Database;
  readonly #commits: GroupCommit;

  private constructor(database: Database, schedule: (task: () => void) => void) {
    this.#database = database;
    this.changes = new SqliteChanges(database, (task) => this.#commits.write(task));
    this.#commits = new GroupCommit(database, { schedule, onCommit: () => this.changes.announce() });
    const write = <T>(task: () => T): Promise<T> => this.#commits.write(task);
    this.people = new SqlitePeople(database, write, this.changes);
    this.sites = new SqliteSites(database, write, this.changes);
  }

  static open(options: SqliteAccountsOptions): SqliteAccounts {
    const database = openMigrated(options.path, ACCOUNTS_SCHEMA);
    return new SqliteAccounts(database, options.schedule ?? ((task) => void setImmediate(task)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#commits.close();
    this.#database.close();
  }
}
