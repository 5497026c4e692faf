/**
 * A list that is read anew while somebody stands in it: a row is known by its key, and stays what it is with its open
 * dialogs and typed words. When the row with the focus leaves, the one that comes in its place has it.
 */

import {
  createComputed,
  createEffect,
  createMemo,
  For,
  on,
  onCleanup,
  untrack,
  type Accessor,
  type JSX,
} from 'solid-js';
import { must } from 'copse/internal/base/assert.ts';

interface RowsProps<Item> {
  readonly class: string;
  readonly each: readonly Item[];
  readonly by: (item: Item) => string;
  readonly children: (item: Accessor<Item>) => JSX.Element;
}

export function Rows<Item>(props: RowsProps<Item>): JSX.Element {
  let list: HTMLUListElement | undefined;
  const byKey = createMemo(() => new Map(props.each.map((item) => [props.by(item), item] as const)));
  const keys = createMemo(() => [...byKey().keys()]);
  const row = (key: string): JSX.Element => {
    // One that leaves is shown as it was until it has left.
    const item = createMemo(
      (before: Item) => byKey().get(key) ?? before,
      must(untrack(byKey).get(key), 'a row of the list'),
    );
    return <li tabIndex={-1}>{props.children(item)}</li>;
  };
  keepFocus(keys, () => list);
  return (
    <ul class={props.class} ref={(made) => (list = made)}>
      <For each={keys()}>{row}</For>
    </ul>
  );
}

function keepFocus(keys: Accessor<readonly string[]>, list: () => HTMLElement | undefined): void {
  const focusedAt = (): number =>
    [...(list()?.children ?? [])].findIndex((each) => each.contains(document.activeElement));
  let at = -1;
  // Before the rows change, and behind it.
  createComputed(on(keys, () => void (at = focusedAt())));
  createEffect(
    on(keys, () => {
      if (at < 0 || document.activeElement !== document.body) return;
      const next = list()?.children[Math.min(at, keys().length - 1)];
      if (next instanceof HTMLElement) next.focus();
    }),
  );
  onCleanup(() => {
    if (focusedAt() < 0) return;
    // The last row has left, unless the room is left: then its successor says where to begin.
    queueMicrotask(() => {
      if (document.activeElement === document.body) document.getElementById('room')?.focus();
    });
  });
}
