/** What has to change so that the devices of a user hear of what she holds, and only of that (SPEC I6, I19). */

import type { SubscriptionChange } from 'copse/internal/api/notify.ts';
import type { DeviceId, SiteId } from 'copse/internal/base/ids.ts';
import { listenersPerUserMax } from 'copse/internal/base/limits-notify.ts';
import { resourcesOf, type Held } from 'copse/internal/social/subscriptions/held.ts';

export interface Wanted {
  /** Devices that hear nothing any more. */
  readonly ended: ReadonlySet<DeviceId>;
  /** One that hears though it has no address, for who is told by e-mail. */
  readonly silent: DeviceId | null;
  readonly audienceBySite: ReadonlyMap<SiteId, string>;
}

export interface ChangesTo {
  readonly changes: readonly SubscriptionChange[];
  /** Joins for which there is no room. */
  readonly left: number;
}

/** Leaves come first: what they free is there for the joins. */
export function changesTo(held: Held, { ended, silent, audienceBySite }: Wanted): ChangesTo {
  const leaves: SubscriptionChange[] = [];
  let count = held.listenerCount;
  const listening = new Set([...held.listeners()].map(({ device }) => device));
  for (const device of new Set([...listening, ...ended])) {
    const isOver = ended.has(device) || (held.endpoint(device) === null && device !== silent);
    const sites = [...held.sitesOf(device)];
    const left = isOver ? sites : sites.filter((site) => !audienceBySite.has(site));
    count -= left.length;
    if (isOver) leaves.push({ kind: 'leaveAll', device });
    else leaves.push(...left.map((site) => ({ kind: 'leave', device, site }) as const));
  }
  for (const device of ended) leaves.push({ kind: 'forgetEndpoint', device });
  const joins: SubscriptionChange[] = [];
  let left = 0;
  const hearing = [...held.endpoints()].map(([device]) => device).filter((device) => !ended.has(device));
  for (const device of new Set(silent === null ? hearing : [...hearing, silent])) {
    for (const [site, audience] of audienceBySite) {
      const known = held.listener(device, site);
      if (known?.audience === audience) continue;
      if (known === null && count >= listenersPerUserMax) left++;
      else joins.push({ kind: 'join', device, site, audience: resourcesOf(audience) });
      if (known === null && count < listenersPerUserMax) count++;
    }
  }
  return { changes: [...leaves, ...joins], left };
}
