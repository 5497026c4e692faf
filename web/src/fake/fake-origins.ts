/** Of which web addresses the pages may use a site of the fake node. */

import { Fault } from 'copse/internal/base/fault.ts';
import type { SiteId } from '../model/sdk.ts';
import { pause, type FakeNet } from './fake-log.ts';

export class FakeOrigins {
  readonly #net: FakeNet;
  readonly #bySite = new Map<SiteId, readonly string[]>();

  constructor(net: FakeNet) {
    this.#net = net;
  }

  async get(site: SiteId): Promise<readonly string[]> {
    await pause(this.#net.delayMs());
    return this.#bySite.get(site) ?? [];
  }

  async set(site: SiteId, origins: readonly string[]): Promise<void> {
    await pause(this.#net.delayMs());
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
    if (origins.some((origin) => URL.parse(origin)?.origin !== origin)) throw new Fault('malformed');
    this.#bySite.set(site, origins);
  }
}
