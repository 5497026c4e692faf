/** For admins of a site: members who lost everything and wait to be let in again, by a code that they say (SPEC P12). */

import { createResource, createSignal, For, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { PendingMember } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';

export function Readmit(props: { readonly site: SiteModel }): JSX.Element {
  const copse = useCopse();
  const [pending, { refetch }] = createResource(() => copse.recovery.pending(props.site.id));
  const rows = () => (pending.error === undefined ? (pending.latest ?? []) : []);
  return (
    <Show when={rows().length > 0}>
      <section class="panel stack">
        <h2>Waiting to be let in again</h2>
        <p class="muted">
          They lost every device. Ask each for the code by telephone or in person, and type what they say.
        </p>
        <For each={rows()}>{(row) => <Waiting row={row} onDone={() => void refetch()} />}</For>
      </section>
    </Show>
  );
}

function Waiting(props: { readonly row: PendingMember; readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [code, setCode] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const { site, user, name } = props.row;
    await copse.recovery.readmit({ site, user, code: code() });
    app.tell(`${name} is let in again.`);
    props.onDone();
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (code().trim() !== '') act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <p class="row">
        <Avatar id={props.row.was} size={36} /> <b>{props.row.name}</b>
      </p>
      <Field label={`The code that ${props.row.name} says`} value={code()} onInput={setCode} />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div>
        <button type="submit" class="button" aria-busy={isBusy()} disabled={code().trim() === ''}>
          <span>Let them in</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}
