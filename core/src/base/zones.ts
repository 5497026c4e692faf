/**
 * How far the clocks of a time zone are ahead of UTC, and when such a clock shows a time. The rules are those
 * of the runtime (`Intl`); what was asked is kept, because users of one zone ask for the same times.
 */

import { Cache } from './cache.ts';
import { Fault } from './fault.ts';
import { zonesKeptMax } from './limits-notify.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const OFFSETS_MAX = 512;
/** Offsets as `+02:00` are no zones: they know no summer. */
const NAME = /^[A-Za-z]/;
/** Times of a day, as they are read off a clock. */
const CLOCK = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
} as const;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsetByMinute: Cache<number, number>;
}

/** When a clock shows a time: more than one moment when it is set back, and none when it is set forward past it. */
export interface Shown {
  /** The first moment at which it shows this time or a later one. */
  readonly firstMs: number;
  /** The last moment at which it begins to. */
  readonly lastMs: number;
}

export class Zones {
  readonly #zones = new Cache<string, Zone>(zonesKeptMax);

  /** Throws `malformed` for a name that is none. */
  check(name: string): void {
    this.#zone(name);
  }

  /** Milliseconds by which the zone is ahead of UTC. */
  offsetMs(name: string, atMs: number): number {
    const { format, offsetByMinute } = this.#zone(name);
    const minute = Math.floor(atMs / MINUTE_MS);
    const known = offsetByMinute.get(minute);
    if (known !== undefined) return known;
    const offset = clockMs(format, minute * MINUTE_MS) - minute * MINUTE_MS;
    offsetByMinute.set(minute, offset);
    return offset;
  }

  /** `clock` is a time as a clock of the zone shows it, in milliseconds as if it were of UTC. */
  shown(name: string, clock: number): Shown {
    // No zone is a day away from UTC, and none changes twice in two days.
    const before = this.offsetMs(name, clock - DAY_MS);
    const behind = this.offsetMs(name, clock + DAY_MS);
    if (before === behind) return { firstMs: clock - before, lastMs: clock - before };
    const moments = [clock - before, clock - behind].filter(
      (moment) => moment + this.offsetMs(name, moment) === clock,
    );
    if (moments.length > 0) return { firstMs: Math.min(...moments), lastMs: Math.max(...moments) };
    const changedMs = this.#change(name, clock - DAY_MS, clock + DAY_MS);
    return { firstMs: changedMs, lastMs: changedMs };
  }

  /** The first moment of the other offset. */
  #change(name: string, fromMs: number, toMs: number): number {
    let [low, high] = [Math.floor(fromMs / MINUTE_MS), Math.floor(toMs / MINUTE_MS)];
    const before = this.offsetMs(name, fromMs);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetMs(name, middle * MINUTE_MS) === before) low = middle;
      else high = middle;
    }
    return high * MINUTE_MS;
  }

  #zone(name: string): Zone {
    const known = this.#zones.get(name);
    if (known !== undefined) return known;
    const zone = { format: formatOf(name), offsetByMinute: new Cache<number, number>(OFFSETS_MAX) };
    this.#zones.set(name, zone);
    return zone;
  }
}

function formatOf(name: string): Intl.DateTimeFormat {
  if (!NAME.test(name)) throw new Fault('malformed', `A time zone has a name as Europe/Lisbon, not ${name}.`);
  try {
    return new Intl.DateTimeFormat('en', { ...CLOCK, timeZone: name });
  } catch (cause) {
    throw new Fault('malformed', `There is no time zone ${name}.`, { cause });
  }
}

/** What a clock shows, as if it were of UTC. */
function clockMs(format: Intl.DateTimeFormat, atMs: number): number {
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  return Date.UTC(number('year'), number('month') - 1, number('day'), number('hour'), number('minute'));
}
