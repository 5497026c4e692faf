/** A dialog that founds a site. */

import { createSignal, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { useApp, useCopse } from '../../model/app.ts';

const TITLE_CHARS_MAX = 60;
/** Every site begins with a place to talk. */
const FIRST_LOG = 'chat';

export function FoundSite(props: { readonly isOpen: boolean; readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title="Found a site">
      <FoundForm onDone={props.onClose} />
    </Dialog>
  );
}

function FoundForm(props: { readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [title, setTitle] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    const site = await copse.found({ title: title().trim(), logs: [FIRST_LOG] });
    props.onDone();
    app.go({ room: 'log', site: site.id, log: FIRST_LOG });
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (title().trim() !== '') act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="What is it called?"
        hint="A club, a house, a project. You can change it later."
        value={title()}
        onInput={setTitle}
        maxLength={TITLE_CHARS_MAX}
        isFocused
        isRequired
      />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div class="form-foot">
        <button type="submit" class="button primary" aria-busy={isBusy()} disabled={title().trim() === ''}>
          Found it
        </button>
      </div>
    </form>
  );
}
