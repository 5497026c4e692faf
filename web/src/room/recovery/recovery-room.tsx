/** Recovery of an account with a PIN: set up with nodes of friends, looked after, changed, ended; and for admins, who asks. */

import { createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { Page } from '../../kit/page.tsx';
import { useApp } from '../../model/app.ts';
import type { SetUp } from '../../model/sdk.ts';
import { useHouse } from '../../shell/house-model.ts';
import { RecoveryCode } from './recovery-code.tsx';
import { RecoveryState } from './recovery-state.tsx';
import { Resets } from './resets.tsx';
import { SetUpForm } from './set-up.tsx';
import { Grants, Rejoin } from './friends.tsx';

export function RecoveryRoom(): JSX.Element {
  const { local } = useApp();
  const house = useHouse();
  const [code, setCode] = createSignal(local.recoveryCode());
  const [made, setMade] = createSignal<SetUp | null>(null);
  const [isChanging, setChanging] = createSignal(false);
  const keep = (next: string): void => {
    local.setRecoveryCode(next);
    setCode(next);
  };
  const done = (setUp: SetUp): void => {
    keep(setUp.code);
    setMade(setUp);
    setChanging(false);
  };
  return (
    <Page
      title="Recovery with a PIN"
      lead="When every device and the 24 words are lost, a code and a PIN bring you back. Several nodes share the work: none of them alone can open your account, and each counts wrong guesses."
      back={{ href: '#/settings', label: 'Settings' }}
    >
      <div class="columns">
        <section class="panel stack">
          <Switch>
            <Match when={made()}>
              {(setUp) => <RecoveryCode setUp={setUp()} onDone={() => setMade(null)} />}
            </Match>
            <Match when={code() === '' || isChanging()}>
              <SetUpForm replaces={code()} onDone={done} onKnown={keep} onCancel={() => setChanging(false)} />
            </Match>
            <Match when={true}>
              <RecoveryState code={code()} onChange={() => setChanging(true)} onEnded={() => keep('')} />
            </Match>
          </Switch>
        </section>
        <div class="stack">
          <Grants />
          <Rejoin />
          <Show when={house.isAdmin()}>
            <Resets />
          </Show>
        </div>
      </div>
    </Page>
  );
}
