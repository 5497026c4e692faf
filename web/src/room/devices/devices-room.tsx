/** The devices of the user: which one this is, when each was last seen, and a way to shut one out. */

import { createEffect, createResource, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { fromStore } from 'copse/solid';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { Time } from '../../kit/time.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { DeviceRow } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';
import { isHandheld } from '../../logic/handheld.ts';
import { ApprovalDialog } from './device-approval.tsx';
import { DeviceLock } from './device-lock.tsx';
import { RevokeDevice } from './device-revoke.tsx';

export function DevicesRoom(): JSX.Element {
  const copse = useCopse();
  const changes = fromStore(copse.devicesChanged);
  // The number of changes is one more than itself, so that zero also asks.
  const [rows, { refetch }] = createResource(
    () => changes() + 1,
    () => copse.devices(),
  );
  const sorted = () =>
    (rows.latest ?? []).toSorted(
      (a, b) => rank(a, copse.device) - rank(b, copse.device) || b.seenMs - a.seenMs,
    );
  return (
    <Page
      title="Your devices"
      lead="Each has a key of its own. Revoke one that is lost: it is shut out at once, and you stay."
    >
      <Switch fallback={<Loading />}>
        <Match when={rows.error !== undefined}>
          <FaultNotice thrown={rows.error} retry={() => void refetch()} />
        </Match>
        <Match when={rows.latest}>
          <ul class="list panel">
            <For each={sorted()}>{(row) => <Device row={row} onChange={() => void refetch()} />}</For>
          </ul>
        </Match>
      </Switch>
      <AddDevice />
      <DeviceLock />
    </Page>
  );
}

/** Lets another one in; also when the camera of this device has brought the picture of one here. */
function AddDevice(): JSX.Element {
  const copse = useCopse();
  const { session } = useApp();
  const link = () => {
    const arrival = session.arrival();
    return arrival?.kind === 'pair' ? arrival.link : '';
  };
  const [isLetting, setLetting] = createSignal(false);
  // The camera of this device has brought the picture here.
  createEffect(() => {
    if (link() !== '') setLetting(true);
  });
  const close = (): void => {
    setLetting(false);
    if (link() !== '') session.dismissArrival();
  };
  return (
    <>
      <section class="panel stack">
        <h2>Add a device</h2>
        <p>
          Open <b>{copse.node.url.replace(/^https?:\/\//u, '')}</b> there and choose{' '}
          <i>I have another device</i>. It shows a picture and a code.
        </p>
        <div>
          <button type="button" class="button primary" onClick={() => setLetting(true)}>
            <Icon name="qr" size={18} />
            <span>Let a device in</span>
          </button>
        </div>
        <p class="muted">
          Without this one, your 24 words bring you there. <a href="#/phrase">Show my words</a>
        </p>
      </section>
      <ApprovalDialog isOpen={isLetting()} link={link()} onClose={close} />
    </>
  );
}

/** This device first, revoked ones last. */
function rank(row: DeviceRow, mine: string): number {
  if (row.device === mine) return 0;
  return row.revokedMs === null ? 1 : 2;
}

interface DeviceProps {
  readonly row: DeviceRow;
  readonly onChange: () => void;
}

function Device(props: DeviceProps): JSX.Element {
  const copse = useCopse();
  const isMine = () => props.row.device === copse.device;
  return (
    <li classList={{ gone: props.row.revokedMs !== null }}>
      <span class="list-sign">
        <Icon name={isHandheld(props.row.name) ? 'phone' : 'device'} size={24} />
      </span>
      <div class="list-text">
        <p class="list-title">
          <span class="clip">{props.row.name || 'A device without a name'}</span>
          <Show when={isMine()}>
            <span class="tag state-open">this device</span>
          </Show>
        </p>
        <p class="list-more">
          <Show
            when={props.row.revokedMs}
            fallback={
              <>
                added <Time ms={props.row.createdMs} />, last seen <Time ms={props.row.seenMs} />
              </>
            }
          >
            {(ms) => (
              <>
                revoked <Time ms={ms()} />
              </>
            )}
          </Show>
        </p>
      </div>
      <Show when={props.row.revokedMs === null}>
        <div class="list-actions">
          <Rename {...props} />
          <Show when={!isMine()}>
            <RevokeDevice {...props} />
          </Show>
        </div>
      </Show>
    </li>
  );
}

function Rename(props: DeviceProps): JSX.Element {
  const [isOpen, setOpen] = createSignal(false);
  return (
    <>
      <button
        type="button"
        class="button small quiet"
        aria-label={`Rename ${props.row.name}`}
        onClick={() => setOpen(true)}
      >
        <Icon name="pencil" size={16} />
      </button>
      <Dialog isOpen={isOpen()} onClose={() => setOpen(false)} title="Rename the device">
        <RenameForm row={props.row} onDone={() => setOpen(false)} onChange={() => props.onChange()} />
      </Dialog>
    </>
  );
}

function RenameForm(props: DeviceProps & { readonly onDone: () => void }): JSX.Element {
  const copse = useCopse();
  const [name, setName] = createSignal(props.row.name);
  const { isBusy, act } = createAct(async () => {
    await copse.renameDevice(props.row.device, name().trim());
    props.onChange();
    props.onDone();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (name().trim() !== '') act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field label="Name" value={name()} onInput={setName} maxLength={40} isFocused isRequired />
      <div class="form-foot">
        <button type="submit" class="button primary" aria-busy={isBusy()} disabled={name().trim() === ''}>
          Rename
        </button>
      </div>
    </form>
  );
}
