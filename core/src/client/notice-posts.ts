/**
 * What a notification of the neighbourhood is about (SPEC I27): the posts, by whom they are signed, and what their
 * authors call themselves. The node names them; what nobody has signed is nothing.
 */

import type { NoticesApi } from '../api/notices.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { equal } from '../base/bytes.ts';
import { KIND } from '../social/message/kinds.ts';
import { decodeProfile } from './neighbourhood/profile.ts';
import { checkedRow, postOf } from './neighbourhood/read.ts';
import type { Post } from './neighbourhood/types.ts';

export type NoticePostRow = Awaited<ReturnType<NoticesApi['posts']>>['rows'][number];

export interface NoticePost {
  readonly post: Post;
  /** As its author calls herself; null: she has not said. */
  readonly name: string | null;
}

/** Null where there is none, or one that does not hold. */
export function openNoticePosts(
  primitives: Primitives,
  rows: readonly NoticePostRow[],
): Promise<readonly (NoticePost | null)[]> {
  return Promise.all(rows.map((row) => openRow(primitives, row).catch(() => null)));
}

async function openRow(primitives: Primitives, found: NoticePostRow): Promise<NoticePost | null> {
  if (found === null) return null;
  const post = await postOf(primitives, found);
  if (found.profile === null) return { post, name: null };
  const { from, kind, content } = await checkedRow(primitives, found.profile);
  const isHers = kind === KIND.profile && equal(from, post.from);
  return { post, name: isHers ? decodeProfile(content).name : null };
}
