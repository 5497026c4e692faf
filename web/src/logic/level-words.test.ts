import assert from 'node:assert/strict';
import { test } from 'node:test';
import { siteId } from 'copse/internal/base/ids.ts';
import {
  clockOf,
  everyDay,
  minuteOf,
  muteMs,
  obstructionOf,
  overrideWords,
  quietHoursWords,
  testWords,
  toldWords,
  wasSent,
} from './level-words.ts';

const HOUR_MS = 3_600_000;
const site = siteId('11'.repeat(16));

test('[I7] until tomorrow ends in a morning that is not just ahead', () => {
  assert.equal(muteMs('always', new Date()), 0);
  assert.equal(muteMs('hour', new Date()), HOUR_MS);
  assert.equal(muteMs('tomorrow', new Date(2026, 10, 22, 18, 0)), 14 * HOUR_MS);
  assert.equal(muteMs('tomorrow', new Date(2026, 10, 22, 0, 30)), 7.5 * HOUR_MS);
  assert.equal(muteMs('tomorrow', new Date(2026, 10, 22, 7, 0)), 25 * HOUR_MS);
});

test('[I7] an override says until when, and nothing once it is over', () => {
  const now = new Date(2026, 10, 22, 13, 30).getTime();
  const words = (level: 'all' | 'none', untilMs: number | null) =>
    overrideWords({ site, level: 'all', override: { level, untilMs } }, now);
  assert.equal(words('none', now + HOUR_MS), 'Muted until 14:30');
  assert.equal(words('none', new Date(2026, 10, 23, 8, 0).getTime()), 'Muted until tomorrow 08:00');
  assert.match(
    words('all', new Date(2026, 11, 24, 8, 0).getTime()) ?? '',
    /^Everything until .*24.* 08:00$/u,
  );
  assert.equal(words('none', null), 'Muted until you turn it on');
  assert.equal(words('none', now), undefined);
  assert.equal(overrideWords({ site, level: 'all', override: null }, now), undefined);
});

test('[I8] quiet hours are read back as they count', () => {
  const hours = { zone: 'UTC', days: everyDay, fromMinute: 1320, toMinute: 420, mentionsPass: true };
  assert.equal(
    quietHoursWords(hours),
    'Every day from 22:00 to 07:00 the next day. Mentions of you come through.',
  );
  assert.equal(
    quietHoursWords({ ...hours, days: 31, fromMinute: 540, toMinute: 1020, mentionsPass: false }),
    'Monday to Friday from 09:00 to 17:00. Mentions wait as well.',
  );
  assert.match(quietHoursWords({ ...hours, days: 5 }), /^Monday, Wednesday from/u);
  for (const minute of [0, 59, 60, 1439]) assert.equal(minuteOf(clockOf(minute)), minute);
  for (const text of ['', '24:00', '7', '7:60', 'noon']) assert.equal(minuteOf(text), null);
});

test('[I20] each outcome says what happened and what to do', () => {
  assert.equal(toldWords({ what: 'here' }), 'Not sent: you were looking');
  assert.equal(toldWords({ what: 'somethingNew' }), 'Not sent: somethingNew');
  assert.deepEqual([wasSent({ what: 'sent' }), wasSent({ what: 'muted' })], [true, false]);
  assert.equal(testWords({ outcome: 'sent', said: '201' }).isGood, true);
  assert.equal(testWords({ outcome: 'refused', said: '403 bad key' }).hint, 'It said: 403 bad key');
  for (const outcome of ['none', 'gone', 'late', 'refused'] as const) {
    const { isGood, title, hint } = testWords({ outcome, said: '' });
    assert.ok(!isGood && title !== '' && hint !== '');
  }
});

test('[I19] what stands in the way is told as what to do', () => {
  assert.match(obstructionOf('homeScreen').hint, /Add to Home Screen/u);
  assert.match(obstructionOf('denied').hint, /settings/u);
});
