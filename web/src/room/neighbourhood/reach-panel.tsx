/** Who may reach one, what it costs them, who was let in and who is kept away (SPEC U48). */

import { createResource, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { priceWords, reachChoices } from '../../logic/neighbourhood/reach-words.ts';
import { hashOf } from '../../logic/route.ts';
import { useApp } from '../../model/app.ts';
import { keyOf, personOf, type PersonKey } from '../../model/neighbourhood/keys.ts';
import type { Reach, ReachState } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { Loading } from '../../shell/loading.tsx';

interface Seen {
  readonly state: ReachState;
  readonly bits: number;
}

export function ReachPanel(): JSX.Element {
  const { doorstep } = useStreet().place;
  const [seen, { refetch, mutate }] = createResource(async (): Promise<Seen> => {
    const [state, { bits }] = await Promise.all([doorstep.reach(), doorstep.terms()]);
    return { state, bits };
  });
  return (
    <section class="panel stack">
      <h2>Who may reach you</h2>
      <Switch fallback={<Loading />}>
        <Match when={seen.error !== undefined}>
          <FaultNotice thrown={seen.error} retry={() => void refetch()} />
        </Match>
        <Match when={seen.latest}>
          {(now) => (
            <>
              <Choices
                is={now().state.reach}
                onChosen={(reach) => mutate({ ...now(), state: { ...now().state, reach } })}
              />
              <p class="muted">{priceWords(now().bits)}</p>
              <People state={now().state} onChange={async () => void (await refetch())} />
            </>
          )}
        </Match>
      </Switch>
    </section>
  );
}

function Choices(props: { readonly is: Reach; readonly onChosen: (reach: Reach) => void }): JSX.Element {
  const app = useApp();
  const { doorstep } = useStreet().place;
  const choose = async (reach: Reach): Promise<void> => {
    const before = props.is;
    props.onChosen(reach);
    try {
      await doorstep.setReach(reach);
    } catch (thrown) {
      props.onChosen(before);
      app.tellFault(thrown);
    }
  };
  return (
    <fieldset class="choices">
      <legend class="hidden">Who may reach you</legend>
      <For each={reachChoices}>
        {({ reach, label, hint }) => (
          <label class="choice">
            <input
              type="radio"
              name="reach"
              checked={props.is === reach}
              onChange={() => void choose(reach)}
            />
            <span>
              <b>{label}</b>
              <small>{hint}</small>
            </span>
          </label>
        )}
      </For>
    </fieldset>
  );
}

interface PeopleProps {
  readonly state: ReachState;
  readonly onChange: () => Promise<void>;
}

function People(props: PeopleProps): JSX.Element {
  const { doorstep } = useStreet().place;
  const letNear = (person: PersonKey) => async (): Promise<void> => {
    await doorstep.letNear(keyOf(person));
    await props.onChange();
  };
  return (
    <>
      <Show when={props.state.guests.length > 0}>
        <h3>Accepted</h3>
        <ul class="list">
          <For each={props.state.guests}>
            {({ who, untilMs }) => (
              <PersonLine person={personOf(who)}>
                writes to you without work, which ends <Time ms={untilMs} as="until" />
              </PersonLine>
            )}
          </For>
        </ul>
      </Show>
      <Show when={props.state.away.length > 0}>
        <h3>Kept away</h3>
        <ul class="list">
          <For each={props.state.away.map(personOf)}>
            {(person) => (
              <PersonLine
                person={person}
                action={(called) => (
                  <Act class="small" label={`Let near again ${called}`} run={letNear(person)}>
                    Let near again
                  </Act>
                )}
              >
                leaves you nothing more
              </PersonLine>
            )}
          </For>
        </ul>
      </Show>
    </>
  );
}

interface PersonLineProps {
  readonly person: PersonKey;
  readonly children: JSX.Element;
  readonly action?: (called: string) => JSX.Element;
}

function PersonLine(props: PersonLineProps): JSX.Element {
  const { people } = useStreet();
  const person = () => people.of(props.person);
  return (
    <li>
      <Avatar id={person().user} size={32} />
      <div class="list-text">
        <p class="list-title">
          <a class="clip post-name" href={hashOf({ room: 'person', person: props.person })}>
            {person().called}
          </a>
        </p>
        <p class="list-more">{props.children}</p>
      </div>
      <div class="list-actions">{props.action?.(person().called)}</div>
    </li>
  );
}
