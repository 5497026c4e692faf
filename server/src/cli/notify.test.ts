import assert from 'node:assert/strict';
import { test } from 'node:test';

import { durationOf, quietOf } from './commands/notify.ts';

test('[I7] durations are minutes, hours or days, and nothing else is taken for one', () => {
  assert.deepEqual(['90m', '8h', '2d', undefined].map(durationOf), [5_400_000, 28_800_000, 172_800_000, 0]);
  for (const wrong of ['', '0h', '1', 'h', '1w', '-1h', '1h30m', '999999m'])
    assert.throws(() => durationOf(wrong), { code: 'usage' }, wrong);
});

test('[I8] quiet hours are read as they are said', () => {
  const night = quietOf('22:00-7:30', { zone: 'Europe/Lisbon', days: 'mon,Sun', mentions: true });
  const times = { fromMinute: 1_320, toMinute: 450 };
  assert.deepEqual(night, { zone: 'Europe/Lisbon', days: 65, ...times, mentionsPass: true });
  const { zone } = quietOf('0:00-23:59', {});
  assert.equal(zone, new Intl.DateTimeFormat().resolvedOptions().timeZone);
  for (const wrong of ['22-7', '24:00-7:00', '22:60-7:00', '22:00', 'off-on'])
    assert.throws(() => quietOf(wrong, {}), { code: 'usage' }, wrong);
  assert.throws(() => quietOf('22:00-7:00', { days: 'monday' }), { code: 'usage' });
});
