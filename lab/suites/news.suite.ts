/** The contract of what notify keeps (`server/src/store/news.ts`), for every engine. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { deviceId, logId, siteId, userId, type UserId } from 'copse/internal/base/ids.ts';
import { deadLettersMax, newsPageRows, toldPerUserMax } from 'copse/internal/base/limits-notify.ts';
import type { Difference, Listener } from 'copse/internal/social/subscriptions/held.ts';
import type {
  DeliveryRecord,
  ListenerRecord,
  NewsPage,
  NewsStore,
  ReadingRecord,
  SubscriptionRecord,
} from '../../server/src/store/news.ts';

export interface NewsEngine {
  readonly name: string;
  readonly open: () => Promise<NewsStore>;
}

const id = (letter: string, n: number, size: number): string =>
  n.toString(16).padStart(8, '0').padStart(size, letter);
export const userAt = (n: number) => userId(id('a', n, 16));
export const deviceAt = (n: number) => deviceId(id('d', n, 16));
export const siteAt = (n: number) => siteId(id('5', n, 32));
export const logAt = (n: number) => logId(id('1', n, 32));

const [ada, phone, garden, chat] = [userAt(1), deviceAt(1), siteAt(1), logAt(1)];
export const LISTENER: Listener = { audience: '*', level: 'all', override: null, tags: NO_BYTES };
const endpointTo = (url: string) => ({ url, p256dh: new Uint8Array(65), auth: new Uint8Array(16) });

export function subscribed(difference: Partial<Difference>, version = 1, user = ada): SubscriptionRecord {
  const hash = new Uint8Array(16).fill(version);
  const digest = new Uint8Array(8).fill(version);
  return { user, version, hash, digest, difference: { listeners: [], endpoints: [], ...difference } };
}

export const joins = (listener: Listener | null = LISTENER, site = garden) => ({
  listeners: [{ device: phone, site, listener }],
});

const READING: ReadingRecord = {
  user: ada,
  device: phone,
  site: garden,
  readAll: 7,
  told: 9,
  isOutstanding: true,
  isShown: true,
  mentions: [{ log: chat, ordinal: 9 }],
};

const delivered = (url: string, failures: number): DeliveryRecord => ({
  user: ada,
  device: phone,
  url,
  failures,
  sinceMs: 5,
  goneMs: failures > 1 ? 6 : 0,
});

/** All that a start reads, by kind. */
export async function loaded(store: NewsStore): Promise<{ [K in NewsPage['kind']]: readonly unknown[] }> {
  const all: Record<NewsPage['kind'], unknown[]> = {
    sites: [],
    logs: [],
    users: [],
    endpoints: [],
    windows: [],
    listeners: [],
    marks: [],
  };
  for await (const { kind, rows } of store.load()) all[kind].push(...rows);
  return all;
}

async function listenersIn(store: NewsStore): Promise<readonly ListenerRecord[]> {
  const rows: ListenerRecord[] = [];
  for await (const page of store.load()) if (page.kind === 'listeners') rows.push(...page.rows);
  return rows;
}

type Check = (title: string, run: (store: NewsStore) => Promise<void>) => void;

export function newsSuite(engine: NewsEngine): void {
  const check: Check = (title, run) => {
    test(`${title} (${engine.name})`, async () => {
      await using store = await engine.open();
      await run(store);
    });
  };
  subscriptionCases(check);
  readingCases(check);
  deliveryCases(check);
  boundCases(check);
  test(`[I11] a store that is made anew is another one (${engine.name})`, async () => {
    await using one = await engine.open();
    await using other = await engine.open();
    equal(one.epoch.length, 8);
    ok(one.epoch.some((byte, i) => byte !== other.epoch[i]));
  });
}

