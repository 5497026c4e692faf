/**
 * Whom a message of the neighbourhood concerns (SPEC I24): those whom it mentions, those whom it answers or whose
 * thread it is in, and whose post it shares. What changes or marks another message is news to nobody.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import type { Key, LogId } from 'copse/internal/base/ids.ts';
import { isPost, KIND } from 'copse/internal/social/message/kinds.ts';
import { threadOf } from 'copse/internal/social/message/refs.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';
import { threadLog } from 'copse/internal/social/subscriptions/neighbourhood.ts';

export interface Concern {
  readonly to: Key;
  readonly isMention: boolean;
}

/** What is here of a message that another one names. */
export type Find = (id: Uint8Array) => Message | null;

/** Each once, and never whoever wrote it. */
export function concernsOf(message: Message, find: Find): readonly Concern[] {
  const { kind, from, mentions, replies, thread } = message;
  if (!isPost(kind)) return [];
  const found = new Map<string, Concern>();
  for (const to of mentions) found.set(hex(to), { to, isMention: true });
  for (const id of thread.length > 0 ? [...replies, thread] : replies) {
    const to = find(id)?.from;
    if (to !== undefined && !found.has(hex(to))) found.set(hex(to), { to, isMention: false });
  }
  found.delete(hex(from));
  return [...found.values()];
}

/** The log in which it is news: that of its thread, of a share the thread of what it shares. */
export function logOf(message: Message, find: Find): LogId {
  const [first] = message.replies;
  if (message.kind !== KIND.share || first === undefined) return threadLog(threadOf(message) ?? message.id);
  const shared = find(first);
  return threadLog((shared === null ? null : threadOf(shared)) ?? first);
}
