/** What was reported to the admins of the node, what it was about, and what they do about it (SPEC U50). */

import { createResource, createSignal, For, lazy, Match, Show, Suspense, Switch, type JSX } from 'solid-js';
import { asFault } from 'copse/internal/base/fault.ts';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { everyAccount } from '../../logic/account-words.ts';
import { postLine } from '../../logic/neighbourhood/post-text.ts';
import {
  grouped,
  reporters,
  type ReportedThing,
  type Settled,
} from '../../logic/neighbourhood/report-words.ts';
import { plural } from '../../logic/numbers.ts';
import { hashOf } from '../../logic/route.ts';
import { useApp, useCopse } from '../../model/app.ts';
import { personOf } from '../../model/neighbourhood/keys.ts';
import { noteSettled, readReports, readSettled } from '../../model/neighbourhood/reports.ts';
import type { AccountRow, Accounts } from '../../model/sdk-accounts.ts';
import type { Post, ReportRow } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { Attachments } from './attachments.tsx';
import { StreetPage } from './street-page.tsx';

const RemoveAccount = lazy(async () => ({
  default: (await import('../accounts/remove-account.tsx')).RemoveAccount,
}));

export function ReportsRoom(): JSX.Element {
  const { isAdmin } = useHouse();
  return (
    <StreetPage
      title="Reports"
      lead="What people of this node ask its admins to look at. Nobody who was reported is told."
    >
      <Show when={isAdmin()} fallback={<p class="muted">This page is for admins of the node.</p>}>
        <Reports />
      </Show>
    </StreetPage>
  );
}

function Reports(): JSX.Element {
  const { place } = useStreet();
  const [rows, { refetch }] = createResource(() => readReports(place.doorstep));
  const [settled, { mutate }] = createResource(() => readSettled(place));
  const things = () => (rows.error === undefined ? grouped(rows.latest ?? []) : []);
  const settle = async (thing: ReportedThing, how: Pick<Settled, 'what' | 'line'>): Promise<void> => {
    for (const { number } of thing.rows) await place.doorstep.settle(number);
    mutate(await noteSettled(place, { ...how, about: thing.about, atMs: Date.now() }));
    await refetch();
  };
  return (
    <>
      <Switch fallback={<Loading />}>
        <Match when={rows.error !== undefined}>
          <FaultNotice thrown={rows.error} retry={() => void refetch()} />
        </Match>
        <Match when={rows.latest !== undefined && things().length === 0}>
          <div class="empty">
            <h2>Nothing is reported</h2>
            <p>When somebody reports a post or a person, it stands here until an admin has looked at it.</p>
          </div>
        </Match>
        <Match when={rows.latest}>
          <section class="panel stack">
            <h2>{plural(things().length, 'thing')} to look at</h2>
            <ul class="list reports">
              <For each={things()}>
                {(thing) => (
                  <Suspense fallback={<li>Loading …</li>}>
                    <Thing thing={thing} onSettle={settle} />
                  </Suspense>
                )}
              </For>
            </ul>
          </section>
        </Match>
      </Switch>
      <Show when={settled.error === undefined && (settled.latest ?? []).length > 0}>
        <Past settled={settled.latest ?? []} />
      </Show>
    </>
  );
}

interface ThingProps {
  readonly thing: ReportedThing;
  readonly onSettle: (thing: ReportedThing, how: Pick<Settled, 'what' | 'line'>) => Promise<void>;
}

function Thing(props: ThingProps): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const { thing } = props;
  const person = () => street.people.of(thing.about);
  const [post] = createResource(async (): Promise<Post | null> => {
    const row = thing.rows.find(({ message }) => message !== null);
    return row === undefined ? null : street.place.doorstep.reported(row);
  });
  const shown = () => (post.error === undefined ? (post.latest ?? null) : null);
  const line = (): string => postLine(shown()?.text ?? thing.rows[0]?.why ?? '');
  const leave = async (): Promise<void> => {
    await props.onSettle(thing, { what: 'left', line: line() });
    app.tell('Dealt with.', 'It is listed below, for you.');
  };
  return (
    <li>
      <Avatar id={person().user} size={40} />
      <div class="list-text">
        <p class="list-title">
          <a class="post-name" href={hashOf({ room: 'person', person: thing.about })}>
            {person().called}
          </a>
          <span class="tag warn">reported by {plural(reporters(thing), 'person', 'people')}</span>
        </p>
        <Show when={thing.hasMessage} fallback={<p class="list-more">The person herself is reported.</p>}>
          <Show
            when={shown()}
            fallback={
              <p class="list-more">
                {post.error === undefined ? 'Loading …' : 'The message cannot be read.'}
              </p>
            }
          >
            {(found) => <Message post={found()} />}
          </Show>
        </Show>
        <ul class="plain-list">
          <For each={thing.rows}>{(row) => <Why row={row} />}</For>
        </ul>
        <div class="list-actions">
          <Act class="small" icon="check" label={`Nothing to do about ${person().called}`} run={leave}>
            Nothing to do
          </Act>
          <Show when={shown()}>
            {(found) => <TakeAway {...props} post={found()} line={line} called={person().called} />}
          </Show>
          <Remove {...props} called={person().called} line={line} />
          <Show when={shown()}>
            {(found) => (
              <a class="button quiet small" href={hashOf({ room: 'post', post: found().id })}>
                Open the post
              </a>
            )}
          </Show>
        </div>
      </div>
    </li>
  );
}

