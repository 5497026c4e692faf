/** A link to an account as a stranger sees it: who lets her in, before anything is made (SPEC Z12, U5). */

import { createResource, Match, Show, Switch, type JSX } from 'solid-js';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { Time } from '../../kit/time.tsx';
import { plural } from '../../logic/numbers.ts';
import { useApp } from '../../model/app.ts';
import type { AccountOffer } from '../../model/sdk-accounts.ts';
import { Loading } from '../../shell/loading.tsx';
import { KeyWords, OtherWay } from '../welcome/key-words.tsx';
import { NameForm } from '../welcome/sign-up.tsx';

export function AccountDoor(): JSX.Element {
  const { gate, session } = useApp();
  const link = () => {
    const arrival = session.arrival();
    return arrival?.kind === 'account' ? arrival.link : undefined;
  };
  const [offer, { refetch }] = createResource(link, (text) => gate.lookAtAccount(text));
  return (
    <Switch fallback={<Loading />}>
      <Match when={offer.error !== undefined}>
        <Heading>The link could not be read</Heading>
        <FaultNotice thrown={offer.error} retry={() => void refetch()} />
        <StartPage />
      </Match>
      <Match when={offer()}>
        {(seen) => (
          <Show when={seen().state === 'open'} fallback={<NotOpen offer={seen()} />}>
            <Heading>{seen().by || 'The node'} lets you in</Heading>
            <p class="lead">
              {seen().name === '' ? 'This link is' : `“${seen().name}” is`} your place on this node.{' '}
              {seen().quota > 0 && `You may let in ${plural(seen().quota, 'person', 'people')} yourself. `}
              The link ends <Time ms={seen().expiresMs} as="until" />.
            </p>
            <NameForm action="Come in" />
            <KeyWords />
            <OtherWay />
          </Show>
        )}
      </Match>
    </Switch>
  );
}

const WHY_NOT: Readonly<Record<Exclude<AccountOffer['state'], 'open'>, string>> = {
  taken: 'Somebody has come by this link already',
  over: 'This link has ended',
  removed: 'This link was taken back',
};

function NotOpen(props: { readonly offer: AccountOffer }): JSX.Element {
  const title = () => (props.offer.state === 'open' ? '' : WHY_NOT[props.offer.state]);
  return (
    <>
      <Heading>{title()}</Heading>
      <Notice kind="warn" title="One link lets one person in, for a while">
        Ask {props.offer.by || 'whoever sent it'} for a new one. If it was you who came, sign in with your 24
        words.
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
