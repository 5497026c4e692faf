/**
 * Callers of a door of this process that keep no connection: a token in the hands of a device that has proven its
 * key to the door, and what its user may do on a log from there and now (SPEC F10). Asked anew for each use, so
 * what was taken back is not believed again.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import type { Key, LogId, SiteId } from 'copse/internal/base/ids.ts';
import { admitBearer, questionOf, type Admitted } from './admission.ts';
import { permittedHere } from './permitted.ts';
import type { Shard } from './shard.ts';

export type { Admitted } from './admission.ts';

export interface Use {
  readonly site: SiteId;
  readonly log: LogId;
  readonly from: { readonly address: string; readonly origin: string | null };
}

export interface May {
  readonly permissions: number;
  /** Entries under an older key epoch are refused. */
  readonly keyEpoch: number;
}

/** A right that changes while it is asked for is asked for again this often. */
const ATTEMPTS_MAX = 3;

export class Bearers {
  readonly #shard: Shard;

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  /** Whom a token stands for; throws as `connect` does. The device has proven its key. */
  admit(device: Key, token: Uint8Array): Admitted {
    return admitBearer(this.#shard, device, token);
  }

  /** What the caller may do; `forbidden` or `revoked` when it is nothing at all. */
  async may(caller: Admitted, { site, log, from }: Use): Promise<May> {
    const shard = this.#shard;
    const { feed, rights, env } = shard;
    if (feed.stale) throw new Fault('stale');
    if (caller.untilMs <= env.nowMs()) throw new Fault('expired', 'the token');
    if (feed.isRevoked(caller.user, caller.device, caller.deviceEpoch))
      throw new Fault('revoked', 'the device');
    let access = await rights.access(questionOf(shard, caller, { site, log }));
    // A change may have come between the answer of auth and this line.
    for (let attempt = 1; !access.current && attempt < ATTEMPTS_MAX; attempt++)
      access = await rights.access(questionOf(shard, caller, { site, log }));
    if (!access.current) throw new Fault('stale', 'the right has just changed');
    const here = permittedHere(env, access, { log, from });
    const permissions = here.untilMs <= env.nowMs() ? 0 : here.permissions & caller.scope;
    if (permissions === 0) throw new Fault('forbidden', 'to use this log');
    return { permissions, keyEpoch: access.keyEpoch };
  }
}
