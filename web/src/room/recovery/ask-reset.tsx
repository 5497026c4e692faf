/**
 * A stranger who has lost everything, the words and the PIN too, asks to begin anew in her own place (SPEC U34, P12):
 * an admin of the node decides after hearing a code, and an admin of each site lets her in again by the same.
 */

import {
  createEffect,
  createResource,
  createSignal,
  Match,
  onCleanup,
  Show,
  Switch,
  type JSX,
} from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { numberProblem, resetWords } from '../../logic/reset-words.ts';
import { useApp } from '../../model/app.ts';
import type { ResetRequest } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

/** So often it is asked whether somebody has decided. */
const LOOK_MS = 10_000;

export function ResetRoom(): JSX.Element {
  const { gate } = useApp();
  const [asked, { mutate, refetch }] = createResource(async () => (await gate.reset()).look());
  const known = () => (asked.error === undefined ? asked.latest : undefined);
  createEffect(() => {
    if (known()?.state !== 'waiting') return;
    const timer = setInterval(() => void refetch(), LOOK_MS);
    onCleanup(() => clearInterval(timer));
  });
  return (
    <>
      <Heading>Begin anew as who you were</Heading>
      <Switch fallback={<Loading />}>
        <Match when={asked.error !== undefined}>
          <FaultNotice thrown={asked.error} retry={() => void refetch()} />
        </Match>
        <Match when={known() ?? undefined}>
          {(request) => <Asked request={request()} onLook={refetch} onAgain={() => mutate(null)} />}
        </Match>
        <Match when={known() === null}>
          <Ask onAsked={mutate} />
        </Match>
      </Switch>
      <p class="muted">
        <a href="#/">Back</a>
      </p>
    </>
  );
}

function Ask(props: { readonly onAsked: (request: ResetRequest) => void }): JSX.Element {
  const { gate } = useApp();
  const [number, setNumber] = createSignal('');
  const [words, setWords] = createSignal('');
  const [wrong, setWrong] = createSignal<string>();
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const problem = numberProblem(number());
    setWrong(problem ?? undefined);
    if (problem !== null) return;
    const entry = await gate.reset();
    props.onAsked(await entry.ask({ user: number().replaceAll(/\s+/gu, ''), words: words().trim() }));
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    act();
  };
  return (
    <>
      <Lead />
      <form class="stack" onSubmit={submit}>
        <Field
          label="Your number here"
          hint="Sixteen digits and letters. Every admin of a site that you are in sees it under People."
          value={number()}
          error={wrong()}
          onInput={(text) => {
            setNumber(text);
            setWrong(undefined);
          }}
          maxLength={40}
          isRequired
        />
        <Field
          label="A word to who runs this node"
          hint="Who you are and how to reach you. Do not write anything secret."
          value={words()}
          onInput={setWords}
          maxLength={110}
        />
        <Show when={thrown()}>
          <FaultNotice thrown={thrown()} />
        </Show>
        <div>
          <button
            type="submit"
            class="button primary large"
            aria-busy={isBusy()}
            disabled={number().trim() === ''}
          >
            <span>Ask to begin anew</span>
            <span class="spinner" aria-hidden="true" />
          </button>
        </div>
      </form>
    </>
  );
}

interface AskedProps {
  readonly request: ResetRequest;
  readonly onLook: () => unknown;
  readonly onAgain: () => void;
}

function Asked(props: AskedProps): JSX.Element {
  const app = useApp();
  const state = () => props.request.state;
  const comeIn = async (): Promise<void> => {
    const entry = await app.gate.reset();
    await app.session.signIn(await entry.secret());
    await entry.forget();
    app.go({ room: 'recovery' });
    app.tell('You begin anew.', 'Write down your 24 words, under Settings, before anything else.');
  };
  const again = async (): Promise<void> => {
    await (await app.gate.reset()).forget();
    props.onAgain();
  };
  return (
    <div class="stack">
      <Show when={state() === 'waiting' || state() === 'approved'}>
        <p>
          Tell this code to who runs the node, by telephone or in person, and later to an admin of each of
          your sites. Nobody else needs it.
        </p>
        <output class="same-digits" aria-label="Your code">
          {props.request.code}
        </output>
      </Show>
      <Notice
        kind={state() === 'approved' ? 'good' : state() === 'waiting' ? 'info' : 'warn'}
        title={resetWords(state()).title}
      >
        {resetWords(state()).text}
      </Notice>
      <div class="row">
        <Switch>
          <Match when={state() === 'approved'}>
            <Act class="primary large" run={comeIn}>
              Come in
            </Act>
          </Match>
          <Match when={state() === 'waiting'}>
            <Act run={async () => props.onLook()}>Look again</Act>
          </Match>
        </Switch>
        <Show when={state() !== 'approved'}>
          <Act class="quiet" run={again}>
            {state() === 'waiting' ? 'Give it up' : 'Ask again'}
          </Act>
        </Show>
      </div>
    </div>
  );
}

function Lead(): JSX.Element {
  return (
    <p class="lead">
      For who has lost every device, the 24 words and the PIN. What was sealed to your old keys alone is lost;
      your places in your sites are not, when people vouch for you.
    </p>
  );
}
