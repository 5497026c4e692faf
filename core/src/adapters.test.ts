import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { createRoot } from 'solid-js';

import { Cell } from './client/store.ts';
import { useStore } from './react.ts';
import { fromStore } from './solid.ts';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test('[S9] a signal of Solid shows the snapshot of its store and lets go with its owner', async () => {
  const cell = new Cell({ count: 0 });
  const { value, dispose } = createRoot((end) => ({ value: fromStore(cell), dispose: end }));
  assert.equal(value(), cell.get());
  cell.set({ count: 1 });
  await turn();
  assert.equal(value(), cell.get());
  assert.equal(cell.watched, true);
  dispose();
  assert.equal(cell.watched, false);
});

test('[S9] a signal of Solid shows what the store became by being woken', () => {
  const cell: Cell<number> = new Cell(0, {
    wake: () => {
      cell.set(7);
      return () => {};
    },
  });
  createRoot((dispose) => {
    assert.equal(fromStore(cell)(), 7);
    dispose();
  });
});

/** React's own switchboard of hooks; a renderer sets it, and here the test is the renderer. */
const INTERNALS = '__CLIENT_INTERNALS_DO_NOT_USE_OR_WARN_USERS_THEY_CANNOT_UPGRADE';

interface Hooks {
  useCallback<F>(callback: F, deps: readonly unknown[]): F;
  useSyncExternalStore<T>(subscribe: (listener: () => void) => () => void, get: () => T): T;
}

test('[S9] a hook of React reads and follows the very snapshots of its store', async () => {
  const cell = new Cell({ count: 0 });
  let renders = 0;
  let leave: (() => void) | null = null;
  let kept: { readonly callback: unknown; readonly deps: readonly unknown[] } | null = null;
  const hooks: Hooks = {
    useCallback(callback, deps) {
      if (kept !== null && kept.deps.every((dep, i) => dep === deps[i]))
        return kept.callback as typeof callback;
      kept = { callback, deps };
      return callback;
    },
    useSyncExternalStore(subscribe, get) {
      leave ??= subscribe(() => renders++);
      assert.equal(get(), get(), 'React asks twice and wants the same object');
      return get();
    },
  };
  const internals = (React as unknown as Record<string, { H: Hooks | null }>)[INTERNALS]!;
  internals.H = hooks;
  try {
    assert.equal(useStore(cell), cell.get());
    cell.set({ count: 1 });
    await turn();
    assert.equal(renders, 1);
    assert.equal(useStore(cell), cell.get());
  } finally {
    internals.H = null;
  }
  (leave as (() => void) | null)?.();
  assert.equal(cell.watched, false);
});
