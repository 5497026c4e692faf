/** A room that is on its way. It stays invisible for a moment, so that quick rooms do not flicker. */

import type { JSX } from 'solid-js';

export function Loading(): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="spinner shown" aria-hidden="true" />
      <span>Loading …</span>
    </div>
  );
}
