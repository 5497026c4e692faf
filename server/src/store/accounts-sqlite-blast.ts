/**
 * What falls with an attestation, counted before anybody revokes it (SPEC R5): exact, and in steps between
 * which other requests are answered.
 */

import { userId, type UserId } from 'copse/internal/base/ids.ts';
import type { Blast } from './accounts-grants.ts';
import type { GrantsStatements, HeldKey } from './accounts-sqlite-grants-rows.ts';

export interface BlastOptions {
  readonly someMax: number;
  readonly schedule: (task: () => void) => void;
}

/** Attestations looked at before others get their turn. */
const STEP = 128;

export async function blastOf(of: GrantsStatements, root: number, options: BlastOptions): Promise<Blast> {
  const pause = (): Promise<void> => new Promise((resolve) => options.schedule(resolve));
  const seen = new Set<number>([root]);
  /** Rows that go, by user and site. */
  const lost = new Map<string, { readonly row: HeldKey; count: number }>();
  const rows = new Set<number>();
  const take = (row: HeldKey): void => {
    if (rows.has(row.id)) return;
    rows.add(row.id);
    const name = `${row.user} ${row.site}`;
    const known = lost.get(name);
    if (known === undefined) lost.set(name, { row, count: 1 });
    else known.count++;
    for (const derived of of.heldThrough.all(row.id)) take(derived);
  };
  let steps = 0;
  for (const id of seen) {
    for (const row of of.heldVia.all(id)) take(row);
    for (const below of [...of.below.all(id), ...of.leaning.all(id)]) seen.add(below.id);
    if (++steps % STEP === 0) await pause();
  }
  const users = new Set<UserId>();
  const sites = new Set<string>();
  let out = 0;
  for (const { row, count } of lost.values()) {
    users.add(userId(row.user));
    sites.add(row.site);
    if ((of.heldCount.get(row.site, row.user)?.count ?? 0) === count) out++;
    if (++steps % STEP === 0) await pause();
  }
  let devices = 0;
  for (const user of users) {
    devices += of.devices.get(user)?.count ?? 0;
    if (++steps % STEP === 0) await pause();
  }
  const some = [...users].slice(0, options.someMax);
  return { people: users.size, out, devices, sites: sites.size, grants: seen.size - 1, some };
}
