/** Whether this device is notified: on, off, what stands in the way, and a test. */

import { createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Notice } from '../../kit/notice.tsx';
import { obstructionOf, testWords } from '../../logic/level-words.ts';
import { useApp } from '../../model/app.ts';
import type { NotificationsState, PushObstacle, TestAnswer } from '../../model/sdk.ts';
import { useHouse } from '../../shell/house-model.ts';

export function ThisDevice(props: { readonly state: NotificationsState }): JSX.Element {
  const app = useApp();
  const { bell } = useHouse();
  const [inTheWay, setInTheWay] = createSignal<PushObstacle | null>(null);
  const obstacle = () => inTheWay() ?? bell.obstacle() ?? (props.state.pushKey === null ? 'node' : null);
  const isOn = () => props.state.address !== null;
  const turnOn = async (): Promise<void> => {
    setInTheWay(await bell.turnOn());
    if (inTheWay() === null) app.tell('This device is notified from now on.');
  };
  const turnOff = async (): Promise<void> => {
    await bell.turnOff();
    app.tell('This device hears nothing any more.');
  };
  return (
    <section class="panel stack">
      <h2>This device</h2>
      <Show
        when={isOn()}
        fallback={
          <>
            <p class="muted">
              Turn notifications on to be told here what is new in your sites while copse is closed. What they
              show is opened on this device; you can turn them off at any time.
            </p>
            <Show when={obstacle()}>{(known) => <Obstructed obstacle={known()} />}</Show>
            <div>
              <Act
                class="primary"
                icon="bell"
                run={turnOn}
                disabled={!['dismissed', 'refused', null].includes(obstacle())}
              >
                Turn on
              </Act>
            </div>
          </>
        }
      >
        <AddressState state={props.state} />
        {/* The browser may have been told otherwise since. */}
        <Show when={bell.obstacle()}>{(known) => <Obstructed obstacle={known()} />}</Show>
        <TestButton />
        <div>
          <Act icon="bellOff" run={turnOff}>
            Turn off
          </Act>
        </div>
      </Show>
    </section>
  );
}

function Obstructed(props: { readonly obstacle: PushObstacle }): JSX.Element {
  const words = () => obstructionOf(props.obstacle);
  return (
    <Notice kind="warn" title={words().title}>
      {words().hint}
    </Notice>
  );
}

function AddressState(props: { readonly state: NotificationsState }): JSX.Element {
  return (
    <Switch fallback={<p>This device is notified.</p>}>
      <Match when={props.state.state === 'failing'}>
        <Notice kind="warn" title="The push service does not take notifications at the moment">
          They are tried again, and nothing is lost: what is new is in your sites.
        </Notice>
      </Match>
      <Match when={props.state.state === 'gone'}>
        <Notice kind="warn" title="The browser has given up its address">
          Turn notifications off and on again, and it gets another one.
        </Notice>
      </Match>
    </Switch>
  );
}

function TestButton(): JSX.Element {
  const { bell } = useHouse();
  const [answer, setAnswer] = createSignal<TestAnswer | null>(null);
  const test = async (): Promise<void> => {
    setAnswer(null);
    setAnswer(await (await bell.notifications()).test());
  };
  const words = () => {
    const now = answer();
    return now === null ? undefined : testWords(now);
  };
  return (
    <>
      <div>
        <Act run={test}>Send a test</Act>
      </div>
      <Show when={words()}>
        {(known) => (
          <Notice kind={known().isGood ? 'good' : 'warn'} title={known().title}>
            {known().hint}
          </Notice>
        )}
      </Show>
    </>
  );
}
