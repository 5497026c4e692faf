/** Gives somebody accounts, takes unused ones back, or calls her something else. */

import { createEffect, createSignal, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { accountName } from '../../logic/account-words.ts';
import { plural } from '../../logic/numbers.ts';
import { useApp } from '../../model/app.ts';
import type { AccountRow, Accounts } from '../../model/sdk-accounts.ts';
import { isCount } from './invite-account.tsx';

interface ChangeProps {
  readonly accounts: Accounts;
  /** Whom; null closes the dialog. */
  readonly row: AccountRow | null;
  readonly me: AccountRow;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function ChangeAccount(props: ChangeProps): JSX.Element {
  return (
    <Dialog
      isOpen={props.row !== null}
      onClose={props.onClose}
      title={props.row === null ? '' : accountName(props.row)}
    >
      <Show when={props.row} keyed>
        {(row) => <Fields {...props} row={row} />}
      </Show>
    </Dialog>
  );
}

function Fields(props: ChangeProps & { readonly row: AccountRow }): JSX.Element {
  const app = useApp();
  const [count, setCount] = createSignal('1');
  const [name, setName] = createSignal('');
  createEffect(() => setName(props.row.name));
  const free = () => Math.min(props.row.given, props.row.quota);
  const many = () => plural(Number(count()), 'account');
  const give = async (): Promise<void> => {
    await props.accounts.give(props.row.key, Number(count()));
    app.tell(
      `${accountName(props.row)} has ${many()} more.`,
      'They are yours to ask back while they are unused.',
    );
    props.onDone();
  };
  const takeBack = async (): Promise<void> => {
    await props.accounts.takeBack(props.row.key, Number(count()));
    app.tell(`You have ${many()} back.`, '');
    props.onDone();
  };
  const rename = async (): Promise<void> => {
    await props.accounts.rename(props.row.key, name().trim());
    props.onDone();
  };
  return (
    <div class="stack">
      <Field
        label="Accounts"
        hint={`She may let in ${props.row.quota} more. You have ${props.me.quota}, and can ask ${free()} back from her.`}
        value={count()}
        onInput={setCount}
        maxLength={10}
      />
      <div class="row">
        <Act class="primary" run={give} disabled={count() === '0' || !isCount(count(), props.me.quota)}>
          Give her
        </Act>
        <Act run={takeBack} disabled={count() === '0' || !isCount(count(), free())}>
          Take back
        </Act>
      </div>
      <Field
        label="Called in the tree"
        hint="Everybody above and below her sees it. Her own name stays hers."
        value={name()}
        onInput={setName}
        maxLength={40}
      />
      <div>
        <Act run={rename} disabled={name().trim() === props.row.name}>
          Rename
        </Act>
      </div>
    </div>
  );
}
