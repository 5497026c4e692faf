/** What a log room shows and does, apart from how it looks. */

import { createComputed, createEffect, createMemo, createSignal, type Accessor } from 'solid-js';
import { fromStore } from 'copse/solid';
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
  const window = log.view({ last: FIRST_COUNT });
  const view = fromStore(window);
  const outbox = createOutbox(log);
  const { reads } = useHouse();
  const readAt = reads.at(site.id, name);
  const rows = createMemo<readonly Row[]>((before) => {
    const { entries, waiting } = view();
    const failed = outbox.failed();
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
    company: createCompany(log, me),
    loadOlder: () => (hasOlder() ? window.older(OLDER_COUNT) : Promise.resolve()),
    spoken: createSpoken(rows, nameOf),
    ...createReading(rows, (at) => reads.mark(site.id, name, at)),
  };
}

/** Entries count as read when the end of the log is in sight on a page that can be seen. */
function createReading(
  rows: () => readonly Row[],
  mark: (at: number) => void,
): Pick<Conversation, 'setAtEnd' | 'newCount'> {
  const isVisible = createVisible();
  const [isAtEnd, setAtEnd] = createSignal(false);
  const [seenAt, setSeenAt] = createSignal(0);
  const messages = (): readonly MessageRow[] => rows().filter((row) => row.kind === 'message');
  const lastAt = createMemo(() => messages().reduce((max, { at }) => Math.max(max, at ?? 0), 0));
  createEffect(() => {
    if (!isAtEnd() || !isVisible()) return;
    setSeenAt(lastAt());
    mark(lastAt());
  });
  const newCount = createMemo(() => {
    const from = seenAt();
    return from === 0 ? 0 : messages().filter(({ at, own }) => at !== null && at > from && !own).length;
  });
  return { setAtEnd, newCount };
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
