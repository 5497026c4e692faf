/** The e-mail addresses of a member: which devices signed in with them, one more, and letting one go. */

import { createResource, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { Time } from '../../kit/time.tsx';
import { plural } from '../../logic/numbers.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { EmailConfirmed, EmailRow } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';
import { EmailVisiting } from './visit.tsx';

type Ok = Extract<EmailConfirmed, { readonly kind: 'ok' }>;

export function EmailRoom(): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [known, { refetch }] = createResource(async () => {
    const emails = await copse.emails();
    const [rows, providers] = await Promise.all([emails.list(), emails.providers()]);
    return { rows, providers };
  });
  const [again, setAgain] = createSignal(0);
  const added = ({ email }: Ok): void => {
    app.tell(`${email} is yours here.`, 'You can sign in with it on a new device.');
    setAgain(again() + 1);
    void refetch();
  };
  return (
    <Page
      title="Your e-mail addresses"
      lead="With an address you sign in on a new device; one of your old ones then lets it in. The node says in its public log whose address it is."
      back={{ href: '#/settings', label: 'Settings' }}
    >
      <Switch fallback={<Loading />}>
        <Match when={known.error !== undefined}>
          <FaultNotice thrown={known.error} retry={() => void refetch()} />
        </Match>
        <Match when={known.latest}>
          {(found) => (
            <div class="columns">
              <section class="panel">
                <h2>Addresses</h2>
                <Addresses rows={found().rows} onChange={() => void refetch()} />
              </section>
              <section class="panel stack">
                <h2>Add an address</h2>
                <Show when={again() + 1} keyed>
                  <EmailVisiting<Ok>
                    providers={found().providers}
                    begin={async (provider) => (await copse.emails()).begin(provider)}
                    onOk={added}
                  />
                </Show>
              </section>
            </div>
          )}
        </Match>
      </Switch>
    </Page>
  );
}

function Addresses(props: {
  readonly rows: readonly EmailRow[];
  readonly onChange: () => void;
}): JSX.Element {
  const addresses = () => [...Map.groupBy(props.rows, ({ email }) => email)];
  return (
    <Show when={addresses().length > 0} fallback={<p class="muted">None yet.</p>}>
      <ul class="list">
        <For each={addresses()}>
          {([email, rows]) => (
            <li>
              <span class="list-sign">
                <Icon name="mail" />
              </span>
              <div class="list-text">
                <p class="list-title">
                  <span class="clip">{email}</span>
                </p>
                <p class="list-more">
                  {plural(rows.length, 'device')}, last{' '}
                  <Time ms={Math.max(...rows.map(({ timeMs }) => timeMs))} />
                </p>
              </div>
              <div class="list-actions">
                <Forget email={email} onChange={props.onChange} />
              </div>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

function Forget(props: { readonly email: string; readonly onChange: () => void }): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [isOpen, setOpen] = createSignal(false);
  const forget = async (): Promise<void> => {
    await (await copse.emails()).forget(props.email);
    setOpen(false);
    props.onChange();
    app.tell(`${props.email} is not yours here any more.`);
  };
  return (
    <>
      <button type="button" class="button small" onClick={() => setOpen(true)}>
        Let go
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title={`Let ${props.email} go?`}
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Keep it
            </button>
            <Act class="danger" run={forget}>
              Let it go
            </Act>
          </>
        }
      >
        <p>
          Nobody signs in as you with it any more, and others do not find your key by it. Devices that are in
          stay in. That it was yours stays in the node’s public log.
        </p>
      </Dialog>
    </>
  );
}
