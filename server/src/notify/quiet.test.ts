/** Quiet hours against a slow reference that reads a clock of the zone minute by minute, over whole years. */

import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { QuietSpec } from 'copse/internal/api/notify.ts';
import { must } from 'copse/internal/base/assert.ts';
import { zonesKeptMax } from 'copse/internal/base/limits-notify.ts';
import { Zones } from 'copse/internal/base/zones.ts';
import { checkQuiet } from 'copse/internal/social/subscriptions/quiet.ts';
import { quietUntil } from './quiet.ts';

const MINUTE = 60_000;
const HOUR = 60;
const DAY = 1_440;

function spec(zone: string, days: number, from: string, to: string): QuietSpec {
  return { zone, days, fromMinute: minuteOf(from), toMinute: minuteOf(to), mentionsPass: false };
}

function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * HOUR + minutes;
}

/** What a clock shows in every minute of a year and some days around it, in minutes as if it were of UTC. */
class SlowClock {
  readonly first: number;
  readonly minutes: Int32Array;
  readonly changes: number[] = [];
  readonly #format: Intl.DateTimeFormat;

  constructor(zone: string, year: number) {
    this.#format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    this.first = Date.UTC(year, 0, -5) / MINUTE;
    this.minutes = new Int32Array(380 * DAY);
    for (let at = 0; at < this.minutes.length; at += HOUR) this.#hour(at);
  }

  /** Minute by minute where an hour has another offset at its end. */
  #hour(at: number): void {
    const [start, next] = [this.#shown(at), this.#shown(at + HOUR)];
    const isSteady = next - start === HOUR;
    if (!isSteady) this.changes.push(at);
    for (let i = 0; i < HOUR; i++) this.minutes[at + i] = isSteady ? start + i : this.#shown(at + i);
  }

  #shown(at: number): number {
    const text = this.#format.format((this.first + at) * MINUTE).replace(' ', 'T');
    return Date.parse(`${text}Z`) / MINUTE;
  }

  /** Ends of the quiet time by the minute; 0 where it is not quiet. */
  quietEnds({ days, fromMinute, toMinute }: QuietSpec): Int32Array {
    const ends = new Int32Array(this.minutes.length);
    const firstDay = Math.floor((this.minutes[0] ?? 0) / DAY) + 3;
    for (let day = firstDay; day < firstDay + 374; day++) {
      const weekday = new Date(day * DAY * MINUTE).getUTCDay();
      if ((days & (1 << ((weekday + 6) % 7))) === 0) continue;
      const from = this.#firstAt(day * DAY + fromMinute);
      const to = this.#lastAt(day * DAY + toMinute + (toMinute > fromMinute ? 0 : DAY));
      for (let at = from; at < to; at++) ends[at] = Math.max(ends[at] ?? 0, to);
    }
    for (let at = ends.length - 1; at >= 0; at--) {
      const end = ends[at] ?? 0;
      if (end > 0 && (ends[end] ?? 0) > 0) ends[at] = ends[end] ?? 0;
    }
    return ends;
  }

  /** The first minute in which the clock shows this or a later time. */
  #firstAt(clock: number): number {
    for (let at = this.#near(clock); at < this.minutes.length; at++)
      if ((this.minutes[at] ?? 0) >= clock) return at;
    return this.minutes.length;
  }

  /** The last minute in which it begins to show this time, or the first in which it shows a later one. */
  #lastAt(clock: number): number {
    const near = this.#near(clock);
    for (let at = near + 4 * DAY; at >= near; at--) if (this.minutes[at] === clock) return at;
    return this.#firstAt(clock);
  }

  /** Somewhat more than a day before. */
  #near(clock: number): number {
    return Math.max(0, clock - this.first - 2 * DAY);
  }
}

const HOURS: readonly (readonly [days: number, from: string, to: string])[] = [
  [31, '22:00', '07:00'],
  [127, '02:30', '02:45'],
  [127, '01:30', '02:30'],
  [64, '02:00', '03:00'],
  [64, '00:00', '06:00'],
  [127, '01:00', '02:00'],
  [32, '00:00', '00:00'],
  [127, '23:30', '00:30'],
  [127, '12:00', '11:00'],
  [96, '00:00', '00:00'],
  [3, '08:15', '08:15'],
];

const YEARS: readonly (readonly [zone: string, year: number, changes: number])[] = [
  ['UTC', 2026, 0],
  ['Europe/Lisbon', 2026, 2],
  ['America/New_York', 2026, 2],
  ['America/St_Johns', 2026, 2],
  // A minute after midnight: it is yesterday again for an hour.
  ['America/St_Johns', 2010, 2],
  ['Asia/Kathmandu', 2026, 0],
  // Half an hour forward and back.
  ['Australia/Lord_Howe', 2026, 2],
  // At midnight, forward and back.
  ['America/Sao_Paulo', 2018, 2],
  ['Asia/Beirut', 2022, 2],
  // Two hours, and four times a year.
  ['Antarctica/Troll', 2026, 2],
  ['Africa/Casablanca', 2026, 2],
  // The 30th of December never was.
  ['Pacific/Apia', 2011, 3],
];

