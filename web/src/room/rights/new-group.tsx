/** Makes a group, in the dialog that shares (SPEC U30). */

import { createSignal, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { useCopse } from '../../model/app.ts';
import type { Group } from '../../model/sdk.ts';
import { Pane } from './pane.tsx';

interface NewGroupProps {
  readonly onBack: () => void;
  readonly onMade: (group: Group) => void;
}

export function NewGroup(props: NewGroupProps): JSX.Element {
  const copse = useCopse();
  const [title, setTitle] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    props.onMade(await (await copse.rights).foundGroup(title().trim()));
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (title().trim() !== '') act();
  };
  return (
    <Pane title="A new group" back="Share" onBack={props.onBack}>
      <p>
        Whoever is in a group holds what the group is given, in every site, and loses it with the group. You
        are in it first, and add the others.
      </p>
      <form class="stack" onSubmit={submit}>
        <Field
          label="What is the group called?"
          value={title()}
          onInput={setTitle}
          maxLength={80}
          isRequired
        />
        <Show when={thrown()}>
          <FaultNotice thrown={thrown()} />
        </Show>
        <div class="form-foot">
          <button type="submit" class="button primary" aria-busy={isBusy()} disabled={title().trim() === ''}>
            <span>Make the group</span>
            <span class="spinner" aria-hidden="true" />
          </button>
        </div>
      </form>
    </Pane>
  );
}
