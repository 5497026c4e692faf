/** What leads to a post of the fake neighbourhood, and which of two comes later in a list. */

import { hex } from 'copse/internal/base/bytes.ts';
import type { Neighbourhood, Post, PostCursor } from '../model/sdk-street.ts';

type Interest = Parameters<Neighbourhood['page']>[0][number];

export function isOlder(one: PostCursor, other: PostCursor): boolean {
  return one.timeMs < other.timeMs || (one.timeMs === other.timeMs && one.seq < other.seq);
}

export function isLed({ relation, key: of }: Interest, post: Post): boolean {
  const start = hex(of);
  const isThat = (id: string | null): boolean => id !== null && id.startsWith(start);
  switch (relation) {
    case 'posts':
      return isThat(hex(post.from));
    case 'mentions':
      return post.mentions.some((each) => isThat(hex(each)));
    case 'replies':
      return isThat(post.answers);
    case 'thread':
      return post.answers !== null && isThat(post.thread);
    case 'about':
      return isThat(post.shares);
    default:
      return false;
  }
}
