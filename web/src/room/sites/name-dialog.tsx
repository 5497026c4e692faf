/** A dialog that gives a new part of a site its name. */

import { createSignal, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice } from '../../kit/notice.tsx';

export interface NewPartProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

interface NameFormProps {
  readonly label: string;
  readonly hint: string;
  readonly button: string;
  /** What is wrong with a name. */
  readonly trouble: (name: string) => string | undefined;
  /** Makes the part and goes there; the dialog stays open when it throws. */
  readonly make: (name: string) => Promise<void>;
}

/** A name is a line in a list. */
const NAME_CHARS_MAX = 40;

export function NameDialog(props: NewPartProps & NameFormProps & { readonly title: string }): JSX.Element {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={props.title}>
      <NameForm {...props} />
    </Dialog>
  );
}

function NameForm(props: NameFormProps): JSX.Element {
  const [name, setName] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const trimmed = () => name().trim();
  const error = () => props.trouble(trimmed());
  const { isBusy, act } = createAct(() => props.make(trimmed()), setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (trimmed() !== '' && error() === undefined) act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label={props.label}
        hint={props.hint}
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
          {props.button}
        </button>
      </div>
    </form>
  );
}
