/**
 * Whose the devices are under whose identity entries stand, so that nobody is told of her own words, whoever placed
 * them (SPEC I17). Who connects says so herself; of others auth is asked, and who is not known by then is nobody: one
 * notification too many is better than none.
 */

import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import { authorsAskedMax, authorsKnownMax, newsWritersMax } from 'copse/internal/base/limits-notify.ts';
import type { Authority } from './rights.ts';

export interface AuthorsOptions {
  readonly env: Env;
  /** Null: nobody can be asked. */
  readonly authority: Pick<Authority, 'usersOf'> | null;
}

/** News of a log that goes together. */
interface Written {
  /** More than `newsWritersMax` are many. */
  readonly writers: readonly DeviceId[];
}

export class Authors {
  readonly #options: AuthorsOptions;
  readonly #userByDevice = new Cache<DeviceId, UserId>(authorsKnownMax);

  constructor(options: AuthorsOptions) {
    this.#options = options;
  }

  /** The device has proven that it is hers. */
  learn(device: DeviceId, user: UserId): void {
    this.#userByDevice.set(device, user);
  }

  /** Asks about those who are not known; null when there is nobody to ask about. */
  meet(rows: readonly Written[]): Promise<void> | null {
    const strangers = new Set<DeviceId>();
    for (const { writers } of rows) {
      if (writers.length > newsWritersMax) continue;
      for (const device of writers) if (this.#userByDevice.get(device) === undefined) strangers.add(device);
    }
    const { authority } = this.#options;
    if (authority === null || strangers.size === 0) return null;
    return this.#ask(authority, [...strangers].slice(0, authorsAskedMax));
  }

  async #ask(authority: Pick<Authority, 'usersOf'>, devices: readonly DeviceId[]): Promise<void> {
    try {
      const { users } = await authority.usersOf({ devices });
      for (const [i, user] of users.entries()) {
        const device = devices[i];
        if (user !== null && device !== undefined) this.learn(device, user);
      }
    } catch (thrown) {
      this.#options.env.log('info', 'tail.authors', { fault: asFault(thrown).code });
    }
  }

  /** Who alone wrote all of it; null when several did or somebody is not known. */
  of({ writers }: Written): UserId | null {
    if (writers.length > newsWritersMax) return null;
    let sole: UserId | null = null;
    for (const device of writers) {
      const user = this.#userByDevice.get(device);
      if (user === undefined || (sole !== null && user !== sole)) return null;
      sole = user;
    }
    return sole;
  }
}
