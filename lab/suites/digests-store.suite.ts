/** The contract of digests (`server/src/store/digests.ts`), for every engine. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { userId } from 'copse/internal/base/ids.ts';
import type { Digests } from '../../server/src/store/digests.ts';

export interface DigestsEngine {
  readonly name: string;
  readonly open: () => Promise<{ readonly digests: Digests } & AsyncDisposable>;
}

const ada = userId('aa'.repeat(8));
const bea = userId('bb'.repeat(8));
const wish = { user: ada, email: 'ada@example.org', afterMs: 3_600_000 };

export function digestsStoreSuite({ name, open }: DigestsEngine): void {
  test(`[I22] a wish takes the place of the one before, and ends by its address (${name})`, async () => {
    await using store = await open();
    const { digests } = store;
    equal(await digests.of(ada), null);
    await digests.wish(wish, 10);
    const record = { ...wish, sinceMs: null, sentMs: null, lookMs: 10 };
    deepEqual(await digests.of(ada), record);
    const noted = { ...record, sinceMs: 3, sentMs: 4, lookMs: 20 };
    await digests.note(noted);
    deepEqual(await digests.of(ada), noted);
    const other = { ...wish, email: 'other@example.org' };
    await digests.wish(other, 30);
    await digests.note(noted);
    deepEqual(await digests.of(ada), { ...other, sinceMs: null, sentMs: null, lookMs: 30 });
    equal(await digests.end(ada, wish.email), false, 'another wish of hers');
    equal(await digests.end(bea, other.email), false);
    equal(await digests.end(ada, other.email), true);
    equal(await digests.of(ada), null);
  });

  test(`[I22] those at whom to look come first who wait longest (${name})`, async () => {
    await using store = await open();
    const { digests } = store;
    await digests.wish(wish, 20);
    await digests.wish({ ...wish, user: bea }, 10);
    const users = async (nowMs: number, countMax: number) =>
      (await digests.due(nowMs, countMax)).map(({ user }) => user);
    deepEqual(await users(9, 9), []);
    deepEqual(await users(10, 9), [bea]);
    deepEqual(await users(20, 9), [bea, ada]);
    deepEqual(await users(20, 1), [bea]);
  });
}
