import assert from 'node:assert/strict';
import { test } from 'node:test';

import { permission } from 'copse/internal/api/model.ts';
import { ephemeralBurst, presenceMs, presenceShownMax } from 'copse/internal/base/limits.ts';
import { joined, LOG, log, SITE, world, type Client, type World } from './testing/harness.ts';

async function attached(
  w: World,
  n: number,
): Promise<{ client: Client; handle: Awaited<ReturnType<Client['open']>>; who: number }> {
  const client = await joined(w, n);
  const handle = await client.open(LOG, 'read');
  await client.page(handle, 1);
  return { client, handle, who: client.who };
}

test('[T9] an ephemeral message reaches the attached connections of its log and is never stored', async () => {
  await using w = await world();
  const [a, b] = [await attached(w, 1), await attached(w, 2)];
  const idle = await joined(w, 3);
  await idle.open();
  const elsewhere = await joined(w, 4);
  await elsewhere.page(await elsewhere.open(log(2)), 1);
  a.client.remote.say({ handle: a.handle, payload: Uint8Array.of(1, 2, 3) });
  await w.settle();
  for (const { client } of [a, b]) {
    assert.deepEqual(
      client.said.map(({ who, payload }) => [who, [...payload]]),
      [[a.who, [1, 2, 3]]],
    );
  }
  assert.deepEqual([idle.said, elsewhere.said], [[], []]);
  assert.equal(w.logs.commitCount, 0);
});

test('[T9] who may only read says nothing', async () => {
  await using w = await world();
  const [a, b] = [await attached(w, 1), await attached(w, 2)];
  w.authority.grant(a.client.person.user, SITE, permission.read);
  const handle = await a.client.open(LOG, 'read');
  a.client.remote.say({ handle, payload: Uint8Array.of(1) });
  await w.settle();
  assert.deepEqual(b.client.said, []);
});

test('[T7] ephemeral messages have a rate', async () => {
  await using w = await world();
  const [a, b] = [await attached(w, 1), await attached(w, 2)];
  for (let i = 0; i < ephemeralBurst * 3; i++)
    a.client.remote.say({ handle: a.handle, payload: Uint8Array.of(i & 255) });
  await w.settle();
  assert.equal(b.client.said.length, ephemeralBurst);
  await w.env.advance(1000);
  a.client.remote.say({ handle: a.handle, payload: Uint8Array.of(0) });
  await w.settle();
  assert.equal(b.client.said.length, ephemeralBurst + 1);
  const refused = w.tail.figures().find(({ name }) => name === 'tailEphemeralRefusedTotal');
  assert.equal(refused?.value, String(ephemeralBurst * 2));
});

/** Who a client believes to be there, from all it was told. */
function believed(client: Client): ReadonlyMap<number, readonly number[]> {
  const people = new Map<number, readonly number[]>();
  for (const { reset, joined: came, left } of client.presents) {
    if (reset) people.clear();
    for (const who of left) people.delete(who);
    for (const { who, state } of came) people.set(who, [...state]);
  }
  return people;
}

test('[T9] presence tells who is attached, with states, as changes', async () => {
  await using w = await world();
  const [a, b] = [await attached(w, 1), await attached(w, 2)];
  a.client.remote.appear({ handle: a.handle, state: Uint8Array.of(7) });
  await w.env.advance(presenceMs + 1);
  for (const { client } of [a, b]) {
    assert.deepEqual(
      new Map(believed(client)),
      new Map([
        [a.who, [7]],
        [b.who, []],
      ]),
    );
    assert.equal(client.presents.at(-1)?.count, 2);
  }
  const c = await attached(w, 3);
  await w.env.advance(presenceMs + 1);
  const last = a.client.presents.at(-1)!;
  assert.deepEqual([last.reset, last.joined.map(({ who }) => who), last.left], [false, [c.who], []]);
  assert.deepEqual(believed(c.client), believed(a.client));
  await b.client.remote.detach({ handle: b.handle });
  c.client.end.cut();
  await w.env.advance(presenceMs + 1);
  assert.deepEqual(new Map(believed(a.client)), new Map([[a.who, [7]]]));
  assert.equal(w.logs.commitCount, 0);
});

test('[T9] presence of many lists some and counts all', async () => {
  await using w = await world({ limits: { strangersPerAddressMax: 1000 } });
  const everybody = [];
  for (let n = 0; n < presenceShownMax + 20; n++) everybody.push(await attached(w, (n % 90) + 1));
  await w.env.advance(presenceMs + 1);
  const last = everybody.at(-1)!;
  assert.equal(believed(last.client).size, presenceShownMax);
  assert.equal(last.client.presents.at(-1)?.count, presenceShownMax + 20);
  for (const { client } of everybody.slice(0, 60)) client.end.cut();
  await w.env.advance(presenceMs + 1);
  const left = everybody.slice(60);
  for (const { client } of left) {
    assert.deepEqual(new Set(believed(client).keys()), new Set(left.map(({ who }) => who)));
    assert.equal(client.presents.at(-1)?.count, left.length);
  }
});

test('[T9] who leaves and comes back within one interval is there', async () => {
  await using w = await world();
  const [a, b] = [await attached(w, 1), await attached(w, 2)];
  await w.env.advance(presenceMs + 1);
  await b.client.remote.detach({ handle: b.handle });
  await b.client.page(b.handle, 1);
  await w.env.advance(presenceMs + 1);
  assert.deepEqual(new Set(believed(a.client).keys()), new Set([a.who, b.who]));
  assert.deepEqual(believed(b.client), believed(a.client));
});

test('[T9] who comes and goes within one interval is told as gone, and who comes twice is told once', async () => {
  await using w = await world();
  const a = await attached(w, 1);
  await w.env.advance(presenceMs + 1);
  const [brief, back] = [await attached(w, 2), await attached(w, 3)];
  await brief.client.remote.detach({ handle: brief.handle });
  for (let i = 0; i < 3; i++) {
    await back.client.remote.detach({ handle: back.handle });
    await back.client.page(back.handle, 1);
    back.client.remote.appear({ handle: back.handle, state: Uint8Array.of(i) });
  }
  await w.env.advance(presenceMs + 1);
  const last = a.client.presents.at(-1)!;
  assert.deepEqual(
    last.joined.map(({ who }) => who),
    [back.who],
  );
  assert.ok(last.left.includes(brief.who));
  assert.deepEqual(
    new Map(believed(a.client)),
    new Map([
      [a.who, []],
      [back.who, [2]],
    ]),
  );
});
