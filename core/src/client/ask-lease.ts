/** Asking for a log with as much right as there is (SPEC S12). */

import { asFault, Fault } from '../base/fault.ts';
import type { Key, LogId, SiteId } from '../base/ids.ts';
import { permission } from '../api/model.ts';
import type { LeaseAnswer, TailRemote } from '../api/tail.ts';
import type { Identity } from './identity.ts';
import type { Proofs } from './proofs.ts';
import type { TailSession } from './tail-session.ts';

type Granted = Exclude<LeaseAnswer, { readonly kind: 'needProof' }>;

export interface Leased extends Omit<Granted, 'kind'> {
  /** Whether each device writes for itself or hands its entries to a leader. */
  readonly kind: Granted['kind'];
  readonly mayWrite: boolean;
}

export interface Asking {
  readonly remote: TailRemote;
  /** Where the remote is: proofs are signed for it (SPEC R8). */
  readonly node: Key;
  readonly proofs: Proofs;
}

export function askingOf(session: TailSession, { proofs }: Identity): Asking {
  return { remote: session.remote, node: session.node, proofs };
}

type Place = { readonly site: SiteId; readonly log: LogId };

/** `permissions`: what this device knows of its rights, and to write when something waits; the node's word counts. */
export async function askLease(asking: Asking, place: Place, permissions: number): Promise<Leased> {
  const known = permissions | asking.proofs.permissionsIn(place.site);
  if ((known & permission.write) === 0) return ask(asking, place, 'read');
  try {
    return await ask(asking, place, 'write');
  } catch (thrown) {
    // The right to write may have gone without the right to read.
    if (asFault(thrown).retry !== 'never') throw thrown;
    return ask(asking, place, 'read');
  }
}

async function ask({ remote, node, proofs }: Asking, place: Place, want: 'read' | 'write'): Promise<Leased> {
  const first = await remote.lease({ ...place, want });
  const answer =
    first.kind !== 'needProof'
      ? first
      : await proofs.present({ remote, node, ...place, want, nonce: first.nonce });
  return { ...answer, mayWrite: want === 'write' && (answer.permissions & permission.write) !== 0 };
}

/** What becomes of appends under a lease that is for reading only. */
export function mayOnlyRead(): Fault {
  return new Fault('forbidden', 'You may read this log, and not write to it.');
}
