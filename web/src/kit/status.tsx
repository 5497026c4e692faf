/** The state of the connection in a word, with a sign that does not depend on colour. */

import type { JSX } from 'solid-js';
import type { Status } from '../model/sdk.ts';

const WORDS: Readonly<Record<Status, string>> = {
  live: 'Connected',
  connecting: 'Connecting …',
  lagging: 'Catching up …',
  offline: 'Offline',
};

export function StatusPill(props: { readonly status: Status }): JSX.Element {
  return (
    <span class={`status ${props.status}`} role="status">
      <span class="status-dot" aria-hidden="true" />
      {WORDS[props.status]}
    </span>
  );
}
