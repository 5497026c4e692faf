/** Who is here, told to notify (SPEC I4, I5, I18). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { attentionApi, type AttentionRemote } from 'copse/internal/api/attention.ts';
import {
  lookBurst,
  lookMs,
  presenceSilenceMs,
  readsMax,
  unmuteGraceMs,
} from 'copse/internal/base/limits-notify.ts';
import { newLog } from 'copse/internal/log/batch.ts';
import { Here } from './here.ts';
import { FakeEnv, settled } from './testing/fake-env.ts';
import { Client, joined, log, person, SITE, world, type World } from './testing/harness.ts';
import { NotifyDouble } from './testing/notify-double.ts';

interface Scene {
  readonly world: World;
  readonly notify: NotifyDouble;
}

async function scene(): Promise<Scene> {
  const notify = new NotifyDouble();
  return { world: await world({ notify: notify.remote }), notify };
}

const attention = (client: Client): AttentionRemote => client.dialed.facet(attentionApi, {});

test('[I18] who looks is muted within a moment, and no more when the last of her devices looks away or is gone', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify } = all;
  const [one, two] = [await joined(place, 1), await joined(place, 1)];
  const { user } = one.person;
  await place.env.advance(100);
  assert.deepEqual([...notify.muted], []);
  attention(one).look({ isHere: true });
  attention(two).look({ isHere: true });
  attention(two).look({ isHere: true });
  await place.env.advance(60);
  assert.deepEqual([...notify.muted], [user]);
  attention(one).look({ isHere: false });
  await place.env.advance(60);
  assert.deepEqual([...notify.muted], [user]);
  two.dialed.close();
  await place.env.advance(60);
  assert.deepEqual([...notify.muted], []);
  const muted = notify.frames.flatMap((frame) => frame.muted);
  assert.equal(muted.length, 1);
});

test('[I18] a device that says nothing more has nobody before it, and one that says it again has', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify } = all;
  const [asleep, awake] = [await joined(place, 1), await joined(place, 2)];
  for (const client of [asleep, awake]) attention(client).look({ isHere: true });
  for (let ms = 0; ms < 2 * lookMs; ms += lookMs / 4) {
    attention(awake).look({ isHere: true });
    await place.env.advance(lookMs / 4);
  }
  assert.deepEqual([...notify.muted], [awake.person.user]);
});

test('[I18] what she has read comes with the frame in which she goes, and no further than the log is long', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify } = all;
  const client = await joined(place, 1);
  const chat = await client.open();
  client.write(chat, 5);
  attention(client).look({ isHere: true });
  await place.env.advance(100);
  const at = (position: number): void => attention(client).seen({ handle: chat, at: position });
  for (const position of [1, 3, 2]) at(position);
  attention(client).look({ isHere: false });
  await place.env.advance(100);
  const frame = notify.frames.at(-1)!;
  assert.deepEqual(
    frame.reads.map((read) => [read.user, read.at]),
    [[client.person.user, 4]],
  );
  assert.deepEqual(frame.unmuted, [client.person.user]);
  at(9_999);
  await place.env.advance(100);
  assert.deepEqual(
    notify.frames.at(-1)?.reads.map((read) => read.at),
    [6],
  );
});

test('[I5] a shard says every few seconds that it is there, and everything anew when notify has forgotten it', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify } = all;
  const clients = await Promise.all([1, 2, 3].map((n) => joined(place, n)));
  for (const client of clients) attention(client).look({ isHere: true });
  await place.env.advance(100);
  const before = notify.frames.length;
  for (let n = 0; n < 6; n++) {
    for (const client of clients) attention(client).look({ isHere: true });
    await place.env.advance(presenceSilenceMs / 3);
  }
  assert.ok(notify.frames.length - before >= 5, `${notify.frames.length - before} frames`);
  const { epoch } = notify;
  notify.forget();
  await place.env.advance(11_000);
  assert.ok(notify.epoch > epoch);
  assert.deepEqual([...notify.muted].toSorted(), clients.map((client) => client.person.user).toSorted());
});

test('[I4, I5] a notify that begins anew knows who is here before its grace is over', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  using here = new Here({ env, notify: notify.remote, shard: 0 });
  const { user } = await person(1);
  here.came(user);
  // The shard is between two beats, or has tried in vain for long.
  for (const awayMs of [0, 1_000, 2_999, 120_000]) {
    await env.advance(60_000);
    notify.isAway = true;
    await env.advance(awayMs);
    notify.isAway = false;
    notify.forget();
    await env.advance(unmuteGraceMs - 1);
    assert.deepEqual([...notify.muted], [user], `away for ${awayMs} ms`);
  }
});

test('[I5] while notify is away frames repeat as they were, and afterwards both ends hold the same', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify } = all;
  const clients = await Promise.all([1, 2, 3].map((n) => joined(place, n)));
  const look = (n: number, isHere: boolean): void => attention(clients[n]!).look({ isHere });
  look(0, true);
  look(1, true);
  await place.env.advance(100);
  // The frame arrives and its answer does not; then nothing arrives.
  notify.isMute = true;
  look(2, true);
  await place.env.advance(100);
  [notify.isMute, notify.isAway] = [false, true];
  look(0, false);
  look(1, false);
  look(1, true);
  await place.env.advance(20_000);
  notify.isAway = false;
  await place.env.advance(20_000);
  assert.deepEqual([...notify.muted].toSorted(), [1, 2].map((n) => clients[n]!.person.user).toSorted());
});

test('[I18] what was read is said until notify has heard it', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  using here = new Here({ env, notify: notify.remote, shard: 0 });
  await env.advance(100);
  notify.isAway = true;
  here.read((await person(1)).user, { ...newLog(1, SITE, log(1)), durable: 9 }, 5);
  await env.advance(5_000);
  notify.isAway = false;
  await env.advance(60_000);
  assert.deepEqual(
    notify.frames.flatMap(({ reads }) => reads.map(({ at }) => at)),
    [5],
  );
});

test('[I5] who begins is higher than whatever notify has heard of the shard', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  notify.epoch = 70;
  using here = new Here({ env, notify: notify.remote, shard: 0 });
  const { user } = await person(1);
  here.came(user);
  await env.advance(1_000);
  assert.deepEqual([[...notify.muted], notify.epoch], [[user], 71]);
});

test('[I18] more reads than one frame takes all come before anybody goes', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  using here = new Here({ env, notify: notify.remote, shard: 0 });
  const { user } = await person(1);
  here.came(user);
  await env.advance(100);
  for (let n = 1; n <= readsMax + 10; n++) here.read(user, newLog(n, SITE, log(n)), 5);
  here.went(user);
  await env.advance(60);
  assert.deepEqual([...notify.muted], [user]);
  await env.advance(100);
  assert.deepEqual([...notify.muted], []);
  const [first, second] = notify.frames.slice(-2);
  assert.deepEqual([first?.reads.length, second?.reads.length], [readsMax, 10]);
});

test('[I18] a tail that says goodbye unmutes nobody: its people are back in a moment', async () => {
  const { world: place, notify } = await scene();
  const client = await joined(place, 1);
  attention(client).look({ isHere: true });
  await place.env.advance(100);
  const draining = place.tail.drain();
  await place.env.advance(10_000);
  await draining;
  assert.deepEqual([...notify.muted], [client.person.user]);
  await place[Symbol.asyncDispose]();
});

test('[T7] a stranger looks at nothing, and a flood of looks costs its connection', async () => {
  const all = await scene();
  await using place = all.world;
  const { notify } = all;
  const stranger = new Client(place, await person(1));
  await settled();
  attention(stranger).look({ isHere: true });
  await place.env.advance(100);
  assert.equal(stranger.endedWith?.code, 'unauthorized');
  const client = await joined(place, 2);
  for (let n = 0; n <= lookBurst; n++) attention(client).look({ isHere: n % 2 === 0 });
  await place.env.advance(100);
  assert.equal(client.endedWith?.code, 'tooMany');
  assert.deepEqual([...notify.muted], []);
  // A handle that is no lease is nobody's.
  const other = await joined(place, 3);
  attention(other).seen({ handle: await other.open(), at: 0 });
  attention(other).seen({ handle: await client.open().catch(() => other.open(log(2))), at: 1 });
  await place.env.advance(100);
  assert.equal(other.endedWith, undefined);
});
