/** Makes a link that lets one person in as a user of the node, and shows it as text and picture. */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { plural } from '../../logic/numbers.ts';
import type { Accounts } from '../../model/sdk-accounts.ts';
import { Link } from '../people/make-link.tsx';

const DAYS = [1, 7, 30] as const;
const NAME_CHARS_MAX = 40;

interface InviteProps {
  readonly accounts: Accounts;
  readonly quota: number;
  readonly onMade: () => void;
}

export function InviteAccount(props: InviteProps): JSX.Element {
  const [link, setLink] = createSignal<string>();
  return (
    <section class="panel">
      <h2>Let somebody in</h2>
      <Show when={props.quota > 0 || link() !== undefined} fallback={<NobodyMore />}>
        <Show
          when={link()}
          fallback={
            <Form
              accounts={props.accounts}
              quota={props.quota}
              onLink={(made) => {
                setLink(made);
                props.onMade();
              }}
            />
          }
        >
          {(made) => <Link link={made()} title="this node" onAgain={() => setLink(undefined)} />}
        </Show>
      </Show>
    </section>
  );
}

function NobodyMore(): JSX.Element {
  return (
    <Notice kind="info" title="You may let in nobody more">
      Ask who let you in to give you some. A link that nobody takes up comes back to you when it ends.
    </Notice>
  );
}

function Form(props: {
  readonly accounts: Accounts;
  readonly quota: number;
  readonly onLink: (link: string) => void;
}): JSX.Element {
  const [name, setName] = createSignal('');
  const [quota, setQuota] = createSignal('0');
  const [days, setDays] = createSignal<number>(7);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const most = () => props.quota - 1;
  const wrong = () =>
    isCount(quota(), most()) ? undefined : `A number from 0 to ${most()}: what you have left.`;
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const asked = { name: name().trim(), quota: Number(quota()), days: days() };
    props.onLink((await props.accounts.invite(asked)).link);
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (name().trim() !== '' && wrong() === undefined) act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="Who it is for"
        hint="What she is called here in the tree. She chooses her own name herself."
        value={name()}
        onInput={setName}
        maxLength={NAME_CHARS_MAX}
        isRequired
      />
      <Field
        label="How many she may let in herself"
        hint={`Taken from your ${plural(props.quota, 'account')}; you can give more later.`}
        error={wrong()}
        value={quota()}
        onInput={setQuota}
        maxLength={10}
      />
      <Days is={days()} onChoose={setDays} />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div>
        <button
          type="submit"
          class="button primary"
          aria-busy={isBusy()}
          disabled={name().trim() === '' || wrong() !== undefined}
        >
          <Icon name="link" size={18} />
          <span>Make a link</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

function Days(props: { readonly is: number; readonly onChoose: (days: number) => void }): JSX.Element {
  return (
    <fieldset class="segments">
      <legend>The link works for</legend>
      <For each={DAYS}>
        {(count) => (
          <label>
            <input
              type="radio"
              name="account-days"
              checked={props.is === count}
              onChange={() => props.onChoose(count)}
            />
            <span>{plural(count, 'day')}</span>
          </label>
        )}
      </For>
    </fieldset>
  );
}

/** Whether a text is a whole number up to a bound. */
export function isCount(text: string, max: number): boolean {
  return /^\d{1,10}$/u.test(text.trim()) && Number(text) <= max;
}
