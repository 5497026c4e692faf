/**
 * Accounts in one SQLite file (interface and promises: `accounts.ts`). Reads see what is committed;
 * writes of one turn share one commit with synchronous=FULL (SPEC A16).
 */

import type { Accounts } from './accounts.ts';
import { Attestations } from './accounts-sqlite-attestations.ts';
import { SqliteChanges } from './accounts-sqlite-changes.ts';
import { Falling } from './accounts-sqlite-falling.ts';
import { SqliteGrants } from './accounts-sqlite-grants.ts';
import { grantsStatements } from './accounts-sqlite-grants-rows.ts';
import { ACCOUNTS_SCHEMA } from './accounts-sqlite-schema.ts';
import { SqlitePeople } from './accounts-sqlite-people.ts';
import { SqliteSites } from './accounts-sqlite-sites.ts';
import { SqliteEmails } from './email-sqlite.ts';
import { GroupCommit } from './group-commit.ts';
import { openMigrated } from './migrate.ts';
import { SqliteKeys } from './keys-sqlite.ts';
import { SqliteRecoveries } from './recovery-sqlite.ts';
import { SqliteResets } from './recovery-resets-sqlite.ts';
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
  readonly grants: SqliteGrants;
  readonly changes: SqliteChanges;
  readonly keys: SqliteKeys;
  readonly recoveries: SqliteRecoveries;
  readonly resets: SqliteResets;
  readonly emails: SqliteEmails;
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #falling: Falling;

  private constructor(database: Database, schedule: (task: () => void) => void) {
    this.#database = database;
    this.changes = new SqliteChanges(database, (task) => this.#commits.write(task));
    this.#commits = new GroupCommit(database, { schedule, onCommit: () => this.changes.announce() });
    const write = <T>(task: () => T): Promise<T> => this.#commits.write(task);
    this.people = new SqlitePeople(database, write, this.changes);
    this.keys = new SqliteKeys(database, write, this.changes);
    this.recoveries = new SqliteRecoveries(database, write);
    this.resets = new SqliteResets(database, write);
    this.emails = new SqliteEmails(database, write);
    const { changes } = this;
    const statements = grantsStatements(database);
    const attestations = new Attestations(statements);
    this.#falling = new Falling(database, write, schedule);
    const parts = { write, changes, attestations, falling: this.#falling };
    this.grants = new SqliteGrants({ ...parts, statements, schedule });
    this.sites = new SqliteSites({ ...parts, database, rights: statements, grants: this.grants });
  }

  static open(options: SqliteAccountsOptions): SqliteAccounts {
    const database = openMigrated(options.path, ACCOUNTS_SCHEMA);
    return new SqliteAccounts(database, options.schedule ?? ((task) => void setImmediate(task)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#falling.close();
    this.#commits.close();
    this.#database.close();
  }
}
