/** Asks where a link leads. */

import { createSignal, Show, type JSX } from 'solid-js';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { typedLink } from '../../logic/link.ts';

interface LinkDialogProps {
  readonly isOpen: boolean;
  /** Where it leads now, or nothing. */
  readonly now: string;
  readonly onClose: () => void;
  /** Null takes the link away. */
  readonly onChoose: (href: string | null) => void;
}

export function LinkDialog(props: LinkDialogProps): JSX.Element {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title="Where the link leads">
      <LinkForm now={props.now} onChoose={props.onChoose} />
    </Dialog>
  );
}

function LinkForm(props: Pick<LinkDialogProps, 'now' | 'onChoose'>): JSX.Element {
  const [text, setText] = createSignal(props.now);
  const [isTold, setTold] = createSignal(false);
  const error = () =>
    isTold() && typedLink(text()) === null ? 'This is no web address, like https://example.org.' : undefined;
  const submit = (event: Event): void => {
    event.preventDefault();
    const href = typedLink(text());
    if (href === null) setTold(true);
    else props.onChoose(href);
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="Web address"
        hint="Only http and https; it opens in a new tab."
        value={text()}
        onInput={setText}
        error={error()}
        isFocused
        isRequired
      />
      <div class="row">
        <Show when={props.now !== ''}>
          <button type="button" class="button" onClick={() => props.onChoose(null)}>
            Take the link away
          </button>
        </Show>
        <button type="submit" class="button primary">
          Set the link
        </button>
      </div>
    </form>
  );
}
