/** How what a program asks for (`api/peer.ts`) is called in the store (`message/refs.ts`). */

import type { Interest } from '../../api/peer.ts';
import { RELATION, refOf, type Relation } from '../message/refs.ts';

const RELATIONS: Readonly<Record<Interest['relation'], Relation>> = {
  posts: RELATION.author,
  other: RELATION.other,
  mentions: RELATION.mention,
  replies: RELATION.reply,
  thread: RELATION.thread,
  about: RELATION.about,
  tag: RELATION.tag,
};

export function refOfInterest({ relation, key }: Interest): Uint8Array {
  return refOf(RELATIONS[relation], key);
}
