/** Stores as signals of Solid (SPEC S9): `const title = fromStore(site.title)`. */

import { createSignal, onCleanup, type Accessor } from 'solid-js';

import type { Store } from './client/store.ts';

/** A signal that follows the store as long as the present owner lives. */
export function fromStore<T>(store: Store<T>): Accessor<T> {
  const [value, setValue] = createSignal(store.get());
  const follow = (): void => {
    setValue(() => store.get());
  };
  onCleanup(store.subscribe(follow));
  // Subscribing may have woken the store.
  follow();
  return value;
}
