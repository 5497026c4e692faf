/** What an application says of an entry beside its value: whether people are to hear of it, and who is meant. */

import { Fault } from '../base/fault.ts';
import { userId, type UserId } from '../base/ids.ts';
import { mentionsPerEntryMax } from '../base/limits-mentions.ts';
import type { AppendOptions } from './types.ts';

/** In the place of everybody who has a site. */
export const EVERYONE = userId('0'.repeat(16));

/** Whom an entry mentions; null: it is no news (SPEC I1). */
export function newsOf({ mentions, news = mentions !== undefined }: AppendOptions): readonly UserId[] | null {
  if (!news) return null;
  const users = mentions === 'everyone' ? [EVERYONE] : (mentions ?? []);
  if (users.length > mentionsPerEntryMax)
    throw new Fault('tooLarge', `An entry mentions at most ${mentionsPerEntryMax} people.`);
  return users;
}
