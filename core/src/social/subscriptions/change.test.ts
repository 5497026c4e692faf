/** What changes make of a state, and what an audience hears. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Level, SubscriptionChange } from '../../api/notify.ts';
import { must } from '../../base/assert.ts';
import { deviceId, logId, siteId } from '../../base/ids.ts';
import { differenceBy } from './change.ts';
import { audienceText, hears, levelAt, MemoryHeld, tagsOf } from './held.ts';
import { changesOf, differenceTo } from './whole.ts';

const device = deviceId('d'.repeat(16));
const site = siteId('5'.repeat(32));
const at = { device, site } as const;
const HOUR = 3_600_000;

function after(changes: readonly SubscriptionChange[], nowMs = 0, held = new MemoryHeld()): MemoryHeld {
  held.take(differenceBy(held, changes, nowMs));
  return held;
}

const joined = { kind: 'join', ...at, audience: ['*'] } as const;
const mute = (durationMs: number) => ({ kind: 'mute', ...at, durationMs }) as const;
const unmute = (durationMs: number) => ({ kind: 'unmute', ...at, durationMs }) as const;
const level = (to: Level) => ({ kind: 'level', ...at, level: to }) as const;
const counts = (held: MemoryHeld, nowMs: number) =>
  levelAt(must(held.listener(device, site), 'a listener'), nowMs);

test('[I7] what overrides a level ends by itself, and the level counts again', () => {
  const held = after([joined, level('mentions'), mute(HOUR)], 1_000);
  equal(counts(held, 1_000 + HOUR - 1), 'none');
  equal(counts(held, 1_000 + HOUR), 'mentions');
  after([unmute(HOUR)], 5_000, held);
  equal(counts(held, 5_000), 'all');
  equal(counts(held, 5_000 + HOUR), 'mentions');
});

test('[I7] a mute without an end lasts until the next change, and ends without one being left muted', () => {
  const held = after([joined, level('mentions'), mute(0)]);
  equal(counts(held, 1e15), 'none');
  after([unmute(0)], 0, held);
  equal(counts(held, 0), 'mentions');
  after([level('none')], 0, held);
  equal(counts(held, 0), 'none');
  after([unmute(0)], 0, held);
  equal(counts(held, 0), 'all');
});

test('[I7] a level that is chosen while another one overrides it counts when that ends', () => {
  const held = after([joined, mute(HOUR), level('mentions'), joined]);
  equal(counts(held, HOUR - 1), 'none');
  equal(counts(held, HOUR), 'mentions');
});

test('[I11] a change of a listener that is not there does nothing, and one who leaves takes all along', () => {
  deepEqual(differenceBy(new MemoryHeld(), [mute(0), level('none'), unmute(5)], 0).listeners, []);
  const held = after([joined, level('none'), mute(0), { kind: 'leave', ...at }, joined]);
  deepEqual(held.listener(device, site), {
    audience: '*',
    level: 'all',
    override: null,
    tags: new Uint8Array(0),
  });
  after([{ kind: 'leaveAll', device }], 0, held);
  equal(held.listenerCount, 0);
  deepEqual([...held.listeners()], []);
});

test('[I11] tags are kept in order, each once, and replace those before', () => {
  const [low, high] = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(9)];
  const held = after([joined, { kind: 'tags', ...at, tags: [high, low, high] }]);
  deepEqual(tagsOf(must(held.listener(device, site), 'a listener').tags), [low, high]);
  after([{ kind: 'tags', ...at, tags: [] }], 0, held);
  equal(held.listener(device, site)?.tags.length, 0);
});

test('[I6] an audience hears of its logs and those of its folders', () => {
  const [folder, log] = ['ab'.repeat(8), 'cd'.repeat(16)];
  const audience = must(audienceText([log, `${folder}*`, log]), 'an audience');
  equal(audience, `${folder}*,${log}`);
  ok(hears(audience, logId(folder + '00'.repeat(8))));
  ok(hears(audience, logId(log)));
  ok(!hears(audience, logId('ef'.repeat(16))));
  ok(!hears('', logId(log)));
  equal(audienceText([log, '*']), '*');
  equal(audienceText(['all']), null);
});

test('[I11] a state is made anew by the changes that it is told as', () => {
  const held = after([
    joined,
    level('mentions'),
    mute(HOUR),
    { kind: 'tags', ...at, tags: [new Uint8Array(8)] },
    {
      kind: 'endpoint',
      device,
      url: 'https://p.example',
      p256dh: new Uint8Array(65),
      auth: new Uint8Array(16),
    },
    {
      kind: 'quiet',
      hours: { zone: 'Asia/Kolkata', days: 127, fromMinute: 1, toMinute: 2, mentionsPass: true },
    },
  ]);
  const same = after([...changesOf(held, 0)]);
  deepEqual(differenceTo(held, same), { listeners: [], endpoints: [] });
  const later = after([...changesOf(held, HOUR - 1)], HOUR - 1);
  deepEqual(later.listener(device, site)?.override, { level: 'none', forMs: 1, untilMs: HOUR });
  equal(after([...changesOf(held, HOUR)], HOUR).listener(device, site)?.override, null);
});
