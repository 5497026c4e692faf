/**
 * Under which keys a message is found (SPEC Z4): one byte for the relation and the first 16 bytes of the key,
 * id or hash that stands in it. The same keys lead live messages to those who follow them.
 */

import { concat, utf8 } from '../../base/bytes.ts';
import { domain } from '../../crypto/domain.ts';
import { hashOf } from '../../crypto/hash.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { isAboutOthers, isChange, isCurrentKind, isPost, KIND } from './kinds.ts';
import type { Message } from './terms.ts';

export const RELATION = {
  /** Posts of a user. */
  author: 1,
  /** Whatever else a user has signed. */
  other: 2,
  /** Messages that mention a user. */
  mention: 3,
  /** Answers to a message. */
  reply: 4,
  /** What changes or marks a message. */
  about: 5,
  /** Messages with a tag. */
  tag: 6,
  /** What the author of a message has done to it: nobody else stands in the way of who looks. */
  change: 7,
  /** Answers in the thread that a message begins, whichever they answer. */
  thread: 8,
} as const;

export type Relation = (typeof RELATION)[keyof typeof RELATION];

export const refBytes = 17;
const HASHED = domain('social/tag');

export function refOf(relation: Relation, key: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(relation), key.subarray(0, refBytes - 1));
}

/** Of changes to a message by a user: 16 bytes that only the two together make. */
export function changeRef(author: Uint8Array, id: Uint8Array): Uint8Array {
  const both = Uint8Array.from(id.subarray(0, refBytes - 1), (byte, at) => byte ^ (author[at] ?? 0));
  return refOf(RELATION.change, both);
}

/** Tags are the same whatever the case of their letters, and stand as a hash. */
export function tagRef(primitives: Primitives, tag: string): Uint8Array {
  return refOf(RELATION.tag, hashOf(primitives, HASHED, utf8(tag.normalize('NFC').toLowerCase())));
}

/** The beginning of the thread in which a message answers something; null: it answers nothing. */
export function threadOf({ kind, replies, thread }: Message): Uint8Array | null {
  if (kind !== KIND.post) return null;
  return thread.length > 0 ? thread : (replies[0] ?? null);
}

/** All keys of a message, each once. */
export function refsOf(primitives: Primitives, message: Message): readonly Uint8Array[] {
  const { kind, from, mentions, replies, tags } = message;
  const refs = [refOf(isPost(kind) ? RELATION.author : RELATION.other, from)];
  // Statements that replace one another are found by user, kind and name.
  if (isCurrentKind(kind)) return refs;
  if (isChange(kind)) for (const reply of replies) refs.push(changeRef(from, reply));
  // What changes or marks a message is found with that one: it is neither a mention nor an answer of its own.
  if (isAboutOthers(kind)) return [...refs, ...replies.map((reply) => refOf(RELATION.about, reply))];
  for (const mention of mentions) refs.push(refOf(RELATION.mention, mention));
  const relation = kind === KIND.share ? RELATION.about : RELATION.reply;
  for (const reply of replies) refs.push(refOf(relation, reply));
  const beginning = threadOf(message);
  if (beginning !== null) refs.push(refOf(RELATION.thread, beginning));
  const byTag = new Set(tags.map((tag) => tag.normalize('NFC').toLowerCase()));
  for (const tag of byTag) refs.push(tagRef(primitives, tag));
  return refs;
}
