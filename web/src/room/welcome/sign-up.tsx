/** Makes an account: a name, and in a moment a key. By a setup link it is the admin's. */

import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import { createSignal, Match, Switch, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { useApp } from '../../model/app.ts';
import { KeyWords, OtherWay } from './key-words.tsx';

const NAME_CHARS_MAX = 40;

export function SignUp(props: { readonly kind: 'open' | 'setup' }): JSX.Element {
  return (
    <>
      <Heading>{props.kind === 'setup' ? 'This node is yours' : 'Make an account'}</Heading>
      <p class="lead">
        {props.kind === 'setup'
          ? 'You opened the setup link, so your account becomes the admin of this node. The link works once.'
          : 'It takes a name and a moment. No e-mail address, no password.'}
      </p>
      <NameForm
        action={props.kind === 'setup' ? 'Make the admin account' : 'Make my account'}
        isSetup={props.kind === 'setup'}
      />
      <KeyWords />
      <OtherWay />
    </>
  );
}

export function NameForm(props: { readonly action: string; readonly isSetup?: boolean }): JSX.Element {
  const app = useApp();
  const [name, setName] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const hasJoined = await app.session.signUp(name().trim());
    app.go({ room: hasJoined ? 'phrase' : 'join' });
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (name().trim() !== '') act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="Your name"
        hint="As the others know you. You can change it later."
        value={name()}
        onInput={setName}
        autocomplete="name"
        maxLength={NAME_CHARS_MAX}
        isRequired
      />
      <Refusal thrown={thrown()} isSetup={props.isSetup === true} />
      <div>
        <button
          type="submit"
          class="button primary large"
          aria-busy={isBusy()}
          disabled={name().trim() === ''}
        >
          <span>{props.action}</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

function Refusal(props: { readonly thrown: unknown; readonly isSetup: boolean }): JSX.Element {
  const isOf = (code: FaultCode): boolean => props.thrown instanceof Fault && props.thrown.code === code;
  return (
    <Switch>
      <Match when={isOf('forbidden')}>
        <Notice kind="warn" title="This node takes in whom its members invite">
          Ask one of them for an invitation link, and open it here.
        </Notice>
      </Match>
      <Match when={props.isSetup && isOf('used')}>
        <Notice kind="warn" title="This node has its admin already">
          The setup link worked for whoever opened it first. If that was you, sign in with your 24 words. If
          it was not, and it should have been, stop the node and look at who has read the link.
        </Notice>
      </Match>
      <Match when={props.thrown}>
        <FaultNotice thrown={props.thrown} />
      </Match>
    </Switch>
  );
}
