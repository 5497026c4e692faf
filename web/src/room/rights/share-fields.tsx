/** The fields of the form that shares something. Only what one may pass on can be chosen (SPEC U22). */

import { permission } from 'copse/internal/capability/policy.ts';
import { For, Show, type JSX } from 'solid-js';
import { Choose, Segments } from '../../kit/choose.tsx';
import { placeWords, timesWords } from '../../logic/grant-words.ts';
import { noConditions } from '../../logic/conditions.ts';
import { isLinkLike, type Receiver, type ShareForm, type Until } from '../../logic/share-form.ts';
import { ConditionFields } from './condition-fields.tsx';
import { Who, type WhoProps } from './share-who.tsx';

interface FieldsProps extends WhoProps {
  readonly reach: { readonly permissions: number; readonly delegationsMax: number };
}

const RECEIVERS: readonly { readonly value: Receiver; readonly label: string }[] = [
  { value: 'member', label: 'A member' },
  { value: 'group', label: 'A group' },
  { value: 'email', label: 'By e-mail' },
  { value: 'link', label: 'By a link' },
];

const PERMISSIONS = [
  { bit: permission.read, label: 'Read', what: 'see what is written' },
  { bit: permission.write, label: 'Write', what: 'add to it' },
  { bit: permission.invite, label: 'Invite', what: 'bring others in' },
  { bit: permission.lead, label: 'Lead', what: 'keep a log in order' },
  { bit: permission.admin, label: 'Manage', what: 'run the whole site' },
] as const;

const WHOLE_SITE = permission.invite | permission.admin;

const ENDS: readonly { readonly value: Until; readonly label: string }[] = [
  { value: 'never', label: 'No end' },
  { value: 'day', label: 'A day' },
  { value: 'week', label: 'A week' },
  { value: 'month', label: '30 days' },
  { value: 'date', label: 'A date' },
];

const isLinkEnd = ({ value }: { readonly value: Until }): boolean => value !== 'never' && value !== 'date';

export function ShareFields(props: FieldsProps): JSX.Element {
  const change = (changes: Partial<ShareForm>): void => props.onChange({ ...props.form, ...changes });
  const isLink = () => isLinkLike(props.form);
  return (
    <>
      <Segments
        legend="With whom"
        name="receiver"
        value={props.form.receiver}
        choices={RECEIVERS}
        onChoose={(receiver) => change({ receiver, to: '' })}
      />
      <Who {...props} />
      <What {...props} />
      <Show when={!isLink()}>
        <Where {...props} />
      </Show>
      <Segments
        legend={isLink() ? 'It can be opened within' : 'Until'}
        name="until"
        value={props.form.until}
        choices={isLink() ? ENDS.filter(isLinkEnd) : ENDS}
        onChoose={(until) => change({ until })}
      />
      <Show when={props.form.until === 'date'}>
        <label class="field">
          <span class="field-label">The last day</span>
          <input
            type="date"
            class="input"
            value={props.form.date}
            onInput={(event) => change({ date: event.currentTarget.value })}
          />
        </label>
      </Show>
      <Show when={!isLink()}>
        <PassingOn {...props} />
        <details class="more-fields">
          <summary>More: only from some networks, apps or hours</summary>
          <ConditionFields
            conditions={props.form.conditions}
            onChange={(conditions) => change({ conditions: { ...noConditions, ...conditions } })}
          />
        </details>
      </Show>
      <Show when={props.form.receiver === 'member'}>
        <SealedChoice {...props} />
      </Show>
    </>
  );
}

function SealedChoice(props: FieldsProps): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.form.isSealed}
        onChange={(event) => props.onChange({ ...props.form, isSealed: event.currentTarget.checked })}
      />
      <span>
        The node keeps only a hash of it
        <small class="check-more">
          It does not learn who gets what. You hand over a proof yourself, and their device shows it when the
          node asks. It stands in nobody’s list of rights.
        </small>
      </span>
    </label>
  );
}

function Where(props: FieldsProps): JSX.Element {
  const change = (changes: Partial<ShareForm>): void => props.onChange({ ...props.form, ...changes });
  return (
    <Choose
      label="Where"
      value={props.form.resource}
      choices={props.grants.places().map((name) => ({
        value: name,
        label: name === '*' ? 'Everything in this site' : placeWords(name, ''),
      }))}
      onChoose={(resource) =>
        change({
          resource,
          permissions: resource === '*' ? props.form.permissions : props.form.permissions & ~WHOLE_SITE,
        })
      }
    />
  );
}

function What(props: FieldsProps): JSX.Element {
  const isOpen = (bit: number) =>
    (props.reach.permissions & bit) !== 0 && (props.form.resource === '*' || (bit & WHOLE_SITE) === 0);
  const toggle = (bit: number): void =>
    props.onChange({ ...props.form, permissions: props.form.permissions ^ bit });
  return (
    <fieldset class="ticks">
      <legend>What they may do</legend>
      <For each={PERMISSIONS}>
        {({ bit, label, what }) => (
          <label class="tick" classList={{ off: !isOpen(bit) }}>
            <input
              type="checkbox"
              checked={(props.form.permissions & bit) !== 0}
              disabled={!isOpen(bit) && (props.form.permissions & bit) === 0}
              onChange={() => toggle(bit)}
            />
            <span>
              <b>{label}</b> <small>{what}</small>
            </span>
          </label>
        )}
      </For>
    </fieldset>
  );
}

function PassingOn(props: FieldsProps): JSX.Element {
  const choices = () =>
    Array.from({ length: props.reach.delegationsMax + 1 }, (_, count) => ({
      value: String(count),
      label: count === 0 ? 'May not pass it on' : `May pass it on ${timesWords(count)}`,
    }));
  return (
    <Choose
      label="Passing it on"
      value={String(props.form.delegations)}
      choices={choices()}
      onChoose={(count) => props.onChange({ ...props.form, delegations: Number(count) })}
      hint="How many hands it may go through after theirs. You can take it back from all of them at once."
    />
  );
}
