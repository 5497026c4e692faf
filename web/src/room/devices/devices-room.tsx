/** The devices of the user: which one this is, when each was last seen, and a way to shut one out. */

import { createResource, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
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
      <section class="panel tip">
        <h2>Add a device</h2>
        <p>
          Open <b>{copse.node.url.replace(/^https?:\/\//u, '')}</b> there, choose <i>I have my 24 words</i>,
          and type or paste them. <a href="#/phrase">Show my words</a>
        </p>
      </section>
    </Page>
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
            <Revoke {...props} />
          </Show>
        </div>
      </Show>
    </li>
  );
}

function Revoke(props: DeviceProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [isOpen, setOpen] = createSignal(false);
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
        <p>
          It loses its connection within a second and cannot come back with its key. What it read before, it
          may still have. Whoever holds your 24 words could add a device again.
        </p>
      </Dialog>
    </>
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
