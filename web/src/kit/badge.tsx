/** How many entries are unread. Nothing when none are. */

import { Show, type JSX } from 'solid-js';

export function Badge(props: { readonly count: number }): JSX.Element {
  return (
    <Show when={props.count > 0}>
      <span class="badge">
        {props.count > 99 ? '99+' : props.count}
        <span class="hidden"> unread</span>
      </span>
    </Show>
  );
}
