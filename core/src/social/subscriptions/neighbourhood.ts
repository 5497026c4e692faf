/**
 * The neighbourhood as a place of notifications (SPEC I24): each user has one of her own, beside the sites that she
 * is in. It is named after her, as no site is: the id of a site is a hash. What is a log in a site is a thread here.
 */

import { hex } from '../../base/bytes.ts';
import { logId, siteId, userId, type Key, type LogId, type SiteId, type UserId } from '../../base/ids.ts';

const NONE = '0'.repeat(16);

export function neighbourhoodOf(user: UserId): SiteId {
  return siteId(NONE + user);
}

/** Whose neighbourhood it is; null: it is a site. */
export function neighbourIn(site: string): UserId | null {
  return site.startsWith(NONE) ? userId(site.slice(NONE.length)) : null;
}

/** What says of news there that it mentions her: there is nobody else whom it could mention, and no device says a tag. */
export const mentionOfHer: Uint8Array = new Uint8Array(8).fill(1);

const LOG_BYTES = 16;

/** The log of what is said in the thread that this message begins. */
export function threadLog(id: Uint8Array): LogId {
  return logId(hex(id.subarray(0, LOG_BYTES)));
}

/** The log of what somebody says who says too much. */
export function authorLog(from: Key): LogId {
  return logId(hex(from.subarray(0, LOG_BYTES)));
}

/** The log of all threads for which there is no room, and that of strangers who knock. */
export const otherThreads: LogId = logId('e'.repeat(32));
export const knocksLog: LogId = logId('f'.repeat(32));
