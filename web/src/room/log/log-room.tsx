/** A log as a conversation. */

import { createComputed, createEffect, createMemo, createSignal, onMount, Show, type JSX } from 'solid-js';
import { fromStore } from '../../kit/from-store.ts';
import { messageLine } from '../../logic/message.ts';
import { reuseRows, rowsOf, type MessageRow, type Row } from '../../logic/rows.ts';
import { may } from '../../logic/rights.ts';
import { useApp, useCopse } from '../../model/app.ts';
import { createVisible } from '../../model/reads.ts';
import type { LogView } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Banner } from './banner.tsx';
import { Composer } from './composer.tsx';
import { createCompany } from './company.tsx';
import { LogHead } from './log-head.tsx';
import { createOutbox } from './outbox.ts';
import { Timeline } from './timeline.tsx';
import { Beginning, Skeleton } from './beginning.tsx';

interface LogRoomProps {
  readonly site: SiteModel;
  readonly name: string;
}

const FIRST_COUNT = 100;
const OLDER_COUNT = 100;

export function LogRoom(props: LogRoomProps): JSX.Element {
  const app = useApp();
  const house = useHouse();
  const me = useCopse().user;
  const { people } = props.site;
  const log = props.site.site.log(props.name);
  const window = log.view({ last: FIRST_COUNT });
  const view = fromStore(window);
  const trouble = fromStore(log.trouble);
  const outbox = createOutbox(log);
  const company = createCompany(log, me);
  const readAt = house.reads.at(props.site.id, props.name);
  const rows = createMemo<readonly Row[]>(
    (before) =>
      reuseRows(
        before,
        rowsOf({
          entries: view().entries,
          waiting: view().waiting,
          failed: outbox.failed(),
          me,
          readAt,
          dayKey: app.words.dayKey,
        }),
      ),
    [],
  );
  const ends = createReading(props, rows);
  const spoken = createSpoken(rows, (user) => people.nameOf(user) ?? 'Somebody');
  onMount(people.refresh);
  const isLoading = () =>
    view().entries.length === 0 && rows().length === 0 && view().status === 'connecting';
  return (
    <section class="log" aria-label={`${props.name} in ${props.site.title()}`}>
      <LogHead site={props.site} name={props.name} others={company.others()} />
      <Banner status={house.status()} waiting={view().waiting.length} trouble={trouble()} />
      <Show when={!isLoading()} fallback={<Skeleton />}>
        <Timeline
          rows={rows()}
          label={`Messages in ${props.name}`}
          loadOlder={() => (hasOlder(view()) ? window.older(OLDER_COUNT) : Promise.resolve())}
          onEnd={ends.setAtEnd}
          newCount={ends.newCount()}
          top={
            <Beginning
              site={props.site}
              name={props.name}
              hasOlder={hasOlder(view())}
              isEmpty={rows().length === 0}
              isUnknown={view().entries.length === 0 && view().status === 'offline'}
            />
          }
          context={{
            nameOf: (user) => people.nameOf(user) ?? 'Somebody',
            failed: (id) => outbox.failed().find((entry) => entry.id === id),
            retry: outbox.retry,
            discard: outbox.discard,
          }}
        />
      </Show>
      <p class="typing">{company.typing()}</p>
      <p class="hidden" role="log" aria-live="polite">
        {spoken()}
      </p>
      <Show when={may(props.site.permissions(), 'write')} fallback={<ReadOnly />}>
        <Composer site={props.site.id} log={props.name} onSend={outbox.send} onTyping={company.signal} />
      </Show>
    </section>
  );
}

function hasOlder(view: LogView): boolean {
  const oldest = view.entries[0]?.at;
  return oldest !== undefined && oldest > Math.max(1, view.first);
}

interface Reading {
  readonly setAtEnd: (isAtEnd: boolean) => void;
  readonly newCount: () => number;
}

/** Entries count as read when the end of the log is in sight on a page that can be seen. */
function createReading(props: LogRoomProps, rows: () => readonly Row[]): Reading {
  const { reads } = useHouse();
  const isVisible = createVisible();
  const [isAtEnd, setAtEnd] = createSignal(false);
  const [seenAt, setSeenAt] = createSignal(0);
  const messages = () => rows().filter((row): row is MessageRow => row.kind === 'message');
  const lastAt = createMemo(() => messages().reduce((max, { at }) => Math.max(max, at ?? 0), 0));
  createEffect(() => {
    if (!isAtEnd() || !isVisible()) return;
    setSeenAt(lastAt());
    reads.mark(props.site.id, props.name, lastAt());
  });
  const newCount = createMemo(
    () => messages().filter(({ at, own }) => at !== null && at > seenAt() && !own && seenAt() > 0).length,
  );
  return { setAtEnd, newCount };
}

/** What somebody who listens to the page hears of new entries: the newest one of others, once. */
function createSpoken(rows: () => readonly Row[], nameOf: (user: string | null) => string): () => string {
  const [text, setText] = createSignal('');
  let heardAt: number | null = null;
  createComputed(() => {
    const last = rows().findLast((row) => row.kind === 'message' && row.at !== null);
    if (last?.kind !== 'message' || last.at === null) return;
    if (heardAt !== null && last.at > heardAt && !last.own)
      setText(`${nameOf(last.user)}: ${messageLine(last.value)}`);
    heardAt = Math.max(heardAt ?? 0, last.at);
  });
  return text;
}

function ReadOnly(): JSX.Element {
  return <p class="read-only">You can read here. Ask a host of the site to let you write.</p>;
}
