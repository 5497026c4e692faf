/**
 * Answers as they are read: those to the post nested two levels deep, everything below in one line after another,
 * so that a long quarrel does not wander off the page (SPEC U40).
 */

import type { Post } from '../../model/sdk-street.ts';

export interface Answer {
  readonly post: Post;
  /** 0: to the post itself. */
  readonly depth: 0 | 1 | 2;
  /** Whose words it answers, where the place does not say so. */
  readonly to: Post | null;
}

/** The oldest first; what answers something that is not here stands on the first level. */
export function answersOf(focus: string, posts: readonly Post[]): readonly Answer[] {
  const here = new Map(posts.map((post) => [post.id, post]));
  const below = new Map<string, Post[]>();
  for (const post of posts.toSorted(byTime)) {
    if (post.id === focus || post.answers === null) continue;
    const parent = post.answers === focus || here.has(post.answers) ? post.answers : focus;
    below.set(parent, [...(below.get(parent) ?? []), post]);
  }
  const rows: Answer[] = [];
  const seen = new Set<string>([focus]);
  // A way down and not a recursion: somebody may sign a chain of thousands.
  const way = childrenOf(focus, 0);
  for (let next = way.pop(); next !== undefined; next = way.pop()) {
    if (seen.has(next.post.id)) continue;
    seen.add(next.post.id);
    rows.push(next);
    way.push(...childrenOf(next.post.id, next.depth + 1));
  }
  return rows;

  function childrenOf(id: string, depth: number): Answer[] {
    const to = depth > 2 ? (here.get(id) ?? null) : null;
    const level = depth === 0 ? 0 : depth === 1 ? 1 : 2;
    return (below.get(id) ?? []).toReversed().map((post) => ({ post, depth: level, to }));
  }
}

/** Those of a thread that stand below one of its posts. */
export function descendantsOf(focus: string, posts: readonly Post[]): readonly Post[] {
  const below = new Map<string, Post[]>();
  for (const post of posts)
    if (post.answers !== null) below.set(post.answers, [...(below.get(post.answers) ?? []), post]);
  const found = new Set<Post>();
  const way = [focus];
  for (let id = way.pop(); id !== undefined; id = way.pop())
    for (const post of below.get(id) ?? []) {
      if (found.has(post)) continue;
      found.add(post);
      way.push(post.id);
    }
  return [...found];
}

function byTime(a: Post, b: Post): number {
  return a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1);
}
