/** A group with who is in it and what it holds (SPEC U30). Loaded when somebody looks at it. */

import { equal } from 'copse/internal/base/bytes.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import { createResource, type Accessor } from 'solid-js';
import type { Copse, GrantRow, Group, Site } from './sdk.ts';

export interface InGroup {
  readonly user: string;
  readonly name: string;
  /** Adds and removes people. */
  readonly isAdmin: boolean;
  /** By which they are in it, when this user may see that; the founder's own is never taken back. */
  readonly grant: GrantRow | null;
}

export interface GroupView {
  readonly people: readonly InGroup[];
  /** What was given to it, by site. */
  readonly holds: readonly { readonly site: Site; readonly rows: readonly GrantRow[] }[];
}

export interface GroupModel {
  /** Undefined while it is on its way. */
  readonly view: Accessor<GroupView | undefined>;
  readonly thrown: Accessor<unknown>;
  readonly mayManage: Accessor<boolean>;
  readonly reload: () => void;
}

/** Sites in which it is looked for: each is a question. */
const SITES_MAX = 24;

export function createGroup(copse: Copse, group: Accessor<Group>): GroupModel {
  const [view, { refetch }] = createResource(group, async (asked) => {
    const desk = await copse.rights;
    const [held, grants, holds] = await Promise.all([
      desk.whoHolds(asked.id, null),
      desk.grants(asked.id),
      holdsOf(copse, asked),
    ]);
    return { people: peopleOf(held, grants), holds };
  });
  return {
    view: () => (view.error === undefined ? view.latest : undefined),
    thrown: () => view.error,
    mayManage: () => (group().permissions & permission.admin) !== 0,
    reload: () => void refetch(),
  };
}

type Held = Awaited<ReturnType<Awaited<Copse['rights']>['whoHolds']>>;

function peopleOf(held: Held, grants: readonly GrantRow[]): readonly InGroup[] {
  const byUser = Map.groupBy(held, ({ user }) => user);
  const standing = grants.filter(({ endedMs, above }) => endedMs === null && above !== null);
  return [...byUser].map(([user, rows]) => ({
    user,
    name: rows[0]?.name ?? '',
    isAdmin: rows.some(({ rights }) => (rights.permissions & permission.admin) !== 0),
    grant:
      standing.find(({ subjectKind, subjectUser }) => subjectKind === 'user' && subjectUser === user) ?? null,
  }));
}

async function holdsOf(copse: Copse, group: Group): Promise<GroupView['holds']> {
  const sites = copse.sites.get().slice(0, SITES_MAX);
  const found = await Promise.all(
    sites.map(async (site) => {
      const rows = await site.grants();
      const isIts = ({ subjectKind, subject, endedMs }: GrantRow): boolean =>
        subjectKind === 'group' && endedMs === null && equal(subject, group.key);
      return { site, rows: rows.filter(isIts) };
    }),
  );
  return found.filter(({ rows }) => rows.length > 0);
}
