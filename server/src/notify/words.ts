/** What leaves for a device: notices as messages of Web Push, by ids and numbers alone (SPEC I14). */

import type { DeviceId, SiteId } from 'copse/internal/base/ids.ts';
import { noticeTestTtlMs } from 'copse/internal/base/limits-notify.ts';
import { noticePlacesMax, pushTtlMaxMs } from 'copse/internal/base/limits-push.ts';
import { encodeNotice, type Notice, type NoticePlace } from 'copse/internal/social/notice.ts';
import { knocksLog, neighbourIn } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { Endpoint } from 'copse/internal/social/subscriptions/held.ts';
import type { Notice as DueNotice } from './news/notices.ts';
import type { PushMessage } from './push/message.ts';
import { topicOf } from './push/topic.ts';

export interface Words {
  /** Of the app, without a slash at its end. */
  readonly origin: () => string;
  /** Names of topics say nothing without it. */
  readonly secret: Uint8Array;
}

export interface To {
  readonly id: string;
  readonly device: DeviceId;
  readonly endpoint: Endpoint;
}

/** What is said, before it is a message. */
type Said = Pick<PushMessage, 'topic' | 'urgency' | 'priority' | 'ttlMs'> & { readonly notice: Notice };

/** Something is new. */
export function newsMessage(words: Words, to: To, due: DueNotice): PushMessage {
  const places = placesOf(due);
  const sites = [...new Set(due.sites.map(({ site }) => site))];
  const topic = topicAt(words, to.device, sites);
  const navigate = words.origin() + routeOf(places, sites);
  return messageOf(to, {
    notice: { kind: 'news', badge: due.badge, places, navigate, tag: topic },
    topic,
    urgency: due.isUrgent ? 'high' : 'normal',
    priority: due.isUrgent ? 0 : 1,
    ttlMs: pushTtlMaxMs,
  });
}

/** Everything in these sites was read on another device. */
export function readMessage(
  words: Words,
  to: To,
  { sites, badge }: { readonly sites: readonly SiteId[]; readonly badge: number },
): PushMessage {
  const topic = topicAt(words, to.device, sites);
  const places = sites.map((site) => ({ site, log: null, upTo: 0, count: 0, isMention: false }));
  return messageOf(to, {
    notice: { kind: 'read', badge, places, navigate: `${words.origin()}/`, tag: topic },
    topic,
    urgency: 'low',
    priority: 1,
    ttlMs: pushTtlMaxMs,
  });
}

export function testMessage(words: Words, to: To, badge: number): PushMessage {
  const topic = topicOf(words.secret, to.device, 'test');
  return messageOf(to, {
    notice: { kind: 'test', badge, places: [], navigate: `${words.origin()}/`, tag: topic },
    topic,
    urgency: 'high',
    priority: 0,
    ttlMs: noticeTestTtlMs,
  });
}

function messageOf({ id, device, endpoint }: To, said: Said): PushMessage {
  const { notice, ...how } = said;
  const { url, p256dh, auth } = endpoint;
  return {
    id,
    device,
    subscription: { endpoint: url, p256dh, auth },
    text: encodeNotice(notice),
    leanText: notice.places.length > 1 ? encodeNotice({ ...notice, places: [] }) : null,
    ...how,
  };
}

/** A later message about one site takes the place of an earlier one; what is about several is its own. */
function topicAt({ secret }: Words, device: DeviceId, sites: readonly SiteId[]): string {
  return topicOf(secret, device, ...sites.toSorted());
}

/** Each mention by itself; of what else is new in a site the log, or their number when there are several. */
function placesOf({ places, sites }: DueNotice): readonly NoticePlace[] {
  const made: NoticePlace[] = [];
  for (const { site, log, upTo, isMention } of places)
    if (isMention) made.push({ site, log, upTo, count: 1, isMention });
  for (const { site, ordinal } of sites) {
    const news = places.filter((place) => place.site === site && !place.isMention);
    const [first] = news;
    if (first === undefined) continue;
    const isOne = news.length === 1;
    const { log, upTo } = isOne ? first : { log: null, upTo: ordinal };
    made.push({ site, log, upTo, count: news.length, isMention: false });
  }
  return made.slice(0, noticePlacesMax);
}

function isKnock(places: readonly NoticePlace[]): boolean {
  return places.length === 1 && places[0]?.log === knocksLog;
}

function routeOf(places: readonly NoticePlace[], sites: readonly SiteId[]): string {
  const [site] = sites;
  if (site === undefined || sites.length > 1) return '/#/';
  // Which post it is only the device asks.
  if (neighbourIn(site) !== null) return isKnock(places) ? '/#/requests' : '/#/inbox';
  const log = places.length === 1 ? places[0]?.log : null;
  return log ? `/#/site/${site}/log/${log}` : `/#/site/${site}`;
}
