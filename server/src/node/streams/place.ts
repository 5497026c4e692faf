/**
 * Which stream an address means: a log of a site, `SITE/LOG` in hex, or one of the streams that belong to no site,
 * under any other name.
 */

import { logId, siteId, type LogId, type SiteId } from 'copse/internal/base/ids.ts';
import { streamPathBytesMax } from 'copse/internal/base/limits-streams.ts';

/** A log that people have in a site of theirs. */
export interface SiteLog {
  readonly site: SiteId;
  readonly log: LogId;
}

export const streamPrefix = '/v1/stream/';
const SITE_LOG = /^([0-9a-f]{32})\/([0-9a-f]{32})$/;
/** Kept by the protocol for itself. */
const RESERVED = '__ds';

/** The name of the stream that has this address, or null. */
export function pathOfAddress(address: string): string | null {
  if (!address.startsWith(streamPrefix)) return null;
  const path = address.slice(streamPrefix.length);
  return path === '' || path.length > streamPathBytesMax || path.startsWith(RESERVED) ? null : path;
}

export function siteLogOf(path: string): SiteLog | null {
  const found = SITE_LOG.exec(path);
  return found === null ? null : { site: siteId(found[1] ?? ''), log: logId(found[2] ?? '') };
}
