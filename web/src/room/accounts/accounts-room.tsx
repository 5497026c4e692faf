/**
 * The people of the node: who let whom in, as a picture and as a list that says the same, how many more one may,
 * and what was done to whom (SPEC Z18, Z19).
 */

import { createResource, createSignal, lazy, Match, Show, Suspense, Switch, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { accountName, everyAccount } from '../../logic/account-words.ts';
import { plural } from '../../logic/numbers.ts';
import { useCopse } from '../../model/app.ts';
import type { AccountRow, Accounts, AccountTree, MyAccount } from '../../model/sdk-accounts.ts';
import { Loading } from '../../shell/loading.tsx';
import { AccountsList } from './accounts-list.tsx';
import { AccountsPictureView } from './accounts-picture.tsx';
import { ChangeAccount } from './change-account.tsx';
import { InviteAccount } from './invite-account.tsx';
import { RemoveAccount } from './remove-account.tsx';

const AccountTrail = lazy(async () => ({ default: (await import('./account-trail.tsx')).AccountTrail }));

interface Seen {
  readonly accounts: Accounts;
  readonly mine: MyAccount;
  readonly tree: AccountTree;
}

export function AccountsRoom(): JSX.Element {
  const copse = useCopse();
  const [seen, { refetch }] = createResource(async (): Promise<Seen> => {
    const accounts = await copse.accounts();
    const [mine, tree] = await Promise.all([accounts.me(), accounts.tree()]);
    return { accounts, mine, tree };
  });
  return (
    <Page
      title="People of this node"
      lead="Who let whom in. Everybody answers for those below her, and can let in as many as she was given."
    >
      <Switch fallback={<Loading />}>
        <Match when={seen.error !== undefined}>
          <FaultNotice thrown={seen.error} retry={() => void refetch()} />
        </Match>
        <Match when={seen.latest}>
          {(now) => <Everybody seen={now()} onChange={() => void refetch()} />}
        </Match>
      </Switch>
    </Page>
  );
}

/** What is done to somebody in a dialog. */
type Doing = { readonly what: 'change' | 'remove'; readonly row: AccountRow };

function Everybody(props: { readonly seen: Seen; readonly onChange: () => void }): JSX.Element {
  const [doing, setDoing] = createSignal<Doing | null>(null);
  const me = () => props.seen.mine.account;
  const rowOf = (what: Doing['what']) => {
    const now = doing();
    return now?.what === what ? now.row : null;
  };
  const done = (): void => {
    setDoing(null);
    props.onChange();
  };
  return (
    <>
      <Mine mine={props.seen.mine} />
      <InviteAccount accounts={props.seen.accounts} quota={me().quota} onMade={() => props.onChange()} />
      <TreePanel seen={props.seen} onChange={props.onChange} onDo={(what, row) => setDoing({ what, row })} />
      <Trail accounts={props.seen.accounts} />
      <ChangeAccount
        accounts={props.seen.accounts}
        row={rowOf('change')}
        me={me()}
        onClose={() => setDoing(null)}
        onDone={done}
      />
      <RemoveAccount
        accounts={props.seen.accounts}
        row={rowOf('remove')}
        onClose={() => setDoing(null)}
        onDone={done}
      />
    </>
  );
}

interface TreePanelProps {
  readonly seen: Seen;
  readonly onChange: () => void;
  readonly onDo: (what: Doing['what'], row: AccountRow) => void;
}

function TreePanel(props: TreePanelProps): JSX.Element {
  const tree = () => props.seen.tree;
  const isAlone = () => everyAccount(tree().branches).length <= 1;
  return (
    <section class="panel stack">
      <h2>{props.seen.mine.account.isAdmin ? 'Everybody' : 'Your branch'}</h2>
      <Show
        when={!isAlone()}
        fallback={
          <p class="muted">Nobody came by you yet. Make a link above and send it to somebody you know.</p>
        }
      >
        <AccountsPictureView
          tree={tree()}
          onChoose={(user) => document.getElementById(`account-${user}`)?.focus()}
        />
      </Show>
      <Show when={tree().more}>
        <Notice kind="info" title="There are more than are shown here">
          The command <code>copse accounts tree --count 10000</code> shows them.
        </Notice>
      </Show>
      <AccountsList
        tree={tree()}
        me={props.seen.mine.account}
        accounts={props.seen.accounts}
        onChange={props.onChange}
        onDo={props.onDo}
      />
    </section>
  );
}

function Trail(props: { readonly accounts: Accounts }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false);
  return (
    <section class="panel stack">
      <h2>What was done</h2>
      <Show
        when={isOpen()}
        fallback={
          <>
            <p class="muted">
              Every step is signed by who did it. This device checks each one that concerns you.
            </p>
            <div>
              <button type="button" class="button" onClick={() => setOpen(true)}>
                <Icon name="clock" size={18} />
                <span>Show the trail</span>
              </button>
            </div>
          </>
        }
      >
        <Suspense fallback={<Loading />}>
          <AccountTrail accounts={props.accounts} />
        </Suspense>
      </Show>
    </section>
  );
}

function Mine(props: { readonly mine: MyAccount }): JSX.Element {
  const quota = () => props.mine.account.quota;
  const by = () => props.mine.above.map(accountName).join(', who came by ');
  return (
    <p>
      You may let in <b>{quota() === 0 ? 'nobody more' : plural(quota(), 'person', 'people')}</b>.{' '}
      <span class="muted">{by() === '' ? 'The node let you in itself.' : `You came by ${by()}.`}</span>
    </p>
  );
}
