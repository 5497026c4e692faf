/** Invitations of a site: open ones first, then what became of the others. */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Time } from '../../kit/time.tsx';
import { roleWord } from '../../logic/rights.ts';
import { useApp } from '../../model/app.ts';
import type { InvitationRow } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';

interface InvitationsProps {
  readonly site: SiteModel;
  readonly rows: readonly InvitationRow[] | undefined;
  readonly thrown: unknown;
  readonly onChange: () => void;
}

const STATES = { open: 'Open', used: 'Used', expired: 'Expired', withdrawn: 'Withdrawn' } as const;

export function Invitations(props: InvitationsProps): JSX.Element {
  const sorted = () =>
    (props.rows ?? []).toSorted(
      (a, b) => Number(b.state === 'open') - Number(a.state === 'open') || b.createdMs - a.createdMs,
    );
  return (
    <section class="panel">
      <h2>Invitations</h2>
      <Show when={props.thrown !== undefined}>
        <FaultNotice thrown={props.thrown} retry={() => props.onChange()} />
      </Show>
      <Show
        when={sorted().length > 0}
        fallback={<p class="muted">None yet. Links that you make are listed here.</p>}
      >
        <ul class="list">
          <For each={sorted()}>
            {(row) => <Invitation row={row} site={props.site} onChange={() => props.onChange()} />}
          </For>
        </ul>
      </Show>
    </section>
  );
}

interface InvitationProps {
  readonly row: InvitationRow;
  readonly site: SiteModel;
  readonly onChange: () => void;
}

function Invitation(props: InvitationProps): JSX.Element {
  const { people } = props.site;
  const name = (user: string | null) => people.nameOf(user) ?? 'somebody who left';
  return (
    <li>
      <span class={`tag state-${props.row.state}`}>{STATES[props.row.state]}</span>
      <div class="list-text">
        <p class="list-title">
          {roleWord(props.row.permissions)}
          <Show when={props.row.usedBy}>{(user) => <> · joined: {name(user())}</>}</Show>
        </p>
        <p class="list-more">
          by {name(props.row.by)}, <Time ms={props.row.createdMs} />
          <Show when={props.row.state === 'open'}>
            , ends <Time ms={props.row.expiresMs} as="until" />
          </Show>
        </p>
      </div>
      <Show when={props.row.state === 'open'}>
        <div class="list-actions">
          <Withdraw {...props} />
        </div>
      </Show>
    </li>
  );
}

function Withdraw(props: InvitationProps): JSX.Element {
  const app = useApp();
  const [isOpen, setOpen] = createSignal(false);
  const withdraw = async (): Promise<void> => {
    await props.site.site.withdraw(props.row.key);
    setOpen(false);
    props.onChange();
    app.tell('The invitation is withdrawn.');
  };
  return (
    <>
      <button type="button" class="button small" onClick={() => setOpen(true)}>
        Withdraw
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title="Withdraw the invitation?"
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Keep it
            </button>
            <Act class="danger" run={withdraw}>
              Withdraw
            </Act>
          </>
        }
      >
        <p>The link stops working at once. Whoever joined by another link stays.</p>
      </Dialog>
    </>
  );
}
