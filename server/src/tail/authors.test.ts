/** Who wrote what is news, told to notify, whoever placed it (SPEC I17). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { leadApi, type LeadEvents, type LeadRemote } from 'copse/internal/api/lead.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import type { Handle, UserId } from 'copse/internal/base/ids.ts';
import { newsWritersMax } from 'copse/internal/base/limits-notify.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { MemoryDisk } from '../store/log-store-memory.ts';
import { FakeEnv, settled } from './testing/fake-env.ts';
import { Client, joined, log, LOG, person, SITE, world, type World } from './testing/harness.ts';
import { Life } from './testing/life.ts';
import { NotifyDouble } from './testing/notify-double.ts';

const NOBODY = new Uint8Array(0);

const nothing: LeadEvents = {
  leaderGone: () => {},
  leaderCame: () => {},
  promoted: () => {},
  handed: () => {},
  signal: () => {},
  parted: () => {},
  opened: () => {},
  placed: () => {},
  notPlaced: () => {},
};

interface Leader {
  readonly client: Client;
  place(at: number, ...entries: readonly Uint8Array[]): void;
}

async function partOf(client: Client): Promise<{ readonly handle: Handle; readonly remote: LeadRemote }> {
  const answer = await client.remote.lease({ site: SITE, log: LOG, want: 'write' });
  if (answer.kind === 'needProof') throw new Error('the lease needs a proof');
  return { handle: answer.handle, remote: client.dialed.facet(leadApi, nothing) };
}

async function leaderOf(w: World): Promise<Leader> {
  const client = await joined(w, 1);
  const { handle, remote } = await partOf(client);
  await remote.lead({ handle });
  await w.settle();
  const place = (at: number, ...entries: readonly Uint8Array[]): void => {
    remote.place({ handle, lead: 1, at, entries: concat(...entries) });
  };

  return { client, place };
}

async function scene(): Promise<{ w: World; notify: NotifyDouble; leader: Leader; ben: Client }> {
  const notify = new NotifyDouble();
  const w = await world({ notify: notify.remote });
  const leader = await leaderOf(w);
  const ben = await joined(w, 2);
  const { handle, remote } = await partOf(ben);
  await remote.follow({ handle });
  return { w, notify, leader, ben };
}

const said = (notify: NotifyDouble): unknown => notify.told.map(({ length, by }) => [length, by]);
const news = { news: NOBODY };

test('[I17] of a led log it is told who wrote, whoever leads, and not that she has read what was before', async () => {
  const { w, notify, leader, ben } = await scene();
  await using _ = w;
  leader.place(1, leader.client.entry(1, news));
  await w.env.advance(50);
  leader.place(2, ben.entry(1, news), ben.entry(2), ben.entry(3, news));
  await w.env.advance(50);
  assert.deepEqual(said(notify), [
    [2, leader.client.person.user],
    [5, ben.person.user],
  ]);
  assert.deepEqual(notify.read, [], 'what a leader says of others is no proof that they have read');
  assert.deepEqual(w.authority.askedDevices, [], 'who takes part is known');
});

test('[I17] what several have written is news to each of them', async () => {
  const { w, notify, leader, ben } = await scene();
  await using _ = w;
  leader.place(1, ben.entry(1, news), leader.client.entry(1, news));
  await w.env.advance(50);
  // What is no news does not count, whoever wrote it.
  leader.place(3, ben.entry(2, news), leader.client.entry(2));
  await w.env.advance(50);
  notify.isAway = true;
  leader.place(5, ben.entry(3, news));
  await w.env.advance(50);
  leader.place(6, leader.client.entry(3, news));
  await w.env.advance(50);
  notify.isAway = false;
  await w.env.advance(20_000);
  assert.deepEqual(said(notify), [
    [3, null],
    [4, ben.person.user],
    [6, ben.person.user],
    [7, leader.client.person.user],
  ]);
});

test('[I17] two devices of one user are one writer, and more than a few are many', async () => {
  const { w, notify, leader, ben } = await scene();
  await using _ = w;
  const others = [];
  for (let n = 10; n < 10 + newsWritersMax; n++) others.push(new Client(w, await person(n)));
  for (const { person: of } of others) w.authority.userByDevice.set(of.device, ben.person.user);
  const [first, ...rest] = others;
  assert.ok(first !== undefined);
  leader.place(1, ben.entry(1, news), first.entry(1, news));
  await w.env.advance(50);
  leader.place(3, ...rest.map((each) => each.entry(1, news)), first.entry(2, news), ben.entry(2, news));
  await w.env.advance(50);
  assert.deepEqual(said(notify), [
    [3, ben.person.user],
    [3 + newsWritersMax + 1, null],
  ]);
  assert.deepEqual(w.authority.askedDevices, [first.person.device], 'of many nobody is asked');
});

test('[I17] auth is asked once whose a device is; without an answer it is news to everybody', async () => {
  const { w, notify, leader } = await scene();
  await using _ = w;
  const gone = new Client(w, await person(9));
  const stranger = new Client(w, await person(8));
  const user = gone.person.user;
  w.authority.isDown = true;
  leader.place(1, gone.entry(1, news));
  await w.env.advance(50);
  w.authority.isDown = false;
  w.authority.userByDevice.set(gone.person.device, user);
  for (const at of [2, 3]) {
    leader.place(at, gone.entry(at, news));
    await w.env.advance(50);
  }
  leader.place(4, stranger.entry(1, news));
  await w.env.advance(50);
  assert.deepEqual(said(notify), [
    [2, null],
    [3, user],
    [4, user],
    [5, null],
  ]);
  assert.deepEqual(w.authority.askedDevices, [gone.person.device, stranger.person.device]);
});

test('[I17] who writes into an open log has proven it, and nothing else is said of her', async () => {
  const notify = new NotifyDouble();
  await using w = await world({ notify: notify.remote });
  const ada = await joined(w, 1);
  ada.write(await ada.open(log(7)), 2, news);
  await w.env.advance(50);
  assert.deepEqual(said(notify), [[3, null]]);
  assert.deepEqual(notify.read, [{ user: ada.person.user, at: 3 }]);
});

test('[I17, I2] what is told again after a crash names its writer, too', async () => {
  const env = new FakeEnv();
  const notify = new NotifyDouble();
  using disk = new MemoryDisk({ primitives: nativePrimitives() });
  const user = (await person(1)).user;
  const authority = {
    usersOf: async ({ devices }: { readonly devices: readonly unknown[] }) => ({
      users: devices.map((): UserId | null => user),
    }),
  };
  notify.isAway = true;
  const parts = { env, notify: notify.remote, authority };
  const life = new Life(await disk.open(env), { ...parts, number: 1 });
  life.write(1, NOBODY);
  await settled();
  life.end();
  disk.crash('synced');
  notify.isAway = false;
  const next = new Life(await disk.open(env), { ...parts, number: 2 });
  await env.advance(1_000);
  assert.deepEqual(said(notify), [[2, user]]);
  next.end();
  await next.store[Symbol.asyncDispose]();
});
