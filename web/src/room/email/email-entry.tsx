/** A stranger signs in with e-mail: another device of hers lets this one in, or a new account begins. */

import { createResource, createSignal, Match, onCleanup, onMount, Show, Switch, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { useApp } from '../../model/app.ts';
import type { EmailEntry, EntryConfirmed } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';
import { EmailVisiting, SameDigits } from './visit.tsx';

type Ok = Extract<EntryConfirmed, { readonly kind: 'ok' }>;

export function EmailEntryRoom(): JSX.Element {
  const app = useApp();
  const [providers, { refetch }] = createResource(() => app.gate.emailProviders());
  const [entry, setEntry] = createSignal<EmailEntry | null>(null);
  const [ok, setOk] = createSignal<Ok | null>(null);
  onCleanup(() => entry()?.[Symbol.dispose]());
  const begin = async (provider: string): Promise<EmailEntry> => {
    entry()?.[Symbol.dispose]();
    const begun = await app.gate.enterWithEmail({ provider, ...app.session.admission() });
    setEntry(begun);
    return begun;
  };
  const open = async (): Promise<EmailEntry> => {
    const now = entry();
    if (now === null) throw new RangeError('nothing was begun');
    return now;
  };
  return (
    <>
      <Heading>Sign in with e-mail</Heading>
      <Switch fallback={<Loading />}>
        <Match when={providers.error !== undefined}>
          <FaultNotice thrown={providers.error} retry={() => void refetch()} />
        </Match>
        <Match when={ok()}>
          {(answer) => (
            <Show when={answer().isKnown} fallback={<NewAccount email={answer().email} entry={open} />}>
              <Waiting email={answer().email} entry={open} />
            </Show>
          )}
        </Match>
        <Match when={providers()}>
          {(known) => (
            <>
              <p class="lead">
                Your provider says who you are. It learns that you use this node, and nothing that you write.
              </p>
              <EmailVisiting<Ok> providers={known()} begin={begin} onOk={setOk} />
            </>
          )}
        </Match>
      </Switch>
      <p class="muted">
        <a href="#/">Back</a>
      </p>
    </>
  );
}

interface OnProps {
  readonly email: string;
  readonly entry: () => Promise<EmailEntry>;
}

type End = 'waiting' | 'denied' | 'over';

/** Another device of the user has been told; a person compares the digits there and here. */
function Waiting(props: OnProps): JSX.Element {
  const app = useApp();
  const [digits, setDigits] = createSignal<string | null>(null);
  const [end, setEnd] = createSignal<End>('waiting');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { act } = createAct(async () => {
    const entry = await props.entry();
    const shown = await entry.digits();
    if (shown === null) {
      setEnd('denied');
      return;
    }
    setDigits(shown);
    const how = await entry.handed();
    if (how !== 'given') {
      setEnd(how);
      return;
    }
    app.session.enter(await entry.open());
    app.go({ room: app.session.arrival()?.kind === 'join' ? 'join' : 'home' });
    app.tell('Your other device let this one in.');
  }, setThrown);
  onMount(act);
  return (
    <Switch>
      <Match when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Match>
      <Match when={end() !== 'waiting'}>
        <Notice
          kind="warn"
          title={end() === 'denied' ? 'Your other device sent this one away' : 'Nobody let this device in'}
        >
          Begin again, or come back with your <a href="#/signin">24 words</a>.
        </Notice>
      </Match>
      <Match when={digits()}>
        {(shown) => (
          <div class="stack" role="status">
            <p class="lead">
              Compare these digits with those on your other device. Let it in there if they are the same.
            </p>
            <SameDigits digits={shown()} />
            <p class="muted">
              Other digits mean that somebody is between the two. Then send this one away there.
            </p>
          </div>
        )}
      </Match>
      <Match when={true}>
        <OpenTheOther email={props.email} />
      </Match>
    </Switch>
  );
}

function OpenTheOther(props: { readonly email: string }): JSX.Element {
  return (
    <div class="stack" role="status">
      <p class="lead">
        You are <b>{props.email}</b>. Now open copse on a device where you are signed in: it asks whether to
        let this one in.
      </p>
      <p class="row muted">
        <span class="spinner shown" aria-hidden="true" /> Waiting for your other device …
      </p>
      <p class="muted">
        No other device at hand? Your <a href="#/signin">24 words</a> bring you back, too.
      </p>
    </div>
  );
}

function NewAccount(props: OnProps): JSX.Element {
  const app = useApp();
  const [name, setName] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const copse = await (await props.entry()).open();
    await copse.updateProfile({ name: name().trim() });
    app.session.enter(copse);
    app.go({ room: 'phrase' });
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (name().trim() !== '') act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <p class="lead">
        You are <b>{props.email}</b>, and nobody of that address is here yet. Make an account with it.
      </p>
      <Field
        label="Your name"
        value={name()}
        onInput={setName}
        autocomplete="name"
        maxLength={40}
        isRequired
      />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div>
        <button
          type="submit"
          class="button primary large"
          aria-busy={isBusy()}
          disabled={name().trim() === ''}
        >
          <span>Make my account</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}