function subscriptionCases(check: Check): void {
  check('[I11] an update is kept with its version, hash and digest', async (store) => {
    const nobody = await store.stored(ada);
    deepEqual([nobody.version, nobody.hash.length, nobody.state.listenerCount], [0, 0, 0]);
    const override = { level: 'none', forMs: 60_000, untilMs: 99_000 } as const;
    const listener: Listener = {
      audience: chat,
      level: 'mentions',
      override,
      tags: new Uint8Array(16).fill(3),
    };
    const quiet = { zone: 'Asia/Tokyo', days: 3, fromMinute: 5, toMinute: 6, mentionsPass: true };
    const endpoints = [[phone, endpointTo('https://p.example/1')]] as const;
    await store.commit({ subscriptions: [subscribed({ ...joins(listener), endpoints, quiet }, 4)] });
    const { version, hash, digest, state } = await store.stored(ada);
    deepEqual([version, hash, digest], [4, new Uint8Array(16).fill(4), new Uint8Array(8).fill(4)]);
    deepEqual(state.listener(phone, garden), listener);
    deepEqual([...state.listeners()], [{ device: phone, site: garden, listener }]);
    deepEqual([...state.endpoints()], endpoints);
    deepEqual([state.quiet, [...state.sitesOf(phone)]], [quiet, [garden]]);
    deepEqual([state.listenerCount, state.endpointCount], [1, 1]);
    equal((await store.stored(userAt(2))).state.listener(phone, garden), null);
  });

  check('[I11] an update takes away what it names and leaves the rest', async (store) => {
    const quiet = { zone: 'UTC', days: 1, fromMinute: 0, toMinute: 1, mentionsPass: false };
    const both = [...joins().listeners, ...joins(LISTENER, siteAt(2)).listeners];
    await store.commit({ subscriptions: [subscribed({ listeners: both, quiet })] });
    await store.commit({ subscriptions: [subscribed(joins(null), 2)] });
    const { state } = await store.stored(ada);
    deepEqual([[...state.sitesOf(phone)], state.quiet], [[siteAt(2)], quiet]);
    await store.commit({ subscriptions: [subscribed({ quiet: null }, 3)] });
    equal((await store.stored(ada)).state.quiet, null);
    equal((await store.stored(ada)).state.listenerCount, 1);
  });
}

function readingCases(check: Check): void {
  check('[I12] what was read and told outlives a change of the level', async (store) => {
    await store.commit({ subscriptions: [subscribed(joins())], readings: [READING] });
    await store.commit({ subscriptions: [subscribed(joins({ ...LISTENER, level: 'none' }), 2)] });
    deepEqual(await listenersIn(store), [{ ...READING, listener: { ...LISTENER, level: 'none' } }]);
    await store.commit({ readings: [{ ...READING, isOutstanding: false, mentions: [] }] });
    deepEqual((await listenersIn(store))[0]?.mentions, []);
  });

  check('[I6] for whom nobody listens nothing is kept, and who comes back begins anew', async (store) => {
    await store.commit({ readings: [READING] });
    deepEqual(await listenersIn(store), []);
    await store.commit({ subscriptions: [subscribed(joins())], readings: [READING] });
    await store.commit({ subscriptions: [subscribed(joins(null), 2)] });
    await store.commit({ readings: [READING] });
    await store.commit({ subscriptions: [subscribed(joins(), 3)] });
    const [row] = await listenersIn(store);
    deepEqual([row?.readAll, row?.isOutstanding, row?.mentions], [0, false, []]);
  });

  check('[I2] what is known of a log only grows', async (store) => {
    const at = { site: garden, log: chat, length: 5, ordinal: 3, order: 8 };
    await store.commit({ sites: [{ site: garden, ordinal: 3 }], logs: [at] });
    await store.commit({
      sites: [{ site: garden, ordinal: 2 }],
      logs: [{ ...at, length: 4, ordinal: 2, order: 7 }],
    });
    const { sites, logs } = await loaded(store);
    deepEqual([sites, logs], [[{ site: garden, ordinal: 3 }], [at]]);
  });

  check('[I10] marks are kept until they go, also with their site', async (store) => {
    const mark = { user: ada, site: garden, log: chat, ordinal: 4 };
    const other = { ...mark, log: logAt(2) };
    const far = { ...mark, site: siteAt(2) };
    await store.commit({ sites: [{ site: garden, ordinal: 9 }], marks: [mark, other, far] });
    await store.commit({ marks: [{ ...mark, ordinal: 5 }], marksGone: [other] });
    await store.commit({ marks: [mark], marksGone: [mark] });
    await store.commit({ marks: [{ ...mark, ordinal: 5 }] });
    deepEqual(new Set((await loaded(store)).marks), new Set([{ ...mark, ordinal: 5 }, far]));
    await store.commit({ sitesGone: [garden] });
    const { marks, sites } = await loaded(store);
    deepEqual([marks, sites], [[far], []]);
  });

  check('[I26] the logs of a site go before those that follow in the same batch', async (store) => {
    const row = { site: garden, length: 4, ordinal: 1, order: 1 };
    await store.commit({ sites: [{ site: garden, ordinal: 1 }], logs: [{ ...row, log: logAt(1) }] });
    const next = { ...row, log: logAt(2), ordinal: 2, order: 2 };
    await store.commit({ logsGone: [garden], logs: [next] });
    const { logs, sites } = await loaded(store);
    deepEqual([logs, sites], [[next], [{ site: garden, ordinal: 1 }]]);
  });

  check('[I25] up to where the neighbourhood was followed is kept, the last that was said', async (store) => {
    deepEqual(await store.followed(), null);
    const followed = { epoch: new Uint8Array(16).fill(3), seq: 7, knock: 2, base: 0 };
    await store.note({ followed });
    await store.note({ followed: { ...followed, seq: 9, base: 12 } });
    await store.commit({});
    deepEqual(await store.followed(), { ...followed, seq: 9, base: 12 });
  });

  check('[I9] the window of a device is kept until it closes', async (store) => {
    const window = { user: ada, device: phone, step: 2, untilMs: 77 };
    await store.commit({ windows: [window, { ...window, device: deviceAt(2) }] });
    await store.commit({ windows: [{ ...window, device: deviceAt(2), step: 0 }] });
    deepEqual((await loaded(store)).windows, [window]);
  });
}

