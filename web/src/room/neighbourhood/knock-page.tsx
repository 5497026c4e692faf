/** Writing to somebody of this node, for who is signed in with an account that the node does not know (SPEC U53). */

import { Match, onMount, Switch, type JSX } from 'solid-js';
import { Notice } from '../../kit/notice.tsx';
import { hashOf } from '../../logic/route.ts';
import { useApp } from '../../model/app.ts';
import type { PersonKey } from '../../model/neighbourhood/keys.ts';
import { createKnocking } from '../../model/neighbourhood/knocking.ts';
import { useStreet } from '../../model/street.ts';
import { Loading } from '../../shell/loading.tsx';
import { KnockForm } from './knock-form.tsx';
import { StreetPage } from './street-page.tsx';

interface KnockPageProps {
  readonly person: PersonKey;
}

export function KnockPage(props: KnockPageProps): JSX.Element {
  const street = useStreet();
  const called = () => street.people.of(props.person).called;
  onMount(() => street.people.look(props.person));
  return (
    <StreetPage title={`Write to ${called()}`}>
      <Switch fallback={<Loading />}>
        <Match when={street.isStranger()}>
          <AsGuest person={props.person} />
        </Match>
        <Match when={street.hello()}>
          <Notice
            kind="info"
            title="You have an account here"
            actions={
              <a class="button" href={hashOf({ room: 'person', person: props.person })}>
                To their page
              </a>
            }
          >
            Mention {called()} in a post, or answer one of theirs: that takes no work.
          </Notice>
        </Match>
      </Switch>
    </StreetPage>
  );
}

function AsGuest(props: KnockPageProps): JSX.Element {
  const { local } = useApp();
  const { place } = useStreet();
  const knocking = createKnocking({ place, person: props.person, local });
  return <KnockForm knocking={knocking} />;
}
