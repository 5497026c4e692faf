/** How much notifications show on this device's screen. Kept here, so it is chosen without a connection, too. */

import { For, type JSX } from 'solid-js';
import { SHOWINGS } from '../../logic/showing.ts';
import { useApp } from '../../model/app.ts';
import { useHouse } from '../../shell/house-model.ts';

export function ShowingPanel(): JSX.Element {
  const app = useApp();
  const { bell } = useHouse();
  return (
    <section class="panel stack">
      <h2>On the screen</h2>
      <fieldset class="choices">
        <legend>Notifications of this device show</legend>
        <For each={SHOWINGS}>
          {({ value, label, example }) => (
            <label class="choice">
              <input
                type="radio"
                name="showing"
                checked={bell.showing() === value}
                onChange={() => void bell.show(value).catch(app.tellFault)}
              />
              <span>
                {label}
                <small>{example}</small>
              </span>
            </label>
          )}
        </For>
      </fieldset>
      <p class="muted">
        Also on the lock screen, where the device has a switch of its own. What shows more than you choose
        goes away at once.
      </p>
    </section>
  );
}
