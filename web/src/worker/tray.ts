/**
 * What is shown in the tray of the device (SPEC I21): a notification per place, replaced by a later one, and gone
 * when the place was read elsewhere. Browsers want something shown for each push: what is not meant to be seen is
 * shown without a sound and taken away at once.
 */

import { neighbourIn } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import {
  anyNews,
  quietWords,
  restWords,
  shownPlacesMax,
  tagOf,
  testWords,
  type KnownPlace,
  placeWords,
  type Notice,
  type NoticePlace,
  type NoticeWords,
} from '../logic/notice-words.ts';
import { hashOf, type Route } from '../logic/route.ts';
import { roomOf } from '../logic/documents.ts';
import type { Showing } from '../logic/showing.ts';

/** What of a registration is used; a test has its own. */
export type Tray = Pick<ServiceWorkerRegistration, 'showNotification' | 'getNotifications'>;

/** Kept with a notification; it comes back after a restart of the worker. */
export interface Shown {
  readonly site: string;
  /** Id of the log, or null. */
  readonly log: string | null;
  /** Up to where it tells. */
  readonly upTo: number;
  /** From where it tells: nothing of it has been read. */
  readonly from: number;
  /** Whether it says more than that there is something, and how much that is. */
  readonly hasWords: boolean;
  readonly showing: Exclude<Showing, 'nothing'>;
  /** Address in the app, behind its origin. */
  readonly hash: string;
}

/** Opens what there is of a place, from a position on, or answers null in time. */
export type Opening = (place: NoticePlace, from: number) => Promise<KnownPlace | null>;
/** Whether a page that is looked at shows the place. */
export type Looked = (place: NoticePlace) => Promise<boolean>;

const ICON = 'icon.svg';
const REST = 'rest';
const QUIET = 'quiet';
/** Of all places together, where no place is to be seen. */
const ANY = 'any';

/** Places that are worked on, and whether they were read meanwhile: a later push may overtake one that looks for words. */
const underWay = new WeakMap<object, Map<NoticePlace, boolean>>();

function underWayIn(tray: object): Map<NoticePlace, boolean> {
  const known = underWay.get(tray) ?? new Map<NoticePlace, boolean>();
  underWay.set(tray, known);
  return known;
}

export interface Asking {
  readonly open: Opening;
  readonly isLookedAt: Looked;
  readonly showing: Showing;
  /** What is not to be shown, whoever looks. */
  readonly silent?: ReadonlySet<NoticePlace>;
}

export async function showNotice(tray: Tray, notice: Notice | null, ask: Asking): Promise<void> {
  if (notice === null) return show(tray, anyNews, { tag: 'unknown' });
  if (notice.kind === 'test') return show(tray, testWords, { tag: notice.tag });
  if (notice.kind === 'read') return takeAway(tray, notice);
  const all = underWayIn(tray);
  for (const place of notice.places) all.set(place, false);
  try {
    await showNews(tray, notice, ask);
  } finally {
    for (const place of notice.places) all.delete(place);
  }
}

async function showNews(tray: Tray, notice: Notice, ask: Asking): Promise<void> {
  const { showing } = ask;
  const looks = await Promise.all(notice.places.map((place) => ask.isLookedAt(place)));
  const places = notice.places.filter((place, at) => looks[at] === false && ask.silent?.has(place) !== true);
  // A notice without places is of a node that names none: there is something all the same.
  if (notice.places.length === 0) return show(tray, anyNews, { tag: notice.tag });
  if (places.length === 0) return showNothing(tray);
  if (showing === 'nothing') return showAny(tray, places);
  const { open } = ask;
  await Promise.all(
    places.slice(0, shownPlacesMax).map((place) => showPlace(tray, place, { open, showing })),
  );
  const rest = places.slice(shownPlacesMax);
  if (rest.length > 0) await show(tray, restWords(rest), { tag: REST });
}

/** One notification, whatever is new: not even in how many conversations. */
async function showAny(tray: Tray, places: readonly NoticePlace[]): Promise<void> {
  const [before] = await tray.getNotifications({ tag: ANY });
  const isLoud = before === undefined || places.some(({ isMention }) => isMention);
  await show(tray, anyNews, { tag: ANY, renotify: isLoud, silent: !isLoud });
}

