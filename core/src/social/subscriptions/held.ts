/**
 * What a user's devices hear, as auth and notify both hold it: the listeners of each device, the addresses of
 * its push service, the quiet hours. Both ends of `update` change it by the same code (`change.ts`), which is
 * why it lives below them (SPEC I7, I11).
 */

import type { Level, QuietSpec } from '../../api/notify.ts';
import { compare, concat } from '../../base/bytes.ts';
import type { DeviceId, LogId, SiteId } from '../../base/ids.ts';
import { covers, resourceIn, type Resource } from '../../capability/policy.ts';

/** What counts instead of the level until a time. */
export interface Override {
  readonly level: 'all' | 'none';
  /** As it was stated; 0: until the next change. Only this is compared between the ends. */
  readonly forMs: number;
  /** By the clock of who holds it; 0: until the next change. */
  readonly untilMs: number;
}

/** A device in a site. */
export interface Listener {
  /** `*`, or folders and logs in order with a comma between. */
  readonly audience: string;
  readonly level: Level;
  readonly override: Override | null;
  /** Eight bytes each, in order, each once. */
  readonly tags: Uint8Array;
}

export interface Endpoint {
  readonly url: string;
  readonly p256dh: Uint8Array;
  readonly auth: Uint8Array;
}

export interface ListenerAt {
  readonly device: DeviceId;
  readonly site: SiteId;
  readonly listener: Listener;
}

/** The state of a user, wherever it is kept. */
export interface Held {
  readonly listenerCount: number;
  readonly endpointCount: number;
  readonly quiet: QuietSpec | null;
  listener(device: DeviceId, site: SiteId): Listener | null;
  endpoint(device: DeviceId): Endpoint | null;
  sitesOf(device: DeviceId): Iterable<SiteId>;
  listeners(): Iterable<ListenerAt>;
  endpoints(): Iterable<readonly [DeviceId, Endpoint]>;
}

/** How one state differs from another; null is what is not there any more. */
export interface Difference {
  readonly listeners: readonly {
    readonly device: DeviceId;
    readonly site: SiteId;
    readonly listener: Listener | null;
  }[];
  readonly endpoints: readonly (readonly [DeviceId, Endpoint | null])[];
  /** Absent when it is the same. */
  readonly quiet?: QuietSpec | null;
}

export const TAG_BYTES = 8;

/** The level that counts at a time. */
export function levelAt({ level, override }: Listener, nowMs: number): Level {
  if (override === null) return level;
  return override.untilMs === 0 || nowMs < override.untilMs ? override.level : level;
}

/** The only text of an audience, or null when one of the resources is none. */
export function audienceText(resources: readonly string[]): string | null {
  if (resources.some((each) => resourceIn(each) === null)) return null;
  return resources.includes('*') ? '*' : [...new Set(resources)].toSorted().join();
}

/** The resources of the text of an audience. */
export function resourcesOf(audience: string): readonly Resource[] {
  return audience.split(',').flatMap((each) => resourceIn(each) ?? []);
}

/** Whether a log is one that the audience hears of (SPEC I6). */
export function hears(audience: string, log: LogId): boolean {
  return audience === '*' || resourcesOf(audience).some((resource) => covers(resource, log));
}

/** Tags laid end to end, in order, each once. */
export function tagBytes(tags: readonly Uint8Array[]): Uint8Array {
  const sorted = tags.toSorted(compare);
  return concat(...sorted.filter((tag, i) => i === 0 || compare(tag, sorted[i - 1] ?? tag) !== 0));
}

export function tagsOf(laid: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: laid.length / TAG_BYTES }, (_, i) =>
    laid.subarray(TAG_BYTES * i, TAG_BYTES * (i + 1)),
  );
}

/** The state of a user in memory. */
export class MemoryHeld implements Held {
  readonly #listeners = new Map<DeviceId, Map<SiteId, Listener>>();
  readonly #endpoints = new Map<DeviceId, Endpoint>();
  #count = 0;
  #quiet: QuietSpec | null = null;

  get listenerCount(): number {
    return this.#count;
  }

  get endpointCount(): number {
    return this.#endpoints.size;
  }

  get quiet(): QuietSpec | null {
    return this.#quiet;
  }

  listener(device: DeviceId, site: SiteId): Listener | null {
    return this.#listeners.get(device)?.get(site) ?? null;
  }

  endpoint(device: DeviceId): Endpoint | null {
    return this.#endpoints.get(device) ?? null;
  }

  sitesOf(device: DeviceId): Iterable<SiteId> {
    return this.#listeners.get(device)?.keys() ?? [];
  }

  *listeners(): Generator<ListenerAt> {
    for (const [device, sites] of this.#listeners)
      for (const [site, listener] of sites) yield { device, site, listener };
  }

  endpoints(): Iterable<readonly [DeviceId, Endpoint]> {
    return this.#endpoints;
  }

  /** Takes over what differs. */
  take({ listeners, endpoints, quiet }: Difference): void {
    for (const { device, site, listener } of listeners) this.#put(device, site, listener);
    for (const [device, endpoint] of endpoints) {
      if (endpoint === null) this.#endpoints.delete(device);
      else this.#endpoints.set(device, endpoint);
    }
    if (quiet !== undefined) this.#quiet = quiet;
  }

  #put(device: DeviceId, site: SiteId, listener: Listener | null): void {
    const sites = this.#listeners.get(device) ?? new Map<SiteId, Listener>();
    const before = sites.size;
    if (listener === null) sites.delete(site);
    else sites.set(site, listener);
    this.#count += sites.size - before;
    if (sites.size === 0) this.#listeners.delete(device);
    else this.#listeners.set(device, sites);
  }
}
