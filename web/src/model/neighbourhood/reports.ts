/** What was reported to the admins of the node, and what this one has dealt with (SPEC U50). */

import {
  decodeSettled,
  encodeSettled,
  withSettled,
  type Settled,
} from '../../logic/neighbourhood/report-words.ts';
import type { Neighbourhood, ReportRow } from '../sdk-street.ts';

/** As many as a node keeps. */
const REPORTS_MAX = 1_000;
/** Under which the devices of an admin share it. */
const NAME = 'reports';

/** All that waits, the oldest first. */
export async function readReports(doorstep: Neighbourhood['doorstep']): Promise<readonly ReportRow[]> {
  const rows: ReportRow[] = [];
  while (rows.length < REPORTS_MAX) {
    const page = await doorstep.reports(rows.at(-1)?.number ?? 0);
    if (page.length === 0) break;
    rows.push(...page);
  }
  return rows;
}

export async function readSettled(place: Pick<Neighbourhood, 'shared'>): Promise<readonly Settled[]> {
  return decodeSettled(await place.shared(NAME));
}

/** What another device has written meanwhile stays. */
export async function noteSettled(
  place: Pick<Neighbourhood, 'shared' | 'setShared'>,
  settled: Settled,
): Promise<readonly Settled[]> {
  const next = withSettled(await readSettled(place), settled);
  await place.setShared(NAME, encodeSettled(next));
  return next;
}
