/** The outermost frame: strangers see the welcome, members their house, everybody the toasts. */

import { lazy, Match, Suspense, Switch, type JSX } from 'solid-js';
import { FaultNotice } from '../kit/notice.tsx';
import { Mark } from '../kit/mark.tsx';
import { Toasts } from '../kit/toasts.tsx';
import { CopseContext, useApp } from '../model/app.ts';
import type { SessionState } from '../model/session.ts';
import { House } from './house.tsx';

const Welcome = lazy(async () => ({ default: (await import('../room/welcome/welcome.tsx')).Welcome }));

export function Shell(): JSX.Element {
  const { session } = useApp();
  const state = <K extends SessionState['kind']>(kind: K) => {
    const now = session.state();
    return isKind(now, kind) ? now : undefined;
  };
  return (
    <>
      <Suspense fallback={<Boot />}>
        <Switch>
          <Match when={state('starting')}>
            <Boot />
          </Match>
          <Match when={state('stranger')}>
            <Welcome />
          </Match>
          <Match when={state('failed')}>{(failed) => <Failed thrown={failed().fault} />}</Match>
          <Match when={state('member')}>
            {(member) => (
              <CopseContext.Provider value={member().copse}>
                <House />
              </CopseContext.Provider>
            )}
          </Match>
        </Switch>
      </Suspense>
      <Toasts />
    </>
  );
}

function isKind<K extends SessionState['kind']>(
  state: SessionState,
  kind: K,
): state is Extract<SessionState, { kind: K }> {
  return state.kind === kind;
}

function Boot(): JSX.Element {
  return (
    <main class="boot" aria-busy="true">
      <Mark size={56} />
      <p role="status">Opening copse …</p>
    </main>
  );
}

function Failed(props: { readonly thrown: unknown }): JSX.Element {
  const { session } = useApp();
  return (
    <main class="boot">
      <Mark size={56} />
      <h1>Your account could not be opened</h1>
      <FaultNotice thrown={props.thrown} retry={() => void session.start()} />
      <p class="muted">Nothing is lost: your key and what you wrote stay on this device.</p>
    </main>
  );
}
