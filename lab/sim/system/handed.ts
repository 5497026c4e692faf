/**
 * Since when the node has the newest key of a site for its members. Who came while a key was made, or had stated
 * no key of her own, is handed it by an admin's device as soon as one is there; from then on she is owed every
 * entry (SPEC K6, K7).
 */

import type { SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Accounts } from '../../../server/src/store/accounts.ts';
import type { World } from '../world.ts';

/** Longer than a look at the node takes and the pause between two. */
const LONG_MS = 2_000;

export class Handed {
  readonly #world: World;
  readonly #sinceByUser = new Map<UserId, { readonly epoch: number; readonly ms: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  isLongSince(user: UserId | undefined): boolean {
    const since = user === undefined ? undefined : this.#sinceByUser.get(user);
    return since !== undefined && this.#world.nowMs - since.ms > LONG_MS;
  }

  async look(accounts: Accounts, site: SiteId, users: readonly UserId[]): Promise<void> {
    const epoch = (await accounts.keys.siteKey(site))?.epoch ?? 1;
    for (const user of users) {
      const since = this.#sinceByUser.get(user);
      if (since?.epoch === epoch) continue;
      const isHanded = (await accounts.keys.envelope(site, epoch, user)) !== null;
      if (isHanded) this.#sinceByUser.set(user, { epoch, ms: this.#world.nowMs });
      else this.#sinceByUser.delete(user);
    }
  }
}
