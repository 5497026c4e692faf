/** A button for something that takes time: it says so, cannot be pressed twice, and tells what went wrong. */

import { createSignal, onCleanup, Show, type JSX } from 'solid-js';
import { useApp } from '../model/app.ts';
import { Icon, type IconName } from './icon.tsx';

interface ActProps {
  readonly run: () => Promise<unknown>;
  readonly children: JSX.Element;
  readonly class?: string;
  readonly icon?: IconName;
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  readonly label?: string;
}

export function Act(props: ActProps): JSX.Element {
  const { isBusy, act } = createAct(() => props.run());
  return (
    <button
      type={props.type ?? 'button'}
      class={`button ${props.class ?? ''}`}
      aria-label={props.label}
      aria-busy={isBusy()}
      disabled={props.disabled}
      onClick={act}
    >
      <Show when={props.icon}>{(icon) => <Icon name={icon()} size={18} />}</Show>
      <span>{props.children}</span>
      <span class="spinner" aria-hidden="true" />
    </button>
  );
}

/** The same for forms and other elements: what went wrong goes to `failed`, or else to a toast. */
export function createAct(
  run: () => Promise<unknown>,
  failed?: (thrown: unknown) => void,
): { readonly isBusy: () => boolean; readonly act: () => void } {
  const app = useApp();
  const [isBusy, setBusy] = createSignal(false);
  let isGone = false;
  onCleanup(() => {
    isGone = true;
  });
  const tell = (thrown: unknown): void => {
    if (failed === undefined || isGone) app.tellFault(thrown);
    else failed(thrown);
  };
  const act = (): void => {
    if (isBusy()) return;
    setBusy(true);
    run()
      .catch(tell)
      .finally(() => setBusy(false));
  };
  return { isBusy, act };
}
