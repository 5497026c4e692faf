/**
 * A long conversation in a window that scrolls: the end follows what arrives, the middle stays where the
 * reader is, the beginning loads what is older. Never more than a bounded number of rows is on the page.
 */

import {
  createComputed,
  createEffect,
  createMemo,
  createSignal,
  For,
  on,
  onCleanup,
  onMount,
  Show,
  type JSX,
} from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import type { Row } from '../../logic/rows.ts';
import { advanced, moveDown, moveUp, type Shown } from '../../logic/slice.ts';
import { plural } from '../../logic/numbers.ts';
import { RowView, type RowContext } from './message.tsx';
import { createScroller } from './scroller.ts';

interface TimelineProps {
  readonly rows: readonly Row[];
  readonly context: RowContext;
  /** What stands above the first row: the beginning of the log, or that more is loading. */
  readonly top: JSX.Element;
  readonly label: string;
  readonly loadOlder: () => Promise<void>;
  /** The newest row is in sight. */
  readonly onEnd: (isAtEnd: boolean) => void;
  /** News since the end was last in sight. */
  readonly newCount: number;
}

/** Distance from an edge at which the next rows are fetched, so that the reader does not meet it. */
const EDGE_PX = 700;

export function Timeline(props: TimelineProps): JSX.Element {
  const [shown, setShown] = createSignal<Shown<Row>>(
    advanced({ rows: [], slice: { from: 0, to: 0 } }, props.rows),
  );
  const scroller = createScroller();
  const visible = createMemo(() => shown().rows.slice(shown().slice.from, shown().slice.to));
  let isLoading = false;
  createComputed(
    on(
      () => props.rows,
      (rows) => {
        scroller.remember();
        setShown((before) => advanced(before, rows));
      },
      { defer: true },
    ),
  );
  createEffect(on(visible, () => scroller.restore()));
  createEffect(() => props.onEnd(scroller.isAtEnd() && shown().slice.to === shown().rows.length));
  const move = (by: (shown: Shown<Row>) => Shown<Row>['slice']): void => {
    scroller.remember();
    setShown((before) => ({ ...before, slice: by(before) }));
  };
  const follow = (): void => {
    scroller.look();
    const { rows, slice } = shown();
    if (scroller.below() < EDGE_PX && slice.to < rows.length) {
      move(() => moveDown(slice, rows.length));
    } else if (scroller.above() < EDGE_PX && slice.from > 0) {
      move(() => moveUp(slice));
    } else if (scroller.above() < EDGE_PX && !isLoading) {
      isLoading = true;
      // What went wrong shows in the status; the next scroll tries again.
      void props.loadOlder().finally(() => (isLoading = false));
    }
  };
  const toEnd = (): void => {
    setShown((before) => advanced({ rows: [], slice: { from: 0, to: 0 } }, before.rows));
    scroller.toEnd();
  };
  onMount(() => {
    scroller.enter(document.querySelector('[data-key="new"]'));
    const observer = new ResizeObserver(() => scroller.settle());
    const element = scroller.element();
    if (element !== undefined) observer.observe(element);
    onCleanup(() => observer.disconnect());
  });
  return (
    <div class="timeline-frame">
      <div
        class="timeline"
        ref={scroller.bind}
        onScroll={follow}
        tabIndex={0}
        role="region"
        aria-label={props.label}
      >
        <div class="timeline-top">{props.top}</div>
        <ol class="rows">
          <For each={visible()}>{(row) => <RowView row={row} context={props.context} />}</For>
        </ol>
      </div>
      <Show when={!scroller.isAtEnd()}>
        <button type="button" class="button to-end" onClick={toEnd}>
          <Icon name="down" size={18} />
          {props.newCount > 0 ? plural(props.newCount, 'new message') : 'Newest'}
        </button>
      </Show>
    </div>
  );
}
