/**
 * Accounts in memory (interface and promises: `accounts.ts`, but nothing survives the process): for the
 * simulator and for tests, and as the model against which the SQLite engine is compared.
 */

import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { Accounts } from './accounts.ts';
import { MemoryGrants } from './accounts-memory-grants.ts';
import { MemoryChanges, MemoryPeople } from './accounts-memory-people.ts';
import { MemorySites } from './accounts-memory-sites.ts';
import { TreeDesk } from './accounts-tree-desk.ts';
import { MemoryTreeRows } from './accounts-tree-memory.ts';
import { MemoryDigests } from './digests-memory.ts';
import { MemoryEmails } from './email-memory.ts';
import { MemoryKeys } from './keys-memory.ts';
import { MemoryNotices } from './notices-memory.ts';
import { MemoryRecoveries } from './recovery-memory.ts';
import { MemoryResets } from './recovery-resets-memory.ts';

export class MemoryAccounts implements Accounts {
  readonly changes = new MemoryChanges();
  readonly tree: TreeDesk = new TreeDesk(new MemoryTreeRows(), {
    write: async (task) => task(),
    schedule: (task) => queueMicrotask(task),
    primitives: nativePrimitives(),
    neighbours: { endDevices: (user, atMs) => this.people.endDevices(user, atMs) },
  });
  readonly people: MemoryPeople = new MemoryPeople(this.changes, this.tree, {
    take: (by, user, nowMs) => this.sites.take(by, user, nowMs),
  });
  readonly grants: MemoryGrants = new MemoryGrants(this.changes, {
    devicesOf: (user) => this.people.devicesOf(user),
    keyEpochOf: (site) => this.sites.keyEpochOf(site),
    lacksKey: (site, user) => this.keys.lacks(site, user),
  });
  readonly sites: MemorySites = new MemorySites(this.changes, this.people, this.grants);
  readonly keys = new MemoryKeys(this.changes, this.people, this.sites);
  readonly recoveries = new MemoryRecoveries();
  readonly resets = new MemoryResets();
  readonly emails = new MemoryEmails();
  readonly notices = new MemoryNotices();
  readonly digests = new MemoryDigests();

  constructor() {
    this.people.onRevoked = (user, device) => this.keys.ended(user, device);
    this.sites.onLeft = (site) => this.keys.left(site);
    this.grants.onAdded = () => this.notices.rightsMoved();
    this.changes.listen(() => this.notices.rightsMoved());
    this.digests.onChanged = (user) => this.notices.wished(user);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
