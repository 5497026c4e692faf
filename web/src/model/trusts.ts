/**
 * What this device knows of the keys of a site's people, for the mark beside each name (SPEC U33). Asked once
 * for all members; without an answer nothing is said, because no mark is no promise.
 */

import { key } from 'copse/internal/base/ids.ts';
import { fromStore } from 'copse/solid';
import { createMemo, createResource, createSignal, type Accessor } from 'solid-js';
import { markOf, remembered, type Mark } from '../logic/trust-words.ts';
import type { Local } from './local.ts';
import type { People } from './people.ts';
import type { Copse, Member } from './sdk.ts';

/** Shared by all sites: who was verified in one of them is verified in each. */
export interface TrustBook {
  readonly copse: Copse;
  readonly local: Local;
  readonly version: Accessor<number>;
  /** Somebody was verified a moment ago. */
  readonly changed: () => void;
}

export interface Trusts {
  /** Null: it is oneself, or nothing is known. */
  readonly of: (user: string | null) => Mark | null;
  readonly changed: () => void;
}

export function createTrustBook(copse: Copse, local: Local): TrustBook {
  const [version, setVersion] = createSignal(0);
  const alarm = fromStore(copse.alarm);
  return {
    copse,
    local,
    version: () => {
      // What the log vouched for is asked again when that was shaken, and when somebody has looked into it.
      alarm();
      return version();
    },
    changed: () => setVersion(version() + 1),
  };
}

export function createTrusts(site: string, people: People, book: TrustBook): Trusts {
  const { copse, local } = book;
  const asked = () =>
    people.members().length === 0 ? undefined : ([people.members(), book.version()] as const);
  const [found] = createResource(asked, async ([members]) => {
    const names = await copse.names();
    const trusts = await names.trustIn(members.map((member) => key(member.key)));
    const rows = members.map((member, at) => ({ member, trust: trusts[at] ?? 'unverified' }));
    const before = local.known(site);
    const known = remembered(
      before,
      rows.flatMap(({ member, trust }) => (trust === 'unverified' ? [] : [member])),
    );
    if (known !== before) local.setKnown(site, known);
    return new Map<string, Mark>(
      rows.map(({ member, trust }) => [member.user, markOf(nameOf(member), trust, known)]),
    );
  });
  const marks = createMemo(() => (found.error === undefined ? found.latest : undefined));
  return {
    of: (user) => (user === null || user === copse.user ? null : (marks()?.get(user) ?? null)),
    changed: book.changed,
  };
}

function nameOf({ user, name }: Member): { readonly user: string; readonly name: string } {
  return { user, name };
}
