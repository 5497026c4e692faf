/** A store of the SDK as a Solid accessor (SPEC S9). */

import { createSignal, onCleanup, type Accessor } from 'solid-js';
import type { Store } from '../model/sdk.ts';

export function fromStore<T>(store: Store<T>): Accessor<T> {
  const [value, setValue] = createSignal(store.get(), { equals: false });
  onCleanup(store.subscribe(() => setValue(() => store.get())));
  // It may have changed between the first `get` and the subscription.
  setValue(() => store.get());
  return value;
}
