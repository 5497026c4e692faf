/**
 * Accounts in one SQLite file (interface and promises: `accounts.ts`). Reads see what is committed;
 * writes of one turn share one commit with synchronous=FULL (SPEC A16).
 */

import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { Accounts } from './accounts.ts';
import { Attestations } from './accounts-sqlite-attestations.ts';
import { SqliteChanges } from './accounts-sqlite-changes.ts';
import { Falling } from './accounts-sqlite-falling.ts';
import { SqliteGrants } from './accounts-sqlite-grants.ts';
import { grantsStatements } from './accounts-sqlite-grants-rows.ts';
import { ACCOUNTS_SCHEMA } from './accounts-sqlite-schema.ts';
import { LateIndexes, WAITING_MAX } from './accounts-sqlite-late.ts';
import { FACTS_MAX, Recall } from './accounts-sqlite-recall.ts';
import { SqlitePeople } from './accounts-sqlite-people.ts';
import { SqliteSites } from './accounts-sqlite-sites.ts';
import { TreeDesk } from './accounts-tree-desk.ts';
import { SqliteTreeRows } from './accounts-tree-sqlite.ts';
import { CHECKPOINT_PAGES, Checkpoints } from './checkpoints.ts';
import { SqliteDigests } from './digests-sqlite.ts';
import { SqliteEmails } from './email-sqlite.ts';
import { GroupCommit } from './group-commit.ts';
import { openMigrated } from './migrate.ts';
import { SqliteKeys } from './keys-sqlite.ts';
import { SqliteNotices } from './notices-sqlite.ts';
import { SqliteRecoveries } from './recovery-sqlite.ts';
import { SqliteResets } from './recovery-resets-sqlite.ts';
import type { Database, Opening } from './sqlite.ts';

export interface SqliteAccountsOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Arranges that a task runs after what is ready now. */
  readonly schedule?: (task: () => void) => void;
  /** Rows that some indexes are written behind (`accounts-sqlite-late.ts`). */
  readonly waitingMax?: number;
  /** Answers that are kept (`accounts-sqlite-recall.ts`). */
  readonly recalledMax?: number;
  /** Whose clock says how long a slice of work takes. */
  readonly env?: Pick<Env, 'nowMs'>;
}

/**
 * What a commit costs is the pages that it changes, and rows are small: 4 KiB instead of 8 is a third less
 * per attestation among a million.
 */
const PAGE_BYTES = 4096;
/** A commit of several hundred attestations changes over a thousand pages; those that do not fit are written twice. */
const CACHE_BYTES = 64 << 20;
export const ACCOUNTS_OPENING: Opening = {
  pageBytes: PAGE_BYTES,
  cacheBytes: CACHE_BYTES,
  checkpointPages: CHECKPOINT_PAGES,
};

export class SqliteAccounts implements Accounts {
  readonly people: SqlitePeople;
  readonly tree: TreeDesk;
  readonly sites: SqliteSites;
  readonly grants: SqliteGrants;
  readonly changes: SqliteChanges;
  readonly keys: SqliteKeys;
  readonly recoveries: SqliteRecoveries;
  readonly resets: SqliteResets;
  readonly emails: SqliteEmails;
  readonly notices: SqliteNotices;
  readonly digests: SqliteDigests;
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #falling: Falling;
  readonly #late: LateIndexes;
  readonly #checkpoints: Checkpoints;

  private constructor(database: Database, options: SqliteAccountsOptions) {
    const { path, schedule = (task) => void setImmediate(task), waitingMax = WAITING_MAX } = options;
    const { recalledMax = FACTS_MAX, env = realEnv() } = options;
    this.#database = database;
    this.#checkpoints = new Checkpoints(database, path);
    const recall = new Recall(recalledMax);
    this.changes = new SqliteChanges(database, (task) => this.#commits.write(task), recall);
    const onCommit = (): void => {
      this.changes.announce();
      this.notices.committed();
      this.#late.committed();
      this.#checkpoints.committed();
    };
    this.#commits = new GroupCommit(database, { schedule, onCommit });
    const write = <T>(task: () => T): Promise<T> => this.#commits.write(task);
    this.tree = new TreeDesk(new SqliteTreeRows(database), {
      write,
      schedule,
      primitives: nativePrimitives(),
      neighbours: { endDevices: (user, atMs) => this.people.endDevices(user, atMs) },
    });
    this.people = new SqlitePeople(database, { write, changes: this.changes, tree: this.tree });
    this.keys = new SqliteKeys(database, write, this.changes);
    this.recoveries = new SqliteRecoveries(database, write);
    this.resets = new SqliteResets(database, write);
    this.emails = new SqliteEmails(database, write);
    this.digests = new SqliteDigests(database, write);
    const { changes } = this;
    const repeatable = <T>(task: () => T): Promise<T> => this.#commits.writeRepeatable(task);
    this.notices = new SqliteNotices(database, { write, writeRepeatable: repeatable, schedule });
    this.#late = new LateIndexes(database, { write: repeatable, schedule, waitingMax });
    const statements = grantsStatements(database, this.#late);
    const attestations = new Attestations(statements, recall);
    this.#falling = new Falling(database, { write: repeatable, schedule, recall, nowMs: () => env.nowMs() });
    const parts = { write, changes, attestations, falling: this.#falling, recall };
    this.grants = new SqliteGrants({ ...parts, statements, schedule });
    this.sites = new SqliteSites({ ...parts, database, rights: statements, grants: this.grants });
  }

  static open(options: SqliteAccountsOptions): SqliteAccounts {
    return SqliteAccounts.over(openMigrated(options.path, ACCOUNTS_SCHEMA, ACCOUNTS_OPENING), options);
  }

  /** On a database that is open and of the newest version, and belongs to the accounts from now on. */
  static over(database: Database, options: SqliteAccountsOptions): SqliteAccounts {
    return new SqliteAccounts(database, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#falling.close();
    this.#late.close();
    this.#commits.close();
    await this.#checkpoints[Symbol.asyncDispose]();
    this.#database.close();
  }
}
