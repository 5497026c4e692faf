/** What each node of a recovery says: guesses left, who asked when; and the ways to change or end it. */

import { createResource, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Copy } from '../../kit/copy.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Time } from '../../kit/time.tsx';
import { realmWords } from '../../logic/recovery-words.ts';
import { plural } from '../../logic/numbers.ts';
import { faultWords, useApp, useCopse } from '../../model/app.ts';
import type { RealmStatus } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

interface StateProps {
  readonly code: string;
  readonly onChange: () => void;
  readonly onEnded: () => void;
}

export function RecoveryState(props: StateProps): JSX.Element {
  const copse = useCopse();
  const [realms, { refetch }] = createResource(
    () => props.code,
    (code) => copse.recovery.status(code),
  );
  return (
    <>
      <h2>It is set up</h2>
      <Switch fallback={<Loading />}>
        <Match when={realms.error !== undefined}>
          <FaultNotice thrown={realms.error} retry={() => void refetch()} />
          <div>
            <button type="button" class="button" onClick={() => props.onEnded()}>
              Forget this code here
            </button>
          </div>
        </Match>
        <Match when={realms.latest}>
          {(rows) => (
            <>
              <Guessed rows={rows()} />
              <ul class="list">
                <For each={rows()}>{(row) => <Realm row={row} />}</For>
              </ul>
            </>
          )}
        </Match>
      </Switch>
      <div class="row">
        <Copy text={props.code}>Copy the code</Copy>
        <button type="button" class="button" onClick={() => props.onChange()}>
          Change the PIN or the nodes
        </button>
        <End {...props} />
      </div>
    </>
  );
}

/** Somebody has asked; if it was not she, her PIN should be another one. */
function Guessed(props: { readonly rows: readonly RealmStatus[] }): JSX.Element {
  const asked = () => Math.max(0, ...props.rows.map(({ registered }) => registered?.askedMs ?? 0));
  return (
    <Show when={asked() > 0}>
      <Notice kind="warn" title="Somebody has asked for your account with this code">
        <Time ms={asked()} />. If that was not you, change the PIN: the guesses begin anew.
      </Notice>
    </Show>
  );
}

function Realm(props: { readonly row: RealmStatus }): JSX.Element {
  const { row } = props;
  const isWell = () => row.registered !== null && !row.registered.locked;
  return (
    <li>
      <span class="list-sign" classList={{ strange: !isWell() }}>
        <Icon name={isWell() ? 'node' : 'warn'} />
      </span>
      <div class="list-text">
        <p class="list-title">
          <span class="clip">{row.url.replace(/^https?:\/\//u, '')}</span>
        </p>
        <p class="list-more">{row.fault === null ? realmWords(row) : faultWords(row.fault).what}</p>
      </div>
    </li>
  );
}

function End(props: StateProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [isOpen, setOpen] = createSignal(false);
  const end = async (): Promise<void> => {
    const failed = await copse.recovery.remove(props.code);
    setOpen(false);
    props.onEnded();
    if (failed.length === 0) app.tell('The recovery is ended.', 'Its code opens nothing any more.');
    else app.tell(`The recovery is ended here; ${plural(failed.length, 'node')} could not be told.`);
  };
  return (
    <>
      <button type="button" class="button quiet" onClick={() => setOpen(true)}>
        End it
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title="End the recovery?"
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Keep it
            </button>
            <Act class="danger" run={end}>
              End it
            </Act>
          </>
        }
      >
        <p>The nodes forget their parts. Your 24 words and your other devices still bring you back.</p>
      </Dialog>
    </>
  );
}
