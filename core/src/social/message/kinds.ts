/**
 * What kinds of messages there are (SPEC Z2). Those below `FIRST_CURRENT` stay; of the others the newest of a
 * user, kind and name counts and takes the place of the one before. A node keeps kinds that it does not know,
 * so that programs may have their own.
 */

import { Fault } from '../../base/fault.ts';
import { reactionBytesMax } from '../../base/limits-peer.ts';
import { compare, NO_BYTES, utf8 } from '../../base/bytes.ts';
import type { MessageTerms } from './terms.ts';

export const KIND = {
  /** Words or files, maybe in answer to something. */
  post: 1,
  /** Other words in place of those of a post of the same user; the newest counts. */
  edit: 2,
  /** Takes back messages of the same user, with their edits; what replaces is replaced instead. */
  delete: 3,
  /** Shows somebody's message to one's followers, maybe with words. */
  share: 4,
  /** A picture in answer to a message. */
  reaction: 5,
  /** Display name, words about oneself, picture. */
  profile: 32,
  /** Whom and what one follows. */
  follows: 33,
  /** Where one publishes and where one is reached. */
  addresses: 34,
  /** What one says of somebody else's identity; the name is her key in hex. */
  about: 35,
  /** A list that others may follow: of people one reads, or does not. */
  list: 36,
  /** What one's devices share, sealed to oneself. */
  state: 37,
  /** By which key a user goes on, with the consent of that one. */
  moved: 38,
  /** Which keys a user had before. */
  formerly: 39,
} as const;

export const KINDS_MAX = 255;
const FIRST_CURRENT = 32;
/** Kinds above are for the devices of a user, or not known here. */
export const LAST_FOR_OTHERS = KIND.list;

/** Whether the newest of this kind takes the place of the one before. */
export function isCurrentKind(kind: number): boolean {
  return kind >= FIRST_CURRENT;
}

/** Whether it replaces what was before and is of use to its user's own programs alone, as far as is known. */
export function isOwnState(kind: number): boolean {
  return kind > LAST_FOR_OTHERS;
}

/** Whether people read it as something of its own: what changes or answers another with a picture is not. */
export function isPost(kind: number): boolean {
  return kind === KIND.post || kind === KIND.share;
}

/** Whether it changes or marks the messages that it names, and is no answer to them. */
export function isAboutOthers(kind: number): boolean {
  return kind === KIND.edit || kind === KIND.delete || kind === KIND.reaction;
}

/** Whether it changes messages of the same user. */
export function isChange(kind: number): boolean {
  return kind === KIND.edit || kind === KIND.delete;
}

/** Whether its author may take it back: statements that replace are replaced, and what was taken back stays so. */
export function isRetractable(kind: number): boolean {
  return kind !== KIND.delete && !isCurrentKind(kind);
}

/** Throws `malformed` where a message of its kind lacks what it is for. */
export function checkKind(terms: Required<MessageTerms>): void {
  const { kind, text, replies, attachments, name, content, thread } = terms;
  const wrong = (why: string): Fault => new Fault('malformed', `a message of kind ${kind}: ${why}`);
  if (!isCurrentKind(kind) && name !== '') throw wrong('only kinds that replace have a name');
  if (kind === 0) throw wrong('there is none');
  const isSilent = text === '' && attachments.length === 0 && content.length === 0;
  if (isSilent && (kind === KIND.post || kind === KIND.edit)) throw wrong('it says nothing');
  const isAnswer = kind === KIND.post && replies.length > 0;
  if (thread.length > 0 && (!isAnswer || compare(thread, replies[0] ?? NO_BYTES) === 0))
    throw wrong('only an answer names the beginning of its thread, and that once');
  const targets = TARGETS.get(kind);
  if (targets === undefined) return;
  if (replies.length === 0) throw wrong('it names no message');
  if (replies.length > targets) throw wrong(`it names at most ${targets}`);
  if (kind === KIND.reaction && (text === '' || utf8(text).length > reactionBytesMax))
    throw wrong(`its text has 1 to ${reactionBytesMax} bytes`);
}

/** How many messages those name that need one. */
const TARGETS: ReadonlyMap<number, number> = new Map([
  [KIND.edit, 1],
  [KIND.delete, 16],
  [KIND.share, 1],
  [KIND.reaction, 1],
]);
