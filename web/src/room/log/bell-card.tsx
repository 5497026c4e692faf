/**
 * Offers notifications once, calmly, when somebody has said something here and may want to hear the answer. Who
 * puts it off is not asked again; it stays in the settings.
 */

import { createEffect, createSignal, on, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import { obstructionOf } from '../../logic/level-words.ts';
import { useApp } from '../../model/app.ts';
import { useHouse } from '../../shell/house-model.ts';

export function BellCard(props: { readonly isAsked: boolean }): JSX.Element {
  const app = useApp();
  const { bell, status } = useHouse();
  const [isDone, setDone] = createSignal(false);
  createEffect(
    on(
      () => props.isAsked,
      (isAsked) => {
        // Whether there is something to offer is the node's to say; without an answer nothing is offered.
        if (isAsked && app.local.bell() === '' && status() === 'live') bell.look().catch(() => {});
      },
    ),
  );
  const turnOn = async (): Promise<void> => {
    const obstacle = await bell.turnOn();
    setDone(true);
    if (obstacle === null) {
      app.tell('This device is notified from now on.', 'What it hears of each site is in the settings.');
      return;
    }
    bell.later();
    const { title, hint } = obstructionOf(obstacle);
    app.tell(title, hint);
  };
  return (
    <Show when={props.isAsked && !isDone() && bell.state() !== null && bell.isOffered()}>
      <aside class="notice bell-card" aria-label="Notifications">
        <Icon name="bell" />
        <div class="notice-text">
          <p class="notice-title">Hear the answer when you are away?</p>
          <p class="notice-more">
            This device can tell you what is new while copse is closed. What it shows is opened here; nobody
            in between can read it.
          </p>
        </div>
        <div class="notice-actions">
          <button type="button" class="button quiet" onClick={() => bell.later()}>
            Not now
          </button>
          <Act run={turnOn}>Turn on</Act>
        </div>
      </aside>
    </Show>
  );
}
