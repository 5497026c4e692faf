/** A labelled line of text with its hint and its error, tied together for those who cannot see the page. */

import { createUniqueId, Show, type JSX } from 'solid-js';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly maxLength?: number;
  readonly autocomplete?: string;
  readonly isFocused?: boolean;
  readonly isRequired?: boolean;
  /** More than one line. */
  readonly rows?: number;
  readonly class?: string;
  /** Enter does this instead of sending the form around it. */
  readonly onEnter?: () => void;
}

export function Field(props: FieldProps): JSX.Element {
  const id = createUniqueId();
  const focus = (element: HTMLElement): void => {
    // After the dialog or room around it has come up.
    if (props.isFocused === true) queueMicrotask(() => element.focus());
  };
  const shared = () => ({
    id,
    class: 'input',
    value: props.value,
    placeholder: props.placeholder ?? '',
    maxLength: props.maxLength ?? 120,
    required: props.isRequired === true,
    'aria-describedby': `${id}-more`,
    'aria-invalid': props.error !== undefined,
  });
  return (
    <div class={`field ${props.class ?? ''}`}>
      <label for={id}>{props.label}</label>
      <Show
        when={props.rows}
        fallback={
          <input
            {...shared()}
            ref={focus}
            type="text"
            autocomplete={props.autocomplete ?? 'off'}
            onInput={(event) => props.onInput(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || props.onEnter === undefined) return;
              event.preventDefault();
              props.onEnter();
            }}
          />
        }
      >
        <textarea
          {...shared()}
          ref={focus}
          rows={props.rows}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      </Show>
      <p id={`${id}-more`} class="field-more" classList={{ bad: props.error !== undefined }}>
        {props.error ?? props.hint ?? ''}
      </p>
    </div>
  );
}
