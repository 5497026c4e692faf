/**
 * What a token of a lease is for: one log of one site (SPEC O4). The fields of a token hold 8 bytes each. The
 * site is named by the beginning of its id; the log by a hash over both whole ids, because a folder or another
 * site may share a beginning.
 */

import { must } from '../base/assert.ts';
import { fromHex, hex } from '../base/bytes.ts';
import type { LogId, SiteId } from '../base/ids.ts';
import { domain } from './domain.ts';
import { hashOf } from './hash.ts';
import type { Primitives } from './primitives.ts';

const LOG = domain('token/log');
const TAG_BYTES = 8;
/** In the fields of a token that is for no site and no log. */
export const noScope = '00'.repeat(TAG_BYTES);

export interface LeaseScope {
  readonly site: string;
  readonly log: string;
}

/** The fields `site` and `log` of a token. */
export function leaseScope(primitives: Primitives, site: SiteId, log: LogId): LeaseScope {
  const bytes = must(fromHex(site + log), 'ids are hex');
  return {
    site: site.slice(0, 2 * TAG_BYTES),
    log: hex(hashOf(primitives, LOG, bytes).subarray(0, TAG_BYTES)),
  };
}

/** Whether a token is one of a lease, good for its log and nothing else. */
export function isScoped({ site, log }: LeaseScope): boolean {
  return site !== noScope || log !== noScope;
}
