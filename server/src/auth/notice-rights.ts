/**
 * Where a user hears of news: her neighbourhood, and every site that she may read something of, and what (SPEC I6, I19, I24). Rights under
 * caveats count as held: what a caveat forbids is opening.
 */

import type { SiteId, UserId } from 'copse/internal/base/ids.ts';
import { clockSkewMs, holdingsMax } from 'copse/internal/base/limits.ts';
import { listenersPerUserMax, noticeWaitingMax } from 'copse/internal/base/limits-notify.ts';
import { isWithin, permission, type Resource } from 'copse/internal/capability/policy.ts';
import { audienceText } from 'copse/internal/social/subscriptions/held.ts';
import { neighbourhoodOf } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { must } from 'copse/internal/base/assert.ts';
import type { Holding } from '../store/accounts-grants.ts';
import { permissionsNow, type Grounds } from './grounds.ts';

export interface Heard {
  readonly audienceBySite: ReadonlyMap<SiteId, string>;
  /** When it changes by itself; null: never. */
  readonly dueMs: number | null;
}

export async function heardBy(grounds: Grounds, user: UserId): Promise<Heard> {
  const nowMs = grounds.env.wallMs();
  const resources = new Map<SiteId, Set<Resource>>();
  let dueMs: number | null = null;
  for await (const { site, rights } of holdingsOf(grounds, user)) {
    const nextMs = nextChange(rights, nowMs);
    if (nextMs !== null) dueMs = Math.min(dueMs ?? nextMs, nextMs);
    if ((permissionsNow(rights, nowMs) & permission.read) === 0) continue;
    const known = resources.get(site);
    if (known !== undefined) known.add(rights.resource);
    else if (resources.size < listenersPerUserMax && (await isSite(grounds, site)))
      resources.set(site, new Set([rights.resource]));
  }
  const audiences = [...resources].map(([site, all]) => [site, audienceOf(grounds, site, all)] as const);
  // The neighbourhood is the first, so that it finds room.
  return { audienceBySite: new Map([[neighbourhoodOf(user), '*'], ...audiences]), dueMs };
}

async function* holdingsOf({ accounts }: Grounds, user: UserId): AsyncGenerator<Holding> {
  for (let after: Pick<Holding, 'site' | 'number'> | null = null; ;) {
    const page: readonly Holding[] = await accounts.grants.whatHolds(user, after, noticeWaitingMax);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < noticeWaitingMax) return;
    after = last;
  }
}

/** Groups are held too, and have no logs. */
async function isSite({ accounts }: Grounds, site: SiteId): Promise<boolean> {
  return (await accounts.sites.site(site)) !== null;
}

/** The next time at which the rights begin or end, by the same clock as `permissionsNow`. */
function nextChange({ notBeforeMs, expiresMs }: Holding['rights'], nowMs: number): number | null {
  const beginsMs = notBeforeMs - clockSkewMs;
  if (nowMs < beginsMs) return beginsMs;
  const endsMs = expiresMs + clockSkewMs;
  return expiresMs !== 0 && nowMs < endsMs ? endsMs : null;
}

/** What others contain is left out; rights by groups may be more than an audience names. */
function audienceOf({ env }: Grounds, site: SiteId, all: ReadonlySet<Resource>): string {
  const widest = [...all].filter((one) => ![...all].some((other) => other !== one && isWithin(one, other)));
  if (widest.length > holdingsMax) env.log('warn', 'notices.audience', { site, count: widest.length });
  return must(audienceText(widest.toSorted().slice(0, holdingsMax)), 'what is held is a resource');
}
