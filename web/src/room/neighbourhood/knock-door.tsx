/** Writing to somebody of this node, for who has no account at all (SPEC U53). */

import { createResource, Match, onCleanup, Show, Switch, type JSX } from 'solid-js';
import { FaultNotice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { keyDigits } from '../../logic/neighbourhood/person-words.ts';
import { useApp } from '../../model/app.ts';
import type { PersonKey } from '../../model/neighbourhood/keys.ts';
import { createKnocking, type Knocking } from '../../model/neighbourhood/knocking.ts';
import type { Visit } from '../../model/sdk-street.ts';
import { Loading } from '../../shell/loading.tsx';
import { knockCalled, KnockForm } from './knock-form.tsx';
import { streetStyle } from './street-style.ts';

interface DoorProps {
  readonly person: PersonKey;
}

/** With the style sheet of these rooms. */
export async function loadDoor(): Promise<() => JSX.Element> {
  await streetStyle();
  return KnockDoor;
}

function KnockDoor(): JSX.Element {
  const { route } = useApp();
  const person = () => {
    const now = route();
    return now.room === 'knock' ? now.person : undefined;
  };
  return (
    <Show when={person()} keyed>
      {(key) => <Door person={key} />}
    </Show>
  );
}

function Door(props: DoorProps): JSX.Element {
  const { gate } = useApp();
  let open: Visit | null = null;
  let isGone = false;
  const [place, { refetch }] = createResource(async () => {
    const found = await gate.visit();
    if (isGone) found[Symbol.dispose]();
    else open = found;
    return found;
  });
  onCleanup(() => {
    isGone = true;
    open?.[Symbol.dispose]();
  });
  return (
    <Switch fallback={<Loading />}>
      <Match when={place.error !== undefined}>
        <Heading>Write to {keyDigits(props.person)}</Heading>
        <FaultNotice thrown={place.error} retry={() => void refetch()} />
      </Match>
      <Match when={place()} keyed>
        {(found) => <At place={found} person={props.person} />}
      </Match>
    </Switch>
  );
}

function At(props: DoorProps & { readonly place: Visit }): JSX.Element {
  const { local } = useApp();
  const knocking: Knocking = createKnocking({ place: props.place, person: props.person, local });
  return (
    <>
      <Heading>Write to {knockCalled(knocking)}</Heading>
      <Show when={knocking.state().kind !== 'sent'}>
        <p class="lead">You need no account for one message.</p>
      </Show>
      <KnockForm knocking={knocking} />
      <p class="muted">
        <a href={`/u/${props.person}`}>Back to their page</a> · <a href="#/signin">I have an account here</a>
      </p>
    </>
  );
}
