/** A site as rooms read it: its stores as accessors, its people, and what is unread in it. Made once per site. */

import type { Accessor } from 'solid-js';
import { fromStore } from 'copse/solid';
import { createPeople, type People } from './people.ts';
import { createUnread, type Reads, type Unread } from './reads.ts';
import type { Site, SiteId } from './sdk.ts';

export interface SiteModel {
  readonly id: SiteId;
  readonly site: Site;
  readonly title: Accessor<string>;
  readonly logs: Accessor<readonly string[]>;
  readonly permissions: Accessor<number>;
  readonly memberCount: Accessor<number>;
  readonly people: People;
  readonly unread: Accessor<readonly Unread[]>;
}

export function createSiteModel(site: Site, reads: Reads): SiteModel {
  return {
    id: site.id,
    site,
    title: fromStore(site.title),
    logs: fromStore(site.logs),
    permissions: fromStore(site.permissions),
    memberCount: fromStore(site.memberCount),
    people: createPeople(site, () => performance.now()),
    unread: createUnread(site, reads),
  };
}

/** Unread entries of all logs of a site; a log that was never opened does not count, it is all new. */
export function unreadCount(model: SiteModel): number {
  return model.unread().reduce((sum, { count }) => sum + (count ?? 0), 0);
}
