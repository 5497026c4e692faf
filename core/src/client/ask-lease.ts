/** Asking for a log with as much right as there is (SPEC S12). */

import { asFault, Fault } from '../base/fault.ts';
import type { LogId, SiteId } from '../base/ids.ts';
import { permission } from '../api/model.ts';
import type { LeaseAnswer, TailRemote } from '../api/tail.ts';

export interface Leased extends Extract<LeaseAnswer, { readonly kind: 'open' }> {
  readonly mayWrite: boolean;
}

/** `permissions`: what this device knows of its rights, and to write when something waits; the node's word counts. */
export async function askLease(
  remote: TailRemote,
  place: { readonly site: SiteId; readonly log: LogId },
  permissions: number,
): Promise<Leased> {
  if ((permissions & permission.write) === 0) return ask(remote, place, 'read');
  try {
    return await ask(remote, place, 'write');
  } catch (thrown) {
    // The right to write may have gone without the right to read.
    if (asFault(thrown).retry !== 'never') throw thrown;
    return ask(remote, place, 'read');
  }
}

async function ask(
  remote: TailRemote,
  place: { readonly site: SiteId; readonly log: LogId },
  want: 'read' | 'write',
): Promise<Leased> {
  const answer = await remote.lease({ ...place, want });
  if (answer.kind === 'needProof') throw new Fault('forbidden', 'the node wants a proof');
  return { ...answer, mayWrite: want === 'write' && (answer.permissions & permission.write) !== 0 };
}

/** What becomes of appends under a lease that is for reading only. */
export function mayOnlyRead(): Fault {
  return new Fault('forbidden', 'You may read this log, and not write to it.');
}
