/** A dialog for a link that came as text: by letter, by another app. */

import { createSignal, Show, useContext, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { CopseContext, useApp } from '../../model/app.ts';

export function OpenLink(props: { readonly isOpen: boolean; readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title="Open an invitation">
      <OpenLinkForm onDone={props.onClose} />
    </Dialog>
  );
}

export function OpenLinkForm(props: { readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const copse = useContext(CopseContext);
  const [link, setLink] = createSignal('');
  const [error, setError] = createSignal<string>();
  const [thrown, setThrown] = createSignal<unknown>(null);
  const look = (text: string): void => {
    const arrival = app.session.arrive(text);
    if (arrival === null) setError('That is no invitation: its address ends with #join= and a long word.');
    else if (arrival.kind === 'broken')
      setError('The link is not complete. Copy all of it, to the last letter.');
    else {
      props.onDone();
      app.go({ room: 'join' });
    }
  };
  // One that is sealed to an account is opened first (SPEC E8).
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    if (copse === undefined)
      setError('This one is sealed to an account. Sign in with it, and open it there.');
    else look(await (await copse.emails()).open(link()));
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (/copse-invitation:/u.test(link())) act();
    else look(link());
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="The link, or a sealed invitation"
        hint="You will see who invites you to what before anything happens."
        value={link()}
        onInput={(text) => {
          setLink(text);
          setError(undefined);
        }}
        error={error()}
        placeholder="https://…/#join=…"
        maxLength={4_000}
        isFocused
        isRequired
      />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div class="form-foot">
        <button type="submit" class="button primary" aria-busy={isBusy()} disabled={link().trim() === ''}>
          <span>Look inside</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}
