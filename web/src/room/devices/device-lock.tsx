/** Locks the keys of this device with a passphrase, and with a passkey where there is one; takes the lock away. */

import { createResource, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import { Loading } from '../../shell/loading.tsx';
import { SecretField } from './device-secret-field.tsx';

const LETTERS_MIN = 8;

export function DeviceLock(): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [isOpen, setOpen] = createSignal(false);
  const [ways, { refetch }] = createResource(async () => (await copse.atRest()).ways());
  const unlock = async (): Promise<void> => {
    await (await copse.atRest()).unlock();
    await refetch();
    app.tell('The lock is gone.');
  };
  const isLocked = () => (ways.latest?.length ?? 0) > 0;
  return (
    <section class="panel stack">
      <h2>Lock this device</h2>
      <Switch fallback={<Loading />}>
        <Match when={ways.error !== undefined}>
          <FaultNotice thrown={ways.error} retry={() => void refetch()} />
        </Match>
        <Match when={isLocked()}>
          <p>
            Whoever opens copse here needs your{' '}
            {ways.latest?.includes('passkey') === true ? 'passkey or ' : ''}
            passphrase first.
          </p>
          <div class="row">
            <button type="button" class="button" onClick={() => setOpen(true)}>
              Change the passphrase
            </button>
            <Act class="quiet" run={unlock}>
              Take the lock away
            </Act>
          </div>
        </Match>
        <Match when={ways.latest}>
          <p>
            Whoever can open this browser can open copse as you. With a lock she needs a passphrase as well,
            each time the page is loaded.
          </p>
          <div>
            <button type="button" class="button" onClick={() => setOpen(true)}>
              Lock with a passphrase
            </button>
          </div>
        </Match>
      </Switch>
      <Dialog isOpen={isOpen()} onClose={() => setOpen(false)} title="Lock this device">
        <LockForm
          onDone={() => {
            setOpen(false);
            void refetch();
            app.tell('Your keys are locked here from now on.');
          }}
        />
      </Dialog>
    </section>
  );
}

function LockForm(props: { readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [first, setFirst] = createSignal('');
  const [second, setSecond] = createSignal('');
  const [withPasskey, setWithPasskey] = createSignal(false);
  const [hasNoAnswer, setNoAnswer] = createSignal(false);
  const [passkeys] = createResource(() => app.gate.passkeys());
  const isLong = () => first().trim().length >= LETTERS_MIN;
  const isReady = () => isLong() && first() === second();
  const { isBusy, act } = createAct(async () => {
    const name = copse.profile.get().name || 'copse';
    const passkey = withPasskey() ? ((await passkeys()?.makePasskey(name)) ?? null) : null;
    setNoAnswer(withPasskey() && passkey === null);
    if (hasNoAnswer()) {
      setWithPasskey(false);
      return;
    }
    const passphrase = { kind: 'passphrase', passphrase: first() } as const;
    await (await copse.atRest()).lock(passkey === null ? [passphrase] : [passkey, passphrase]);
    props.onDone();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isReady()) act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <TwoFields first={first} setFirst={setFirst} second={second} setSecond={setSecond} />
      <Show when={passkeys()?.hasPasskeys() === true}>
        <label class="check">
          <input
            type="checkbox"
            checked={withPasskey()}
            onChange={(event) => setWithPasskey(event.currentTarget.checked)}
          />
          <span>Open it with a passkey too: your fingerprint, face or security key</span>
        </label>
      </Show>
      <Show when={hasNoAnswer()}>
        <Notice kind="warn" title="This passkey cannot open keys.">
          Lock with the passphrase alone.
        </Notice>
      </Show>
      <div class="form-foot">
        <button type="submit" class="button primary" aria-busy={isBusy()} disabled={!isReady()}>
          <span>Lock</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

interface TwoFieldsProps {
  readonly first: () => string;
  readonly setFirst: (text: string) => void;
  readonly second: () => string;
  readonly setSecond: (text: string) => void;
}

function TwoFields(props: TwoFieldsProps): JSX.Element {
  const differs = () => props.second().length >= props.first().length && props.second() !== props.first();
  return (
    <>
      <SecretField
        label="New passphrase"
        value={props.first()}
        onInput={(text) => props.setFirst(text)}
        hint={`At least ${LETTERS_MIN} characters; four words that you make up are better.`}
        isNew
        isFocused
      />
      <SecretField
        label="The same again"
        value={props.second()}
        onInput={(text) => props.setSecond(text)}
        error={differs() ? 'The two differ.' : undefined}
        isNew
      />
    </>
  );
}
