import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterSteps, alarmSteps, alarmWords } from './alarm-words.ts';

test('[U35] a node that was set back may be gone on with, one that revoked its key may not', () => {
  assert.equal(alarmWords('fork').mayGoOn, true);
  assert.match(alarmWords('fork').what, /backup/u);
  assert.equal(alarmWords('revoked').mayGoOn, false);
  assert.notEqual(alarmWords('fork').title, alarmWords('revoked').title);
});

test('[U35] what to do before and after says devices, people, rights and keys', () => {
  const before = alarmSteps.map(({ title, text }) => `${title} ${text}`).join(' ');
  const after = afterSteps.map(({ title, text }) => `${title} ${text}`).join(' ');
  assert.match(before, /telephone/u);
  for (const word of ['Devices', 'People', 'Rights', 'key', 'recovery', 'comes back'])
    assert.match(after, new RegExp(word, 'u'));
});
