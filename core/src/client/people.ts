/**
 * Whose devices wrote in a site. Entries name their device only; the node says whose it is, presence says
 * it too, and the device knows itself.
 */

import type { Env } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import { Cache } from '../base/cache.ts';
import type { DeviceId, SiteId, UserId } from '../base/ids.ts';
import type { AuthRemote } from '../api/auth.ts';

export interface Owner {
  readonly device: DeviceId;
  readonly user: UserId;
  readonly name: string;
}

export interface PeopleOwner {
  readonly env: Env;
  /** Auth, when it can be reached at once. */
  auth(): AuthRemote | null;
  onPeople(site: SiteId, people: readonly Owner[]): void;
}

const KNOWN_MAX = 20_000;
const ASK_MAX = 256;
/** A device that the node did not know is asked for again after this. */
const AGAIN_MS = 60_000;

export class People {
  readonly #owner: PeopleOwner;
  readonly #knownByName = new Cache<string, Owner>(KNOWN_MAX);
  /** When a device was last asked for in vain. */
  readonly #missedMsByName = new Cache<string, number>(KNOWN_MAX);

  constructor(owner: PeopleOwner) {
    this.#owner = owner;
  }

  get(site: SiteId, device: DeviceId): Owner | undefined {
    return this.#knownByName.get(`${site} ${device}`);
  }

  learn(site: SiteId, people: readonly Owner[]): void {
    const fresh = people.filter((each) => {
      const known = this.get(site, each.device);
      return (
        known === undefined || known.user !== each.user || (each.name !== '' && known.name !== each.name)
      );
    });
    for (const each of fresh) this.#knownByName.set(`${site} ${each.device}`, each);
    if (fresh.length > 0) this.#owner.onPeople(site, fresh);
  }

  /** Asks for those that are not known; resolves when there is an answer, or at once without a connection. */
  async find(site: SiteId, devices: Iterable<DeviceId>): Promise<void> {
    const unknown = [...new Set(devices)].filter((device) => this.#isWorthAsking(site, device));
    const auth = this.#owner.auth();
    if (unknown.length === 0 || auth === null) return;
    const nowMs = this.#owner.env.nowMs();
    for (const device of unknown) this.#missedMsByName.set(`${site} ${device}`, nowMs);
    for (let i = 0; i < unknown.length; i += ASK_MAX) {
      try {
        this.learn(site, await auth.writers({ site, devices: unknown.slice(i, i + ASK_MAX) }));
      } catch (thrown) {
        this.#owner.env.log('info', 'people.find', { fault: asFault(thrown).code });
        return;
      }
    }
  }

  #isWorthAsking(site: SiteId, device: DeviceId): boolean {
    if ((this.get(site, device)?.name ?? '') !== '') return false;
    const missedMs = this.#missedMsByName.get(`${site} ${device}`);
    return missedMs === undefined || this.#owner.env.nowMs() - missedMs > AGAIN_MS;
  }
}
