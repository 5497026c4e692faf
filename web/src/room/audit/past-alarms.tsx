/** Alarms that somebody has looked into on this device, and what to look through afterwards (SPEC U35, M17). */

import { For, Show, type JSX } from 'solid-js';
import { Copy } from '../../kit/copy.tsx';
import { Time } from '../../kit/time.tsx';
import { afterSteps, alarmWords } from '../../logic/alarm-words.ts';
import type { PastAlarm } from '../../model/sdk.ts';
import { Steps } from './alarm-panel.tsx';

export function PastAlarms(props: { readonly past: readonly PastAlarm[] }): JSX.Element {
  return (
    <Show when={props.past.length > 0}>
      <section class="panel stack past">
        <h2>Alarms that you looked into</h2>
        <p>What was done on the node after its backup is gone, also what was taken away. Look through:</p>
        <Steps steps={afterSteps} />
        <ul class="list" aria-label="Alarms on this device">
          <For each={props.past}>
            {(row) => (
              <li>
                <div class="list-text">
                  <p class="list-title">{alarmWords(row.code).title}</p>
                  <p class="list-more">
                    You went on <Time ms={row.timeMs} />. {row.detail}
                  </p>
                  <Show when={row.evidence !== ''}>
                    <details class="more-fields">
                      <summary>Evidence</summary>
                      <pre class="evidence">{row.evidence}</pre>
                      <Copy text={row.evidence}>Copy the evidence</Copy>
                    </details>
                  </Show>
                </div>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}
