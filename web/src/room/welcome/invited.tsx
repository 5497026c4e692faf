/** An invitation as a stranger sees it: who invites to what, before anything is made. */

import { createResource, Match, Show, Switch, type JSX } from 'solid-js';
import { Notice, FaultNotice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { Grove } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { rightsWords } from '../../logic/rights.ts';
import { useApp } from '../../model/app.ts';
import type { InvitationView } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';
import { NameForm } from './sign-up.tsx';
import { KeyWords, OtherWay } from './key-words.tsx';

export function Invited(): JSX.Element {
  const { gate, session } = useApp();
  const link = () => {
    const arrival = session.arrival();
    return arrival?.kind === 'join' ? arrival.link : undefined;
  };
  const [view, { refetch }] = createResource(link, (url) => gate.peek(url));
  return (
    <Switch fallback={<Loading />}>
      <Match when={view.error !== undefined}>
        <Heading>The invitation could not be read</Heading>
        <FaultNotice thrown={view.error} retry={() => void refetch()} />
        <StartPage />
      </Match>
      <Match when={view()}>
        {(seen) => (
          <Offer view={seen()}>
            <NameForm action={`Join ${seen().title}`} />
            <KeyWords />
            <OtherWay />
          </Offer>
        )}
      </Match>
    </Switch>
  );
}

/** The offer itself; `children` is how to take it up. */
export function Offer(props: { readonly view: InvitationView; readonly children: JSX.Element }): JSX.Element {
  const { session } = useApp();
  return (
    <Show when={props.view.state === 'open'} fallback={<NotOpen view={props.view} />}>
      <div class="offer">
        <Grove ids={[props.view.inviter, props.view.title, props.view.site]} seed={props.view.site} />
        <div class="offer-text">
          <p class="muted">{props.view.inviter || 'Somebody'} invites you to</p>
          <Heading>{props.view.title}</Heading>
          <p class="muted">
            You will be able to {rightsWords(props.view.permissions)}. The invitation ends{' '}
            <Time ms={props.view.expiresMs} as="until" />.
          </p>
        </div>
      </div>
      {props.children}
      <button type="button" class="button quiet" onClick={() => session.dismissArrival()}>
        Not now
      </button>
    </Show>
  );
}

const WHY_NOT = {
  used: 'This invitation was already used',
  expired: 'This invitation has expired',
  withdrawn: 'This invitation was withdrawn',
} as const;

/** What it led to is not told any more: the node gives the sealed title to nobody but the one it admits. */
function NotOpen(props: { readonly view: InvitationView }): JSX.Element {
  return (
    <>
      <Heading>{props.view.state === 'open' ? '' : WHY_NOT[props.view.state]}</Heading>
      <Notice kind="warn" title="One link lets one person in, for a while">
        Ask {props.view.inviter || 'whoever sent it'} for a new one.
      </Notice>
      <StartPage />
    </>
  );
}

export function BrokenLink(): JSX.Element {
  return (
    <>
      <Heading>The link is not complete</Heading>
      <Notice kind="warn" title="A part of it was lost on the way here">
        Ask for it again, or copy all of it, to the last letter.
      </Notice>
      <StartPage />
    </>
  );
}

function StartPage(): JSX.Element {
  const { session } = useApp();
  return (
    <button type="button" class="button" onClick={() => session.dismissArrival()}>
      To the start page
    </button>
  );
}
