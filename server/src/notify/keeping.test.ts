/** The state of notifications over its store: what a start reads is what was. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { SubscriptionChange } from 'copse/internal/api/notify.ts';
import { newsPageRows } from 'copse/internal/base/limits-notify.ts';
import { must } from 'copse/internal/base/assert.ts';
import { logId } from 'copse/internal/base/ids.ts';
import { SubscriptionSender } from 'copse/internal/social/subscriptions/sender.ts';
import { World } from '../../../lab/sim/world.ts';
import { SqliteNews } from '../store/news-sqlite.ts';
import type { NewsStore } from '../store/news.ts';
import { applyTo, batchOf, levelsOf, partsOf } from './keeping.ts';
import { News } from './news/news.ts';
import { QuietUsers } from './quiet-users.ts';
import { SubscriptionDesk } from './subscriptions/desk.ts';
import { deviceAt, primitives, siteAt, user } from './subscriptions/testing/both-ends.ts';

const logAt = (n: number) => logId(n.toString(16).padStart(32, 'c'));
const place = { device: deviceAt(0), site: siteAt(0) } as const;
const joins: SubscriptionChange = { kind: 'join', ...place, audience: ['*'] };

class Place {
  readonly env = new World(1).env('notify');
  readonly store: NewsStore;
  readonly news = new News({
    env: this.env,
    quietUntil: () => null,
    hasQuietHours: () => false,
    onClear: () => {},
    onDue: () => {},
  });
  readonly sender: SubscriptionSender;

  constructor(store: NewsStore, sender = new SubscriptionSender({ user, primitives })) {
    this.store = store;
    this.sender = sender;
  }

  async tell(...changes: readonly SubscriptionChange[]): Promise<void> {
    const desk = new SubscriptionDesk({
      store: this.store,
      env: this.env,
      primitives,
      apply: (of, difference) => {
        applyTo(this.news, of, difference);
        return batchOf(this.news.dirtyRows(100_000));
      },
    });
    this.sender.change(changes, this.env.wallMs());
    for (;;) {
      const message = this.sender.next(this.env.wallMs());
      if (message === null) return;
      this.sender.answered(message, await desk.update(message), this.env.wallMs());
    }
  }

  publish(log: number, length: number): void {
    this.news.publish({ site: place.site, log: logAt(log), length, mentions: [] });
  }

  save(): Promise<void> {
    return this.store.commit(batchOf(this.news.dirtyRows(100_000)));
  }

  /** Another process with the same store. */
  async restarted(): Promise<Place> {
    const next = new Place(this.store, this.sender);
    await next.news.loadParts(partsOf(this.store.load()), () => Promise.resolve());
    return next;
  }
}

test('[I12] after a start the number on the icon and who listens are what they were', async () => {
  await using store = SqliteNews.open({ path: ':memory:' });
  const before = new Place(store);
  await before.tell(joins, { kind: 'join', device: deviceAt(1), site: place.site, audience: ['*'] });
  for (const log of [1, 2, 3]) before.publish(log, 5);
  before.news.read(user, { site: place.site, log: logAt(2), at: 5 });
  equal(before.news.badge(user), 2);
  await before.save();
  const after = await before.restarted();
  deepEqual([after.news.listenerCount, after.news.badge(user)], [2, 2]);
  await after.tell({ kind: 'leaveAll', device: deviceAt(1) });
  after.news.read(user, { site: place.site, log: logAt(1), at: 5 });
  after.news.read(user, { site: place.site, log: logAt(3), at: 5 });
  await after.save();
  const last = await after.restarted();
  deepEqual([last.news.listenerCount, last.news.badge(user)], [1, 0]);
});

test('[I12, I13] many listeners are loaded page by page', async () => {
  await using store = SqliteNews.open({ path: ':memory:' });
  const before = new Place(store);
  const many = Array.from({ length: 3_000 }, (_, i): SubscriptionChange => ({
    kind: 'join',
    device: deviceAt(i % 3),
    site: siteAt(i),
    audience: ['*'],
  }));
  await before.tell(...many);
  for (const site of [7, 1_500, 2_999])
    before.news.publish({ site: siteAt(site), log: logAt(site), length: 1, mentions: [] });
  before.news.read(user, { site: siteAt(7), log: logAt(7), at: 1 });
  await before.save();
  let pages = 0;
  for await (const page of store.load()) if (page.kind === 'listeners') pages++;
  equal(pages, Math.ceil(3_000 / newsPageRows));
  const after = await before.restarted();
  deepEqual([after.news.listenerCount, after.news.badge(user)], [3_000, 2]);
});

test('[I12] who joins has read what was there before, also when the process ends at once', async () => {
  await using store = SqliteNews.open({ path: ':memory:' });
  const before = new Place(store);
  await before.tell(joins);
  for (const log of [1, 2]) before.publish(log, 5);
  before.news.read(user, { site: place.site, log: logAt(1), at: 5 });
  before.news.read(user, { site: place.site, log: logAt(2), at: 5 });
  await before.save();
  await before.tell({ kind: 'leave', ...place });
  await before.tell(joins);
  equal((await before.restarted()).news.badge(user), 0);
});

test('[I7] what overrides a level without an end takes its place, and one with an end comes beside it', () => {
  const level = (...changes: readonly SubscriptionChange[]) => {
    const sender = new SubscriptionSender({ user, primitives });
    sender.change([joins, { kind: 'level', ...place, level: 'mentions' }, ...changes], 1_000);
    return levelsOf(must(sender.held.listener(place.device, place.site), 'a listener'));
  };
  deepEqual(level(), { base: 'mentions', override: null, untilMs: 0 });
  deepEqual(level({ kind: 'mute', ...place, durationMs: 0 }), { base: 'none', override: null, untilMs: 0 });
  deepEqual(level({ kind: 'unmute', ...place, durationMs: 5 }), {
    base: 'mentions',
    override: 'all',
    untilMs: 1_005,
  });
});

test('[I8] mentions pass where she wants them, and hours that nobody understands are none', () => {
  const lines: string[] = [];
  const quiet = new QuietUsers({ log: (_, event) => void lines.push(event) });
  const hours = { zone: 'Europe/Lisbon', days: 127, fromMinute: 1_320, toMinute: 420, mentionsPass: true };
  const night = Date.parse('2026-11-22T23:00:00Z');
  const morning = Date.parse('2026-11-23T07:00:00Z');
  const told = (): readonly (number | null)[] => [
    quiet.until(user, night, 'news'),
    quiet.until(user, night, 'mention'),
  ];
  deepEqual(told(), [null, null]);
  quiet.put(user, hours);
  deepEqual(told(), [morning, null]);
  quiet.put(user, { ...hours, mentionsPass: false });
  deepEqual(told(), [morning, morning]);
  quiet.put(user, { ...hours, zone: 'Mars/Olympus' });
  deepEqual([...told(), ...lines], [null, null, 'notify.quiet']);
  quiet.put(user, hours);
  quiet.put(user, null);
  deepEqual(told(), [null, null]);
});