function deliveryCases(check: Check): void {
  const [first, second] = ['https://p.example/1', 'https://p.example/2'];

  check('[I15] an address that is gone stays so until the device has another one', async (store) => {
    const told = subscribed({ endpoints: [[phone, endpointTo(first)]] });
    await store.commit({ subscriptions: [told] });
    await store.commit({ deliveries: [delivered(first, 3)] });
    await store.commit({ subscriptions: [told] });
    const kept = must(await store.endpoint(ada, phone), 'an address');
    deepEqual([kept.failures, kept.sinceMs, kept.goneMs], [3, 5, 6]);
    await store.commit({ subscriptions: [subscribed({ endpoints: [[phone, endpointTo(second)]] }, 2)] });
    await store.commit({ deliveries: [delivered(first, 4)] });
    const anew = must(await store.endpoint(ada, phone), 'an address');
    deepEqual([anew.endpoint.url, anew.failures, anew.goneMs], [second, 0, 0]);
    deepEqual((await loaded(store)).endpoints, [anew]);
    await store.commit({ subscriptions: [subscribed({ endpoints: [[phone, null]] }, 3)] });
    equal(await store.endpoint(ada, phone), null);
  });
}

function boundCases(check: Check): void {
  check('[I15] of what was told the newest is kept, of each user', async (store) => {
    const told = (user: UserId, atMs: number) => ({
      user,
      device: phone,
      site: garden,
      atMs,
      what: 'sent',
    });
    await store.commit({ told: [told(userAt(2), 1)] });
    for (let atMs = 1; atMs <= toldPerUserMax + 3; atMs++) await store.commit({ told: [told(ada, atMs)] });
    const kept = await store.told(ada, 1_000);
    equal(kept.length, toldPerUserMax);
    deepEqual([kept[0]?.atMs, kept.at(-1)?.atMs], [toldPerUserMax + 3, 4]);
    equal((await store.told(ada, 2)).length, 2);
    deepEqual(await store.told(userAt(2), 5), [told(userAt(2), 1)]);
  });

  check(
    '[I15] messages that were not delivered can be seen and taken away, and the oldest go',
    async (store) => {
      const letter = {
        user: ada,
        device: phone,
        atMs: 1,
        why: 'late',
        last: '503',
        origin: 'https://p.example',
      };
      await store.commit({ letters: [letter, { ...letter, why: 'attempts' }] });
      const [one, two] = await store.letters(0, 10);
      deepEqual([one, two?.why], [{ ...letter, id: 1 }, 'attempts']);
      await store.commit({ lettersGone: [1] });
      deepEqual(
        (await store.letters(0, 10)).map((each) => each.id),
        [2],
      );
      await store.commit({ letters: Array.from({ length: deadLettersMax }, () => letter) });
      const kept = await store.letters(0, 2 * deadLettersMax);
      equal(kept.length, deadLettersMax);
      equal((await store.letters(kept[4]?.id ?? 0, 2))[0]?.id, kept[5]?.id);
    },
  );

  check('[I13] a start reads pages of a bounded size, each row once', async (store) => {
    const listeners = Array.from({ length: newsPageRows + 5 }, (_, i) => ({
      device: deviceAt(i % 3),
      site: siteAt(i),
      listener: LISTENER,
    }));
    const people = [1, 2].map((n) => subscribed({ listeners }, 1, userAt(n)));
    await store.commit({ subscriptions: people });
    const sizes: number[] = [];
    for await (const { kind, rows } of store.load()) {
      ok(rows.length <= newsPageRows);
      if (kind === 'listeners') sizes.push(rows.length);
    }
    deepEqual(sizes, [newsPageRows, newsPageRows, 10]);
    const names = (await listenersIn(store)).map(({ user, device, site }) => `${user} ${device} ${site}`);
    equal(new Set(names).size, 2 * (newsPageRows + 5));
  });
}
