/**
 * What the changes of an `update` make of a state. Auth and notify run the same code over the same changes, so
 * that both hold the same afterwards; a change of a listener that is not there does nothing (SPEC I7, I11).
 */

import type { QuietSpec, SubscriptionChange } from '../../api/notify.ts';
import { Fault } from '../../base/fault.ts';
import type { DeviceId, SiteId } from '../../base/ids.ts';
import { devicesPerUserMax } from '../../base/limits.ts';
import { listenersPerUserMax } from '../../base/limits-notify.ts';
import { NO_BYTES } from '../../base/bytes.ts';
import {
  audienceText,
  tagBytes,
  type Difference,
  type Endpoint,
  type Held,
  type Listener,
  type ListenerAt,
  type Override,
} from './held.ts';

type Join = Extract<SubscriptionChange, { readonly kind: 'join' }>;
type Change<Kind extends SubscriptionChange['kind']> = Extract<SubscriptionChange, { readonly kind: Kind }>;

/** A state with changes upon it that are not taken over yet. */
export class Draft {
  readonly #under: Held;
  readonly #nowMs: number;
  readonly #listeners = new Map<DeviceId, Map<SiteId, Listener | null>>();
  readonly #endpoints = new Map<DeviceId, Endpoint | null>();
  #quiet: QuietSpec | null | undefined;
  #listenerCount: number;
  #endpointCount: number;

  constructor(under: Held, nowMs: number) {
    this.#under = under;
    this.#nowMs = nowMs;
    this.#listenerCount = under.listenerCount;
    this.#endpointCount = under.endpointCount;
  }

  /** Throws `tooMany` or `malformed`; what came before then stays in the draft, which is thrown away. */
  apply(change: SubscriptionChange): void {
    switch (change.kind) {
      case 'join':
        return this.#join(change);
      case 'leave':
        return this.#put(change.device, change.site, null);
      case 'leaveAll':
        return this.#leaveAll(change.device);
      case 'mute':
        return this.#alter(change, { override: this.#override('none', change.durationMs) });
      case 'unmute':
        return this.#unmute(change);
      case 'level':
        return this.#alter(change, { level: change.level });
      case 'tags':
        return this.#alter(change, { tags: tagBytes(change.tags) });
      case 'endpoint':
        return this.#endpoint(change);
      case 'forgetEndpoint':
        return this.#putEndpoint(change.device, null);
      case 'quiet':
        this.#quiet = change.hours;
    }
  }

  difference(): Difference {
    const listeners = [...this.#listeners].flatMap(([device, sites]) =>
      [...sites].map(([site, listener]) => ({ device, site, listener })),
    );
    const common = { listeners, endpoints: [...this.#endpoints] };
    return this.#quiet === undefined ? common : { ...common, quiet: this.#quiet };
  }

  #listener(device: DeviceId, site: SiteId): Listener | null {
    const drafted = this.#listeners.get(device)?.get(site);
    return drafted === undefined ? this.#under.listener(device, site) : drafted;
  }

  #put(device: DeviceId, site: SiteId, listener: Listener | null): void {
    const before = this.#listener(device, site);
    if (before === null && listener === null) return;
    this.#listenerCount += Number(listener !== null) - Number(before !== null);
    if (listener !== null && before === null && this.#listenerCount > listenersPerUserMax)
      throw new Fault('tooMany', `a user listens in at most ${listenersPerUserMax} places`);
    const sites = this.#listeners.get(device) ?? new Map<SiteId, Listener | null>();
    this.#listeners.set(device, sites.set(site, listener));
  }

  #join({ device, site, audience: resources }: Join): void {
    const audience = audienceText(resources);
    if (audience === null) throw new Fault('malformed', 'an audience names what is no resource');
    const known = this.#listener(device, site);
    const fresh: Listener = { audience, level: 'all', override: null, tags: NO_BYTES };
    this.#put(device, site, known === null ? fresh : { ...known, audience });
  }

  #leaveAll(device: DeviceId): void {
    const sites = new Set([...this.#under.sitesOf(device), ...(this.#listeners.get(device)?.keys() ?? [])]);
    for (const site of sites) this.#put(device, site, null);
  }

  #alter({ device, site }: Omit<ListenerAt, 'listener'>, altered: Partial<Listener>): void {
    const known = this.#listener(device, site);
    if (known !== null) this.#put(device, site, { ...known, ...altered });
  }

  #unmute(change: Change<'unmute'>): void {
    if (change.durationMs > 0)
      return this.#alter(change, { override: this.#override('all', change.durationMs) });
    const level = this.#listener(change.device, change.site)?.level;
    this.#alter(change, { override: null, ...(level === 'none' && { level: 'all' }) });
  }

  #override(level: Override['level'], forMs: number): Override {
    return { level, forMs, untilMs: forMs === 0 ? 0 : this.#nowMs + forMs };
  }

  #endpoint({ device, url, p256dh, auth }: Change<'endpoint'>): void {
    // What was decoded are views into the message.
    this.#putEndpoint(device, { url, p256dh: p256dh.slice(), auth: auth.slice() });
  }

  #putEndpoint(device: DeviceId, endpoint: Endpoint | null): void {
    const drafted = this.#endpoints.get(device);
    const before = drafted === undefined ? this.#under.endpoint(device) : drafted;
    if (before === null && endpoint === null) return;
    this.#endpointCount += Number(endpoint !== null) - Number(before !== null);
    if (endpoint !== null && before === null && this.#endpointCount > devicesPerUserMax)
      throw new Fault('tooMany', `a user has at most ${devicesPerUserMax} devices that are notified`);
    this.#endpoints.set(device, endpoint);
  }
}

/** What changes make of a state; throws `tooMany` or `malformed`, and then nothing has changed. */
export function differenceBy(held: Held, changes: readonly SubscriptionChange[], nowMs: number): Difference {
  const draft = new Draft(held, nowMs);
  for (const change of changes) draft.apply(change);
  return draft.difference();
}

/** Whether its effect depends on when it arrives. */
export function isTimed(change: SubscriptionChange): boolean {
  return 'durationMs' in change && change.durationMs > 0;
}
