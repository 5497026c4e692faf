/** What was done to accounts, as far as it concerns this user, each row checked on this device (SPEC Z18). */

import { createResource, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Time } from '../../kit/time.tsx';
import { auditSentence } from '../../logic/account-words.ts';
import type { Accounts, AuditRow } from '../../model/sdk-accounts.ts';
import { Loading } from '../../shell/loading.tsx';

export function AccountTrail(props: { readonly accounts: Accounts }): JSX.Element {
  const [older, setOlder] = createSignal<readonly AuditRow[]>([]);
  const [next, setNext] = createSignal<number | null>(null);
  const [first, { refetch }] = createResource(async () => {
    const page = await props.accounts.audit();
    setNext(page.next);
    return page.rows;
  });
  const more = async (): Promise<void> => {
    const page = await props.accounts.audit(next() ?? 0);
    setOlder([...older(), ...page.rows]);
    setNext(page.next);
  };
  return (
    <Switch fallback={<Loading />}>
      <Match when={first.error !== undefined}>
        <FaultNotice thrown={first.error} retry={() => void refetch()} />
      </Match>
      <Match when={first.latest}>
        {(rows) => (
          <>
            <ol class="list accounts-trail">
              <For each={[...rows(), ...older()]}>{(row) => <Step row={row} />}</For>
            </ol>
            <Show when={next() !== null}>
              <div>
                <Act run={more}>Older ones</Act>
              </div>
            </Show>
          </>
        )}
      </Match>
    </Switch>
  );
}

function Step(props: { readonly row: AuditRow }): JSX.Element {
  const holds = () => props.row.act !== null;
  return (
    <li>
      <span class="list-sign" classList={{ bad: !holds() }}>
        <Icon name={holds() ? 'check' : 'warn'} size={18} />
      </span>
      <div class="list-text">
        <p class="list-title">{auditSentence(props.row)}</p>
        <p class="list-more">
          <Time ms={props.row.atMs} /> · number {props.row.number}
        </p>
      </div>
    </li>
  );
}
