/** An invitation as a member sees it: nothing to make, only to accept. */

import { createResource, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { InvitationView } from '../../model/sdk.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { OpenLinkForm } from '../sites/open-link.tsx';
import { Offer } from './invited.tsx';

export function JoinRoom(): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const link = () => {
    const arrival = app.session.arrival();
    return arrival?.kind === 'join' ? arrival.link : undefined;
  };
  const [view, { refetch }] = createResource(link, (url) => copse.peek(url));
  return (
    <Switch fallback={<Loading />}>
      <Match when={link() === undefined}>
        <Page title="Open an invitation">
          <OpenLinkForm onDone={() => {}} />
        </Page>
      </Match>
      <Match when={view.error !== undefined}>
        <Page title="The invitation could not be read">
          <FaultNotice thrown={view.error} retry={() => void refetch()} />
        </Page>
      </Match>
      <Match when={view()}>
        {(seen) => (
          <div class="page narrow">
            <Offer view={seen()}>
              <Accept view={seen()} link={link() ?? ''} />
            </Offer>
          </div>
        )}
      </Match>
    </Switch>
  );
}

function Accept(props: { readonly view: InvitationView; readonly link: string }): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const house = useHouse();
  const [thrown, setThrown] = createSignal<unknown>(null);
  const isMember = () => house.sites().some(({ id }) => id === props.view.site);
  const join = async (): Promise<void> => {
    try {
      const site = await copse.join(props.link);
      app.session.dismissArrival();
      app.replace({ room: 'site', site: site.id });
    } catch (error) {
      setThrown(error);
    }
  };
  return (
    <Show
      when={!isMember()}
      fallback={
        <p>
          You are a member already. <a href={`#/site/${props.view.site}`}>Go there</a>
        </p>
      }
    >
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div>
        <Act class="primary large" run={join}>
          Join {props.view.title}
        </Act>
      </div>
    </Show>
  );
}
