/** Everybody of the tree as a list, each under who let her in, with what can be done. */

import { For, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { accountLine, accountName, accountTag, removalWords } from '../../logic/account-words.ts';
import { useApp } from '../../model/app.ts';
import type { AccountBranch, AccountRow, Accounts, AccountTree } from '../../model/sdk-accounts.ts';

interface ListProps {
  readonly tree: AccountTree;
  readonly me: AccountRow;
  readonly accounts: Accounts;
  readonly onChange: () => void;
  readonly onDo: (what: 'change' | 'remove', row: AccountRow) => void;
}

export function AccountsList(props: ListProps): JSX.Element {
  return <Level {...props} branches={props.tree.branches} label="People of this node" />;
}

type LevelProps = ListProps & { readonly branches: readonly AccountBranch[]; readonly label: string };

function Level(props: LevelProps): JSX.Element {
  return (
    <ul class="accounts-level" aria-label={props.label}>
      <For each={props.branches}>{(branch) => <Row {...props} branch={branch} />}</For>
    </ul>
  );
}

function Row(props: LevelProps & { readonly branch: AccountBranch }): JSX.Element {
  const app = useApp();
  const row = () => props.branch.account;
  const isMine = () => row().place === props.me.place;
  const isThere = () => row().state === 'there';
  return (
    <li>
      <div
        class="accounts-row"
        classList={{ gone: !isThere() && row().state !== 'link' }}
        id={`account-${row().user}`}
        tabIndex={-1}
      >
        <Show
          when={row().state !== 'link' && row().state !== 'over'}
          fallback={
            <span class="list-sign">
              <Icon name="link" size={20} />
            </span>
          }
        >
          <Avatar id={row().user} size={36} />
        </Show>
        <div class="list-text">
          <p class="list-title">
            <span class="clip">{accountName(row())}</span>
            <Show when={isMine()}>
              <span class="tag state-open">you</span>
            </Show>
            <Show when={accountTag(row())}>{(tag) => <span class="tag">{tag()}</span>}</Show>
          </p>
          <p class="list-more">
            <Show when={row().removal} fallback={<Since row={row()} />}>
              {removalWords(row(), app.words.date)}
            </Show>
          </p>
        </div>
        <Actions {...props} row={row()} isMine={isMine()} />
      </div>
      <Show when={props.branch.below.length > 0}>
        <Level {...props} branches={props.branch.below} label={`Came by ${accountName(row())}`} />
      </Show>
    </li>
  );
}

type ActionsProps = LevelProps & { readonly row: AccountRow; readonly isMine: boolean };

function Actions(props: ActionsProps): JSX.Element {
  const app = useApp();
  const isThere = () => props.row.state === 'there';
  const canRestore = () => props.row.state === 'removed' && props.row.removal?.whom === props.row.name;
  const restore = async (): Promise<void> => {
    await props.accounts.restore(props.row.key);
    props.onChange();
    app.tell(`${accountName(props.row)} is back.`, 'With everybody who went with her.');
  };
  return (
    <div class="list-actions">
      <Show when={canRestore()}>
        <Act class="small" run={restore} label={`Restore ${accountName(props.row)}`}>
          Restore
        </Act>
      </Show>
      <Show when={!props.isMine && isThere()}>
        <button
          type="button"
          class="button small"
          aria-label={`Change ${accountName(props.row)}`}
          onClick={() => props.onDo('change', props.row)}
        >
          Change
        </button>
      </Show>
      <Show when={!props.isMine && !props.row.isAdmin && (isThere() || props.row.state === 'link')}>
        <button
          type="button"
          class="button small quiet"
          aria-label={`Remove ${accountName(props.row)}`}
          onClick={() => props.onDo('remove', props.row)}
        >
          Remove
        </button>
      </Show>
    </div>
  );
}

function Since(props: { readonly row: AccountRow }): JSX.Element {
  return (
    <Show when={props.row.state === 'link'} fallback={<>{accountLine(props.row)}</>}>
      ends <Time ms={props.row.expiresMs} as="until" />
    </Show>
  );
}
