/** The frame of a room that is a page: its heading takes the focus when the room is entered. */

import { onMount, Show, type JSX } from 'solid-js';
import { useApp } from '../model/app.ts';
import { Icon } from './icon.tsx';

interface PageProps {
  readonly title: string;
  /** Above the title. */
  readonly above?: JSX.Element;
  readonly lead?: JSX.Element;
  readonly actions?: JSX.Element;
  readonly children: JSX.Element;
  readonly back?: { readonly href: string; readonly label: string };
  readonly class?: string;
}

export function Page(props: PageProps): JSX.Element {
  return (
    <div class={`page ${props.class ?? ''}`}>
      <header class="page-head">
        {props.above}
        <Show when={props.back}>
          {(back) => (
            <a class="back" href={back().href}>
              <Icon name="back" size={18} /> {back().label}
            </a>
          )}
        </Show>
        <div class="page-title">
          <Heading>{props.title}</Heading>
          <Show when={props.actions}>
            <div class="page-actions">{props.actions}</div>
          </Show>
        </div>
        <Show when={props.lead}>
          <p class="lead">{props.lead}</p>
        </Show>
      </header>
      {props.children}
    </div>
  );
}

/**
 * The heading of a room. Focused on entering from another room, so that a screen reader and the keyboard start
 * here; a page that was just loaded starts at its beginning, as pages do.
 */
export function Heading(props: { readonly children: JSX.Element; readonly class?: string }): JSX.Element {
  let element: HTMLHeadingElement | undefined;
  const { hasMoved } = useApp();
  onMount(() => {
    if (hasMoved()) element?.focus({ preventScroll: true });
  });
  return (
    <h1 ref={(created) => (element = created)} tabIndex={-1} class={props.class ?? ''}>
      {props.children}
    </h1>
  );
}
