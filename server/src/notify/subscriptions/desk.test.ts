/** Updates over the real stores: in turn, durable before they are answered, and right after any restart. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import type { SubscriptionChange, Update } from 'copse/internal/api/notify.ts';
import { must } from 'copse/internal/base/assert.ts';
import { userId } from 'copse/internal/base/ids.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { SubscriptionSender } from 'copse/internal/social/subscriptions/sender.ts';
import { World } from '../../../../lab/sim/world.ts';
import { withFile } from '../../../../lab/suites/with-file.ts';
import { MemoryNews } from '../../store/news-memory.ts';
import { SqliteNews } from '../../store/news-sqlite.ts';
import type { NewsBatch, NewsStore } from '../../store/news.ts';
import { SubscriptionDesk } from './desk.ts';
import { deviceAt, primitives, rowsOf, siteAt, user } from './testing/both-ends.ts';

const env = new World(1).env('notify');
const joins = (site: number, device = 0): SubscriptionChange => ({
  kind: 'join',
  device: deviceAt(device),
  site: siteAt(site),
  audience: ['*'],
});

function deskOver(store: NewsStore, apply: () => NewsBatch = () => ({})): SubscriptionDesk {
  return new SubscriptionDesk({ store, env, primitives, apply });
}

/** Says everything that the sender has to say. */
async function settle(sender: SubscriptionSender, desk: SubscriptionDesk): Promise<number> {
  for (let count = 0; ; count++) {
    const message = sender.next(0);
    if (message === null) return count;
    sender.answered(message, await desk.update(message), 0);
  }
}

async function settled(desk: SubscriptionDesk, changes: readonly SubscriptionChange[]) {
  const sender = new SubscriptionSender({ user, primitives });
  sender.change(changes, 0);
  await settle(sender, desk);
  return sender;
}

test('[I11] both ends hold the same over both stores, also a state of many parts', async () => {
  for (const store of [new MemoryNews(), SqliteNews.open({ path: ':memory:' })]) {
    await using owned = store;
    const desk = deskOver(owned);
    const many = Array.from({ length: 2_000 }, (_, i) => joins(i % 400, Math.floor(i / 400)));
    const sender = await settled(desk, many);
    deepEqual(rowsOf((await store.stored(user)).state), rowsOf(sender.held));
    sender.change([joins(900), { kind: 'leaveAll', device: deviceAt(1) }], 0);
    equal(await settle(sender, desk), 1);
    const { state } = await store.stored(user);
    deepEqual(rowsOf(state), rowsOf(sender.held));
    equal(state.listenerCount, 1_601);
  }
});

test('[I11] a store that starts anew goes on with its version, and one that was lost asks for everything', () =>
  withFile('notify.sqlite', async (path) => {
    let sender: SubscriptionSender;
    {
      await using store = SqliteNews.open({ path });
      sender = await settled(deskOver(store), [joins(0)]);
    }
    {
      await using store = SqliteNews.open({ path });
      sender.change([joins(1)], 0);
      equal(await settle(sender, deskOver(store)), 1, 'a batch was enough');
    }
    await using store = SqliteNews.open({ path: `${path}-2` });
    sender.change([joins(2)], 0);
    equal(await settle(sender, deskOver(store)), 2, 'refused, then the whole state');
    deepEqual(rowsOf((await store.stored(user)).state), rowsOf(sender.held));
  }));

test('[I11] the same update at once, several times, is applied once', async () => {
  await using store = SqliteNews.open({ path: ':memory:' });
  let applied = 0;
  const desk = deskOver(store, () => {
    applied++;
    return {};
  });
  const sender = await settled(desk, [joins(0)]);
  const before = applied;
  sender.change([joins(1)], 0);
  const message = must(sender.next(0), 'an update');
  const answers = await Promise.all([desk.update(message), desk.update(message), desk.update(message)]);
  deepEqual(answers[1], answers[0]);
  deepEqual(answers[2], answers[0]);
  equal(answers[0]?.kind, 'ok');
  equal(applied, before + 1);
});

test('[I11] an update that could not be stored is not answered, and the same once more is', async () => {
  await using store = SqliteNews.open({ path: ':memory:' });
  let isFull = false;
  const failing = {
    epoch: store.epoch,
    stored: store.stored.bind(store),
    commit: async (batch: NewsBatch) => {
      if (isFull) throw new Fault('full');
      return store.commit(batch);
    },
  };
  const desk = new SubscriptionDesk({ store: failing, env, primitives, apply: () => ({}) });
  const sender = await settled(desk, [joins(0)]);
  sender.change([joins(1)], 0);
  isFull = true;
  const message = must(sender.next(0), 'an update');
  await rejects(desk.update(message), { code: 'full' });
  isFull = false;
  equal(sender.next(0), message, 'the batch stays the same');
  equal(await settle(sender, desk), 1);
  deepEqual(rowsOf((await store.stored(user)).state), rowsOf(sender.held));
});

test('[I12] what a newcomer has read is written in the commit that lets her in', async () => {
  await using store = new MemoryNews();
  const [device, site] = [deviceAt(0), siteAt(0)];
  const read = {
    user,
    device,
    site,
    readAll: 7,
    told: 7,
    isOutstanding: false,
    isShown: false,
    mentions: [],
  };
  const batches: NewsBatch[] = [];
  const watched = {
    epoch: store.epoch,
    stored: store.stored.bind(store),
    commit: async (batch: NewsBatch) => {
      batches.push(batch);
      return store.commit(batch);
    },
  };
  const desk = new SubscriptionDesk({
    store: watched,
    env,
    primitives,
    apply: () => ({ readings: [read] }),
  });
  await settled(desk, [joins(0)]);
  equal(batches.length, 1);
  for await (const page of store.load())
    if (page.kind === 'listeners') equal(must(page.rows[0], 'a listener').readAll, 7);
});

test('[G2] updates of one user wait in a bounded line, and those of others do not wait for them', async () => {
  await using store = new MemoryNews();
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = {
    epoch: store.epoch,
    stored: async (of: typeof user) => {
      if (of === user) await held;
      return store.stored(of);
    },
    commit: store.commit.bind(store),
  };
  const desk = new SubscriptionDesk({ store: slow, env, primitives, apply: () => ({}) });
  const message = must(new SubscriptionSender({ user, primitives }).next(0), 'a question');
  const waiting: Promise<unknown>[] = [];
  for (let i = 0; i < 4; i++) waiting.push(desk.update(message));
  await rejects(desk.update(message), { code: 'tooMany' });
  const other: Update = { ...message, user: userId('00000000000000bb') };
  equal((await desk.update(other)).kind, 'unknown');
  release();
  ok((await Promise.all(waiting)).length === 4);
  equal((await desk.update(message)).kind, 'unknown', 'the line is open again');
});
