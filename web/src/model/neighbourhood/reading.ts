/**
 * A list of posts that is read from its newest end: pages come as one scrolls, and what arrives meanwhile waits
 * behind a number, so that nothing moves under the eyes of the reader (SPEC U38).
 */

import { batch, createMemo, createSignal, onCleanup, type Accessor } from 'solid-js';
import {
  emptyStretch,
  isReached,
  rereadPagesMax,
  stretchRowsMax,
  withArrived,
  withNewsShown,
  withOlder,
  withReread,
  type Row,
} from '../../logic/neighbourhood/stretch.ts';
import type { Post, PostCursor, PostPage } from '../sdk-street.ts';
import { personOf, type PersonKey } from './keys.ts';
import type { PostBook } from './post-book.ts';

export type ReadingState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly thrown: unknown };

export interface Reading {
  readonly state: Accessor<ReadingState>;
  /** The newest first. */
  readonly rows: Accessor<readonly Row[]>;
  readonly ids: Accessor<readonly string[]>;
  readonly hasOlder: Accessor<boolean>;
  /** It holds as many as it may, and ends there. */
  readonly isFull: Accessor<boolean>;
  readonly loadOlder: () => Promise<void>;
  /** How many have arrived that are not shown. */
  readonly newsCount: Accessor<number>;
  /** There are more of them than were read. */
  readonly hasMoreNews: Accessor<boolean>;
  readonly showNews: () => void;
  /** Something has arrived; one's own is shown at once. */
  readonly arrive: (post: Post) => void;
  /** Reads again from the newest: after something may have been missed, or what is asked for has changed. */
  readonly refresh: () => Promise<void>;
  /** Reads again where it could not. */
  readonly catchUp: () => Promise<void>;
}

export interface ReadingOptions {
  /** `rows` is how many are wanted of the first page, which is short, so that it is there soon. */
  readonly load: (before: PostCursor | null, rows?: number) => Promise<PostPage>;
  readonly book: PostBook;
  /** Whether posts of somebody belong here, besides that they were found. */
  readonly isShown: (author: PersonKey) => boolean;
  /** Whether they are shown as soon as they arrive. */
  readonly isOwn: (author: PersonKey) => boolean;
}

/** Three screens: each is checked before it is shown. */
const FIRST_ROWS = 24;

// long: one list and the few acts that change it
export function createReading({ load, book, isShown, isOwn }: ReadingOptions): Reading {
  const [stretch, setStretch] = createSignal(emptyStretch);
  const [state, setState] = createSignal<ReadingState>({ kind: 'loading' });
  let turn: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | null = null;
  let isBehind = false;
  let isLoading = false;
  let isGone = false;
  onCleanup(() => {
    isGone = true;
  });
  const shown = (rows: readonly Row[]): readonly Row[] =>
    rows.filter(({ id, from }) => isShown(from) && !book.isGone(id));
  const isFull = (): boolean => stretch().rows.length >= stretchRowsMax;
  /** Down to what is held, or as far as is read at once. */
  const reread = async (): Promise<void> => {
    const rows: Row[] = [];
    let after: PostCursor | null = null;
    for (let pages = 0; pages < rereadPagesMax; pages++) {
      const isFirst = pages === 0 && stretch().rows.length === 0;
      const page: PostPage = await load(after, isFirst ? FIRST_ROWS : undefined);
      if (isGone) return;
      book.take(page.posts);
      rows.push(...page.posts.map(rowOf));
      after = page.next;
      if (isReached(stretch(), { rows, after })) break;
    }
    setStretch((now) => withReread(now, { rows, after, isOwn: ({ from }) => isOwn(from) }));
  };
  const tried = async (): Promise<void> => {
    waiting = null;
    try {
      await reread();
      isBehind = false;
      setState({ kind: 'ready' });
    } catch (thrown) {
      isBehind = true;
      if (stretch().rows.length === 0) setState({ kind: 'failed', thrown });
    }
  };
  /** One after the other; who asks while one waits for its turn shares it. */
  const refresh = (): Promise<void> => {
    waiting ??= turn.then(tried);
    turn = waiting;
    return waiting;
  };
  const rows = createMemo(() => shown(stretch().rows));
  return {
    state,
    rows,
    refresh,
    catchUp: async () => (isBehind ? refresh() : undefined),
    arrive(post) {
      if (isGone) return;
      batch(() => {
        book.take([post]);
        setStretch((now) => withArrived(now, rowOf(post), isOwn(personOf(post.from))));
      });
    },
    ids: createMemo(() => rows().map(({ id }) => id)),
    hasOlder: () => stretch().next !== null && !isFull(),
    isFull,
    async loadOlder() {
      const from = stretch().next;
      if (from === null || isLoading) return;
      isLoading = true;
      try {
        const { posts, next } = await load(from);
        if (isGone) return;
        batch(() => {
          book.take(posts);
          setStretch((now) => withOlder(now, from, { rows: posts.map(rowOf), after: next }));
        });
      } finally {
        isLoading = false;
      }
    },
    newsCount: createMemo(() => shown(stretch().news).length),
    hasMoreNews: () => stretch().cut !== null,
    showNews: () => setStretch(withNewsShown),
  };
}

function rowOf({ id, from, timeMs, cursor }: Post): Row {
  return { id, from: personOf(from), timeMs, cursor };
}
