/**
 * A list of posts of any length: the page holds a bounded part of it, which moves as one scrolls, and what comes or
 * goes elsewhere leaves the post that is being read where it is (SPEC U3, U38).
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
import { isSame, postRowsMax } from '../../logic/neighbourhood/post-rows.ts';
import { stretchRowsMax } from '../../logic/neighbourhood/stretch.ts';
import { countWords } from '../../logic/numbers.ts';
import type { Reading } from '../../model/neighbourhood/reading.ts';
import { useStreet } from '../../model/street.ts';
import { Loading } from '../../shell/loading.tsx';
import { PostCard } from './post-card.tsx';

interface PostListProps {
  readonly reading: Pick<Reading, 'ids' | 'hasOlder' | 'isFull' | 'loadOlder'>;
  readonly label: string;
  /** What was looked for. */
  readonly words?: string;
  /** Beside the head of a post. */
  readonly sign?: (id: string) => JSX.Element;
}

const STEP = 30;
/** Posts of the first frame: more than the tallest screen shows. */
const FIRST = 12;
/** Distance from an edge at which the next posts are fetched, so that the reader does not meet it. */
const EDGE_PX = 900;

interface Place {
  readonly id: string;
  readonly top: number;
}

// long: one window over the rows and the acts that move it
export function PostList(props: PostListProps): JSX.Element {
  const { posts } = useStreet();
  let list: HTMLOListElement | undefined;
  let place: Place | null = null;
  const [from, setFrom] = createSignal(0);
  const [isLoading, setLoading] = createSignal(false);
  // What is in sight first, the rest behind the first frame: nobody waits for what stands below the edge.
  const [room, setRoom] = createSignal(FIRST);
  createEffect(
    on(
      () => props.reading.ids().length > 0,
      (isFilled) => {
        if (isFilled) requestAnimationFrame(() => setTimeout(() => setRoom(postRowsMax), 0));
      },
    ),
  );
  // The same ones are no change: what they lead to is followed already.
  const visible = createMemo(() => props.reading.ids().slice(from(), from() + room()), [], {
    equals: isSame,
  });
  const move = (next: number): void => {
    place = list === undefined ? null : placeIn(list);
    setFrom(Math.max(0, next));
  };
  createComputed(
    on(
      () => props.reading.ids(),
      (ids, before = []) => {
        place = list === undefined ? null : placeIn(list);
        const anchor = place?.id ?? before[from()];
        const [was, is] = [before.indexOf(anchor ?? ''), ids.indexOf(anchor ?? '')];
        if (was < 0 || is < 0 || (from() === 0 && is < postRowsMax / 2)) return;
        setFrom(Math.max(0, from() + is - was));
      },
      { defer: true },
    ),
  );
  createEffect(
    on(visible, () => {
      if (list !== undefined && place !== null) putBack(list, place);
      place = null;
      requestAnimationFrame(look);
    }),
  );
  createEffect(() => posts.follow(visible()));
  // Who waits at the end cannot scroll to say that she wants more.
  createEffect(
    on([() => props.reading.ids(), isLoading], () => void requestAnimationFrame(look), { defer: true }),
  );
  const older = async (): Promise<void> => {
    setLoading(true);
    try {
      await props.reading.loadOlder();
    } catch {
      // The line of the connection says what is wrong; the next scroll asks again.
    } finally {
      setLoading(false);
    }
  };
  const look = (): void => {
    const frame = list === undefined ? null : frameOf(list);
    if (list === undefined || frame === null || room() < postRowsMax) return;
    const [rows, edges] = [list.getBoundingClientRect(), frame.getBoundingClientRect()];
    const isNearEnd = rows.bottom - edges.bottom < EDGE_PX;
    if (isNearEnd && from() + postRowsMax < props.reading.ids().length) move(from() + STEP);
    else if (isNearEnd && props.reading.hasOlder() && !isLoading()) void older();
    else if (edges.top - rows.top < EDGE_PX && from() > 0) move(from() - STEP);
  };
  onMount(() => {
    const frame = list === undefined ? null : frameOf(list);
    frame?.addEventListener('scroll', look, { passive: true });
    onCleanup(() => frame?.removeEventListener('scroll', look));
  });
  return (
    <>
      <ol class="posts" aria-label={props.label} ref={(made) => (list = made)}>
        <For each={visible()}>
          {(id) => (
            <li data-key={id}>
              <PostCard id={id} words={props.words ?? ''} sign={props.sign?.(id)} />
            </li>
          )}
        </For>
      </ol>
      <div class="posts-end">
        <Show when={isLoading()} fallback={endWords(props.reading)}>
          <Loading />
        </Show>
      </div>
    </>
  );
}

function endWords({ hasOlder, isFull }: PostListProps['reading']): string {
  if (isFull()) return `A list ends after ${countWords(stretchRowsMax)} posts. The search finds older ones.`;
  return hasOlder() ? '' : 'That is all.';
}

function frameOf(list: HTMLElement): HTMLElement | null {
  const frame = list.closest('.room');
  return frame instanceof HTMLElement ? frame : null;
}

/** The first post in sight and its distance from the upper edge; null at the very beginning, which stays it. */
function placeIn(list: HTMLElement): Place | null {
  const frame = frameOf(list);
  if (frame === null || frame.scrollTop < 8) return null;
  const edge = frame.getBoundingClientRect().top;
  for (const row of list.querySelectorAll<HTMLElement>('[data-key]')) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > edge) return { id: row.dataset['key'] ?? '', top };
  }
  return null;
}

function putBack(list: HTMLElement, { id, top }: Place): void {
  const row = list.querySelector(`[data-key="${id}"]`);
  const frame = frameOf(list);
  if (row !== null && frame !== null) frame.scrollTop += row.getBoundingClientRect().top - top;
}
