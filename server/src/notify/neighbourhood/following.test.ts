/** How many threads of somebody's neighbourhood are kept, and that what goes changes nothing of what is unread. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { deviceId, key, type LogId } from 'copse/internal/base/ids.ts';
import { neighbourThreadsKept, neighbourThreadsMax } from 'copse/internal/base/limits-notify.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';
import {
  authorLog,
  neighbourhoodOf,
  otherThreads,
} from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { Clock } from '../../../../lab/suites/auth-stage.ts';
import { World } from '../../../../lab/sim/world.ts';
import { MemoryNews } from '../../store/news-memory.ts';
import { News, type Published } from '../news/news.ts';
import { Store } from '../news/testing/store.ts';
import { Following } from './following.ts';
import { NeighbourhoodSeat } from './seat.ts';
import { deskOf, sourceWith } from './testing/desk.ts';

const primitives = nativePrimitives();
const bytesAt = (n: number, fill: number): Uint8Array => {
  const bytes = new Uint8Array(32).fill(fill);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
};
const ada = key(bytesAt(0, 1));
const user = userIdOf(primitives, ada);
const site = neighbourhoodOf(user);

/** Somebody of many mentions her, in a thread of its own. */
const mention = (n: number, timeMs: number): Message => ({
  kind: KIND.post,
  timeMs,
  text: 'come',
  type: '',
  mentions: [ada],
  replies: [],
  attachments: [],
  tags: [],
  name: '',
  content: NO_BYTES,
  thread: NO_BYTES,
  id: bytesAt(n, 2),
  from: key(bytesAt(n, 3)),
  bytes: NO_BYTES,
});

async function scene() {
  const world = new World(1);
  const env = world.env('notify');
  const make = (): News =>
    new News({ env, quietUntil: () => null, hasQuietHours: () => false, onClear() {}, onDue() {} });
  const news = make();
  const device = deviceId('d'.repeat(16));
  news.join(user, device, site, ['*']);
  const nothing = async (): Promise<void> => {};
  const store = new MemoryNews();
  const seat = new NeighbourhoodSeat({ news, store, kept: nothing, read: nothing, changed() {} });
  const following = seat.follow(sourceWith({ env }), Promise.resolve());
  await following.begun;
  let seq = 0;
  const mentioned = (): void => {
    seq += 1;
    following.stored([{ seq, message: mention(seq, env.wallMs()) }]);
  };
  const hear = (count: number): void => {
    for (let n = 0; n < count; n++) mentioned();
    while (!news.tick());
  };
  return { news, make, hear, mentioned };
}

test('[I26] threads that were all read go when others come, from the store too, and what is unread stays', async () => {
  const { news, make, hear } = await scene();
  const store = new Store();
  const write = (): void => {
    for (let rows = news.dirtyRows(50); rows.length > 0; rows = news.dirtyRows(50)) store.write(rows);
  };
  hear(neighbourThreadsKept + 6);
  write();
  const before = news.unreadIn(user, site);
  assert.equal(before.length, neighbourThreadsKept + 6);
  for (const { name, length } of before.slice(1)) news.read(user, { site, log: name, at: length });
  hear(1);
  assert.equal(news.unreadIn(user, site).length, 2, 'while one is unread all are known');
  assert.equal(news.logsIn(site, otherThreads).count, neighbourThreadsKept + 7);
  for (const { name, length } of news.unreadIn(user, site)) news.read(user, { site, log: name, at: length });
  hear(3);
  assert.deepEqual([news.logsIn(site, otherThreads).count, news.badge(user)], [3, 3]);
  write();
  const again = make();
  again.load(store.rows());
  assert.deepEqual([again.logsIn(site, otherThreads).count, again.badge(user)], [3, 3]);
  assert.deepEqual(
    again.unreadIn(user, site).map(({ name, length }) => [name, length]),
    news.unreadIn(user, site).map(({ name, length }) => [name, length]),
  );
});

test('[I24] who leaves before a mention is looked at is not told of it, and neither is who has her place', async () => {
  const { news, mentioned } = await scene();
  mentioned();
  const device = deviceId('d'.repeat(16));
  news.leave(device, site);
  const other = userIdOf(primitives, key(bytesAt(1, 1)));
  news.join(other, deviceId('e'.repeat(16)), neighbourhoodOf(other), ['*']);
  while (!news.tick());
  assert.equal(news.take(), null);
  assert.deepEqual([news.badge(user), news.badge(other)], [0, 0]);
});

test('[I26] of threads beyond those that have room it is known that there are more', async () => {
  const { news, hear } = await scene();
  hear(neighbourThreadsMax + 40);
  const names: readonly LogId[] = news.unreadIn(user, site).map(({ name }) => name);
  assert.deepEqual([names.length, names[0]], [neighbourThreadsMax + 1, otherThreads]);
});

test('[I26] one author is ten at once and ten an hour to one user; what is more is one thread, and mentions nobody', async () => {
  const env = new Clock();
  const said: Published[] = [];
  using following = new Following(
    sourceWith({ env }),
    deskOf((published) => said.push(published)),
  );
  following.begin(Promise.resolve());
  await following.begun;
  const from = key(bytesAt(1, 3));
  let seq = 0;
  const flood = (count: number): readonly boolean[] => {
    said.length = 0;
    for (let n = 0; n < count; n++)
      following.stored([{ seq: ++seq, message: { ...mention(seq, env.wallMs()), from } }]);
    for (const { log, mentions } of said) assert.equal(log === authorLog(from), mentions.length === 0);
    return said.map(({ mentions }) => mentions.length > 0);
  };
  const spent = Array.from({ length: 5 }, () => false);
  assert.deepEqual(flood(15), [...Array.from({ length: 10 }, () => true), ...spent]);
  env.advance(6 * 60_000);
  assert.deepEqual(flood(6), [true, ...spent]);
  env.advance(5 * 3_600_000);
  assert.deepEqual(flood(15), [...Array.from({ length: 10 }, () => true), ...spent]);
});
