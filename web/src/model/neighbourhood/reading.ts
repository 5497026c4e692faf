/**
 * A list of posts that is read from its newest end: pages come as one scrolls, and what arrives meanwhile waits
 * behind a number, so that nothing moves under the eyes of the reader (SPEC U38).
 */

import { createMemo, createSignal, onCleanup, type Accessor } from 'solid-js';
import type { Post, PostCursor, PostPage } from '../sdk-street.ts';
import type { PostBook } from './post-book.ts';

export type ReadingState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly thrown: unknown };

export interface Reading {
  readonly state: Accessor<ReadingState>;
  /** The newest first. */
  readonly ids: Accessor<readonly string[]>;
  readonly hasOlder: Accessor<boolean>;
  readonly loadOlder: () => Promise<void>;
  /** How many have arrived that are not shown. */
  readonly newsCount: Accessor<number>;
  readonly showNews: () => void;
  /** Something has arrived; one's own is shown at once. */
  readonly arrive: (post: Post) => void;
  /** Asks for the newest again: after a connection was lost, or what is asked for has changed. */
  readonly refresh: () => Promise<void>;
}

export interface ReadingOptions {
  /** `rows` is how many are wanted of the first page, which is short, so that it is there soon. */
  readonly load: (before: PostCursor | null, rows?: number) => Promise<PostPage>;
  readonly book: PostBook;
  /** Whether a post belongs here, besides that it was found. */
  readonly isShown: (post: Post) => boolean;
  /** Whether it is shown as soon as it arrives. */
  readonly isOwn: (post: Post) => boolean;
}

/** Three screens: each is checked before it is shown. */
const FIRST_ROWS = 24;

interface Row {
  readonly id: string;
  readonly timeMs: number;
}

// long: one list and the few acts that change it
export function createReading({ load, book, isShown, isOwn }: ReadingOptions): Reading {
  const [rows, setRows] = createSignal<readonly Row[]>([]);
  const [news, setNews] = createSignal<readonly Row[]>([]);
  const [state, setState] = createSignal<ReadingState>({ kind: 'loading' });
  const [next, setNext] = createSignal<PostCursor | null>(null);
  let isLoading = false;
  let isGone = false;
  onCleanup(() => {
    isGone = true;
  });
  const add = (posts: readonly Post[]): void => {
    book.take(posts);
    setRows((before) => ordered([...before, ...posts]));
  };
  const isThere = ({ id }: Row): boolean => {
    const post = book.of(id)();
    return post !== null && post !== undefined && isShown(post);
  };
  const page = async (before: PostCursor | null): Promise<void> => {
    const { posts, next: after } = await load(before, before === null ? FIRST_ROWS : undefined);
    if (isGone) return;
    setNext(after);
    add(posts);
  };
  const refresh = async (): Promise<void> => {
    try {
      if (rows().length === 0) await page(null);
      else for (const post of (await load(null)).posts.toReversed()) arrive(post);
      setState({ kind: 'ready' });
    } catch (thrown) {
      if (rows().length === 0) setState({ kind: 'failed', thrown });
    }
  };
  const arrive = (post: Post): void => {
    book.take([post]);
    const row = { id: post.id, timeMs: post.timeMs };
    const isHeld = [...rows(), ...news()].some(({ id }) => id === row.id);
    if (isHeld || isGone) return;
    if (isOwn(post)) setRows((before) => ordered([row, ...before]));
    else if (isShown(post)) setNews((before) => ordered([row, ...before]));
  };
  return {
    state,
    refresh,
    arrive,
    ids: createMemo(() => rows().filter(isThere).map(idOf)),
    hasOlder: () => next() !== null,
    async loadOlder() {
      const from = next();
      if (from === null || isLoading) return;
      isLoading = true;
      try {
        await page(from);
      } finally {
        isLoading = false;
      }
    },
    newsCount: createMemo(() => news().filter(isThere).length),
    showNews() {
      const fresh = news();
      setNews([]);
      setRows((before) => ordered([...fresh, ...before]));
    },
  };
}

function idOf({ id }: Row): string {
  return id;
}

/** The newest first, each once. */
function ordered(rows: readonly Row[]): readonly Row[] {
  const byId = new Map(rows.map(({ id, timeMs }): [string, Row] => [id, { id, timeMs }]));
  return [...byId.values()].toSorted((a, b) => b.timeMs - a.timeMs || (a.id < b.id ? 1 : -1));
}
