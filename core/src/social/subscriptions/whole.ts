/** A state as changes that make it out of nothing, and what it takes to make one state of another (SPEC I11). */

import type { QuietSpec, SubscriptionChange } from '../../api/notify.ts';
import { compare } from '../../base/bytes.ts';
import { resourcesOf, tagsOf, type Difference, type Endpoint, type Held, type Listener } from './held.ts';

/** Changes after which a state that was empty is this one. Overrides that have ended are left out. */
export function* changesOf(held: Held, nowMs: number): Generator<SubscriptionChange> {
  if (held.quiet !== null) yield { kind: 'quiet', hours: held.quiet };
  for (const [device, endpoint] of held.endpoints()) yield { kind: 'endpoint', device, ...endpoint };
  for (const { device, site, listener } of held.listeners()) {
    const { audience, level, override, tags } = listener;
    yield { kind: 'join', device, site, audience: resourcesOf(audience) };
    if (level !== 'all') yield { kind: 'level', device, site, level };
    if (tags.length > 0) yield { kind: 'tags', device, site, tags: tagsOf(tags) };
    if (override === null) continue;
    const kind = override.level === 'all' ? 'unmute' : 'mute';
    if (override.untilMs === 0) yield { kind, device, site, durationMs: 0 };
    else if (override.untilMs > nowMs)
      yield { kind, device, site, durationMs: Math.min(override.forMs, Math.ceil(override.untilMs - nowMs)) };
  }
}

/** What makes `from` the same as `to`. */
export function differenceTo(from: Held, to: Held): Difference {
  const listeners: Difference['listeners'][number][] = [];
  for (const { device, site, listener } of to.listeners())
    if (!isSameListener(from.listener(device, site), listener)) listeners.push({ device, site, listener });
  for (const { device, site } of from.listeners())
    if (to.listener(device, site) === null) listeners.push({ device, site, listener: null });
  const endpoints: Difference['endpoints'][number][] = [];
  for (const [device, endpoint] of to.endpoints())
    if (!isSameEndpoint(from.endpoint(device), endpoint)) endpoints.push([device, endpoint]);
  for (const [device] of from.endpoints()) if (to.endpoint(device) === null) endpoints.push([device, null]);
  if (isSameQuiet(from.quiet, to.quiet)) return { listeners, endpoints };
  return { listeners, endpoints, quiet: to.quiet };
}

function isSameListener(a: Listener | null, b: Listener): boolean {
  if (a === null || a.audience !== b.audience || a.level !== b.level) return false;
  if (compare(a.tags, b.tags) !== 0 || (a.override === null) !== (b.override === null)) return false;
  const { level, forMs, untilMs } = a.override ?? {};
  return level === b.override?.level && forMs === b.override?.forMs && untilMs === b.override?.untilMs;
}

export function isSameEndpoint(a: Endpoint | null, b: Endpoint): boolean {
  return a?.url === b.url && compare(a.p256dh, b.p256dh) === 0 && compare(a.auth, b.auth) === 0;
}

function isSameQuiet(a: QuietSpec | null, b: QuietSpec | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.zone === b.zone &&
    a.days === b.days &&
    a.fromMinute === b.fromMinute &&
    a.toMinute === b.toMinute &&
    a.mentionsPass === b.mentionsPass
  );
}
