/** What leads to what concerns somebody: who mentions her, answers her, or shares what she has posted (SPEC U41). */

import { fromHex } from '../../base/bytes.ts';
import type { Key } from '../../base/ids.ts';
import { peerInterestsPerCallMax } from '../../base/limits-peer.ts';
import type { Interest } from '../../api/peer.ts';
import { interest } from './interest.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { MessageId, Page, PostCursor } from './types.ts';

/** Older posts of oneself than these are not asked about: three pages, which is a year of most people. */
const OWN_PAGES = 3;
/** Answers, answers further down, and shares. */
const TO_OWN = ['replies', 'thread', 'about'] as const;
const OWN_MAX = Math.floor((peerInterestsPerCallMax - 1) / TO_OWN.length);

/** `own` are posts of hers, the last ones count. */
export function concerning(me: Key, own: Iterable<MessageId>): readonly Interest[] {
  const ids = [...own].slice(-OWN_MAX).map((id) => fromHex(id) ?? new Uint8Array(0));
  return [interest('mentions', me), ...ids.flatMap((id) => TO_OWN.map((relation) => interest(relation, id)))];
}

/** What somebody has posted lately, the oldest first, as far as others still answer it. */
export async function lately(place: Pick<Neighbourhood, 'posts'>, of: Key): Promise<readonly MessageId[]> {
  const found: MessageId[] = [];
  let before: PostCursor | null = null;
  for (let page = 0; page < OWN_PAGES; page++) {
    const { posts, next }: Page = await place.posts(of, before);
    found.push(...posts.map(({ id }) => id));
    if (next === null) break;
    before = next;
  }
  return found.toReversed();
}
