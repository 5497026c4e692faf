/** A dialog for a link that came as text: by letter, by another app. */

import { createSignal, type JSX } from 'solid-js';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { useApp } from '../../model/app.ts';

export function OpenLink(props: { readonly isOpen: boolean; readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title="Open an invitation">
      <OpenLinkForm onDone={props.onClose} />
    </Dialog>
  );
}

export function OpenLinkForm(props: { readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const [link, setLink] = createSignal('');
  const [error, setError] = createSignal<string>();
  const submit = (event: Event): void => {
    event.preventDefault();
    const arrival = app.session.arrive(link());
    if (arrival === null) setError('That is no invitation: its address ends with #join= and a long word.');
    else if (arrival.kind === 'broken')
      setError('The link is not complete. Copy all of it, to the last letter.');
    else {
      props.onDone();
      app.go({ room: 'join' });
    }
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="The link"
        hint="You will see who invites you to what before anything happens."
        value={link()}
        onInput={(text) => {
          setLink(text);
          setError(undefined);
        }}
        error={error()}
        placeholder="https://…/#join=…"
        maxLength={600}
        isFocused
        isRequired
      />
      <div class="form-foot">
        <button type="submit" class="button primary" disabled={link().trim() === ''}>
          Look inside
        </button>
      </div>
    </form>
  );
}
