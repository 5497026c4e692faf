/**
 * What a notification of the neighbourhood is about (SPEC I27): the post, checked here, and what its author calls herself.
 * What somebody wrote whom the person of this device does not want to hear is not shown: it counts as read.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { browserPrimitives } from 'copse/internal/browser/primitives.ts';
import { openNoticePosts, type NoticePost, type NoticePostRow } from 'copse/internal/client/notice-posts.ts';
import { knocksLog, neighbourIn } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { KnownPlace, NoticePlace } from '../logic/notice-words.ts';
import type { QuietHere } from './quiet.ts';

/** What of `copse.notifications()` is used. */
export interface ConcernDesk {
  postRows(lengths: readonly number[]): Promise<readonly NoticePostRow[]>;
  readPosts(ids: readonly string[]): Promise<void>;
}

/** Digits of a key by which who has said no name is called. */
const KEY_DIGITS = 8;

/** What a person wrote about whom this device knows something: the post of a place. */
export interface Concern {
  readonly place: NoticePlace;
  readonly found: NoticePost;
}

/** Places of the neighbourhood that name one thread: only of those there is a post to ask for. */
export function isConcern({ site, log }: NoticePlace): boolean {
  return neighbourIn(site) !== null && log !== null && log !== knocksLog;
}

export async function concernsAt(
  desk: ConcernDesk,
  places: readonly NoticePlace[],
): Promise<readonly Concern[]> {
  const asked = places.filter(isConcern);
  if (asked.length === 0) return [];
  const rows = await desk.postRows(asked.map(({ upTo }) => upTo));
  const found = await openNoticePosts(browserPrimitives(), rows);
  return asked.flatMap((place, at) => {
    const post = found[at] ?? null;
    return post === null ? [] : [{ place, found: post }];
  });
}

/** Those whose authors are not wanted; the node hears that they were read, so that nothing else waits behind them. */
export async function silenced(
  desk: ConcernDesk,
  concerns: readonly Concern[],
  isQuiet: QuietHere,
): Promise<ReadonlySet<NoticePlace>> {
  const quiet: Concern[] = [];
  for (const concern of concerns) if (await isQuiet(hex(concern.found.post.from))) quiet.push(concern);
  if (quiet.length > 0) await desk.readPosts(quiet.map(({ found }) => found.post.id)).catch(() => {});
  return new Set(quiet.map(({ place }) => place));
}

/** A place of the neighbourhood in words; null: there is only that there is something. */
export function knownConcern(place: NoticePlace, concerns: readonly Concern[]): KnownPlace {
  const known = { site: 'the neighbourhood', log: null, earlierCount: 0 };
  const { post, name } = concerns.find((each) => each.place === place)?.found ?? {};
  const hash = post === undefined ? '#/inbox' : `#/post/${post.id}`;
  if (place.log === knocksLog)
    return { ...known, lines: [], hash: '#/requests', says: 'Somebody asks to reach you.' };
  if (post === undefined) return { ...known, lines: [], hash };
  const who = name ?? null;
  const line = {
    who: who === null || who === '' ? hex(post.from).slice(0, KEY_DIGITS) : who,
    text: textOf(post),
  };
  return { ...known, lines: [line], hash };
}

const TEXT_MAX = 300;

function textOf({ text, shares, attachments }: NoticePost['post']): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  if (line !== '') return line.length > TEXT_MAX ? `${line.slice(0, TEXT_MAX)}…` : line;
  if (shares !== null) return 'shares what you have posted';
  return attachments.length > 0 ? 'a file' : '…';
}
