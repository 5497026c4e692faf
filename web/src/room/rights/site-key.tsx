/** The key of a site: one quiet line for everybody, and for admins the switch for history and a new key. */

import {
  createEffect,
  createResource,
  createSignal,
  Match,
  onCleanup,
  Show,
  Switch,
  type JSX,
} from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Time } from '../../kit/time.tsx';
import { historyWords, keyWords } from '../../logic/key-words.ts';
import { may } from '../../logic/rights.ts';
import { useApp } from '../../model/app.ts';
import type { KeyState } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { LostKey } from './lost-key.tsx';

interface KeyProps {
  readonly site: SiteModel;
  /** Changes when something was taken back: a new key may be due then. */
  readonly version: unknown;
}

/** A key that is on its way is looked at this often. */
const LOOK_MS = 1_000;

export function SiteKey(props: KeyProps): JSX.Element {
  const [state, { refetch }] = createResource(
    () => ({ version: props.version }),
    () => props.site.site.keyState(),
  );
  const known = () => (state.error === undefined ? state.latest : undefined);
  createEffect(() => {
    if (known()?.state === 'current' || known() === undefined) return;
    const timer = setInterval(() => void refetch(), LOOK_MS);
    onCleanup(() => clearInterval(timer));
  });
  return (
    <section class="panel stack">
      <h2>The key of this site</h2>
      <Switch fallback={<Loading />}>
        <Match when={state.error !== undefined}>
          <FaultNotice thrown={state.error} retry={() => void refetch()} />
        </Match>
        <Match when={known()}>
          {(now) => (
            <>
              <KeyLine state={now()} />
              <LostKey site={props.site} state={now()} onChange={() => void refetch()} />
              <Show
                when={may(props.site.permissions(), 'admin')}
                fallback={<p class="muted">{historyWords(now().history)}</p>}
              >
                <History site={props.site} state={now()} onChange={() => void refetch()} />
                <ChangeKey site={props.site} state={now()} onChange={() => void refetch()} />
              </Show>
            </>
          )}
        </Match>
      </Switch>
    </section>
  );
}

function KeyLine(props: { readonly state: KeyState }): JSX.Element {
  const words = () => keyWords(props.state);
  return (
    <div class="key-line" role="status">
      <Icon name={props.state.state === 'current' ? 'key' : 'clock'} />
      <p>
        <b>{words().title}</b>
        <Show when={props.state.sinceMs > 0}>
          {' '}
          since <Time ms={props.state.sinceMs} />
        </Show>
        <small>{words().more}</small>
      </p>
    </div>
  );
}

interface ChangeProps {
  readonly site: SiteModel;
  readonly state: KeyState;
  readonly onChange: () => void;
}

function History(props: ChangeProps): JSX.Element {
  const app = useApp();
  const { isBusy, act } = createAct(async () => {
    await props.site.site.history(!props.state.history);
    props.onChange();
    app.tell(historyWords(!props.state.history));
  });
  return (
    <label class="check" aria-busy={isBusy()}>
      <input
        type="checkbox"
        role="switch"
        checked={props.state.history}
        disabled={isBusy() || props.state.state !== 'current' || props.state.held !== 'yes'}
        onChange={(event) => {
          // It stands where the node says, not where it was pressed to.
          event.currentTarget.checked = props.state.history;
          act();
        }}
      />
      <span>
        Newcomers read what was written before
        <small class="check-more">
          Changing it makes a new key. What somebody can read already stays readable.
        </small>
      </span>
      <span class="spinner" aria-hidden="true" />
    </label>
  );
}

function ChangeKey(props: ChangeProps): JSX.Element {
  const app = useApp();
  const [isOpen, setOpen] = createSignal(false);
  const change = async (): Promise<void> => {
    const epoch = await props.site.site.rotate();
    setOpen(false);
    props.onChange();
    app.tell(`Key ${epoch} is in use.`);
  };
  return (
    <div>
      <button
        type="button"
        class="button"
        disabled={props.state.state !== 'current' || props.state.held !== 'yes'}
        onClick={() => setOpen(true)}
      >
        Change the key now
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title="Change the key of this site?"
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Leave it
            </button>
            <Act class="primary" run={change}>
              Change it
            </Act>
          </>
        }
      >
        <p>
          It happens by itself whenever somebody leaves or a device is revoked. Do it yourself when a key may
          have been seen by somebody. Nobody has to do anything; writing goes on.
        </p>
      </Dialog>
    </div>
  );
}
