/**
 * Something that is on its way. It stays invisible for a moment, so that quick rooms do not flicker; offline it
 * says that there is nothing to wait for.
 */

import { Show, useContext, type JSX } from 'solid-js';
import { HouseContext } from './house-model.ts';

export function Loading(): JSX.Element {
  const house = useContext(HouseContext);
  return (
    <div class="loading" role="status">
      <Show when={house?.status() !== 'offline'} fallback="You are offline. This comes with the connection.">
        <span class="spinner shown" aria-hidden="true" />
        <span>Loading …</span>
      </Show>
    </div>
  );
}
