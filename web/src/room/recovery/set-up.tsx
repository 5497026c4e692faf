/** Sets a recovery up, or changes its PIN and its nodes. */

import { createMemo, createResource, createSignal, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { pinWords, realmsIn, setUpProblem, thresholdWords } from '../../logic/recovery-words.ts';
import { useCopse } from '../../model/app.ts';
import type { SetUp } from '../../model/sdk.ts';
import { SecretField } from '../../kit/secret-field.tsx';

interface SetUpProps {
  /** The code until now, or empty. */
  readonly replaces: string;
  readonly onDone: (setUp: SetUp) => void;
  /** Somebody has a code already, from another device. */
  readonly onKnown: (code: string) => void;
  readonly onCancel: () => void;
}

export function SetUpForm(props: SetUpProps): JSX.Element {
  const copse = useCopse();
  const [pin, setPin] = createSignal('');
  const [again, setAgain] = createSignal('');
  const [realms, setRealms] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const [weak] = createResource(pin, (typed) => copse.recovery.weaknesses(typed));
  const problem = createMemo(() => setUpProblem({ pin: pin(), again: again(), realms: realmsIn(realms()) }));
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const old = props.replaces === '' ? {} : { replaces: props.replaces };
    props.onDone(await copse.recovery.setUp({ pin: pin(), realms: realmsIn(realms()), ...old }));
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (problem() === null) act();
  };
  return (
    <>
      <h2>{props.replaces === '' ? 'Set it up' : 'Change the PIN or the nodes'}</h2>
      <form class="stack" onSubmit={submit}>
        <SecretField
          label="PIN"
          value={pin()}
          onInput={setPin}
          hint={
            pin() === ''
              ? 'Four characters at least. A short sentence is better.'
              : pinWords(weak.latest ?? null)
          }
        />
        <SecretField label="The same again" value={again()} onInput={setAgain} />
        <Helpers value={realms()} onInput={setRealms} />
        <p class="sentence" classList={{ incomplete: problem() !== null }} role="status">
          {problem() ?? thresholdWords(realmsIn(realms()).length)}
        </p>
        <Show when={thrown()}>
          <FaultNotice thrown={thrown()} />
        </Show>
        <div class="form-foot gap">
          <Show when={props.replaces !== ''}>
            <button type="button" class="button" onClick={() => props.onCancel()}>
              Cancel
            </button>
          </Show>
          <button type="submit" class="button primary" aria-busy={isBusy()} disabled={problem() !== null}>
            <span>{props.replaces === '' ? 'Set it up' : 'Change it'}</span>
            <span class="spinner" aria-hidden="true" />
          </button>
        </div>
      </form>
      <Show when={props.replaces === ''}>
        <Known onKnown={props.onKnown} />
      </Show>
    </>
  );
}

interface HelpersProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function Helpers(props: HelpersProps): JSX.Element {
  return (
    <Field
      label="Nodes that help, one a line"
      rows={4}
      maxLength={4_000}
      value={props.value}
      onInput={props.onInput}
      placeholder={'https://copse.example\nhttps://friend.example/#realm=…'}
      hint="Addresses of nodes where you have an account, and links that friends made for you on theirs."
    />
  );
}

/** The code of a recovery that was set up on another device. */
function Known(props: { readonly onKnown: (code: string) => void }): JSX.Element {
  const [code, setCode] = createSignal('');
  return (
    <details class="more-fields">
      <summary>I have set it up on another device</summary>
      <div class="stack more-body">
        <Field label="Its code" value={code()} onInput={setCode} maxLength={2_000} rows={2} />
        <div>
          <button
            type="button"
            class="button"
            disabled={code().trim() === ''}
            onClick={() => props.onKnown(code().trim())}
          >
            Look after it here
          </button>
        </div>
      </div>
    </details>
  );
}
