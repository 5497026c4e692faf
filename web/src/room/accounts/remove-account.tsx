/** Removes somebody, alone or with her branch, after the page has said who falls (SPEC Z14). */

import { createEffect, createResource, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { accountName } from '../../logic/account-words.ts';
import { plural } from '../../logic/numbers.ts';
import { useApp } from '../../model/app.ts';
import type { AccountRow, Accounts, RemovalPreview } from '../../model/sdk-accounts.ts';
import { Loading } from '../../shell/loading.tsx';

interface RemoveProps {
  readonly accounts: Accounts;
  /** Whom; null closes the dialog. */
  readonly row: AccountRow | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

type Extent = 'one' | 'all';

export function RemoveAccount(props: RemoveProps): JSX.Element {
  const app = useApp();
  const [extent, setExtent] = createSignal<Extent>('one');
  const [isHidden, setHidden] = createSignal(false);
  const [reason, setReason] = createSignal('');
  const begin = (): void => {
    setExtent('one');
    setHidden(false);
    setReason('');
  };
  createEffect(() => props.row !== null && begin());
  const [seen, { refetch }] = createResource(
    () => (props.row === null ? undefined : { row: props.row, extent: extent() }),
    ({ row, extent: of }) => props.accounts.preview(row.key, of),
  );
  const preview = () => (seen.error !== undefined || seen.loading ? undefined : seen());
  const name = () => (props.row === null ? '' : accountName(props.row));
  const remove = async (): Promise<void> => {
    if (props.row === null) return;
    const content = isHidden() ? 'hide' : 'keep';
    await props.accounts.remove(props.row.key, { extent: extent(), content, reason: reason().trim() });
    app.tell(`${name()} was removed.`, 'For seven days you can restore it from the list.');
    props.onDone();
  };
  return (
    <Dialog
      isOpen={props.row !== null}
      onClose={props.onClose}
      title={`Remove ${name()}?`}
      actions={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            Leave it
          </button>
          <Act class="danger" run={remove} disabled={preview() === undefined}>
            Remove
          </Act>
        </>
      }
    >
      <div class="stack">
        <Show when={(props.row?.children ?? 0) > 0}>
          <WhoGoes is={extent()} onChoose={setExtent} name={name()} />
        </Show>
        <Foreseen seen={preview()} error={seen.error} retry={() => void refetch()} />
        <Hiding is={isHidden()} onChange={setHidden} />
        <Field
          label="Why"
          hint="Shown to those concerned, and to everybody above and below them."
          value={reason()}
          onInput={setReason}
          rows={2}
          maxLength={200}
        />
      </div>
    </Dialog>
  );
}

function Foreseen(props: {
  readonly seen: RemovalPreview | undefined;
  readonly error: unknown;
  readonly retry: () => void;
}): JSX.Element {
  return (
    <Switch fallback={<Loading />}>
      <Match when={props.error !== undefined}>
        <FaultNotice thrown={props.error} retry={props.retry} />
      </Match>
      <Match when={props.seen}>{(now) => <Falling seen={now()} />}</Match>
    </Switch>
  );
}

function Hiding(props: {
  readonly is: boolean;
  readonly onChange: (isHidden: boolean) => void;
}): JSX.Element {
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={props.is}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>
        <b>Hide what they wrote</b>
        <small>Otherwise it stays where it is.</small>
      </span>
    </label>
  );
}

function WhoGoes(props: {
  readonly is: Extent;
  readonly onChoose: (extent: Extent) => void;
  readonly name: string;
}): JSX.Element {
  return (
    <fieldset class="choices">
      <legend>Who goes</legend>
      <Choice is={props.is} of="one" onChoose={props.onChoose} title={`Only ${props.name}`}>
        Those who came by her hang below you from then on.
      </Choice>
      <Choice is={props.is} of="all" onChoose={props.onChoose} title="Everybody below too">
        The whole branch ends.
      </Choice>
    </fieldset>
  );
}

function Choice(props: {
  readonly is: Extent;
  readonly of: Extent;
  readonly onChoose: (extent: Extent) => void;
  readonly title: string;
  readonly children: string;
}): JSX.Element {
  return (
    <label class="choice">
      <input
        type="radio"
        name="extent"
        checked={props.is === props.of}
        onChange={() => props.onChoose(props.of)}
      />
      <span>
        <b>{props.title}</b>
        <small>{props.children}</small>
      </span>
    </label>
  );
}

function Falling(props: { readonly seen: RemovalPreview }): JSX.Element {
  const { people, links, first, rehung, more } = props.seen;
  const who = () => {
    const names = first.map((each) => each.name || 'somebody without a name');
    const rest = people + links - first.length;
    return rest > 0 ? `${names.join(', ')} and ${rest} more` : names.join(', ');
  };
  const counted = () =>
    [people > 0 ? plural(people, 'person', 'people') : '', links > 0 ? plural(links, 'open link') : '']
      .filter((part) => part !== '')
      .join(' and ');
  return (
    <Notice kind="warn" title={`${counted()}${more ? ' or more' : ''} will not get in any more`}>
      {who()}. It ends at once on all their devices. For seven days you, or who is above you, can bring it
      back as it was.
      <Show when={rehung > 0}> {plural(rehung, 'other')} below will hang below you.</Show>
    </Notice>
  );
}
