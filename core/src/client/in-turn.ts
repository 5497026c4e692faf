/** Changes of several rows of a keep that each begin with what the one before has left. */

import type { Keep } from './keep.ts';

/** By keep, the last change that was begun. */
const changing = new WeakMap<Keep, Promise<unknown>>();

/** Begins a change when all before it have ended, well or not. */
export function inTurn<T>(keep: Keep, change: () => Promise<T>): Promise<T> {
  const done = (changing.get(keep) ?? Promise.resolve()).then(change);
  changing.set(
    keep,
    done.catch(() => {}),
  );
  return done;
}
