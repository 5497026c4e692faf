/**
 * Under which keys a message is found (SPEC Z4): one byte for the relation and the first 16 bytes of the key,
 * id or hash that stands in it. The same keys lead live messages to those who follow them.
 */

import { compare, concat, utf8 } from '../../base/bytes.ts';
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
  /** What its author has done to a message: edited it or taken it back. */
  own: 7,
  /** Answers in the thread that a message begins, whichever they answer. */
  thread: 8,
} as const;

export type Relation = (typeof RELATION)[keyof typeof RELATION];

export const refBytes = 17;
const TAG = domain('social/tag');
const OWN = domain('social/own');

export function refOf(relation: Relation, key: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(relation), key.subarray(0, refBytes - 1));
}

/** Of what a user has done to a message: a hash over both, so that nobody else can stand in the way of who looks. */
export function ownRef(primitives: Primitives, author: Uint8Array, id: Uint8Array): Uint8Array {
  return refOf(RELATION.own, hashOf(primitives, OWN, concat(author, id)));
}

/** Tags are the same whatever the case of their letters, and stand as a hash. */
export function tagRef(primitives: Primitives, tag: string): Uint8Array {
  return refOf(RELATION.tag, hashOf(primitives, TAG, utf8(folded(tag))));
}

function folded(tag: string): string {
  return tag.normalize('NFC').toLowerCase();
}

/** The beginning of the thread in which a message answers something; null: it answers nothing. */
export function threadOf({ kind, replies, thread }: Message): Uint8Array | null {
  if (kind !== KIND.post) return null;
  return thread.length > 0 ? thread : (replies[0] ?? null);
}

/** All keys of a message, each once: references that differ may begin alike, as their author likes. */
export function refsOf(primitives: Primitives, message: Message): readonly Uint8Array[] {
  const { kind, from, mentions, replies, tags } = message;
  const refs = [refOf(isPost(kind) ? RELATION.author : RELATION.other, from)];
  // Statements that replace one another are found by user, kind and name.
  if (isCurrentKind(kind)) return refs;
  if (isChange(kind)) for (const reply of replies) refs.push(ownRef(primitives, from, reply));
  // What changes or marks a message is found with that one: it is neither a mention nor an answer of its own.
  if (isAboutOthers(kind))
    return distinct([...refs, ...replies.map((reply) => refOf(RELATION.about, reply))]);
  for (const mention of mentions) refs.push(refOf(RELATION.mention, mention));
  const relation = kind === KIND.share ? RELATION.about : RELATION.reply;
  for (const reply of replies) refs.push(refOf(relation, reply));
  const beginning = threadOf(message);
  if (beginning !== null) refs.push(refOf(RELATION.thread, beginning));
  for (const tag of tags) refs.push(tagRef(primitives, tag));
  return refs.length < 3 ? refs : distinct(refs);
}

function distinct(refs: Uint8Array[]): readonly Uint8Array[] {
  refs.sort(compare);
  return refs.filter((ref, at) => at === 0 || compare(ref, refs[at - 1]!) !== 0);
}
