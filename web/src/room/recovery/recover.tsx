/** A stranger who lost everything comes back with her code and her PIN. */

import { createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { SecretField } from '../../kit/secret-field.tsx';
import { recoveredWords, reportWords } from '../../logic/recovery-words.ts';
import { useApp } from '../../model/app.ts';
import type { Recovered } from '../../model/sdk.ts';

export function RecoverRoom(): JSX.Element {
  const app = useApp();
  const [code, setCode] = createSignal('');
  const [pin, setPin] = createSignal('');
  const [answer, setAnswer] = createSignal<Recovered | null>(null);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    setAnswer(null);
    const found = await app.gate.recover({ code: code().trim(), pin: pin() });
    if (found.kind !== 'ok' || found.home.url !== location.origin) {
      setAnswer(found);
      return;
    }
    await app.session.signIn(found.secret);
    app.local.setRecoveryCode(code().trim());
    app.go({ room: app.session.arrival()?.kind === 'join' ? 'join' : 'home' });
    app.tell('You are back.', 'Show your 24 words under Settings, and write them down.');
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (code().trim() !== '' && pin() !== '') act();
  };
  return (
    <>
      <Heading>Come back with your PIN</Heading>
      <p class="lead">
        For who has set up a recovery. Each wrong PIN is counted; after some the door shuts for good.
      </p>
      <form class="stack" onSubmit={submit}>
        <Field
          label="Recovery code"
          hint="It begins with copse-recovery:"
          rows={3}
          maxLength={2_000}
          value={code()}
          onInput={setCode}
        />
        <SecretField label="PIN" value={pin()} onInput={setPin} />
        <Show when={thrown()}>
          <FaultNotice thrown={thrown()} />
        </Show>
        <Show when={answer()}>{(found) => <Answer found={found()} />}</Show>
        <div>
          <button
            type="submit"
            class="button primary large"
            aria-busy={isBusy()}
            disabled={code().trim() === '' || pin() === ''}
          >
            <span>Come back</span>
            <span class="spinner" aria-hidden="true" />
          </button>
        </div>
      </form>
      <BackLink />
    </>
  );
}

function BackLink(): JSX.Element {
  return (
    <p class="muted">
      <a href="#/">Back</a>
    </p>
  );
}

function Answer(props: { readonly found: Recovered }): JSX.Element {
  return (
    <Switch
      fallback={
        <Notice kind="warn" title={recoveredWords(props.found)}>
          <ul class="plain-list">
            <For each={props.found.realms}>
              {(realm) => (
                <li>
                  {realm.url.replace(/^https?:\/\//u, '')}: {reportWords(realm.state)}
                </li>
              )}
            </For>
          </ul>
        </Notice>
      }
    >
      <Match when={props.found.kind === 'ok' ? props.found : null}>
        {(ok) => (
          <Notice
            kind="info"
            title="Your account lives on another node"
            actions={
              <a class="button primary" href={`${ok().home.url}/#/recover`}>
                Go there
              </a>
            }
          >
            The PIN is right. Come back there with the same code: {ok().home.url}
          </Notice>
        )}
      </Match>
    </Switch>
  );
}
