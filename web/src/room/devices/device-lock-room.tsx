/** The keys of this device are locked: asks for what opens them. Nothing is lost by a wrong answer. */

import { createSignal, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Mark } from '../../kit/mark.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { useApp } from '../../model/app.ts';
import type { Locked } from '../../model/locked.ts';
import { SecretField } from './device-secret-field.tsx';

export function LockRoom(props: { readonly locked: Locked }): JSX.Element {
  const app = useApp();
  const [passphrase, setPassphrase] = createSignal('');
  const has = (kind: 'passphrase' | 'passkey') => props.locked.ways.some((way) => way.kind === kind);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (passphrase() !== '') props.locked.open({ kind: 'passphrase', passphrase: passphrase() });
  };
  const byPasskey = async (): Promise<void> => {
    const opener = await (await app.gate.passkeys()).askPasskey(props.locked.ways);
    if (opener === null) app.tell('The passkey did not answer.', 'Use your passphrase, or try again.');
    else props.locked.open(opener);
  };
  return (
    <main class="lock-room stack" id="room">
      <Mark size={48} />
      <Heading>Your keys are locked</Heading>
      <p class="lead">They open on this device with what you locked them with.</p>
      <Show when={props.locked.isWrong}>
        <Notice kind="bad" title="That does not open them.">
          Nothing is lost. Look whether the capital letters are on.
        </Notice>
      </Show>
      <Show when={has('passkey')}>
        <div>
          <Act class="primary large" icon="key" run={byPasskey}>
            Open with a passkey
          </Act>
        </div>
      </Show>
      <Show when={has('passphrase')}>
        <form class="stack" onSubmit={submit}>
          <SecretField label="Passphrase" value={passphrase()} onInput={setPassphrase} isFocused />
          <div>
            <button type="submit" class="button primary" disabled={passphrase() === ''}>
              Open
            </button>
          </div>
        </form>
      </Show>
      <p class="muted">
        Lost it? Clear the data of this page in your browser, then come back with another device or your 24
        words. What was written here and not sent yet would be gone.
      </p>
    </main>
  );
}