async function showPlace(
  tray: Tray,
  place: NoticePlace,
  { open, showing }: { readonly open: Opening; readonly showing: Exclude<Showing, 'nothing'> },
): Promise<void> {
  const tag = tagOf(place);
  if (place.log === null) await closeOthers(tray, place.site, tag);
  const [before] = await tray.getNotifications({ tag });
  // The length of a log is one more than the position of its newest entry.
  const newest = Math.max(0, place.upTo - 1);
  const from = Math.min(shownOf(before)?.from ?? newest, newest);
  const known = await open(place, from);
  if (underWayIn(tray).get(place) === true) return showNothing(tray);
  const { site, log, upTo } = place;
  if (known === null || known.lines.length === 0) {
    // Another push of the same may have found its words meanwhile.
    const [now] = await tray.getNotifications({ tag });
    const told = shownOf(now);
    if (now !== undefined && told !== null && told.upTo >= upTo && told.hasWords && told.showing === showing)
      return show(tray, now, { tag, data: told, silent: true });
  }
  const name = known?.log ?? null;
  const route: Route = name === null ? { room: 'site', site } : roomOf(site, name);
  const hash = known?.hash ?? (neighbourIn(site) === null ? hashOf(route) : '#/inbox');
  const hasWords = known !== null && known.lines.length > 0;
  const shown: Shown = { site, log, upTo, from, hasWords, showing, hash };
  // One that was there is replaced without a sound, unless somebody is mentioned.
  const isLoud = before === undefined || place.isMention;
  await show(tray, placeWords(place, known, showing), {
    tag,
    data: shown,
    renotify: isLoud,
    silent: !isLoud,
  });
}

/** What tells of a whole site takes the place of what tells of its conversations. */
async function closeOthers(tray: Tray, site: string, tag: string): Promise<void> {
  for (const other of await tray.getNotifications())
    if (other.tag !== tag && shownOf(other)?.site === site) other.close();
}

/** `renotify` is in no type of the platform yet. */
type Extra = NotificationOptions & { readonly renotify?: boolean };

function show(tray: Tray, { title, body }: NoticeWords, extra: Extra): Promise<void> {
  return tray.showNotification(title, { body, icon: ICON, badge: ICON, ...extra });
}

/** Of these places, what tells no more than was read. */
async function takeAway(tray: Tray, { places, badge }: Pick<Notice, 'places' | 'badge'>): Promise<void> {
  const all = underWayIn(tray);
  for (const place of all.keys()) if (places.some((read) => covers(read, place))) all.set(place, true);
  await closeRead(tray, places);
  if (badge === 0) await closeAny(tray);
  if ((await tray.getNotifications()).length === 0) await showNothing(tray);
}

/** Nothing is new any more: what names no place has nothing to say. */
export async function closeAny(tray: Pick<Tray, 'getNotifications'>): Promise<void> {
  for (const tag of [ANY, REST]) for (const any of await tray.getNotifications({ tag })) any.close();
}

/** What says more than it may from now on goes away; the next push brings it back in other words. */
export async function closeTelling(tray: Pick<Tray, 'getNotifications'>): Promise<void> {
  for (const notification of await tray.getNotifications())
    if (shownOf(notification) !== null) notification.close();
}

/** Also for the app, which reads without a push. */
export async function closeRead(
  tray: Pick<Tray, 'getNotifications'>,
  places: readonly Pick<NoticePlace, 'site' | 'log' | 'upTo'>[],
): Promise<void> {
  for (const notification of await tray.getNotifications()) {
    const shown = shownOf(notification);
    if (shown !== null && places.some((read) => covers(read, shown))) notification.close();
  }
}

type Extent = Pick<NoticePlace, 'upTo'> & { readonly site: string; readonly log: string | null };

/** Whether what was read is all that would be told. */
function covers({ site, log, upTo }: Extent, told: Extent): boolean {
  return site === told.site && (log === null || (log === told.log && upTo >= told.upTo));
}

async function showNothing(tray: Tray): Promise<void> {
  await show(tray, quietWords, { tag: QUIET, silent: true });
  for (const quiet of await tray.getNotifications({ tag: QUIET })) quiet.close();
}

/** What the app has put with a notification, or null. */
export function shownOf(notification: Pick<Notification, 'data'> | undefined): Shown | null {
  const data: unknown = notification?.data;
  if (typeof data !== 'object' || data === null) return null;
  const field = (name: keyof Shown): unknown => Reflect.get(data, name);
  const [site, log, upTo, from, hash] = [
    field('site'),
    field('log'),
    field('upTo'),
    field('from'),
    field('hash'),
  ];
  if (typeof site !== 'string' || (log !== null && typeof log !== 'string')) return null;
  if (typeof upTo !== 'number' || typeof from !== 'number') return null;
  const hasWords = field('hasWords') === true;
  const showing = field('showing') === 'place' ? 'place' : 'words';
  if (typeof hash !== 'string' || !hash.startsWith('#/')) return null;
  return { site, log, upTo, from, hasWords, showing, hash };
}
