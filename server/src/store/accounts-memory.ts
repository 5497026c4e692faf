/**
 * Accounts in memory (interface and promises: `accounts.ts`, but nothing survives the process): for the
 * simulator and for tests, and as the model against which the SQLite engine is compared.
 */

import type { Accounts } from './accounts.ts';
import { MemoryChanges, MemoryPeople } from './accounts-memory-people.ts';
import { MemorySites } from './accounts-memory-sites.ts';

export class MemoryAccounts implements Accounts {
  readonly changes = new MemoryChanges();
  readonly people: MemoryPeople = new MemoryPeople(this.changes, {
    take: (by, user, nowMs) => this.sites.take(by, user, nowMs),
  });
  readonly sites: MemorySites = new MemorySites(this.changes, this.people);

  async [Symbol.asyncDispose](): Promise<void> {}
}
