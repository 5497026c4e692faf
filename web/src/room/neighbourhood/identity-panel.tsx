/**
 * Who somebody is, as far as one can know: what friends say of the key, where they disagree, where she is, and what
 * one says oneself (SPEC U49).
 */

import {
  createResource,
  createSignal,
  createUniqueId,
  For,
  Match,
  onCleanup,
  Show,
  Switch,
  type JSX,
} from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { TrustSign } from '../../kit/trust.tsx';
import {
  agreementOf,
  agreementWords,
  saidWords,
  saysSomething,
} from '../../logic/neighbourhood/identity-words.ts';
import { hashOf } from '../../logic/route.ts';
import { useApp } from '../../model/app.ts';
import { keyOf, leads, personOf, type PersonKey } from '../../model/neighbourhood/keys.ts';
import type { PersonIdentity, Said } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { Loading } from '../../shell/loading.tsx';
import { VouchDialog } from './vouch-dialog.tsx';

export function IdentityPanel(props: { readonly person: PersonKey }): JSX.Element {
  const street = useStreet();
  const { person } = props;
  const [known, { refetch }] = createResource(() => street.place.identity(keyOf(person)));
  const look = async (): Promise<void> => void (await refetch());
  // What one says on another device, or in another window.
  const watch = street.place.watch([leads('other', person)], () => void look());
  onCleanup(() => watch[Symbol.dispose]());
  return (
    <section class="panel stack">
      <h2>Who is this?</h2>
      <Switch fallback={<Loading />}>
        <Match when={known.error !== undefined}>
          <FaultNotice thrown={known.error} retry={() => void refetch()} />
        </Match>
        <Match when={known.latest}>{(now) => <Known person={person} known={now()} onChange={look} />}</Match>
      </Switch>
    </section>
  );
}

interface KnownProps {
  readonly person: PersonKey;
  readonly known: PersonIdentity;
  readonly onChange: () => Promise<void>;
}

/** One sentence, and what it rests on when somebody asks: the page is about what she writes. */
function Known(props: KnownProps): JSX.Element {
  const id = createUniqueId();
  const isDoubted = () => ['doubted', 'divided'].includes(agreementOf(props.known));
  const [isOpen, setOpen] = createSignal(isDoubted());
  return (
    <>
      <Show when={isDoubted()} fallback={<p>{agreementWords(props.known)}</p>}>
        <Notice kind="warn" title="Not everybody takes this key for theirs">
          {agreementWords(props.known)} Ask them by telephone or in person, and compare digits.
        </Notice>
      </Show>
      <Show when={isOpen()}>
        <div id={id} class="stack">
          <Details {...props} />
        </div>
      </Show>
      <div>
        <button
          type="button"
          class="button small"
          aria-expanded={isOpen()}
          aria-controls={isOpen() ? id : undefined}
          onClick={() => setOpen(!isOpen())}
        >
          {isOpen() ? 'Show less' : 'Who says what, and where they are'}
        </button>
      </div>
    </>
  );
}

function Details(props: KnownProps): JSX.Element {
  const street = useStreet();
  const called = () => street.people.of(props.person).called;
  return (
    <>
      <Show when={props.known.said.length > 0}>
        <ul class="said" aria-label={`What others say of ${called()}`}>
          <For each={props.known.said}>{(said) => <SaidRow said={said} called={called()} />}</For>
        </ul>
      </Show>
      <Show when={props.known.names.length > 1}>
        <p>
          Names they are given: <b>{props.known.names.join(', ')}</b>
        </p>
      </Show>
      <Addresses known={props.known} />
      <Show when={!street.isStranger()}>
        <Own {...props} called={called()} />
      </Show>
    </>
  );
}

function SaidRow(props: { readonly said: Said; readonly called: string }): JSX.Element {
  const { people } = useStreet();
  const by = () => people.of(personOf(props.said.by));
  return (
    <li>
      <Avatar id={by().user} size={32} />
      <div class="list-text">
        <p class="list-title">
          <a class="post-name" href={hashOf({ room: 'person', person: by().key })}>
            {by().called}
          </a>
          <TrustSign mark={by().mark} />
        </p>
        <p class="list-more">
          {saidWords(props.said, props.called)}, <Time ms={props.said.timeMs} />
        </p>
        <Show when={props.said.notes !== ''}>
          <p class="text" dir="auto">
            “{props.said.notes}”
          </p>
        </Show>
      </div>
    </li>
  );
}

function Addresses(props: { readonly known: PersonIdentity }): JSX.Element {
  const own = () => {
    const { addresses } = props.known;
    return addresses === null ? [] : [...new Set([...addresses.outbox, ...addresses.inbox])];
  };
  return (
    <>
      <Show when={own().length > 0}>
        <h3>Where they say they are</h3>
        <ul class="address-list">
          <For each={own()}>{(address) => <li>{address}</li>}</For>
        </ul>
      </Show>
      <Show when={props.known.otherAddresses.length > 0}>
        <h3>Where only others say they are</h3>
        <ul class="address-list">
          <For each={props.known.otherAddresses}>{(address) => <li>{address}</li>}</For>
        </ul>
      </Show>
    </>
  );
}

/** What one says oneself, for those by whom one is followed. */
function Own(props: KnownProps & { readonly called: string }): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const [isOpen, setOpen] = createSignal(false);
  const mine = () => (saysSomething(props.known.mine) ? props.known.mine : undefined);
  const withdraw = async (): Promise<void> => {
    const nothing = { name: '', notes: '', addresses: [], verdict: 'none' } as const;
    await street.place.vouch(keyOf(props.person), nothing);
    app.tell('Withdrawn.', 'Whoever follows you sees that you say nothing of this key any more.');
    await props.onChange();
  };
  const done = async (): Promise<void> => {
    setOpen(false);
    street.people.look(props.person);
    await props.onChange();
  };
  return (
    <>
      <Show when={mine()}>
        {(said) => (
          <p>
            You: {saidWords(said(), props.called)}, <Time ms={said().timeMs} />.
          </p>
        )}
      </Show>
      <p class="row">
        <button type="button" class="button" onClick={() => setOpen(true)}>
          {mine() === undefined ? 'Say whose key it is' : 'Say something else'}
        </button>
        <Show when={mine()}>
          <Act class="quiet" run={withdraw}>
            Withdraw
          </Act>
        </Show>
      </p>
      <VouchDialog
        person={props.person}
        mine={mine() ?? null}
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        onDone={done}
      />
    </>
  );
}
