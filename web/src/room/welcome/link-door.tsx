/** What stands behind a link: what it offers, with how to take it up, or why it does not any more (SPEC Z12, U5). */

import { createResource, Match, Show, Switch, type Accessor, type JSX } from 'solid-js';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { useApp } from '../../model/app.ts';
import { Loading } from '../../shell/loading.tsx';
import { KeyWords, OtherWay } from './key-words.tsx';
import { NameForm } from './sign-up.tsx';

interface LinkDoorProps<Seen> {
  readonly kind: 'join' | 'account';
  /** The heading when it cannot be looked at. */
  readonly unread: string;
  readonly look: (link: string) => Promise<Seen>;
  readonly children: (seen: Accessor<Seen>) => JSX.Element;
}

/** What a stranger has brought, looked at before anything is made. */
export function LinkDoor<Seen>(props: LinkDoorProps<Seen>): JSX.Element {
  const { session } = useApp();
  const link = () => {
    const arrival = session.arrival();
    return arrival?.kind === props.kind ? arrival.link : undefined;
  };
  const [seen, { refetch }] = createResource(link, (text) => props.look(text));
  return (
    <Switch fallback={<Loading />}>
      <Match when={seen.error !== undefined}>
        <Heading>{props.unread}</Heading>
        <FaultNotice thrown={seen.error} retry={() => void refetch()} />
        <Leave>To the start page</Leave>
      </Match>
      <Match when={seen()}>{(found) => props.children(found)}</Match>
    </Switch>
  );
}

interface OfferedProps {
  /** Why it is open no more; undefined: it is. */
  readonly why: string | undefined;
  readonly by: string;
  /** What else may have happened. */
  readonly hint?: string;
  readonly children: JSX.Element;
}

/** What one may take up, or leave for now; one link is good for one person. */
export function Offered(props: OfferedProps): JSX.Element {
  return (
    <Show
      when={props.why === undefined}
      fallback={
        <Ended title={props.why ?? ''} why="One link lets one person in, for a while">
          Ask {props.by || 'whoever sent it'} for a new one. {props.hint}
        </Ended>
      }
    >
      {props.children}
      <Leave class="quiet">Not now</Leave>
    </Show>
  );
}

/** For a stranger: an account, with what she has to know of it. */
export function TakeUp(props: { readonly action: string }): JSX.Element {
  return (
    <>
      <NameForm action={props.action} />
      <KeyWords />
      <OtherWay />
    </>
  );
}

interface EndedProps {
  readonly title: string;
  readonly why: string;
  readonly children: JSX.Element;
}

/** A link that leads nowhere. */
export function Ended(props: EndedProps): JSX.Element {
  return (
    <>
      <Heading>{props.title}</Heading>
      <Notice kind="warn" title={props.why}>
        {props.children}
      </Notice>
      <Leave>To the start page</Leave>
    </>
  );
}

interface LeaveProps {
  readonly class?: string;
  readonly children: JSX.Element;
}

/** Forgets what was brought. */
export function Leave(props: LeaveProps): JSX.Element {
  const { session } = useApp();
  return (
    <button type="button" class={`button ${props.class ?? ''}`} onClick={() => session.dismissArrival()}>
      {props.children}
    </button>
  );
}
