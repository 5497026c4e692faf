/** A dialog that gives a site another name. */

import { createSignal, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import type { SiteModel } from '../../model/site-model.ts';

export function RenameSite(props: { readonly site: SiteModel }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false);
  return (
    <>
      <button type="button" class="button quiet" onClick={() => setOpen(true)}>
        Rename
      </button>
      <Dialog isOpen={isOpen()} onClose={() => setOpen(false)} title="Rename the site">
        <RenameForm site={props.site} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function RenameForm(props: { readonly site: SiteModel; readonly onDone: () => void }): JSX.Element {
  const [title, setTitle] = createSignal(props.site.title());
  const { isBusy, act } = createAct(async () => {
    await props.site.site.rename(title().trim());
    props.onDone();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (title().trim() !== '') act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="Name"
        hint="Every member sees it."
        value={title()}
        onInput={setTitle}
        maxLength={60}
        isFocused
        isRequired
      />
      <div class="form-foot">
        <button type="submit" class="button primary" aria-busy={isBusy()} disabled={title().trim() === ''}>
          Rename
        </button>
      </div>
    </form>
  );
}
