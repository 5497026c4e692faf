/** Which quiet hours there can be: what auth takes from a device and notify from auth (SPEC I8). */

import type { QuietSpec } from '../../api/notify.ts';
import { Fault } from '../../base/fault.ts';
import type { Zones } from '../../base/zones.ts';

const EVERY_DAY = 127;

/** Throws `malformed` for hours that cannot be: an unknown zone, no day, or no end. */
export function checkQuiet(zones: Zones, spec: QuietSpec): void {
  zones.check(spec.zone);
  if (spec.days === 0) throw new Fault('malformed', 'Quiet hours have a day on which they begin.');
  if (spec.days === EVERY_DAY && spec.fromMinute === spec.toMinute)
    throw new Fault('malformed', 'Quiet hours of every day end some time of the day.');
}
