/** A field whose content is not shown. */

import { createUniqueId, type JSX } from 'solid-js';

interface SecretFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** A new one, which the browser may offer to remember. */
  readonly isNew?: boolean;
  readonly isFocused?: boolean;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

const LENGTH_MAX = 200;

export function SecretField(props: SecretFieldProps): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class="input"
        type="password"
        ref={(element) => {
          // After the dialog or room around it has come up.
          if (props.isFocused === true) queueMicrotask(() => element.focus());
        }}
        value={props.value}
        maxLength={LENGTH_MAX}
        autocomplete={props.isNew === true ? 'new-password' : 'current-password'}
        aria-describedby={`${id}-more`}
        aria-invalid={props.error !== undefined}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      <p id={`${id}-more`} class="field-more" classList={{ bad: props.error !== undefined }}>
        {props.error ?? props.hint ?? ''}
      </p>
    </div>
  );
}
