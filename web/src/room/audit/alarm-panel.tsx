/**
 * The alarm about the node: what happened, what to do, the evidence, and going on after a person has found out why
 * (SPEC U25, U35). Nothing of the log is shown as if it could be believed meanwhile.
 */

import type { Fault } from 'copse/internal/base/fault.ts';
import { createResource, createSignal, For, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Copy } from '../../kit/copy.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { alarmSteps, alarmWords, type Step } from '../../logic/alarm-words.ts';
import { useApp, useCopse } from '../../model/app.ts';
import { useHouse } from '../../shell/house-model.ts';

export function AlarmPanel(props: { readonly fault: Fault }): JSX.Element {
  const words = () => alarmWords(props.fault.code);
  const house = useHouse();
  return (
    <div class="stack wide">
      <section class="panel alarm" role="alert">
        <div class="alarm-head">
          <Icon name="warn" size={36} />
          <h2>{words().title}</h2>
        </div>
        <p>{words().what}</p>
        <Steps steps={alarmSteps} />
        <Show when={house.isAdmin() && words().mayGoOn}>
          <Notice kind="warn" title="You run this node">
            If you have restored a backup, say so to everybody by another way than this node, and from which
            day it was. If you have not, somebody else has its key or its disk: stop it, and look at it before
            anything else.
          </Notice>
        </Show>
        <p class="muted">
          What this device noticed: <span class="mono">{props.fault.detail}</span>{' '}
          <span class="fault-code">Code: {props.fault.code}</span>
        </p>
        <Evidence />
      </section>
      <Show when={words().mayGoOn}>
        <GoOn />
      </Show>
    </div>
  );
}

export function Steps(props: { readonly steps: readonly Step[] }): JSX.Element {
  return (
    <ol class="steps">
      <For each={props.steps}>
        {({ title, text }) => (
          <li>
            <b>{title}</b> {text}
          </li>
        )}
      </For>
    </ol>
  );
}

function Evidence(): JSX.Element {
  const copse = useCopse();
  const [evidence] = createResource(async () => (await (await copse.names()).alarms()).evidence);
  const text = () => (evidence.error === undefined ? (evidence.latest ?? '') : '');
  return (
    <Show when={text() !== ''}>
      <details class="more-fields">
        <summary>Evidence: two checkpoints, both signed by the node</summary>
        <pre class="evidence">{text()}</pre>
        <Copy text={text()}>Copy the evidence</Copy>
      </details>
    </Show>
  );
}

/** Acknowledges it, on this device alone. */
function GoOn(): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [isAsked, setAsked] = createSignal(false);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    await (await copse.names()).acknowledgeAlarm();
    app.tell('This device goes on with the node as it is now.', 'Look through what may have come back.');
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isAsked()) act();
  };
  return (
    <section class="panel">
      <form class="stack" onSubmit={submit}>
        <h2>When you know why</h2>
        <p>
          Only after you have asked: this device takes the log as the node shows it now, and watches it from
          there. People whom it had checked by the log are unverified again; whom you compared digits with
          stays. Your other devices ask you themselves. A note with the evidence stays on this device.
        </p>
        <label class="check">
          <input
            type="checkbox"
            checked={isAsked()}
            onChange={(event) => setAsked(event.currentTarget.checked)}
          />
          <span>I have asked who runs this node, and it was restored from a backup</span>
        </label>
        <Show when={thrown()}>
          <FaultNotice thrown={thrown()} />
        </Show>
        <div>
          <button type="submit" class="button danger" aria-busy={isBusy()} disabled={!isAsked()}>
            <span>Go on with this node</span>
            <span class="spinner" aria-hidden="true" />
          </button>
        </div>
      </form>
    </section>
  );
}
