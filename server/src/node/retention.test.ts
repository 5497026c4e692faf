import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retentionFigures, retentionOf, retentionWords } from './retention.ts';

test('[J6] a setting of 0 is no bound; without any everything is kept', () => {
  const none = { retainDays: 0, retainBytes: 0, retainCount: 0, retainReplacedDays: 0 };
  assert.equal(retentionOf(none), null);
  assert.equal(retentionWords(none), null);
  assert.deepEqual(retentionFigures(none), []);
  assert.deepEqual(retentionOf({ ...none, retainDays: 2 }), { ageMs: 172_800_000 });
  assert.deepEqual(retentionOf({ ...none, retainBytes: 7 }), { bytes: 7 });
  const all = { retainDays: 1, retainBytes: 2, retainCount: 3, retainReplacedDays: 2 };
  assert.deepEqual(retentionOf(all), { ageMs: 86_400_000, bytes: 2, count: 3, replacedMs: 172_800_000 });
});

test('[J6] what is let go is said in words and figures', () => {
  const bounds = { retainDays: 1, retainBytes: 2048, retainCount: 1, retainReplacedDays: 30 };
  assert.equal(
    retentionWords(bounds),
    'older than 1 day or beyond 2048 bytes of a log or beyond the newest 1 entry of a log or replaced by a snapshot and older than 30 days',
  );
  assert.deepEqual(
    retentionFigures(bounds).map(({ name, unit, value }) => [name, unit, value]),
    [
      ['storeRetainAge', 's', '86400'],
      ['storeRetainSize', 'bytes', '2048'],
      ['storeRetainCount', 'entries', '1'],
      ['storeRetainReplaced', 's', '2592000'],
    ],
  );
});
