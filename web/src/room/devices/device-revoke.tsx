/** Revokes a device after saying what it could open and what that causes. */

import { createResource, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { fromStore } from 'copse/solid';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { DeviceRow, Revocation } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

interface RevokeProps {
  readonly row: DeviceRow;
  readonly onChange: () => void;
}

export function RevokeDevice(props: RevokeProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [isOpen, setOpen] = createSignal(false);
  const [preview, { refetch }] = createResource(
    () => isOpen() && props.row.device,
    async (device) => (await copse.deviceDesk()).preview(device),
  );
  const revoke = async (): Promise<void> => {
    await copse.revokeDevice(props.row.device);
    setOpen(false);
    props.onChange();
    app.tell(`${props.row.name} is shut out.`);
  };
  return (
    <>
      <button type="button" class="button small" onClick={() => setOpen(true)}>
        Revoke
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title={`Revoke ${props.row.name}?`}
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Keep it
            </button>
            <Act class="danger" run={revoke}>
              Revoke
            </Act>
          </>
        }
      >
        <div class="stack">
          <p>
            It loses its connection within a second and cannot come back with its key. What it read before, it
            may still have. Whoever holds your 24 words could add a device again.
          </p>
          <Switch fallback={<Loading />}>
            <Match when={preview.error !== undefined}>
              <FaultNotice thrown={preview.error} retry={() => void refetch()} />
            </Match>
            <Match when={preview.latest}>{(seen) => <Consequences seen={seen()} />}</Match>
          </Switch>
        </div>
      </Dialog>
    </>
  );
}

function Consequences(props: { readonly seen: Revocation }): JSX.Element {
  const copse = useCopse();
  const sites = fromStore(copse.sites);
  const titleOf = (id: string): string =>
    sites()
      .find((site) => site.id === id)
      ?.title.get() ?? 'A site';
  return (
    <>
      <Show when={props.seen.sites.length > 0} fallback={<p>It can open no site.</p>}>
        <div>
          <p>
            <b>It can open these sites.</b> Each gets a new key, and people go on writing meanwhile:
          </p>
          <ul class="revoke-sites">
            <For each={props.seen.sites}>
              {(row) => (
                <li>
                  <b>{titleOf(row.site)}</b>{' '}
                  <span class="muted">
                    {row.members === 1 ? 'for you alone' : `for ${row.members} members`},{' '}
                    {row.isAdmin ? 'made by your devices' : 'made by an admin of it'}
                  </span>
                </li>
              )}
            </For>
          </ul>
        </div>
      </Show>
      <Show when={props.seen.statements > 0}>
        <p>
          It signed in with e-mail. Who asks for your keys by your address is still told of it, until you
          forget the address.
        </p>
      </Show>
      <p class="muted">
        {props.seen.isHere ? 'It is connected now. ' : ''}
        {props.seen.others === 1 ? 'One device remains.' : `${props.seen.others} devices remain.`}
      </p>
    </>
  );
}
