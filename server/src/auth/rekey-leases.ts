/**
 * Who makes the next key of a site: one device at a time, until it is done, gives the work back, or has not
 * said for a while that it is still at it (SPEC K6). Leases are in memory, because what waits is in the store:
 * a node that starts anew lets it be taken anew.
 */

import { Cache } from 'copse/internal/base/cache.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import type { DeviceId, SiteId } from 'copse/internal/base/ids.ts';
import { rekeyLeaseMs, rekeyLeasesMax, rekeyLookMax, rekeyNoticeMs } from 'copse/internal/base/limits.ts';
import type { Accounts } from '../store/accounts.ts';
import type { Live } from './live.ts';

/** Changes after which a key may be due, or somebody may lack the newest one. */
const WAKING: ReadonlySet<string> = new Set(['device', 'grant', 'fallen', 'widened']);

/** Devices of which is known where they are; one that is forgotten begins at its first site. */
const LAST_MAX = 4096;

interface Lease {
  readonly device: DeviceId;
  readonly timer: Timer;
}

export class RekeyLeases {
  readonly #env: Env;
  readonly #live: Live;
  readonly #accounts: Accounts;
  readonly #leaseBySite = new Map<SiteId, Lease>();
  /** Which site a device took last. */
  readonly #lastByDevice = new Cache<DeviceId, SiteId>(LAST_MAX);
  #notice: Timer | null = null;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: { readonly env: Env; readonly live: Live; readonly accounts: Accounts }) {
    this.#env = parts.env;
    this.#live = parts.live;
    this.#accounts = parts.accounts;
    this.#accounts.changes.listen(({ change }) => {
      if (change.kind === 'device') this.endDevice(change.device);
      if (WAKING.has(change.kind)) this.notice();
    });
  }

  /** Something may wait: those who show its sites are told soon. */
  notice(): void {
    if (this.#closed) return;
    this.#notice ??= this.#env.after(rekeyNoticeMs, () => {
      this.#notice = null;
      this.#looking = this.#look().catch((thrown: unknown) => {
        this.#env.log('warn', 'auth.rekey', { cause: String(thrown) });
      });
    });
  }

  async #look(): Promise<void> {
    await this.#accounts.grants.settled();
    let after: SiteId | null = null;
    while (!this.#closed) {
      const sites: readonly SiteId[] = await this.#accounts.keys.dueSites(after, rekeyLookMax);
      for (const site of sites) this.#tell(site);
      after = sites.at(-1) ?? null;
      if (sites.length < rekeyLookMax) return;
    }
  }

  /** Whoever has the lease may have ended its work, or its connection, without being able to say so. */
  #tell(site: SiteId): void {
    const holder = this.holder(site);
    if (holder === null) this.#live.tellKeys(site);
    else this.#live.tellDevice(holder, { what: 'keys', site });
  }

  get size(): number {
    return this.#leaseBySite.size;
  }

  holder(site: SiteId): DeviceId | null {
    return this.#leaseBySite.get(site)?.device ?? null;
  }

  /** Takes or renews; false when another device has it, or this one has too many. */
  take(site: SiteId, device: DeviceId): boolean {
    const held = this.#leaseBySite.get(site);
    if (held !== undefined && held.device !== device) return false;
    if (held === undefined && this.#countOf(device) >= rekeyLeasesMax) return false;
    held?.timer.cancel();
    const timer = this.#env.after(rekeyLeaseMs, () => this.#end(site));
    this.#leaseBySite.set(site, { device, timer });
    this.#lastByDevice.set(device, site);
    return true;
  }

  /** Sites are given in turn: the next one is behind this. */
  lastOf(device: DeviceId): SiteId | null {
    return this.#lastByDevice.get(device) ?? null;
  }

  #countOf(device: DeviceId): number {
    let count = 0;
    for (const lease of this.#leaseBySite.values()) if (lease.device === device) count++;
    return count;
  }

  /** False when the device has no lease any more. */
  renew(site: SiteId, device: DeviceId): boolean {
    return this.holder(site) === device && this.take(site, device);
  }

  /** Over without being done: others are told. */
  giveBack(site: SiteId, device: DeviceId): void {
    if (this.holder(site) === device) this.#end(site);
  }

  done(site: SiteId): void {
    this.#leaseBySite.get(site)?.timer.cancel();
    this.#leaseBySite.delete(site);
  }

  /** The device is gone for good: what it had is free at once. */
  endDevice(device: DeviceId): void {
    const sites = [...this.#leaseBySite.keys()].filter((site) => this.holder(site) === device);
    for (const site of sites) this.#end(site);
  }

  #end(site: SiteId): void {
    this.done(site);
    this.#live.tellKeys(site);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#notice?.cancel();
    for (const { timer } of this.#leaseBySite.values()) timer.cancel();
    this.#leaseBySite.clear();
    await this.#looking;
  }
}
