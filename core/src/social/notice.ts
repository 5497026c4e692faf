/**
 * What a notification says: where something is new, how much of it, and the number on the icon; ids and numbers, no
 * content (SPEC I14). Its form is that of Declarative Web Push, so that a browser which cannot or will not start
 * the worker shows something true, and the worker of every other one replaces it by what it decrypts itself.
 *
 * Both ends are here: the node writes, the worker of the app reads. What it reads came through a push service and
 * was encrypted to the device, but by whoever holds the device's address: bounds are checked.
 */

import { assert } from '../base/assert.ts';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { logId, type LogId, siteId, type SiteId } from '../base/ids.ts';
import { noticeAddressBytesMax, noticePlacesMax, pushTextBytesMax } from '../base/limits-push.ts';

export type NoticeKind =
  | 'news'
  /** Everything named was read on another device: what is shown of it goes away. */
  | 'read'
  | 'test';

export interface NoticePlace {
  readonly site: SiteId;
  /** Null when several logs of the site have news. */
  readonly log: LogId | null;
  /** Length of the log, or ordinal of the site, up to which this tells. */
  readonly upTo: number;
  /** Logs with news in the site. */
  readonly count: number;
  readonly isMention: boolean;
}

export interface Notice {
  readonly kind: NoticeKind;
  /** The number on the icon: logs with news that were not read, in all sites. */
  readonly badge: number;
  /** The most important first. */
  readonly places: readonly NoticePlace[];
  /** What a click opens, absolute. */
  readonly navigate: string;
  /** A later notification with the same tag takes the place of this one. */
  readonly tag: string;
}

/** Says to a browser that the JSON is a notification: the number of the RFC of Web Push. */
const DECLARATIVE = 8030;
const VERSION = 1;
const TAG_LENGTH_MAX = 64;
const ID = /^[0-9a-f]{32}$/;

export const NOTICE_TYPE = 'application/notification+json';

/** The text of a message. */
export function encodeNotice(notice: Notice): Uint8Array {
  assert(isNotice(notice), 'a notice keeps its bounds');
  const { kind, badge, places, navigate, tag } = notice;
  const text = utf8(
    JSON.stringify({
      web_push: DECLARATIVE,
      mutable: true,
      app_badge: badge,
      notification: {
        ...wordsOf(notice),
        navigate,
        tag,
        // Where the first drafts had it, and the first Safari looks.
        app_badge: badge,
        silent: kind === 'read',
        data: { v: VERSION, kind, places: places.map(rowOf) },
      },
    }),
  );
  assert(text.length <= pushTextBytesMax, 'a notice fits a message');
  return text;
}

function rowOf({ site, log, upTo, count, isMention }: NoticePlace): readonly (string | number)[] {
  return [site, log ?? '', upTo, count, isMention ? 1 : 0];
}

/** What is shown by who cannot ask the worker: true, and nothing of the content. */
function wordsOf({ kind, badge, places }: Notice): { readonly title: string; readonly body: string } {
  if (kind === 'test') return { title: 'Notifications work', body: 'This is a test that you asked for.' };
  if (kind === 'read') return { title: 'Nothing new', body: 'You have read everything on another device.' };
  const body = badge === 1 ? 'In one conversation.' : `In ${badge} conversations.`;
  return { title: places.some((place) => place.isMention) ? 'You are mentioned' : 'Something new', body };
}

/** The notice in a message, or null for what is none that this version knows. */
export function decodeNotice(bytes: Uint8Array): Notice | null {
  const text = bytes.length > pushTextBytesMax ? null : fromUtf8(bytes);
  const message = text === null ? null : parse(text);
  const notification = field(message, 'notification');
  const data = field(notification, 'data');
  if (field(message, 'web_push') !== DECLARATIVE || field(data, 'v') !== VERSION) return null;
  const rows = field(data, 'places');
  if (!Array.isArray(rows) || rows.length > noticePlacesMax) return null;
  const places = rows.map(placeOf).filter((place) => place !== null);
  const kind = kindOf(field(data, 'kind'));
  const badge = field(message, 'app_badge');
  const navigate = field(notification, 'navigate');
  const tag = field(notification, 'tag');
  if (kind === null || places.length < rows.length || typeof badge !== 'number') return null;
  if (typeof navigate !== 'string' || typeof tag !== 'string') return null;
  const notice: Notice = { kind, badge, places, navigate, tag };
  return isNotice(notice) ? notice : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined;
}

function kindOf(value: unknown): NoticeKind | null {
  return value === 'news' || value === 'read' || value === 'test' ? value : null;
}

function placeOf(row: unknown): NoticePlace | null {
  if (!Array.isArray(row) || row.length !== 5) return null;
  const [site, log, upTo, count, mention]: readonly unknown[] = row;
  if (typeof site !== 'string' || !ID.test(site)) return null;
  if (typeof log !== 'string' || !(log === '' || ID.test(log))) return null;
  if (typeof upTo !== 'number' || typeof count !== 'number' || !(mention === 0 || mention === 1)) return null;
  return { site: siteId(site), log: log === '' ? null : logId(log), upTo, count, isMention: mention === 1 };
}

/** The bounds that writer and reader share. */
function isNotice({ badge, places, navigate, tag }: Notice): boolean {
  const counts = [badge, ...places.flatMap((place) => [place.upTo, place.count])];
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return false;
  if (places.length > noticePlacesMax || tag.length > TAG_LENGTH_MAX) return false;
  return /^https?:\/\//.test(navigate) && utf8(navigate).length <= noticeAddressBytesMax;
}
