/** A site as rooms read it: its stores as accessors, its people, and what is unread in it. Made once per site. */

import { createMemo, type Accessor } from 'solid-js';
import { fromStore } from 'copse/solid';
import { conversationsOf, documentsOf } from '../logic/documents.ts';
import { createPeople, type People } from './people.ts';
import { createUnread, type Reads, type Unread } from './reads.ts';
import type { Site, SiteId } from './sdk.ts';
import { createTrusts, type TrustBook, type Trusts } from './trusts.ts';

export interface SiteModel {
  readonly id: SiteId;
  readonly site: Site;
  readonly title: Accessor<string>;
  /** Names of its conversations. */
  readonly logs: Accessor<readonly string[]>;
  /** Titles of its documents. */
  readonly documents: Accessor<readonly string[]>;
  readonly permissions: Accessor<number>;
  readonly memberCount: Accessor<number>;
  readonly people: People;
  /** The marks beside the names of its people. */
  readonly trusts: Trusts;
  readonly unread: Accessor<readonly Unread[]>;
}

export function createSiteModel(site: Site, reads: Reads, book: TrustBook): SiteModel {
  const people = createPeople(site, () => performance.now());
  const logs = fromStore(site.logs);
  return {
    id: site.id,
    site,
    title: fromStore(site.title),
    logs: createMemo(() => conversationsOf(logs())),
    documents: createMemo(() => documentsOf(logs())),
    permissions: fromStore(site.permissions),
    memberCount: fromStore(site.memberCount),
    people,
    trusts: createTrusts(site.id, people, book),
    unread: createUnread(site, reads),
  };
}

/** Unread entries of all logs of a site; a log that was never opened does not count, it is all new. */
export function unreadCount(model: SiteModel): number {
  return model.unread().reduce((sum, { count }) => sum + (count ?? 0), 0);
}
