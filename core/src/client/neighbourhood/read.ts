/** From messages as they travel to posts as they are read: everything that arrives is checked here (SPEC Z6). */

import { hex } from '../../base/bytes.ts';
import type { MessageRow } from '../../api/peer.ts';
import { Fault } from '../../base/fault.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { KIND } from '../../social/message/kinds.ts';
import { openMessage } from '../../social/message/message.ts';
import { threadOf } from '../../social/message/refs.ts';
import type { Message } from '../../social/message/terms.ts';
import type { Post } from './types.ts';

/** The message of a row; a fault when the peer has made something up. */
export async function checkedRow(primitives: Primitives, bytes: Uint8Array): Promise<Message> {
  const message = await openMessage(primitives, bytes.slice());
  if (message === null) throw new Fault('badProof', 'the node has shown a message that nobody signed');
  return message;
}

export async function postOf(primitives: Primitives, row: MessageRow): Promise<Post> {
  const message = await checkedRow(primitives, row.message);
  const edit = row.edit === null ? null : await checkedRow(primitives, row.edit);
  if (edit !== null && !isEditOf(edit, message))
    throw new Fault('badProof', 'the node has shown an edit of something else');
  const said = edit ?? message;
  const { id, from, timeMs, kind, replies } = message;
  const first = replies[0];
  const thread = threadOf(message);
  const isShare = kind === KIND.share;
  return {
    id: hex(id),
    from,
    timeMs,
    text: said.text,
    mentions: said.mentions,
    answers: first === undefined || isShare ? null : hex(first),
    thread: hex(thread ?? id),
    attachments: said.attachments,
    tags: said.tags,
    isEdited: edit !== null,
    shares: isShare && first !== undefined ? hex(first) : null,
    cursor: { timeMs, seq: row.seq },
  };
}

function isEditOf(edit: Message, message: Message): boolean {
  const target = edit.replies[0];
  return (
    edit.kind === KIND.edit &&
    hex(edit.from) === hex(message.from) &&
    target !== undefined &&
    hex(target) === hex(message.id)
  );
}
