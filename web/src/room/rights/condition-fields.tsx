/** Conditions of a right in its form: networks, the app, hours of the week. */

import { For, Show, type JSX } from 'solid-js';
import { Field } from '../../kit/field.tsx';
import { dayNames, type ConditionForm } from '../../logic/conditions.ts';

interface ConditionProps {
  readonly conditions: ConditionForm;
  readonly onChange: (changes: Partial<ConditionForm>) => void;
}

export function ConditionFields(props: ConditionProps): JSX.Element {
  const change = (changes: Partial<ConditionForm>): void =>
    props.onChange({ ...props.conditions, ...changes });
  return (
    <div class="stack more-body">
      <Field
        label="Only from these networks"
        hint="Such as 192.0.2.0/24. Empty: from everywhere."
        value={props.conditions.network}
        onInput={(network) => change({ network })}
      />
      <Field
        label="Only in this web app"
        hint={`Such as ${location.origin}. Empty: in every app.`}
        value={props.conditions.origin}
        onInput={(origin) => change({ origin })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={props.conditions.isTimed}
          onChange={(event) => change({ isTimed: event.currentTarget.checked })}
        />
        <span>Only at some hours</span>
      </label>
      <Show when={props.conditions.isTimed}>
        <Hours conditions={props.conditions} onChange={change} />
      </Show>
    </div>
  );
}

function Hours(props: ConditionProps): JSX.Element {
  const time = (name: 'from' | 'to', label: string): JSX.Element => (
    <label class="field">
      <span class="field-label">{label}</span>
      <input
        type="time"
        class="input"
        value={props.conditions[name]}
        onInput={(event) => props.onChange({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <>
      <fieldset class="days">
        <legend>On these days</legend>
        <For each={dayNames}>
          {(name, at) => (
            <label>
              <input
                type="checkbox"
                checked={(props.conditions.days & (1 << at())) !== 0}
                onChange={() => props.onChange({ days: props.conditions.days ^ (1 << at()) })}
              />
              <span>{name}</span>
            </label>
          )}
        </For>
      </fieldset>
      <div class="pair">
        {time('from', 'From')}
        {time('to', 'To')}
      </div>
      <p class="field-more">Times are in UTC. Now it is {new Date().toISOString().slice(11, 16)} there.</p>
    </>
  );
}
