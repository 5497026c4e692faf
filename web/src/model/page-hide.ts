/** A page that is closed, or put away on a phone, says so and nothing more. */

import { onCleanup } from 'solid-js';

export function onHide(hide: () => void): void {
  const end = new AbortController();
  const { signal } = end;
  addEventListener('pagehide', hide, { signal });
  document.addEventListener('visibilitychange', () => document.hidden && hide(), { signal });
  onCleanup(() => end.abort());
}
