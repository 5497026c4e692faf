/** What was read where, kept on this device, and what is unread in a site. */

import { createSignal, onCleanup, createMemo, type Accessor } from 'solid-js';
import { fromStore } from 'copse/solid';
import { conversationsOf } from '../logic/documents.ts';
import type { Local } from './local.ts';
import type { LogEntry, Site } from './sdk.ts';

export interface Reads {
  /** The last position that was read, or null when the log was never opened here. */
  at(site: string, log: string): number | null;
  mark(site: string, log: string, at: number): void;
}

/** `told` hears what is read further than before. */
export function createReads(local: Local, told: (site: string, log: string, at: number) => void): Reads {
  const [version, setVersion] = createSignal(0);
  return {
    at(site, log) {
      version();
      return local.readAt(site, log);
    },
    mark(site, log, at) {
      if ((local.readAt(site, log) ?? -1) >= at) return;
      local.setReadAt(site, log, at);
      told(site, log, at);
      setVersion((count) => count + 1);
    },
  };
}

export interface Unread {
  readonly log: string;
  /** Entries after what was read; null when the log was never opened here. */
  readonly count: number | null;
  readonly newest: LogEntry | null;
  /** Whether the log has been read since the page was opened; offline it may not have been. */
  readonly isKnown: boolean;
}

/** Logs of a site that are watched for news: each is a lease on the node. */
const LOGS_WATCHED_MAX = 8;

/** The newest entry and the number of unread ones of each conversation of a site. */
export function createUnread(site: Site, reads: Reads): Accessor<readonly Unread[]> {
  const logs = fromStore(site.logs);
  const watched = createMemo(() =>
    conversationsOf(logs())
      .slice(0, LOGS_WATCHED_MAX)
      .map((name) => ({ name, view: fromStore(site.log(name).view({ last: 1 })) })),
  );
  return createMemo(() =>
    watched().map(({ name, view }): Unread => {
      const { tail, entries, status } = view();
      const readAt = reads.at(site.id, name);
      const newest = entries.at(-1) ?? null;
      const last = Math.max(0, tail - 1);
      return {
        log: name,
        count: readAt === null ? null : Math.max(0, last - readAt),
        newest,
        isKnown: newest !== null || status === 'live',
      };
    }),
  );
}

/** Whether the page can be seen; news that arrive on a hidden page stay unread. */
export function createVisible(): Accessor<boolean> {
  const [isVisible, setVisible] = createSignal(document.visibilityState === 'visible');
  const follow = (): void => {
    setVisible(document.visibilityState === 'visible');
  };
  document.addEventListener('visibilitychange', follow);
  onCleanup(() => document.removeEventListener('visibilitychange', follow));
  return isVisible;
}
