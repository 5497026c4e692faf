/**
 * Quiet hours: from a minute of some days of the week to another one, by the clocks of a time zone (SPEC I8).
 * They are one stretch each: where clocks are set back in between they begin with the first time that a clock
 * shows their beginning and end with the last time that it shows their end, so that nothing is told in the
 * middle; a beginning or an end that clocks skip is when they skip it.
 */

import type { QuietSpec } from 'copse/internal/api/notify.ts';
import type { Zones } from 'copse/internal/base/zones.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The first day of the time scale was a Thursday; Monday is the lowest bit. */
const FIRST_WEEKDAY = 3;
/** As many as can follow one another without a pause. */
const STRETCHES_MAX = 8;

/** The moment at which the quiet time ends in which `wallMs` lies, or null when it lies in none. */
export function quietUntil(zones: Zones, spec: QuietSpec, wallMs: number): number | null {
  let untilMs = wallMs;
  for (let stretch = 0; stretch < STRETCHES_MAX; stretch++) {
    const endMs = endOf(zones, spec, untilMs);
    if (endMs === null) break;
    untilMs = endMs;
  }
  return untilMs === wallMs ? null : untilMs;
}

/** The latest end of a stretch that holds the moment. */
function endOf(zones: Zones, spec: QuietSpec, atMs: number): number | null {
  const today = Math.floor((atMs + zones.offsetMs(spec.zone, atMs)) / DAY_MS);
  let endMs: number | null = null;
  // Tomorrow too: when clocks are set back over midnight, it had begun before.
  for (let day = today - 1; day <= today + 1; day++) {
    if (!isOn(spec, day)) continue;
    const { firstMs } = zones.shown(spec.zone, day * DAY_MS + spec.fromMinute * MINUTE_MS);
    if (firstMs > atMs) continue;
    const length = spec.toMinute > spec.fromMinute ? 0 : DAY_MS;
    const { lastMs } = zones.shown(spec.zone, day * DAY_MS + length + spec.toMinute * MINUTE_MS);
    if (lastMs > atMs) endMs = Math.max(endMs ?? 0, lastMs);
  }
  return endMs;
}

function isOn({ days }: QuietSpec, day: number): boolean {
  const weekday = (((day + FIRST_WEEKDAY) % 7) + 7) % 7;
  return (days & (1 << weekday)) !== 0;
}
