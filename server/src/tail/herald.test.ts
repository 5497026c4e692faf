/** What is news, told to notify (SPEC I17). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { concat } from 'copse/internal/base/bytes.ts';
import { mentionsPerPublishMax, publishCallsMax, publishesMax } from 'copse/internal/base/limits-notify.ts';
import { Authors } from './authors.ts';
import { Herald } from './herald.ts';
import { UntoldNews, type HeardNews } from '../store/untold-news.ts';
import { FakeEnv, settled } from './testing/fake-env.ts';
import { joined, log, SITE, world, type Client, type World } from './testing/harness.ts';
import { NotifyDouble } from './testing/notify-double.ts';

const tag = (n: number): Uint8Array => new Uint8Array(8).fill(n);
const hexTag = (n: number): string => n.toString(16).padStart(2, '0').repeat(8);
const NOBODY = new Uint8Array(0);

async function scene(): Promise<{ world: World; notify: NotifyDouble; client: Client }> {
  const notify = new NotifyDouble();
  const place = await world({ notify: notify.remote });
  return { world: place, notify, client: await joined(place, 1) };
}

test('[I17] news is told once it is durable, one row a log with the mentions of all, and nothing else is', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify, client } = all;
  const second = await joined(place, 2);
  const [chat, other] = [await client.open(), await second.open(log(7))];
  client.write(chat, 3);
  await settled();
  assert.deepEqual(notify.told, []);
  place.logs.isHeld = true;
  client.write(chat, 1, { news: tag(1) });
  client.write(chat, 1, { news: concat(tag(1), tag(2)) });
  second.write(other, 2, { news: NOBODY });
  client.write(chat);
  await settled();
  assert.deepEqual(notify.told, []);
  place.logs.release();
  await place.env.advance(20);
  assert.deepEqual(notify.published.length, 1);
  assert.deepEqual(
    notify.told.map(({ length, mentions }) => [length, mentions]),
    [
      [6, [hexTag(1), hexTag(2)]],
      [3, []],
    ],
  );
});

test('[I17] while notify is away writes are acknowledged as ever, and what waits is said when it is back', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify, client } = all;
  const chat = await client.open();
  notify.isAway = true;
  for (let n = 1; n <= 5; n++) {
    client.write(chat, 1, { news: tag(n) });
    await place.env.advance(5_000);
  }
  assert.equal(
    client.acks.reduce((sum, { count }) => sum + count, 0),
    5,
  );
  assert.deepEqual(notify.told, []);
  assert.equal(place.env.lines.filter((line) => line.includes('tail.notify.away')).length, 1);
  assert.ok(notify.attempts < 30, `${notify.attempts} attempts in 25 s`);
  notify.isAway = false;
  await place.env.advance(20_000);
  assert.deepEqual(
    notify.told.map(({ length, mentions }) => [length, mentions]),
    [
      [2, [hexTag(1)]],
      [6, [2, 3, 4, 5].map(hexTag)],
    ],
  );
  assert.equal(place.tail.figures().find(({ name }) => name === 'tailNewsWaiting')?.value, '0');
});

test('[I17] an answer that is lost repeats the call as it was, and what came meanwhile follows', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify, client } = all;
  const chat = await client.open();
  notify.isMute = true;
  client.write(chat, 1, { news: tag(1) });
  await place.env.advance(1);
  client.write(chat, 1, { news: tag(2) });
  await place.env.advance(300);
  notify.isMute = false;
  await place.env.advance(20_000);
  const lengths = notify.told.map(({ length }) => length);
  assert.ok(lengths.length >= 3);
  assert.deepEqual([...new Set(lengths)], [2, 3]);
});

test('[I17] while notify writes slowly a few calls wait for it, and the journal keeps what is not answered', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  notify.isSlow = true;
  const told: number[] = [];
  const onTold = (record: number): void => void told.push(record);
  using herald = new Herald({ env, authors: nobody(env), notify: notify.remote, soon: setImmediate, onTold });
  for (let n = 1; n <= publishCallsMax + 3; n++) {
    herald.hear(heard(n));
    await env.advance(100);
  }
  assert.deepEqual([notify.published.length, told.length], [publishCallsMax, 0]);
  notify.keep();
  await env.advance(100);
  assert.deepEqual([herald.waitingCount, told.at(-1)], [0, publishCallsMax + 3]);
  assert.equal(notify.published.length, publishCallsMax + 1, 'what waited went together');
});

test('[I17] of one log there is one call at a time, so that no mention is overtaken', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  notify.isSlow = true;
  using herald = new Herald({
    env,
    authors: nobody(env),
    notify: notify.remote,
    soon: setImmediate,
    onTold: () => {},
  });
  for (const length of [2, 3, 4]) {
    herald.hear(heard(1, { length, mentions: [tag(length)] }));
    await env.advance(100);
  }
  herald.hear(heard(2));
  await env.advance(100);
  const lengths = (): unknown => notify.published.map((logs) => logs.map(({ length }) => length));
  assert.deepEqual(lengths(), [[2], [2]]);
  notify.keep();
  await env.advance(100);
  assert.deepEqual(lengths(), [[2], [2], [4]]);
  assert.deepEqual(notify.told.at(-1)?.mentions, [hexTag(3), hexTag(4)]);
});

test('[I17] a later call that is answered first lets go nothing of an earlier one', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  const told: number[] = [];
  const onTold = (record: number): void => void told.push(record);
  using herald = new Herald({ env, authors: nobody(env), notify: notify.remote, soon: setImmediate, onTold });
  for (const n of [1, 2, 3]) {
    notify.isSlow = n === 2;
    herald.hear(heard(n));
    await env.advance(100);
  }
  assert.deepEqual(told, [1]);
  notify.keep();
  await env.advance(100);
  assert.deepEqual(told, [1, 3]);
});

test('[I17] who writes what is news knows it, and what others wrote meanwhile she does not', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify, client } = all;
  const second = await joined(place, 2);
  const [ours, theirs] = [await client.open(), await second.open()];
  place.logs.isHeld = true;
  client.write(ours, 2, { news: NOBODY });
  second.write(theirs, 1, { news: NOBODY });
  await settled();
  place.logs.release();
  await place.env.advance(20);
  assert.deepEqual(
    notify.told.map(({ length }) => length),
    [4],
  );
  const [{ user: me }, { user: other }] = [client.person, second.person];
  assert.deepEqual(notify.read, [
    { user: me, at: 3 },
    { user: other, at: 4 },
  ]);
  // What is no news says nothing of who has read what.
  client.write(ours);
  await place.env.advance(100);
  assert.equal(notify.read.length, 2);
});

/** Nobody is asked whose devices write. */
const nobody = (env: FakeEnv): Authors => new Authors({ env, authority: null });

