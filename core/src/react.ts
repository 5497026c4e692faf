/** Stores as hooks of React (SPEC S9): `const title = useStore(site.title)`. */

import { useCallback, useSyncExternalStore } from 'react';

import type { Store } from './client/store.ts';

/** The store's snapshot; the component renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store]);
  const snapshot = (): T => store.get();
  return useSyncExternalStore(subscribe, snapshot, snapshot);
}
