/** Where what this device wrote stands in a log, when only the log itself can tell (SPEC L6, L9). */

import type { DeviceId, Handle } from '../base/ids.ts';
import { Fault } from '../base/fault.ts';
import { pageBytesMax } from '../base/limits.ts';
import type { AckRun, Page, TailRemote } from '../api/tail.ts';
import { EntryCursor } from '../wire/entry.ts';
import { nameOf } from './backlog.ts';
import type { Run } from './log-items.ts';
import type { ReadLease } from './log-reader.ts';

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
  lease: { readonly session: { readonly remote: TailRemote }; readonly handle: Handle } | null,
  device: DeviceId,
  from: number,
): Promise<ReadonlyMap<string, Own>> {
  if (lease === null) return Promise.reject(new Fault('closed'));
  const { session, handle } = lease;
  return findOwn((at) => session.remote.read({ handle, from: at, bytesMax: pageBytesMax }), device, from);
}

function collect(
  page: Extract<Page, { readonly kind: 'page' }>,
  device: DeviceId,
  ownByName: Map<string, Own>,
): void {
  for (const own of ownRuns(page, device)) ownByName.set(nameOf(own), own);
}

/** An entry of this device in the log. */
export interface Own extends AckRun {
  /** The entry, when the leader of the log has changed or refused it. */
  readonly ruled: Uint8Array | null;
}

/** The device's entries of a run, as acknowledgements: what is read has its position for good. */
export function ownRuns(run: Run, device: DeviceId): readonly Own[] {
  const runs: Own[] = [];
  const cursor = new EntryCursor(run.entries);
  for (let at = run.at; at < run.at + run.count && cursor.next(); at++) {
    if (cursor.device() !== device) continue;
    const { epoch, seq, ruling, bytes, start, end } = cursor;
    runs.push({ epoch, seq, count: 1, at, ruled: ruling === null ? null : bytes.slice(start, end) });
  }
  return runs;
}

/** How a lease reads; `notice` is told of every entry before whoever asked. */
export function noticing(
  remote: Pick<TailRemote, 'attach' | 'read'>,
  handle: Handle,
  notice: (run: Run) => void,
): Pick<ReadLease, 'attach' | 'read'> {
  const after = async (asked: Promise<Page>): Promise<Page> => {
    const page = await asked;
    if (page.kind === 'page') notice(page);
    return page;
  };
  return {
    attach: (from) => after(remote.attach({ handle, from, bytesMax: pageBytesMax })),
    read: (from, bytesMax = pageBytesMax) => after(remote.read({ handle, from, bytesMax })),
  };
}
