/**
 * Times as people say them. Pure: the present, the language and the zone come from the caller, so that what
 * is shown can be tested and every clock on the page agrees.
 */

export interface TimeWords {
  /** "just now", "5 min ago", "3 h ago", then the day. A clock that runs ahead is "just now". */
  readonly ago: (ms: number, nowMs: number) => string;
  /** The shortest form for a list: a clock time today, then a weekday, then a date. */
  readonly short: (ms: number, nowMs: number) => string;
  /** A day as a heading: Today, Yesterday, Monday, 12 March, 12 March 2024. */
  readonly day: (ms: number, nowMs: number) => string;
  /** Beside a message, under the heading of its day: counted within the hour, then a clock time. */
  readonly recent: (ms: number, nowMs: number) => string;
  readonly full: (ms: number) => string;
  /** A day within a sentence: 12 March 2027. */
  readonly date: (ms: number) => string;
  /** A date that lies ahead: "in 3 days", "in 5 h"; "over" when it has passed. */
  readonly until: (ms: number, nowMs: number) => string;
  /** One text per calendar day in the zone: what has the same text belongs under one heading. */
  readonly dayKey: (ms: number) => string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Formatters are made once, when they are needed: making one costs fifty times what using it does. */
export function timeWords(locale?: string, timeZone?: string): TimeWords {
  const make = (options: Intl.DateTimeFormatOptions, of = locale) => {
    let made: Intl.DateTimeFormat | undefined;
    const zoned = timeZone === undefined ? options : { ...options, timeZone };
    return { format: (ms: number): string => (made ??= new Intl.DateTimeFormat(of, zoned)).format(ms) };
  };
  const clock = make({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const full = make({ dateStyle: 'full', timeStyle: 'medium' });
  const weekday = { long: make({ weekday: 'long' }), short: make({ weekday: 'short' }) };
  const date = {
    short: make({ day: 'numeric', month: 'short' }),
    long: make({ day: 'numeric', month: 'long' }),
    year: make({ day: 'numeric', month: 'long', year: 'numeric' }),
  };
  // The Swedish form of a date is ISO 8601.
  const iso = make({ dateStyle: 'short' }, 'sv');
  const dayKey = (ms: number): string => iso.format(ms);
  /** Calendar days; an hour's change of the clocks does not move them. */
  const daysBetween = (ms: number, nowMs: number): number =>
    Math.round((Date.parse(dayKey(nowMs)) - Date.parse(dayKey(ms))) / DAY_MS);

  function day(ms: number, nowMs: number): string {
    const days = daysBetween(ms, nowMs);
    if (days <= 0) return 'Today';
    if (days === 1) return 'Yesterday';
    if (days < 7) return weekday.long.format(ms);
    const isThisYear = dayKey(ms).slice(0, 4) === dayKey(nowMs).slice(0, 4);
    return (isThisYear ? date.long : date.year).format(ms);
  }

  function ago(ms: number, nowMs: number): string {
    const agoMs = nowMs - ms;
    if (agoMs < MINUTE_MS) return 'just now';
    if (agoMs < HOUR_MS) return `${Math.floor(agoMs / MINUTE_MS)} min ago`;
    if (agoMs < 12 * HOUR_MS) return `${Math.floor(agoMs / HOUR_MS)} h ago`;
    const days = daysBetween(ms, nowMs);
    if (days > 1) return day(ms, nowMs);
    return `${days === 0 ? 'today' : 'yesterday'} ${clock.format(ms)}`;
  }

  function short(ms: number, nowMs: number): string {
    if (nowMs - ms < MINUTE_MS) return 'now';
    const days = daysBetween(ms, nowMs);
    if (days <= 0) return clock.format(ms);
    return days < 7 ? weekday.short.format(ms) : date.short.format(ms);
  }

  const recent = (ms: number, nowMs: number): string =>
    nowMs - ms < HOUR_MS ? ago(ms, nowMs) : clock.format(ms);
  return {
    ago,
    short,
    recent,
    day,
    until,
    dayKey,
    full: (ms) => full.format(ms),
    date: (ms) => date.year.format(ms),
  };
}

function until(ms: number, nowMs: number): string {
  const leftMs = ms - nowMs;
  if (leftMs <= 0) return 'over';
  if (leftMs < HOUR_MS) return `in ${Math.max(1, Math.round(leftMs / MINUTE_MS))} min`;
  if (leftMs < 2 * DAY_MS) return `in ${Math.round(leftMs / HOUR_MS)} h`;
  return `in ${Math.round(leftMs / DAY_MS)} days`;
}
