/**
 * Where what this device wrote stands in a log, when only the log itself can tell (SPEC L6, L9); loaded when a
 * connection has ended with something unsaid.
 */

import type { DeviceId, Handle } from '../base/ids.ts';
import { Fault } from '../base/fault.ts';
import { pageBytesMax } from '../base/limits.ts';
import type { Page, TailRemote } from '../api/tail.ts';
import { nameOf } from './backlog.ts';
import { ownRuns, type Own } from './own-runs.ts';

/** The device's entries from a position to the end of the log, by the names of their identities. */
export async function findOwn(
  read: (from: number) => Promise<Page>,
  device: DeviceId,
  from: number,
): Promise<ReadonlyMap<string, Own>> {
  const ownByName = new Map<string, Own>();
  for (let at = from; ;) {
    const page = await read(at);
    if (page.kind === 'trimmed') {
      at = Math.max(page.first, at + 1);
      continue;
    }
    collect(page, device, ownByName);
    at = page.at + page.count;
    if (page.count === 0 || at >= page.tail) return ownByName;
  }
}

/** The same under a lease; `closed` when there is none. */
export function findOwnIn(
  lease: {
    readonly session: { readonly remote: TailRemote };
    readonly handle: Handle;
    readonly tail: number;
  } | null,
  device: DeviceId,
  from: number,
): Promise<ReadonlyMap<string, Own>> {
  if (lease === null) return Promise.reject(new Fault('closed'));
  const { session, handle, tail } = lease;
  const read = (at: number): Promise<Page> =>
    session.remote.read({ handle, from: at, bytesMax: pageBytesMax });
  // A log that was set back ends before where these entries were to stand.
  return findOwn(read, device, Math.max(1, Math.min(from, tail)));
}

function collect(
  page: Extract<Page, { readonly kind: 'page' }>,
  device: DeviceId,
  ownByName: Map<string, Own>,
): void {
  for (const own of ownRuns(page, device)) ownByName.set(nameOf(own), own);
}