for (const [zone, year, changes] of YEARS) {
  test(
    `[I8] quiet hours of ${zone} in ${year} end when a clock there says so, minute by minute`,
    { timeout: 60_000 },
    () => {
      const zones = new Zones();
      const clock = new SlowClock(zone, year);
      ok(clock.changes.length >= changes, `${clock.changes.length} changes`);
      const near = clock.changes.flatMap((at) =>
        Array.from({ length: 1.5 * DAY }, (_, i) => at - DAY / 2 + i),
      );
      const far = Array.from({ length: 2_000 }, (_, i) => 6 * DAY + i * 263);
      const within = [...near, ...far].filter((at) => at > 6 * DAY && at < clock.minutes.length - 8 * DAY);
      for (const hours of HOURS) {
        const quiet = spec(zone, ...hours);
        const ends = clock.quietEnds(quiet);
        for (const at of within) {
          const wallMs = (clock.first + at) * MINUTE;
          const end = ends[at] ?? 0;
          const until = quietUntil(zones, quiet, wallMs);
          const expected = end === 0 ? null : (clock.first + end) * MINUTE;
          if (until !== expected)
            equal(
              until === null ? null : new Date(until).toISOString(),
              expected === null ? null : new Date(expected).toISOString(),
              `${hours.join()} at ${new Date(wallMs).toISOString()}`,
            );
        }
      }
    },
  );
}

const at = (text: string): number => Date.parse(text);
const until = (quiet: QuietSpec, text: string): string | null => {
  const end = quietUntil(new Zones(), quiet, at(text));
  return end === null ? null : new Date(end).toISOString();
};

test('[I8] the night on which clocks go forward is short, the one on which they go back is long', () => {
  const night = spec('Europe/Berlin', 127, '22:00', '07:00');
  equal(until(night, '2026-03-28T22:00:00Z'), '2026-03-29T05:00:00.000Z');
  equal(until(night, '2026-10-24T22:00:00Z'), '2026-10-25T06:00:00.000Z');
  equal(until(night, '2026-10-25T06:00:00Z'), null);
  equal(until(night, '2026-10-25T05:59:59.999Z'), '2026-10-25T06:00:00.000Z');
});

test('[I8] in an hour that comes twice nothing is told in the middle', () => {
  const early = spec('Europe/Berlin', 127, '01:00', '02:30');
  // Half past two comes at 00:30 UTC and once more at 01:30.
  equal(until(early, '2026-10-25T00:45:00Z'), '2026-10-25T01:30:00.000Z');
  equal(until(early, '2026-10-24T23:30:00Z'), '2026-10-25T01:30:00.000Z');
});

test('[I8] an end that clocks skip is when they skip it', () => {
  const early = spec('Europe/Berlin', 127, '01:00', '02:30');
  equal(until(early, '2026-03-29T00:30:00Z'), '2026-03-29T01:00:00.000Z');
  equal(until(spec('Europe/Berlin', 127, '02:10', '02:50'), '2026-03-29T01:00:00Z'), null);
});

test('[I8] a day belongs to the hours that begin on it, and days without a pause are one', () => {
  const friday = spec('Asia/Kolkata', 16, '20:00', '06:00');
  equal(until(friday, '2026-11-20T14:29:00Z'), null);
  equal(until(friday, '2026-11-20T14:30:00Z'), '2026-11-21T00:30:00.000Z');
  equal(until(friday, '2026-11-21T14:30:00Z'), null);
  equal(until(spec('UTC', 96, '00:00', '00:00'), '2026-11-21T05:00:00Z'), '2026-11-23T00:00:00.000Z');
});

test('[I8] another zone counts from the moment of its change', () => {
  const [here, there] = ['Europe/Lisbon', 'Asia/Tokyo'].map((zone) => spec(zone, 127, '22:00', '07:00'));
  const now = '2026-11-22T23:30:00Z';
  equal(until(must(here, 'a zone'), now), '2026-11-23T07:00:00.000Z');
  equal(until(must(there, 'a zone'), now), null, 'it is half past eight there');
});

test('[I8] hours that cannot be are refused', () => {
  const zones = new Zones();
  for (const wrong of [
    spec('Europe/Atlantis', 127, '22:00', '07:00'),
    spec('', 127, '22:00', '07:00'),
    spec('+02:00', 127, '22:00', '07:00'),
    spec('UTC', 0, '22:00', '07:00'),
    spec('UTC', 127, '08:00', '08:00'),
  ])
    throws(() => checkQuiet(zones, wrong), { name: 'Fault', code: 'malformed' }, JSON.stringify(wrong));
  checkQuiet(zones, spec('America/Argentina/Buenos_Aires', 1, '08:00', '08:00'));
});

test('[I8] more zones than are kept are told right all the same', () => {
  const zones = new Zones();
  const names = Intl.supportedValuesOf('timeZone').filter((_, i) => i % 2 === 0);
  ok(names.length > 2 * zonesKeptMax);
  const ask = () =>
    names.map((zone) => quietUntil(zones, spec(zone, 127, '00:00', '12:00'), at('2026-07-01')));
  deepEqual(ask(), ask());
  ok(new Set(ask()).size > 10);
});
