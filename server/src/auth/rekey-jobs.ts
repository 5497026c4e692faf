/**
 * Which site waits for a device (SPEC K6): one whose admin it acts for, and whose newest key its user has been
 * given. A device is given its sites in turn, beginning behind the last one, so that neither a thousand sites
 * whose admins are away nor one where it fails again and again stand before the others.
 */

import { pause } from 'copse/internal/base/env.ts';
import type { SiteId } from 'copse/internal/base/ids.ts';
import { rekeyLookMax } from 'copse/internal/base/limits.ts';
import type { DueRecord } from '../store/keys.ts';
import type { Grounds, Who } from './grounds.ts';
import type { RekeyLeases } from './rekey-leases.ts';
import { isAdmin } from './rights.ts';

interface Desk {
  readonly grounds: Grounds;
  readonly rekey: RekeyLeases;
}

/** What this device is to do next, which is leased to it; null: nothing. */
export async function takeJob(desk: Desk, who: Who): Promise<DueRecord | null> {
  const last = desk.rekey.lastOf(who.device);
  const behind = await takeBetween(desk, who, { after: last, until: null });
  if (behind !== null || last === null) return behind;
  return takeBetween(desk, who, { after: null, until: last });
}

async function takeBetween(
  desk: Desk,
  who: Who,
  { after, until }: { readonly after: SiteId | null; readonly until: SiteId | null },
): Promise<DueRecord | null> {
  const { accounts, env } = desk.grounds;
  for (let from = after; ;) {
    const page = await accounts.keys.due(who.user, from, rekeyLookMax);
    for (const due of page) {
      if (until !== null && due.site > until) return null;
      if (await isTaken(desk, who, due.site)) return due;
    }
    const last = page.at(-1);
    if (page.length < rekeyLookMax || last === undefined) return null;
    from = last.site;
    // Others may have the thread between two pages.
    await pause(env, 0);
  }
}

async function isTaken({ grounds, rekey }: Desk, who: Who, site: SiteId): Promise<boolean> {
  const holder = rekey.holder(site);
  if (holder !== null && holder !== who.device) return false;
  if (!(await isAdmin(grounds, who, site))) return false;
  // Who has not been given the newest key herself can neither hand it on nor link the next one to it.
  const { keys } = grounds.accounts;
  const epoch = (await keys.siteKey(site))?.epoch ?? 0;
  if ((await keys.envelope(site, epoch, who.user)) === null) return false;
  return rekey.take(site, who.device);
}
