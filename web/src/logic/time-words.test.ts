import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeWords } from './time-words.ts';

const words = timeWords('en-GB', 'Europe/Berlin');
const at = (text: string): number => Date.parse(text);
const NOW = at('2026-11-21T10:00:00+01:00');

test('[U10] times near now are counted, others are named', () => {
  const cases = [
    ['2026-11-21T10:00:20+01:00', 'just now'],
    ['2026-11-21T09:59:31+01:00', 'just now'],
    ['2026-11-21T09:55:00+01:00', '5 min ago'],
    ['2026-11-21T00:30:00+01:00', '9 h ago'],
    ['2026-11-20T23:59:00+01:00', '10 h ago'],
    ['2026-11-20T18:05:00+01:00', 'yesterday 18:05'],
    ['2026-11-17T18:05:00+01:00', 'Tuesday'],
    ['2026-03-12T18:05:00+01:00', '12 March'],
    ['2024-03-12T18:05:00+01:00', '12 March 2024'],
  ] as const;
  for (const [time, expected] of cases) assert.equal(words.ago(at(time), NOW), expected, time);
  const evening = at('2026-11-21T22:30:00+01:00');
  assert.equal(words.ago(at('2026-11-21T09:10:00+01:00'), evening), 'today 09:10');
});

test('[U10] beside a message stands how long ago it was within the hour, then the time', () => {
  assert.equal(words.recent(NOW - 59 * 60_000, NOW), '59 min ago');
  assert.equal(words.recent(NOW - 60 * 60_000, NOW), '09:00');
  assert.equal(words.recent(at('2024-03-12T18:05:00+01:00'), NOW), '18:05');
  assert.match(words.full(NOW), /21 November 2026.*10:00:00/u);
});

test('[U10] a list shows a clock today, a weekday this week, then a date', () => {
  assert.equal(words.short(NOW - 10_000, NOW), 'now');
  assert.equal(words.short(at('2026-11-21T00:10:00+01:00'), NOW), '00:10');
  assert.equal(words.short(at('2026-11-18T12:00:00+01:00'), NOW), 'Wed');
  assert.equal(words.short(at('2026-11-01T12:00:00+01:00'), NOW), '1 Nov');
});

test('[U10] days are days of the calendar, also where the clocks change', () => {
  // In the night to 25 October 2026 the clocks of Berlin went back: that day had 25 hours.
  const sunday = at('2026-10-25T00:30:00+02:00');
  assert.equal(words.day(at('2026-10-24T23:59:00+02:00'), sunday), 'Yesterday');
  assert.equal(words.day(at('2026-10-25T23:30:00+01:00'), at('2026-10-26T00:10:00+01:00')), 'Yesterday');
  assert.equal(words.dayKey(at('2026-10-25T23:30:00+01:00')), '2026-10-25');
});

test('[U10] what lies ahead is counted down', () => {
  assert.equal(words.until(NOW - 1, NOW), 'over');
  assert.equal(words.until(NOW + 20_000, NOW), 'in 1 min');
  assert.equal(words.until(NOW + 5 * 3_600_000, NOW), 'in 5 h');
  assert.equal(words.until(NOW + 6 * 86_400_000, NOW), 'in 6 days');
});
