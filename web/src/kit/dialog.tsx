/** A modal dialog on the platform's own: it keeps the focus inside, closes with Escape and gives the focus back. */

import { createEffect, createUniqueId, Show, Suspense, type JSX } from 'solid-js';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: JSX.Element;
  readonly actions?: JSX.Element;
  readonly class?: string;
}

export function Dialog(props: DialogProps): JSX.Element {
  let element: HTMLDialogElement | undefined;
  const titleId = createUniqueId();
  createEffect(() => {
    if (element === undefined || element.open === props.isOpen) return;
    if (props.isOpen) element.showModal();
    else element.close();
  });
  return (
    <dialog
      ref={(created) => (element = created)}
      class={`dialog ${props.class ?? ''}`}
      aria-labelledby={titleId}
      onClose={() => props.onClose()}
      // A press that starts and ends outside the panel; one that drags text out of a field does not close it.
      onPointerDown={(event) => {
        if (event.target === element) props.onClose();
      }}
    >
      <Show when={props.isOpen}>
        <div class="dialog-panel">
          <header class="dialog-head">
            <h2 id={titleId}>{props.title}</h2>
            <button
              type="button"
              class="button quiet round"
              aria-label="Close"
              onClick={() => props.onClose()}
            >
              <Icon name="close" />
            </button>
          </header>
          <div class="dialog-body">
            {/* Otherwise the room makes way for what is asked for in here, and the focus does not find back. */}
            <Suspense>{props.children}</Suspense>
          </div>
          <Show when={props.actions}>
            <footer class="dialog-foot">{props.actions}</footer>
          </Show>
        </div>
      </Show>
    </dialog>
  );
}
