/** The contract of what devices hear (`server/src/store/notices.ts`), for every engine. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { deviceId, siteId, userId } from 'copse/internal/base/ids.ts';
import { noticeRowsWrittenMax } from 'copse/internal/base/limits-notify.ts';
import type { Difference, Listener } from 'copse/internal/social/subscriptions/held.ts';
import type { NoticeWrite, Notices } from '../../server/src/store/notices.ts';

export interface NoticesEngine {
  readonly name: string;
  readonly open: () => Promise<{ readonly notices: Notices } & AsyncDisposable>;
}

const [ada, bea, cleo] = ['aa', 'bb', 'cc'].map((two) => userId(two.repeat(8)));
const phone = deviceId('1'.repeat(16));
const laptop = deviceId('2'.repeat(16));
const siteAt = (n: number) => siteId(n.toString(16).padStart(32, '0'));
const endpoint = {
  url: 'https://push.example/1',
  p256dh: new Uint8Array(65).fill(4),
  auth: new Uint8Array(16).fill(5),
};
const quiet = { zone: 'Europe/Lisbon', days: 31, fromMinute: 1_320, toMinute: 420, mentionsPass: true };
const plain: Listener = { audience: '*', level: 'all', override: null, tags: new Uint8Array(0) };
const rich: Listener = {
  audience: `${'0a'.repeat(8)}*,${'0b'.repeat(16)}`,
  level: 'mentions',
  override: { level: 'none', forMs: 3_600_000, untilMs: 1_800_000_000_000 },
  tags: new Uint8Array(16).fill(7),
};
const settled = { epoch: new Uint8Array(8).fill(1), version: 5, isSettled: true };
const EMPTY: Difference = { listeners: [], endpoints: [] };

function write(part: Partial<NoticeWrite> = {}): NoticeWrite {
  return { user: must(ada, 'a user'), head: settled, difference: null, ...part };
}

export function noticesStoreSuite({ name, open }: NoticesEngine): void {
  const user = must(ada, 'a user');

  test(`[I7, I19] what devices hear is read as it was written, row by row (${name})`, async () => {
    await using store = await open();
    const { notices } = store;
    equal(await notices.read(user), null);
    await notices.begin(user);
    const listeners = [
      { device: phone, site: siteAt(1), listener: plain },
      { device: phone, site: siteAt(2), listener: rich },
      { device: laptop, site: siteAt(1), listener: plain },
    ];
    const difference = { listeners, endpoints: [[phone, endpoint] as const], quiet };
    await notices.write(write({ difference, epochs: [[phone, 3]] }));
    const read = must(await notices.read(user), 'she has rows');
    deepEqual(read.state, difference);
    deepEqual(read.head, settled);
    deepEqual([...read.epochs], [[phone, 3]]);
    deepEqual(await notices.endpoint(user, phone), endpoint);
    equal(await notices.endpoint(user, laptop), null);
    deepEqual((await notices.glance(user))?.quiet, quiet);
    const changed = { ...plain, level: 'none' } as const;
    const less: Difference = {
      listeners: [
        { device: phone, site: siteAt(2), listener: null },
        { device: laptop, site: siteAt(1), listener: changed },
      ],
      endpoints: [[phone, null]],
      quiet: null,
    };
    await notices.write(write({ difference: less }));
    const after = must(await notices.read(user), 'she has rows');
    deepEqual(after.state, {
      listeners: [
        { device: phone, site: siteAt(1), listener: plain },
        { device: laptop, site: siteAt(1), listener: changed },
      ],
      endpoints: [],
      quiet: null,
    });
    deepEqual([...after.epochs], []);
  });

  test(`[I19] a long state is written in parts and read page by page (${name})`, async () => {
    await using store = await open();
    const { notices } = store;
    await notices.begin(user);
    const count = 2 * noticeRowsWrittenMax + 3;
    const listeners = Array.from({ length: count }, (_, i) => {
      return { device: i % 2 === 0 ? phone : laptop, site: siteAt(i), listener: plain };
    });
    await notices.write(write({ difference: { ...EMPTY, listeners } }));
    equal((await notices.read(user))?.state.listeners.length, count);
    deepEqual((await notices.glance(user))?.head, settled);
    const first = await notices.rows(user, phone, null, 5);
    deepEqual(
      first.map(({ site }) => site),
      [0, 2, 4, 6, 8].map(siteAt),
    );
    const rest = await notices.rows(user, phone, siteAt(count - 3), 5);
    deepEqual(
      rest.map(({ site }) => site),
      [siteAt(count - 1)],
    );
  });

  test(`[I19] who is not settled or was not looked at waits, and nobody else (${name})`, async () => {
    await using store = await open();
    const { notices } = store;
    const [one, two, three] = [ada, bea, cleo].map((each) => must(each, 'a user'));
    for (const each of [three, one, two]) await notices.begin(must(each, 'a user'));
    deepEqual(await notices.waiting(null, 9), [one, two, three]);
    deepEqual(await notices.waiting(must(one, 'a user'), 1), [two]);
    const looked = { upTo: 1, dueMs: null };
    await notices.write(write({ looked }));
    await notices.write(write({ user: must(two, 'a user') }));
    await notices.write(
      write({ user: must(three, 'a user'), head: { ...settled, isSettled: false }, looked }),
    );
    deepEqual(await notices.waiting(null, 9), [two, three]);
    await notices.begin(user);
    deepEqual(await notices.waiting(null, 9), [two, three], 'to begin again changes nothing');
    await notices.unsettle([user]);
    deepEqual(await notices.waiting(null, 9), [one, two, three]);
    const heads = await notices.heads(null, 2);
    deepEqual(heads, [
      { user: one, ...settled, isSettled: false },
      { user: two, ...settled },
    ]);
    deepEqual((await notices.heads(must(two, 'a user'), 2))[0]?.user, three);
  });

  test(`[I6, I19] whose rights change by themselves is marked when they do (${name})`, async () => {
    await using store = await open();
    const { notices } = store;
    await notices.begin(user);
    await notices.write(write({ looked: { upTo: 1, dueMs: 1_000 } }));
    equal(await notices.due(999), 1_000);
    deepEqual(await notices.waiting(null, 9), []);
    equal(await notices.due(1_000), null);
    deepEqual(await notices.waiting(null, 9), [user]);
    equal((await notices.glance(user))?.moved, 2);
  });

  test(`[I19] whoever listens is told of commits (${name})`, async () => {
    await using store = await open();
    const { notices } = store;
    let count = 0;
    notices.listen(() => count++);
    await notices.begin(user);
    ok(count > 0);
  });
}
