/**
 * The posts that the pages show, each once: whoever shows one sees it change, when it is edited, answered or taken
 * back. What is asked for in one turn goes to the node as one question, and what it answers is one change.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { KIND, noMarks } from 'copse/neighbourhood';
import { batch, createSignal, onCleanup, type Accessor, type Setter } from 'solid-js';
import type { Heard, Marks, Neighbourhood, Post } from '../sdk-street.ts';
import { gathered } from './gathered.ts';
import { InSight } from './in-sight.ts';
import { leads } from './keys.ts';

/** Undefined: it is being asked for; null: it is not here, or was taken back. */
export type Known = Post | null | undefined;

interface Cell {
  readonly post: Accessor<Known>;
  readonly setPost: Setter<Known>;
  readonly marks: Accessor<Marks>;
  readonly setMarks: Setter<Marks>;
  hasMarks: boolean;
}

export interface PostBook {
  /** What is known of a post; asks for it. */
  readonly of: (id: string) => Accessor<Known>;
  /** Whether the node has said that it is not here; neither asks nor keeps anything, for lists of any length. */
  readonly isGone: (id: string) => boolean;
  readonly marksOf: (id: string) => Accessor<Marks>;
  /** What pages and watches have brought. */
  readonly take: (posts: readonly Post[]) => void;
  /** Something was done to these. */
  readonly look: (ids: readonly string[]) => void;
  readonly hear: (heard: Heard) => void;
  /** Keeps these as they are at the node, until the owner goes. */
  readonly follow: (ids: readonly string[]) => void;
}

/** Besides those that are in sight: what is scrolled back to within this is there at once, the rest is asked for. */
const POSTS_MAX = 3_000;
/** Who scrolls past more that were taken back while she reads meets a line that says so. */
const GONE_MAX = 3_000;

// long: what is asked for together shares the cells
export function createPostBook(place: Pick<Neighbourhood, 'getAll' | 'marks' | 'watch'>): PostBook {
  const cells = new InSight<Cell>(POSTS_MAX);
  const [gone, setGone] = createSignal<ReadonlySet<string>>(new Set());
  const put = (found: ReadonlyMap<string, Post | null>): void =>
    batch(() => {
      for (const [id, post] of found) cells.use(id, newCell).setPost(() => post);
      setGone((before) => goneAfter(before, found));
    });
  const askPosts = gathered(async (ids) => {
    const found = await place.getAll(ids);
    put(new Map(ids.map((id) => [id, found.get(id) ?? null])));
  });
  const askMarks = gathered(async (ids) => {
    const found = await place.marks(ids);
    batch(() => {
      for (const [id, marks] of found) cells.peek(id)?.setMarks(marks);
    });
  });
  const lookAtMarks = (ids: readonly (string | null)[]): void => {
    for (const id of ids) if (id !== null && cells.peek(id)?.hasMarks === true) askMarks(id);
  };
  const look = (ids: readonly string[]): void => {
    for (const id of ids) askPosts(id);
    lookAtMarks(ids);
  };
  const take = (posts: readonly Post[]): void => put(new Map(posts.map((post) => [post.id, post])));
  const hear = (heard: Heard): void => {
    if (heard.kind === 'gap') return;
    if (heard.kind === 'post') {
      const { post } = heard;
      take([post]);
      lookAtMarks([post.answers, post.thread, post.shares].filter((id) => id !== post.id));
      return;
    }
    const { kind, replies } = heard.message;
    const ids = kind === KIND.state ? [] : replies.map(hex).filter((id) => cells.peek(id) !== undefined);
    // A picture changes nothing of the post itself.
    if (kind === KIND.reaction) lookAtMarks(ids);
    else look(ids);
  };
  return {
    of(id) {
      const { post } = cells.hold(id, newCell);
      if (post() === undefined) askPosts(id);
      return post;
    },
    isGone: (id) => gone().has(id),
    marksOf(id) {
      const cell = cells.hold(id, newCell);
      if (!cell.hasMarks) askMarks(id);
      cell.hasMarks = true;
      return cell.marks;
    },
    take,
    look,
    hear,
    follow(ids) {
      if (ids.length === 0) return;
      const interests = ids.flatMap((id) => [leads('about', id), leads('replies', id), leads('thread', id)]);
      const watch = place.watch(interests, hear);
      onCleanup(() => watch[Symbol.dispose]());
    },
  };
}

function newCell(): Cell {
  const [post, setPost] = createSignal<Known>(undefined);
  const [marks, setMarks] = createSignal<Marks>(noMarks);
  return { post, setPost, marks, setMarks, hasMarks: false };
}

/** The same set where nothing has changed, so that no list is looked through for it. */
function goneAfter(
  before: ReadonlySet<string>,
  found: ReadonlyMap<string, Post | null>,
): ReadonlySet<string> {
  const isOther = [...found].some(([id, post]) => before.has(id) !== (post === null));
  if (!isOther) return before;
  const back = [...before].filter((id) => !found.has(id));
  const lost = [...found].flatMap(([id, post]) => (post === null ? [id] : []));
  return new Set([...back, ...lost].slice(-GONE_MAX));
}
