/**
 * The posts that the pages show, each once: whoever shows one sees it change, when it is edited, answered or taken
 * back. What is asked for in one turn goes to the node as one question.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { KIND, noMarks } from 'copse/neighbourhood';
import { createSignal, onCleanup, type Accessor, type Setter } from 'solid-js';
import type { Heard, Marks, Neighbourhood, Post } from '../sdk-street.ts';
import { gathered } from './gathered.ts';
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
  readonly marksOf: (id: string) => Accessor<Marks>;
  /** What pages and watches have brought. */
  readonly take: (posts: readonly Post[]) => void;
  /** Something was done to these. */
  readonly look: (ids: readonly string[]) => void;
  readonly hear: (heard: Heard) => void;
  /** Keeps these as they are at the node, until the owner goes. */
  readonly follow: (ids: readonly string[]) => void;
}

/** More than anybody scrolls through at once. */
const POSTS_MAX = 3_000;
const EQUAL = { equals: false } as const;

// long: what is asked for together shares the cells
export function createPostBook(place: Neighbourhood): PostBook {
  const cells = new Cache<string, Cell>(POSTS_MAX);
  const cellOf = (id: string): Cell => {
    const held = cells.get(id);
    if (held !== undefined) return held;
    const [post, setPost] = createSignal<Known>(undefined, EQUAL);
    const [marks, setMarks] = createSignal<Marks>(noMarks);
    const made: Cell = { post, setPost, marks, setMarks, hasMarks: false };
    cells.set(id, made);
    return made;
  };
  const askPosts = gathered(async (ids) => {
    const found = await place.getAll(ids);
    for (const id of ids) cellOf(id).setPost(() => found.get(id) ?? null);
  });
  const askMarks = gathered(async (ids) => {
    const found = await place.marks(ids);
    for (const [id, marks] of found) cellOf(id).setMarks(marks);
  });
  const look = (ids: readonly string[]): void => {
    for (const id of ids) {
      askPosts(id);
      if (cellOf(id).hasMarks) askMarks(id);
    }
  };
  const hear = (heard: Heard): void => {
    if (heard.kind === 'gap') return;
    if (heard.kind === 'other') {
      if (heard.message.kind === KIND.state) return;
      look(heard.message.replies.map(hex).filter((id) => cells.get(id) !== undefined));
      return;
    }
    const { post } = heard;
    cellOf(post.id).setPost(() => post);
    for (const id of [post.answers, post.thread, post.shares])
      if (id !== null && id !== post.id && cells.get(id)?.hasMarks === true) askMarks(id);
  };
  return {
    of(id) {
      const cell = cellOf(id);
      if (cell.post() === undefined) askPosts(id);
      return cell.post;
    },
    marksOf(id) {
      const cell = cellOf(id);
      if (!cell.hasMarks) askMarks(id);
      cell.hasMarks = true;
      return cell.marks;
    },
    take(posts) {
      for (const post of posts) cellOf(post.id).setPost(() => post);
    },
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