const heard = (number: number, parts: Partial<HeardNews> = {}): HeardNews => ({
  number,
  site: SITE,
  log: log(number),
  length: 2,
  mentions: [],
  writers: [],
  record: number,
  ...parts,
});

test('[I17] a hundred thousand logs go in calls of as many as one takes, none twice, and records are let go in order', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  notify.isAway = true;
  const told: number[] = [];
  using herald = new Herald({
    env,
    authors: nobody(env),
    notify: notify.remote,
    soon: setImmediate,
    onTold: (record) => void told.push(record),
  });
  const count = 100_000;
  for (let round = 0; round < 2; round++)
    for (let n = 1; n <= count; n++) herald.hear(heard(n, { length: 2 + round, record: round * count + n }));
  await env.advance(1_000);
  assert.equal(herald.waitingCount, count);
  notify.isAway = false;
  for (let left = 60; left > 0 && herald.waitingCount > 0; left--) await env.advance(1_000);
  assert.equal(herald.waitingCount, 0);
  assert.equal(notify.told.length, count);
  assert.ok(notify.published.every((logs) => logs.length <= publishesMax));
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
  assert.equal(told.at(-1), 2 * count);
  // Before the last one is told, nothing behind the first of those that wait is let go.
  assert.ok((told[0] ?? 0) <= publishesMax);
});

test('[I17] more people than one row names are told in rows that grow, and nobody is left out', () => {
  const news = new UntoldNews();
  const tags = Array.from({ length: 100 }, (_, n) => tag(n));
  // As one batch, and as one entry after the other.
  news.add(heard(1, { length: 101, mentions: tags }));
  for (const [n, one] of tags.entries()) news.add(heard(2, { length: n + 2, mentions: [one] }));
  const rows = news.take(10);
  assert.equal(rows.length, 4);
  for (const number of [1, 2]) {
    const of = rows.filter((row) => row.log === log(number));
    assert.deepEqual(
      of.map((row) => row.mentions.length),
      [mentionsPerPublishMax, 100 - mentionsPerPublishMax],
    );
    assert.ok(of[0]!.length < of[1]!.length && of[0]!.length > mentionsPerPublishMax, `${of[0]!.length}`);
    assert.equal(of[1]!.length, 101);
  }
});

test('[I17] beyond the bounds the oldest is forgotten, and counted', () => {
  const news = new UntoldNews(2, 1);
  for (let n = 1; n <= 4; n++) news.add(heard(n));
  assert.deepEqual([news.size, news.lostCount, news.firstRecord], [2, 2, 3]);
  for (let n = 0; n < 200; n++) news.add(heard(4, { length: n + 3, mentions: [tag(n)] }));
  assert.deepEqual([news.size, news.lostCount], [3, 4]);
});
