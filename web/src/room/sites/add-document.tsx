/** A dialog that makes a document in a site. */

import { createSignal, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { logOfDocument, titleTrouble } from '../../logic/documents.ts';
import { useApp } from '../../model/app.ts';
import type { SiteModel } from '../../model/site-model.ts';

interface AddDocumentProps {
  readonly site: SiteModel;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** A title is a line in a list. */
const TITLE_CHARS_MAX = 40;

export function AddDocument(props: AddDocumentProps): JSX.Element {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={`A new document in ${props.site.title()}`}>
      <AddDocumentForm site={props.site} onDone={props.onClose} />
    </Dialog>
  );
}

function AddDocumentForm(props: { readonly site: SiteModel; readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const [title, setTitle] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const trimmed = () => title().trim();
  const error = () => titleTrouble(trimmed(), props.site.documents());
  const { isBusy, act } = createAct(async () => {
    const document = trimmed();
    await props.site.site.addLog(logOfDocument(document));
    props.onDone();
    app.go({ room: 'document', site: props.site.id, document });
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (trimmed() !== '' && error() === undefined) act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="Title"
        hint="Everybody in the site sees it, and may write in it who may write in the site."
        value={title()}
        onInput={setTitle}
        error={error()}
        maxLength={TITLE_CHARS_MAX}
        isFocused
        isRequired
      />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div class="form-foot">
        <button type="submit" class="button primary" aria-busy={isBusy()} disabled={trimmed() === ''}>
          Make the document
        </button>
      </div>
    </form>
  );
}
