/** What a log room shows and does, apart from how it looks. */

import { createComputed, createEffect, createMemo, createSignal, untrack, type Accessor } from 'solid-js';
import { fromStore } from 'copse/solid';
import { may } from '../../logic/rights.ts';
import { messageLine } from '../../logic/message.ts';
import { reuseRows, rowsOf, type MessageRow, type Row } from '../../logic/rows.ts';
import { useApp, useCopse } from '../../model/app.ts';
import { createVisible } from '../../model/reads.ts';
import type { LogView, Trouble } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { useHouse } from '../../shell/house-model.ts';
import { createCompany, type Company } from './company.tsx';
import { createOutbox, type Outbox } from './outbox.ts';

const FIRST_COUNT = 100;
const OLDER_COUNT = 100;

export interface Conversation {
  readonly view: Accessor<LogView>;
  readonly trouble: Accessor<Trouble>;
  readonly mayWrite: Accessor<boolean>;
  readonly rows: Accessor<readonly Row[]>;
  readonly outbox: Outbox;
  readonly company: Company;
  /** Entries before the loaded ones that the node still keeps. */
  readonly hasOlder: Accessor<boolean>;
  readonly loadOlder: () => Promise<void>;
  readonly nameOf: (user: string | null) => string;
  /** The end of the log came into sight, or went out of it. */
  readonly setAtEnd: (isAtEnd: boolean) => void;
  /** News since the end was last in sight. */
  readonly newCount: Accessor<number>;
  /** What somebody who listens to the page hears of the newest entry. */
  readonly spoken: Accessor<string>;
}

export function createConversation(site: SiteModel, name: string): Conversation {
  const { words } = useApp();
  const me = useCopse().user;
  const log = site.site.log(name);
  const permissions = fromStore(log.permissions);
  const window = log.view({ last: FIRST_COUNT });
  const view = fromStore(window);
  const outbox = createOutbox(log);
  const { reads } = useHouse();
  const sight = createSight();
  const markFrom = createMarkFrom(view, { readAt: reads.at(site.id, name), me, isSeen: sight.isSeen });
  const rows = createMemo<readonly Row[]>((before) => {
    const { entries, waiting } = view();
    const failed = outbox.failed();
    const readAt = markFrom();
    return reuseRows(before, rowsOf({ entries, waiting, failed, me, readAt, dayKey: words.dayKey }));
  }, []);
  const nameOf = (user: string | null): string => site.people.nameOf(user) ?? 'Somebody';
  const hasOlder = createMemo(() => {
    const oldest = view().entries[0]?.at;
    return oldest !== undefined && oldest > Math.max(1, view().first);
  });
  return {
    view,
    rows,
    outbox,
    nameOf,
    hasOlder,
    trouble: fromStore(log.trouble),
    // What is waiting to be known is not refused: the site's own rights stand until the log says more.
    mayWrite: () => may(permissions() | site.permissions(), 'write'),
    company: createCompany(log, me),
    loadOlder: () => (hasOlder() ? window.older(OLDER_COUNT) : Promise.resolve()),
    spoken: createSpoken(rows, nameOf),
    setAtEnd: sight.setAtEnd,
    newCount: createNewCount(rows, sight.isSeen, (at) => reads.mark(site.id, name, at)),
  };
}

interface Sight {
  readonly setAtEnd: (isAtEnd: boolean) => void;
  /** Whether the end of the log is in sight on a page that can be seen. */
  readonly isSeen: Accessor<boolean>;
}

function createSight(): Sight {
  const isVisible = createVisible();
  const [isAtEnd, setAtEnd] = createSignal(false);
  return { setAtEnd, isSeen: () => isAtEnd() && isVisible() };
}

interface Visit {
  /** The last position that was read before this visit. */
  readonly readAt: number | null;
  readonly me: string;
  readonly isSeen: Accessor<boolean>;
}

/**
 * The position after which the mark of news stands: where the last visit ended. While nothing is marked, what
 * is seen as it is written moves it on, because it is no news to who looks (SPEC U2).
 */
function createMarkFrom(view: Accessor<LogView>, visit: Visit): Accessor<number | null> {
  let from = visit.readAt;
  let isMarked = false;
  let wasLive = false;
  return createMemo(() => {
    const { entries, status } = view();
    const isWatched = wasLive && !isMarked && untrack(visit.isSeen);
    if (isWatched && from !== null) from = Math.max(from, entries.at(-1)?.at ?? 0);
    wasLive = status === 'live';
    const last = from;
    isMarked = last !== null && entries.some(({ at, mine, user }) => at > last && !mine && user !== visit.me);
    return last;
  });
}

/** Marks as read what is seen; answers how many of the others came since. */
function createNewCount(
  rows: () => readonly Row[],
  isSeen: Accessor<boolean>,
  mark: (at: number) => void,
): Accessor<number> {
  const [seenAt, setSeenAt] = createSignal(0);
  const messages = (): readonly MessageRow[] => rows().filter((row) => row.kind === 'message');
  const lastAt = createMemo(() => messages().reduce((max, { at }) => Math.max(max, at ?? 0), 0));
  createEffect(() => {
    if (!isSeen()) return;
    setSeenAt(lastAt());
    mark(lastAt());
  });
  return createMemo(() => {
    const from = seenAt();
    return from === 0 ? 0 : messages().filter(({ at, own }) => at !== null && at > from && !own).length;
  });
}

/** The newest entry of others, once. */
function createSpoken(rows: () => readonly Row[], nameOf: (user: string | null) => string): Accessor<string> {
  const [text, setText] = createSignal('');
  let heardAt: number | null = null;
  createComputed(() => {
    const last = rows().findLast((row) => row.kind === 'message' && row.at !== null);
    if (last?.kind !== 'message' || last.at === null) return;
    const isNews = heardAt !== null && last.at > heardAt && !last.own;
    if (isNews) setText(`${last.name || nameOf(last.user)}: ${messageLine(last.value)}`);
    heardAt = Math.max(heardAt ?? 0, last.at);
  });
  return text;
}
