/** The part of a sign-in with e-mail that strangers and members share: the provider, its page, the digits. */

import { createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Time } from '../../kit/time.tsx';
import { digitsIn, failureWords, wrongDigitsWords } from '../../logic/email-words.ts';
import type { EmailConfirmed, EmailProvider } from '../../model/sdk.ts';

export interface Visiting<Answer> {
  readonly url: string;
  readonly untilMs: number;
  confirm(digits: string): Promise<Answer>;
}

type NotOk = Exclude<EmailConfirmed, { readonly kind: 'ok' }>;

interface VisitProps<Ok> {
  readonly providers: readonly EmailProvider[];
  readonly begin: (provider: string) => Promise<Visiting<Ok | NotOk>>;
  readonly onOk: (answer: Ok) => void;
}

interface Under<Ok> {
  readonly visit: Visiting<Ok | NotOk>;
  readonly provider: EmailProvider;
}

export function EmailVisiting<Ok extends { readonly kind: 'ok' }>(props: VisitProps<Ok>): JSX.Element {
  const [under, setUnder] = createSignal<Under<Ok> | null>(null);
  const [failed, setFailed] = createSignal<string | null>(null);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const [chosen, setChosen] = createSignal<EmailProvider | null>(null);
  const { isBusy, act } = createAct(async () => {
    const provider = chosen();
    if (provider === null) return;
    setThrown(null);
    setFailed(null);
    setUnder({ visit: await props.begin(provider.id), provider });
  }, setThrown);
  const choose = (provider: EmailProvider): void => {
    setChosen(provider);
    act();
  };
  return (
    <div class="stack">
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <Show when={failed()}>
        {(words) => (
          <Notice kind="warn" title="You are not signed in">
            {words()}
          </Notice>
        )}
      </Show>
      <Switch>
        <Match when={under()}>
          {(now) => (
            <Digits
              under={now()}
              onOk={props.onOk}
              onFailed={(words) => {
                setUnder(null);
                setFailed(words);
              }}
            />
          )}
        </Match>
        <Match when={props.providers.length === 0}>
          <Notice kind="info" title="This node knows no e-mail provider">
            Who runs it can add one in the settings of the node.
          </Notice>
        </Match>
        <Match when={props.providers.length > 0}>
          <Providers providers={props.providers} busy={isBusy() ? chosen() : null} onChoose={choose} />
        </Match>
      </Switch>
    </div>
  );
}

interface ProvidersProps {
  readonly providers: readonly EmailProvider[];
  /** Which is being asked. */
  readonly busy: EmailProvider | null;
  readonly onChoose: (provider: EmailProvider) => void;
}

function Providers(props: ProvidersProps): JSX.Element {
  return (
    <div class="row">
      <For each={props.providers}>
        {(provider) => (
          <button
            type="button"
            class="button"
            aria-busy={props.busy === provider}
            onClick={() => props.onChoose(provider)}
          >
            <Icon name="mail" size={18} />
            <span>Continue with {provider.name}</span>
            <span class="spinner" aria-hidden="true" />
          </button>
        )}
      </For>
    </div>
  );
}

interface DigitsProps<Ok> {
  readonly under: Under<Ok>;
  readonly onOk: (answer: Ok) => void;
  readonly onFailed: (words: string) => void;
}

function Digits<Ok extends { readonly kind: 'ok' }>(props: DigitsProps<Ok>): JSX.Element {
  const [text, setText] = createSignal('');
  const [wrong, setWrong] = createSignal<string>();
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    const digits = digitsIn(text());
    if (digits === null) {
      setWrong('Six digits stand on the page.');
      return;
    }
    setThrown(null);
    const answer = await props.under.visit.confirm(digits);
    if (answer.kind === 'ok') props.onOk(answer);
    else if (answer.kind === 'wrong') setWrong(wrongDigitsWords(answer.triesLeft));
    else props.onFailed(failureWords(answer.reason));
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <ol class="steps">
        <li>
          <p>Sign in at {props.under.provider.name}. It opens in a new window.</p>
          <a class="button primary" href={props.under.visit.url} target="_blank" rel="noopener noreferrer">
            Open {props.under.provider.name}
          </a>
        </li>
        <li>
          <Field
            label="Then type the six digits that you see there"
            hint="They make sure that it was you who signed in."
            value={text()}
            error={wrong()}
            onInput={(typed) => {
              setText(typed);
              setWrong(undefined);
            }}
            autocomplete="one-time-code"
            maxLength={9}
            class="digits-field"
          />
        </li>
      </ol>
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div class="row">
        <button type="submit" class="button primary" aria-busy={isBusy()}>
          <span>Go on</span>
          <span class="spinner" aria-hidden="true" />
        </button>
        <span class="muted">
          Ends <Time ms={props.under.visit.untilMs} as="until" />
        </span>
      </div>
    </form>
  );
}

/** Digits that two screens show, large enough to be read across a table. */
export function SameDigits(props: { readonly digits: string }): JSX.Element {
  return (
    <output
      class="same-digits"
      aria-label={`Digits to compare: ${props.digits.replaceAll(' ', '').split('').join(' ')}`}
    >
      {props.digits}
    </output>
  );
}
