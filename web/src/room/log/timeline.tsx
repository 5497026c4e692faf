/**
 * A long conversation in a window that scrolls: the end follows what arrives, the middle stays where the
 * reader is, the beginning loads what is older. Never more than a bounded number of rows is on the page
 * (SPEC U3).
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
  type Accessor,
  type JSX,
} from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { plural } from '../../logic/numbers.ts';
import type { Row } from '../../logic/rows.ts';
import { advanced, moveDown, moveUp, type Shown } from '../../logic/slice.ts';
import { RowView, type RowContext } from './message.tsx';
import { createScroller, type Scroller } from './scroller.ts';

interface TimelineProps {
  readonly rows: readonly Row[];
  readonly context: RowContext;
  /** What stands above the first row: the beginning of the log, or that more is loading. */
  readonly top: JSX.Element;
  readonly label: string;
  readonly loadOlder: () => Promise<void>;
  /** The newest row came into sight, or went out of it. */
  readonly onEnd: (isAtEnd: boolean) => void;
  /** News since the end was last in sight. */
  readonly newCount: number;
}

/** Distance from an edge at which the next rows are fetched, so that the reader does not meet it. */
const EDGE_PX = 700;
const NO_ROWS: Shown<Row> = { rows: [], slice: { from: 0, to: 0 } };

export function Timeline(props: TimelineProps): JSX.Element {
  const scroller = createScroller();
  const { visible, follow, toEnd } = createShown(props, scroller);
  onMount(() => {
    scroller.enter();
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

interface ShownRows {
  readonly visible: Accessor<readonly Row[]>;
  /** After a scroll. */
  readonly follow: () => void;
  readonly toEnd: () => void;
}

/** The slice of the rows that is on the page; it moves with the scroller and with the rows. */
function createShown(props: TimelineProps, scroller: Scroller): ShownRows {
  const [shown, setShown] = createSignal(advanced(NO_ROWS, props.rows));
  const visible = createMemo(() => shown().rows.slice(shown().slice.from, shown().slice.to));
  let isLoading = false;
  const change = (next: Shown<Row>): void => {
    scroller.remember();
    setShown(next);
  };
  createComputed(
    on(
      () => props.rows,
      (rows) => change(advanced(shown(), rows)),
      { defer: true },
    ),
  );
  createEffect(on(visible, () => scroller.restore()));
  createEffect(() => props.onEnd(scroller.isAtEnd() && shown().slice.to === shown().rows.length));
  const loadOlder = async (): Promise<void> => {
    isLoading = true;
    try {
      await props.loadOlder();
    } catch {
      // What went wrong shows in the connection's status; the next scroll asks again.
    } finally {
      isLoading = false;
    }
  };
  const follow = (): void => {
    scroller.look();
    const { rows, slice } = shown();
    const isNearTop = scroller.above() < EDGE_PX;
    if (scroller.below() < EDGE_PX && slice.to < rows.length) {
      change({ rows, slice: moveDown(slice, rows.length) });
    } else if (isNearTop && slice.from > 0) {
      change({ rows, slice: moveUp(slice) });
    } else if (isNearTop && !isLoading) {
      void loadOlder();
    }
  };
  const toEnd = (): void => {
    setShown((before) => advanced(NO_ROWS, before.rows));
    scroller.toEnd();
  };
  return { visible, follow, toEnd };
}
