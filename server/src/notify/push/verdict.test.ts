/** What answers of push services mean. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pushRetryAfterMaxMs } from 'copse/internal/base/limits-push.ts';

import { readRetryAfter, verdictOf } from './verdict.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 12, 0, 0);
const kindOf = (status: number, retryAfter: string | null = null): string =>
  verdictOf({ status, retryAfter }, NOW_MS).kind;

test('[I15] of all statuses only 404 and 410 say that a device is gone', () => {
  const byKind = new Map<string, number[]>();
  for (let status = 100; status < 600; status++) {
    const kind = kindOf(status);
    byKind.set(kind, [...(byKind.get(kind) ?? []), status]);
  }
  assert.deepEqual(byKind.get('delivered'), [200, 201, 202, 204]);
  assert.deepEqual(byKind.get('gone'), [404, 410]);
  assert.deepEqual(byKind.get('tooLarge'), [413]);
  assert.deepEqual(byKind.get('throttled'), [429]);
  for (const status of [301, 307, 308, 408, 500, 502, 503, 504]) assert.equal(kindOf(status), 'failed');
  for (const status of [400, 401, 403, 405, 422]) assert.equal(kindOf(status), 'refused');
});

test('[I15] Retry-After is seconds or a date, at most a day, and nothing else', () => {
  const table: readonly (readonly [string, number | null])[] = [
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['999999999', pushRetryAfterMaxMs],
    ['9999999999999999999999', null],
    ['Sun, 22 Nov 2026 12:02:00 GMT', 120_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['Mon, 22 Nov 2027 12:00:00 GMT', pushRetryAfterMaxMs],
    ['-5', null],
    ['1.5', null],
    ['1e3', null],
    ['0x10', null],
    ['', null],
    ['soon', null],
    ['2026-11-22T12:02:00Z', null],
    ['Sun, 99 Nov 2026 12:02:00 GMT', null],
  ];
  for (const [text, expected] of table) assert.equal(readRetryAfter(text, NOW_MS), expected, text);
});

test('[I15] a service that is away for a time it names asks for a pause; without one it fails', () => {
  assert.deepEqual(verdictOf({ status: 503, retryAfter: '30' }, NOW_MS), {
    kind: 'unavailable',
    retryAfterMs: 30_000,
  });
  assert.deepEqual(verdictOf({ status: 503, retryAfter: 'soon' }, NOW_MS), { kind: 'failed', why: '503' });
  assert.deepEqual(verdictOf({ status: 429, retryAfter: '30' }, NOW_MS), {
    kind: 'throttled',
    retryAfterMs: 30_000,
  });
});
