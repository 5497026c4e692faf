/** Rows of a state that have changed, each as it is now, for whoever keeps them (SPEC I11). */

import type { QuietSpec } from '../../api/notify.ts';
import type { DeviceId, SiteId } from '../../base/ids.ts';
import type { Difference, Endpoint, Listener } from './held.ts';

export class Moved {
  readonly #listeners = new Map<DeviceId, Map<SiteId, Listener | null>>();
  readonly #endpoints = new Map<DeviceId, Endpoint | null>();
  #quiet: QuietSpec | null | undefined;

  add({ listeners, endpoints, quiet }: Difference): void {
    for (const { device, site, listener } of listeners) {
      const sites = this.#listeners.get(device) ?? new Map<SiteId, Listener | null>();
      this.#listeners.set(device, sites.set(site, listener));
    }
    for (const [device, endpoint] of endpoints) this.#endpoints.set(device, endpoint);
    if (quiet !== undefined) this.#quiet = quiet;
  }

  /** Null when nothing has changed. */
  difference(): Difference | null {
    if (this.#listeners.size === 0 && this.#endpoints.size === 0 && this.#quiet === undefined) return null;
    const listeners = [...this.#listeners].flatMap(([device, sites]) =>
      [...sites].map(([site, listener]) => ({ device, site, listener })),
    );
    const common = { listeners, endpoints: [...this.#endpoints] };
    return this.#quiet === undefined ? common : { ...common, quiet: this.#quiet };
  }
}
