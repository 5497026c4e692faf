/** A dialog that adds a log to a site. */

import { createSignal, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { useApp } from '../../model/app.ts';
import type { SiteModel } from '../../model/site-model.ts';

interface AddLogProps {
  readonly site: SiteModel;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** A log's name is a line in a list. */
const NAME_CHARS_MAX = 40;

export function AddLog(props: AddLogProps): JSX.Element {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={`A new log in ${props.site.title()}`}>
      <AddLogForm site={props.site} onDone={props.onClose} />
    </Dialog>
  );
}

function AddLogForm(props: { readonly site: SiteModel; readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const [name, setName] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const trimmed = () => name().trim();
  const error = () =>
    props.site.logs().includes(trimmed()) ? 'There is a log of that name already.' : undefined;
  const { isBusy, act } = createAct(async () => {
    const log = trimmed();
    await props.site.site.addLog(log);
    props.onDone();
    app.go({ room: 'log', site: props.site.id, log });
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (trimmed() !== '' && error() === undefined) act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="Name"
        hint="What it is about: plans, kitchen, minutes. Everybody in the site sees it."
        value={name()}
        onInput={setName}
        error={error()}
        maxLength={NAME_CHARS_MAX}
        isFocused
        isRequired
      />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div class="form-foot">
        <button type="submit" class="button primary" aria-busy={isBusy()} disabled={trimmed() === ''}>
          Add the log
        </button>
      </div>
    </form>
  );
}
