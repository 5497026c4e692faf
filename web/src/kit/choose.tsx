/** A labelled choice of one among many, with the platform's own list. */

import { createUniqueId, For, Show, type JSX } from 'solid-js';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface ChooseProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChoose: (value: string) => void;
  readonly hint?: string | undefined;
  /** Shown while nothing is chosen. */
  readonly prompt?: string;
}

export function Choose(props: ChooseProps): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        class="input"
        aria-describedby={props.hint === undefined ? undefined : `${id}-more`}
        onChange={(event) => props.onChoose(event.currentTarget.value)}
      >
        <Show when={props.prompt}>
          <option value="" selected={props.value === ''} disabled>
            {props.prompt}
          </option>
        </Show>
        <For each={props.choices}>
          {({ value, label }) => (
            <option value={value} selected={value === props.value}>
              {label}
            </option>
          )}
        </For>
      </select>
      <Show when={props.hint}>
        <p id={`${id}-more`} class="field-more">
          {props.hint}
        </p>
      </Show>
    </div>
  );
}

interface SegmentsProps<T extends string> {
  readonly legend: string;
  /** The same for no other group on the page. */
  readonly name: string;
  readonly value: T;
  readonly choices: readonly { readonly value: T; readonly label: string }[];
  readonly onChoose: (value: T) => void;
}

/** One of a few, side by side. */
export function Segments<T extends string>(props: SegmentsProps<T>): JSX.Element {
  return (
    <fieldset class="segments">
      <legend>{props.legend}</legend>
      <For each={props.choices}>
        {({ value, label }) => (
          <label>
            <input
              type="radio"
              name={props.name}
              checked={value === props.value}
              onChange={() => props.onChoose(value)}
            />
            <span>{label}</span>
          </label>
        )}
      </For>
    </fieldset>
  );
}
