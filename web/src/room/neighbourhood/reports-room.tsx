/** What was reported to the admins of the node, what it was about, and what they do about it (SPEC U50). */

import { createResource, For, Match, Show, Suspense, Switch, type JSX } from 'solid-js';
import { FaultNotice } from '../../kit/notice.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Rows } from '../../kit/rows.tsx';
import { Time } from '../../kit/time.tsx';
import { summaryOf } from '../../logic/neighbourhood/attachments.ts';
import {
  grouped,
  reporters,
  type ReportedThing,
  type Settled,
} from '../../logic/neighbourhood/report-words.ts';
import { plural } from '../../logic/numbers.ts';
import { hashOf } from '../../logic/route.ts';
import { personOf } from '../../model/neighbourhood/keys.ts';
import { noteSettled, readReports, readSettled } from '../../model/neighbourhood/reports.ts';
import type { Post, ReportRow } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { Attachments } from './attachments.tsx';
import { ThingActs, type ThingProps } from './report-acts.tsx';
import { StreetPage } from './street-page.tsx';

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
            <Rows class="list reports" each={things()} by={({ key }) => key}>
              {(thing) => (
                <Suspense fallback="Loading …">
                  <Thing thing={thing()} onSettle={settle} />
                </Suspense>
              )}
            </Rows>
          </section>
        </Match>
      </Switch>
      <Show when={settled.error === undefined && (settled.latest ?? []).length > 0}>
        <Past settled={settled.latest ?? []} />
      </Show>
    </>
  );
}

function Thing(props: ThingProps): JSX.Element {
  const street = useStreet();
  const person = () => street.people.of(props.thing.about);
  const [post] = createResource(async (): Promise<Post | null> => {
    const row = props.thing.rows.find(({ message }) => message !== null);
    return row === undefined ? null : street.place.doorstep.reported(row);
  });
  const shown = () => (post.error === undefined ? (post.latest ?? null) : null);
  const line = (): string => {
    const found = shown();
    return found === null ? (props.thing.rows[0]?.why ?? '') : summaryOf(found);
  };
  return (
    <>
      <Avatar id={person().user} size={40} />
      <div class="list-text">
        <p class="list-title">
          <a class="post-name" href={hashOf({ room: 'person', person: props.thing.about })}>
            {person().called}
          </a>
          <span class="tag warn">reported by {plural(reporters(props.thing), 'person', 'people')}</span>
        </p>
        <Reported thing={props.thing} post={shown()} hasFailed={post.error !== undefined} />
        <ul class="plain-list">
          <For each={props.thing.rows}>{(row) => <Why row={row} />}</For>
        </ul>
        <ThingActs {...props} post={shown()} called={person().called} line={line} />
      </div>
    </>
  );
}

interface ReportedProps {
  readonly thing: ReportedThing;
  readonly post: Post | null;
  readonly hasFailed: boolean;
}

function Reported(props: ReportedProps): JSX.Element {
  return (
    <Show when={props.thing.hasMessage} fallback={<p class="list-more">The person herself is reported.</p>}>
      <Show
        when={props.post}
        fallback={<p class="list-more">{props.hasFailed ? 'The message cannot be read.' : 'Loading …'}</p>}
      >
        {(found) => <Message post={found()} />}
      </Show>
    </Show>
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
