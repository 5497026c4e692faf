/** A few further things to do behind one button: opens with Enter, closes with Escape and gives the focus back. */

import { createEffect, createSignal, createUniqueId, onCleanup, Show, type JSX } from 'solid-js';
import { Icon, type IconName } from '../../kit/icon.tsx';

interface MenuProps {
  readonly icon: IconName;
  readonly label: string;
  readonly class?: string;
  readonly children: (close: () => void) => JSX.Element;
}

export function Menu(props: MenuProps): JSX.Element {
  const id = createUniqueId();
  const [isOpen, setOpen] = createSignal(false);
  let button: HTMLButtonElement | undefined;
  let frame: HTMLDivElement | undefined;
  const leave = (): void => {
    setOpen(false);
  };
  const close = (): void => {
    leave();
    button?.focus();
  };
  const outside = (event: Event): void => {
    if (!(event.target instanceof Node) || frame?.contains(event.target) !== true) leave();
  };
  const open = (): void => {
    setOpen(!isOpen());
    if (isOpen()) frame?.querySelector<HTMLElement>('.menu button')?.focus();
  };
  createEffect(() => {
    if (!isOpen()) return;
    document.addEventListener('pointerdown', outside);
    onCleanup(() => document.removeEventListener('pointerdown', outside));
  });
  return (
    <div
      class={`menu-frame ${props.class ?? ''}`}
      ref={(made) => (frame = made)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen()) return;
        event.stopPropagation();
        close();
      }}
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && frame?.contains(event.relatedTarget) !== true) leave();
      }}
    >
      <button
        type="button"
        ref={(made) => (button = made)}
        class="button quiet small"
        aria-label={props.label}
        aria-expanded={isOpen()}
        aria-controls={isOpen() ? id : undefined}
        onClick={open}
      >
        <Icon name={props.icon} size={18} />
      </button>
      <Show when={isOpen()}>
        <div class="menu" id={id} role="group" aria-label={props.label}>
          {props.children(close)}
        </div>
      </Show>
    </div>
  );
}
