/**
 * How many bytes of files an account may hold (SPEC Z104): what its place in the tree is worth at that moment, and
 * at most what the operator lets one user have.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key, UserId } from 'copse/internal/base/ids.ts';
import type { Holder } from '../../peer/files/ticket.ts';
import type { Standing } from '../../store/accounts-tree.ts';

export interface AllowanceOptions {
  /** The key of a user of this node. */
  readonly keyOf: (user: UserId) => Promise<Key | null>;
  readonly standing: (key: Key) => Promise<Standing>;
  /** What it held under other keys goes over before anything is counted. */
  readonly meet: (key: Key) => Promise<void>;
  readonly bytesMax: number;
}

/** Null: there is no account (any more). */
export function allowanceBy({ keyOf, standing, meet, bytesMax }: AllowanceOptions) {
  return async (user: UserId): Promise<number | null> => {
    const key = await keyOf(user);
    const found = key === null ? null : await standing(key);
    if (key === null || found?.kind !== 'friend') return null;
    await meet(key);
    return Math.min(found.bytes, bytesMax);
  };
}

export interface WorthOptions {
  readonly allowance: (user: UserId) => Promise<number | null>;
  /** The epoch that tokens of a device have to have; null: no such device is in use. */
  readonly epochOf: (device: DeviceId) => Promise<number | null>;
}

/**
 * How many bytes whoever shows a ticket may have at that moment; throws once its account was removed, or its device
 * revoked or logged out (SPEC Z14, Z42). Asked with every chunk: two rows by their ids, some microseconds, against
 * the hash of a chunk and two commits, and nothing is kept that could be out of date.
 */
export function worthBy({ allowance, epochOf }: WorthOptions) {
  return async ({ account, device }: Holder): Promise<number> => {
    const bytes = await allowance(account);
    if (bytes === null) throw new Fault('forbidden', 'this user has no account here');
    if (device === null) return bytes;
    const epoch = await epochOf(device.id);
    if (epoch === null || device.epoch < epoch)
      throw new Fault('revoked', 'the device of this ticket, or it has logged out since');
    return bytes;
  };
}
