/** The outermost frame: strangers see the welcome, members their house, everybody the toasts. */

import {
  createEffect,
  createSignal,
  ErrorBoundary,
  lazy,
  Match,
  Show,
  Suspense,
  Switch,
  type Component,
  type JSX,
} from 'solid-js';
import { Dynamic } from '../kit/dom.ts';
import { FaultNotice } from '../kit/notice.tsx';
import { Mark } from '../kit/mark.tsx';
import { Toasts } from '../kit/toasts.tsx';
import { CopseContext, useApp } from '../model/app.ts';
import type { SessionState } from '../model/session.ts';

const Welcome = lazy(async () => ({ default: (await import('../room/welcome/welcome.tsx')).Welcome }));

const LockRoom = lazy(async () => ({
  default: (await import('../room/devices/device-lock-room.tsx')).LockRoom,
}));

export function Shell(): JSX.Element {
  const { session } = useApp();
  const [house, setHouse] = createSignal<Component>();
  const [broken, setBroken] = createSignal<unknown>();
  // Of members; `ahead.ts` asks for it before this does.
  createEffect(() => {
    if (session.state().kind !== 'member' || house() !== undefined) return;
    import('../member-part.ts').then(({ House }) => setHouse(() => House), setBroken);
  });
  const state = <K extends SessionState['kind']>(kind: K) => {
    const now = session.state();
    return isKind(now, kind) ? now : undefined;
  };
  return (
    <>
      <ErrorBoundary fallback={(thrown) => <Broken thrown={thrown} />}>
        <Switch>
          <Match when={state('starting')}>
            <Boot />
          </Match>
          <Match when={state('stranger')}>
            <Suspense fallback={<Boot />}>
              <Welcome />
            </Suspense>
          </Match>
          <Match when={state('locked')}>
            {(locked) => (
              <Suspense fallback={<Boot />}>
                <LockRoom locked={locked()} />
              </Suspense>
            )}
          </Match>
          <Match when={state('failed')}>{(failed) => <Failed thrown={failed().fault} />}</Match>
          <Match when={state('member')}>
            {(member) => (
              // No `Suspense` around it: all of the house would make way while something in it is asked for (SPEC U19).
              <CopseContext.Provider value={member().copse}>
                <Show when={broken()} fallback={<Dynamic component={house() ?? Boot} />}>
                  {(thrown) => <Broken thrown={thrown()} />}
                </Show>
              </CopseContext.Provider>
            )}
          </Match>
        </Switch>
      </ErrorBoundary>
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

/** A part of the app that could not be loaded, after the node was updated or the line was cut; or our mistake. */
function Broken(props: { readonly thrown: unknown }): JSX.Element {
  // For the console of whoever looks into it; people get the words.
  console.error(props.thrown);
  return (
    <main class="boot">
      <Mark size={56} />
      <h1>This page did not load completely</h1>
      <p class="muted">The app may have been updated meanwhile. What you wrote is kept on this device.</p>
      <button type="button" class="button primary" onClick={() => location.reload()}>
        Load it again
      </button>
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
