/**
 * Whose devices wrote in a site. Entries name their device only; the node says whose it is, presence says
 * it too, and the device knows itself.
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault, type Fault } from '../base/fault.ts';
import { Cache } from '../base/cache.ts';
import type { DeviceId, SiteId, UserId } from '../base/ids.ts';
import type { AuthBasics } from '../api/auth-basics.ts';

export interface Owner {
  readonly device: DeviceId;
  readonly user: UserId;
  readonly name: string;
}

export interface PeopleOwner {
  readonly env: Env;
  /** Auth, when it can be reached at once. */
  auth(): AuthBasics | null;
  onPeople(site: SiteId, people: readonly Owner[]): void;
}

const KNOWN_MAX = 20_000;
const ASK_MAX = 256;
/** A device that the node did not know is asked for again after this. */
const AGAIN_MS = 60_000;
/** A question that failed on a connection that stays is asked again after this. */
const RETRY_MS = 5_000;

interface Stranger {
  readonly site: SiteId;
  readonly device: DeviceId;
}

export class People {
  readonly #owner: PeopleOwner;
  readonly #knownByName = new Cache<string, Owner>(KNOWN_MAX);
  /** When a device was last asked for in vain. */
  readonly #missedMsByName = new Cache<string, number>(KNOWN_MAX);
  /** Who is shown without a name because auth could not be asked (SPEC S11). */
  readonly #wantedByName = new Cache<string, Stranger>(KNOWN_MAX);
  #retry: Timer | null = null;

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

  /** Says who is known, to a face that was not there when it was learnt. */
  tell(site: SiteId, tell: PeopleOwner['onPeople']): void {
    const names = [...this.#knownByName.keys()];
    const people = names.flatMap((name) => (name.startsWith(site) && this.#knownByName.get(name)) || []);
    for (let i = 0; i < people.length; i += ASK_MAX) tell(site, people.slice(i, i + ASK_MAX));
  }

  /**
   * Asks for those that are not known; resolves when there is an answer. Without a connection it resolves
   * at once, and asks when there is one.
   */
  async find(site: SiteId, devices: Iterable<DeviceId>): Promise<void> {
    const unknown = [...new Set(devices)].filter((device) => this.#isWorthAsking(site, device));
    const auth = this.#owner.auth();
    if (auth === null) this.#want(site, unknown);
    else if (unknown.length > 0) await this.#ask(auth, site, unknown);
  }

  /** Auth is connected: those who were asked for meanwhile get their names. */
  connected(): void {
    const devicesBySite = new Map<SiteId, DeviceId[]>();
    // A copy: looking at an entry of the cache moves it to the end.
    const names = [...this.#wantedByName.keys()];
    for (const name of names) {
      const wanted = this.#wantedByName.get(name);
      if (wanted === undefined) continue;
      const { site, device } = wanted;
      const others = devicesBySite.get(site);
      if (others === undefined) devicesBySite.set(site, [device]);
      else others.push(device);
    }
    this.#wantedByName.clear();
    for (const [site, devices] of devicesBySite) void this.find(site, devices);
  }

  stop(): void {
    this.#retry?.cancel();
    this.#wantedByName.clear();
  }

  #want(site: SiteId, devices: readonly DeviceId[]): void {
    for (const device of devices) this.#wantedByName.set(`${site} ${device}`, { site, device });
  }

  async #ask(auth: AuthBasics, site: SiteId, unknown: readonly DeviceId[]): Promise<void> {
    const nowMs = this.#owner.env.nowMs();
    for (const device of unknown) this.#missedMsByName.set(`${site} ${device}`, nowMs);
    for (let i = 0; i < unknown.length; i += ASK_MAX) {
      try {
        this.learn(site, await auth.writers({ site, devices: unknown.slice(i, i + ASK_MAX) }));
      } catch (thrown) {
        this.#failed(asFault(thrown), site, unknown.slice(i));
        return;
      }
    }
  }

  #failed(fault: Fault, site: SiteId, devices: readonly DeviceId[]): void {
    this.#owner.env.log('info', 'people.find', { fault: fault.code });
    if (fault.retry === 'never') return;
    for (const device of devices) this.#missedMsByName.delete(`${site} ${device}`);
    this.#want(site, devices);
    this.#retry?.cancel();
    this.#retry = this.#owner.env.after(RETRY_MS, () => {
      if (this.#owner.auth() !== null) this.connected();
    });
  }

  #isWorthAsking(site: SiteId, device: DeviceId): boolean {
    if ((this.get(site, device)?.name ?? '') !== '') return false;
    const missedMs = this.#missedMsByName.get(`${site} ${device}`);
    return missedMs === undefined || this.#owner.env.nowMs() - missedMs > AGAIN_MS;
  }
}