function Message(props: { readonly post: Post }): JSX.Element {
  return (
    <>
      <Show when={props.post.text !== ''}>
        <blockquote class="knock-words" dir="auto">
          {props.post.text}
        </blockquote>
      </Show>
      <Attachments post={props.post} />
    </>
  );
}

function Why(props: { readonly row: ReportRow }): JSX.Element {
  const { people } = useStreet();
  const by = () => people.of(personOf(props.row.by));
  return (
    <li class="list-more">
      <a href={hashOf({ room: 'person', person: by().key })}>{by().isMe ? 'You' : by().called}</a>,{' '}
      <Time ms={props.row.atMs} />: {props.row.why}
    </li>
  );
}

interface TakeAwayProps extends ThingProps {
  readonly post: Post;
  readonly called: string;
  readonly line: () => string;
}

/** Takes one post away from this node; who wrote it keeps the account. */
function TakeAway(props: TakeAwayProps): JSX.Element {
  const app = useApp();
  const { place, posts } = useStreet();
  const [isOpen, setOpen] = createSignal(false);
  const takeAway = async (): Promise<void> => {
    try {
      await place.doorstep.takeAway(props.post.id);
    } catch (thrown) {
      // Its author has taken it back, or another admin was first.
      if (asFault(thrown).code !== 'unknown') throw thrown;
    }
    setOpen(false);
    posts.look([props.post.id]);
    app.tell('Taken away.', 'Nobody finds this post here any more.');
    await props.onSettle(props.thing, { what: 'taken', line: props.line() });
  };
  return (
    <>
      <button
        type="button"
        class="button small"
        aria-label={`Take the post away that ${props.called} wrote`}
        onClick={() => setOpen(true)}
      >
        <Icon name="trash" size={18} /> Take the post away
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title="Take this post away?"
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Leave it
            </button>
            <Act class="danger" run={takeAway}>
              Take it away
            </Act>
          </>
        }
      >
        <blockquote class="post-quote">{postLine(props.post.text)}</blockquote>
        <p>
          Nobody finds it on this node any more, and it does not come again. It cannot be brought back.{' '}
          {props.called} keeps the account and is not told; files stay with who holds them, and other nodes
          keep what they have.
        </p>
      </Dialog>
    </>
  );
}

interface RemoveProps extends ThingProps {
  readonly called: string;
  readonly line: () => string;
}

/** Ends the account after the page has said who falls; what was written there may be hidden. */
function Remove(props: RemoveProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const { people } = useStreet();
  const [found, setFound] = createSignal<{ accounts: Accounts; row: AccountRow } | null>(null);
  const [row, setRow] = createSignal<AccountRow | null>(null);
  const open = async (): Promise<void> => {
    const accounts = await copse.accounts();
    const all = everyAccount((await accounts.tree()).branches);
    const { user: whose } = people.of(props.thing.about);
    const theirs = all.find(({ user, state }) => state === 'there' && user === whose);
    if (theirs === undefined) {
      app.tell(
        `${props.called} has no account here that you could end.`,
        'What they wrote came from elsewhere, or their account has ended.',
      );
      return;
    }
    setFound({ accounts, row: theirs });
    setRow(theirs);
  };
  return (
    <>
      <Act class="small" icon="trash" label={`Remove ${props.called} …`} run={open}>
        Remove {props.called} …
      </Act>
      <Show when={found()}>
        {(now) => (
          <Suspense>
            <RemoveAccount
              accounts={now().accounts}
              row={row()}
              onClose={() => setRow(null)}
              onDone={() => {
                setRow(null);
                void props
                  .onSettle(props.thing, { what: 'removed', line: props.line() })
                  .catch(app.tellFault);
              }}
            />
          </Suspense>
        )}
      </Show>
    </>
  );
}

const DEALT: Readonly<Record<Settled['what'], string>> = {
  left: 'left',
  taken: 'post taken away',
  removed: 'account ended',
};

function Past(props: { readonly settled: readonly Settled[] }): JSX.Element {
  const { people } = useStreet();
  return (
    <section class="panel stack">
      <h2>Dealt with by you</h2>
      <p class="muted">Your devices remember the newest, sealed; other admins have a list of their own.</p>
      <ul class="list">
        <For each={props.settled}>
          {({ about, line, what, atMs }) => (
            <li>
              <div class="list-text">
                <p class="list-title">
                  <a class="clip post-name" href={hashOf({ room: 'person', person: about })}>
                    {people.of(about).called}
                  </a>
                  <span class="tag">{DEALT[what]}</span>
                </p>
                <p class="list-more">
                  <Time ms={atMs} /> · {line}
                </p>
              </div>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
