/**
 * The words of a notification (SPEC I21): what this device has opened itself when it could, and otherwise that
 * there is something, and nothing more than the notice says.
 */

import type { Notice, NoticePlace } from 'copse/internal/social/notice.ts';
import { plural } from './numbers.ts';
import type { Showing } from './showing.ts';

export interface NoticeWords {
  readonly title: string;
  readonly body: string;
}

/** Somebody's message, on one line. */
export interface Line {
  readonly who: string;
  readonly text: string;
}

/** What a device knows of a place that has news; the less, the fewer words. */
export interface KnownPlace {
  /** Title of the site. */
  readonly site: string;
  /** Name of the conversation; null: of several, or one that the site does not list. */
  readonly log: string | null;
  /** The newest messages of others that were not read, as far as they were opened in time. */
  readonly lines: readonly Line[];
  /** Messages that were left out before them. */
  readonly earlierCount: number;
  /** What there is to say where there are no lines. */
  readonly says?: string;
  /** Where a click leads, in place of the conversation or the site. */
  readonly hash?: string;
}

/** Of what is known, as much as is to be seen; of `nothing` there are words without any place (`anyNews`). */
export function placeWords(
  place: NoticePlace,
  known: KnownPlace | null,
  showing: Exclude<Showing, 'nothing'>,
): NoticeWords {
  if (known === null) return { title: titleOf(place), body: countWords(place) };
  const where = known.log === null ? known.site : `${known.log} · ${known.site}`;
  const title = place.isMention ? `You are mentioned in ${where}` : where.replace(/^the n/u, 'The n');
  if (known.lines.length === 0)
    return { title, body: known.says ?? (known.log === null ? countWords(place) : 'Something new.') };
  if (showing === 'place') return { title, body: whoWords(known) };
  const rest = known.earlierCount === 0 ? [] : [`${plural(known.earlierCount, 'message')} before`];
  return { title, body: [...rest, ...known.lines.map(({ who, text }) => `${who}: ${text}`)].join('\n') };
}

/** Of messages that were left out it is not said who wrote them. */
function whoWords({ lines, earlierCount }: KnownPlace): string {
  const names = [...new Set(lines.map(({ who }) => who))];
  const last = names.pop() ?? '';
  const all = names.length === 0 ? last : `${names.join(', ')} and ${last}`;
  const count = lines.length + earlierCount;
  if (count === 1) return `A message from ${all}.`;
  return earlierCount === 0 ? `${count} messages from ${all}.` : `${count} messages, the newest from ${all}.`;
}

function titleOf({ isMention }: NoticePlace): string {
  return isMention ? 'You are mentioned' : 'Something new';
}

function countWords({ log, count }: NoticePlace): string {
  if (log !== null || count <= 1) return 'In one conversation.';
  return `In ${count} conversations.`;
}

/** When not even the notice was understood. */
export const anyNews: NoticeWords = { title: 'Something new', body: 'Open copse to see it.' };
export const testWords: NoticeWords = {
  title: 'Notifications work',
  body: 'This is the test that you asked for. Nothing was written to anybody.',
};
export const quietWords: NoticeWords = { title: 'Nothing new', body: 'You have read everything.' };

/** What of several places is told in one notification each, so that the tray stays short; the rest is a number. */
export const shownPlacesMax = 4;

export function restWords(places: readonly NoticePlace[]): NoticeWords {
  const count = places.reduce((sum, place) => sum + Math.max(1, place.count), 0);
  return { title: 'And more', body: `News in ${plural(count, 'other conversation')}.` };
}

/** What groups notifications: a later one about a place takes the place of the earlier. */
export function tagOf({ site, log }: Pick<NoticePlace, 'site' | 'log'>): string {
  return log === null ? site : `${site}/${log}`;
}

export type { Notice, NoticePlace };
