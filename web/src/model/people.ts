/** The members of a site by user, for names beside entries. Asks again when somebody unknown appears. */

import { createMemo, createSignal, type Accessor } from 'solid-js';
import type { Member, Site } from './sdk.ts';

export interface People {
  readonly members: Accessor<readonly Member[]>;
  /** The name of a user, or null while nobody knows it. */
  readonly nameOf: (user: string | null) => string | null;
  readonly reload: () => Promise<void>;
  /** The same as decoration: without it the room is still there. */
  readonly refresh: () => void;
}

/** A user who is no member any more stays unknown; asking for her again and again would not help. */
const ASK_AGAIN_MS = 10_000;

export function createPeople(site: Site, nowMs: () => number): People {
  const [members, setMembers] = createSignal<readonly Member[]>([]);
  const names = createMemo(() => new Map<string, string>(members().map(({ user, name }) => [user, name])));
  let askedMs = -Infinity;
  let isAsking = false;

  async function reload(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    askedMs = nowMs();
    try {
      setMembers(await site.members());
    } finally {
      isAsking = false;
    }
  }

  const refresh = (): void => {
    reload().catch(() => {});
  };
  return {
    members,
    reload,
    refresh,
    nameOf(user) {
      if (user === null) return null;
      const name = names().get(user);
      if (name !== undefined) return name;
      if (nowMs() - askedMs > ASK_AGAIN_MS) refresh();
      return null;
    },
  };
}
