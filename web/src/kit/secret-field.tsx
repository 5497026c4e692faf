/** A field for what nobody beside one should read; it can be shown for a moment. */

import { createSignal, createUniqueId, type JSX } from 'solid-js';

interface SecretProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string;
}

export function SecretField(props: SecretProps): JSX.Element {
  const id = createUniqueId();
  const [isShown, setShown] = createSignal(false);
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="secret-field">
        <input
          id={id}
          class="input"
          type={isShown() ? 'text' : 'password'}
          value={props.value}
          maxLength={120}
          autocomplete="off"
          aria-describedby={`${id}-more`}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
        <button
          type="button"
          class="button"
          aria-pressed={isShown()}
          aria-label={`Show ${props.label}`}
          onClick={() => setShown(!isShown())}
        >
          Show
        </button>
      </div>
      <p id={`${id}-more`} class="field-more">
        {props.hint ?? ''}
      </p>
    </div>
  );
}
