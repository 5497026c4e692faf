/** The neighbourhood at the notification service: whom a message concerns is told, once, whatever ends when. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { authorNewsBurst, neighbourNewsAgeMs } from 'copse/internal/base/limits-notify.ts';
import { peerMentionsMax } from 'copse/internal/base/limits-peer.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { knocksLog, neighbourhoodOf, threadLog } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { NeighbourhoodStage } from './neighbourhood-stage.ts';
import { deviceAt, siteAt } from './notify-stage.ts';

const [ADA, BEN, CLEO] = [0, 1, 2];
const nothing = { ids: [], all: false, knocks: false };

test('[I24] who is mentioned, answered or shared is told of the thread, once, and nobody else', async () => {
  await using at = await NeighbourhoodStage.open();
  const { stage, keys } = at;
  const [adas, bens] = [await at.listen(ADA), await at.listen(BEN)];
  const post = await at.say(ADA, { text: 'the pump is broken' });
  await at.say(ADA, { text: 'to myself', replies: [post.id], mentions: [must(keys[ADA], 'Ada')] });
  await at.say(CLEO, { text: 'nobody is concerned' });
  const answer = await at.say(BEN, { text: 'again?', replies: [post.id] });
  const [first] = await stage.arrived(adas, 1);
  deepEqual(first?.places, [
    {
      site: neighbourhoodOf(at.user(ADA)),
      log: threadLog(post.id),
      upTo: at.store.head() + 1,
      count: 1,
      isMention: false,
    },
  ]);
  deepEqual([first?.badge, first?.navigate], [1, 'https://copse.example/#/inbox']);
  // A second answer, a share, a picture and an edit: nothing more before she looks.
  await at.say(CLEO, { text: 'yes', replies: [answer.id], thread: post.id });
  await at.say(CLEO, { kind: KIND.share, text: '', replies: [post.id] });
  await at.say(CLEO, { kind: KIND.reaction, text: '👍', replies: [post.id] });
  equal((await stage.arrived(bens, 1))[0]?.badge, 1, 'Ben is answered in turn');
  equal(stage.noticesOf(adas).length, 1);
  deepEqual(stage.notify.unread({ user: at.user(ADA) }), { count: 1 }, 'it is one thread');
  await at.say(CLEO, { text: 'Ada!', mentions: [must(keys[ADA], 'Ada')] });
  const [, mention] = await stage.arrived(adas, 2);
  ok(mention?.places[0]?.isMention, 'who is mentioned hears of it all the same');
});

test('[I24, I7] levels and mutes hold for the neighbourhood as for a site', async () => {
  await using at = await NeighbourhoodStage.open();
  const { stage, keys } = at;
  const adas = await at.listen(ADA);
  const place = { device: deviceAt(ADA), site: neighbourhoodOf(at.user(ADA)) };
  await stage.tell(at.user(ADA), { kind: 'level', ...place, level: 'mentions' });
  const post = await at.say(ADA, {});
  await at.say(BEN, { replies: [post.id] });
  await at.say(CLEO, { mentions: [must(keys[ADA], 'Ada')] });
  const [only, ...more] = await stage.arrived(adas, 1);
  deepEqual([only?.places.map(({ isMention }) => isMention), more], [[true], []]);
  await stage.tell(at.user(ADA), { kind: 'mute', ...place, durationMs: 3_600_000 });
  await at.say(BEN, { mentions: [must(keys[ADA], 'Ada')] });
  await stage.until(() => stage.figure('notifyConcernedTotal') === '3');
  equal((await stage.arrived(adas, 1)).length, 1);
});

test('[I24, I4] who is here hears nothing until she has gone, and nothing of what she has read', async () => {
  await using at = await NeighbourhoodStage.open();
  const { stage, keys } = at;
  const adas = await at.listen(ADA);
  const user = at.user(ADA);
  await stage.presence({ muted: [user] });
  const mention = { mentions: [must(keys[ADA], 'Ada')] };
  const read = await at.say(BEN, mention);
  const unread = await at.say(CLEO, mention);
  await stage.until(() => stage.notify.unread({ user }).count === 2);
  await stage.notify.seen({ user, what: { ...nothing, ids: [read.id] } });
  equal(stage.noticesOf(adas).length, 0);
  await stage.presence({ seq: 1, unmuted: [user] });
  const [told, ...more] = await stage.arrived(adas, 1);
  deepEqual([told?.places.map(({ log }) => log), more], [[threadLog(unread.id)], []]);
});

test('[I25, I10] reading takes it back on the other devices, and the number counts threads beside logs', async () => {
  await using at = await NeighbourhoodStage.open();
  const { stage, keys } = at;
  const [phone, tablet] = [await at.listen(ADA), await at.listen(ADA, deviceAt(90))];
  const user = at.user(ADA);
  await stage.tell(user, { kind: 'join', device: deviceAt(ADA), site: siteAt(1), audience: ['*'] });
  stage.publish(1, 1, 1);
  const mention = { mentions: [must(keys[ADA], 'Ada')] };
  const first = await at.say(BEN, mention);
  const second = await at.say(CLEO, mention);
  await Promise.all([stage.arrived(phone, 1), stage.arrived(tablet, 1)]);
  deepEqual(stage.notify.unread({ user }), { count: 3 });
  await stage.notify.seen({ user, what: { ...nothing, ids: [second.id] } });
  deepEqual(stage.notify.unread({ user }), { count: 2 });
  await stage.read(user, 1, 1, 1);
  deepEqual(stage.notify.unread({ user }), { count: 1 });
  await stage.notify.seen({ user, what: { ...nothing, ids: [second.id], all: true } });
  deepEqual(stage.notify.unread({ user }), { count: 0 }, 'and what came before it');
  await stage.until(() => stage.noticesOf(tablet).some(({ kind }) => kind === 'read'));
  await at.say(BEN, { replies: [first.id], mentions: [must(keys[ADA], 'Ada')] });
  await stage.until(() => stage.notify.unread({ user }).count === 1);
  await stage.notify.seen({ user, what: { ...nothing, all: true } });
  deepEqual(stage.notify.unread({ user }), { count: 0 });
});

test('[I22, I24] a digest counts what waits in the neighbourhood, also for who has no address', async () => {
  await using at = await NeighbourhoodStage.open();
  const user = at.user(ADA);
  const place = { device: deviceAt(ADA), site: neighbourhoodOf(user) };
  await at.stage.tell(user, { kind: 'join', ...place, audience: ['*'] });
  await at.say(BEN, { mentions: [must(at.keys[ADA], 'Ada')] });
  equal(at.stage.notify.waiting(user).places, 1);
});

test('[I25] what was durable and not told when the node ended is told by the next start, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'copse-follow-'));
  const [messages, path] = [join(folder, 'messages'), join(folder, 'news')];
  try {
    const before = await NeighbourhoodStage.open(messages, { path });
    const mention = { mentions: [must(before.keys[ADA], 'Ada')] };
    const lost = await before.say(BEN, mention, true);
    // She listens from now on: what came before is nothing that she missed.
    await before.say(CLEO, { text: 'between' });
    await before.stage.until(() => before.following.kept === 2);
    const adas = await before.listen(ADA);
    const crashed = await before.say(CLEO, mention, true);
    const old = await before.say(BEN, { ...mention, timeMs: 1 }, true);
    await before.store[Symbol.asyncDispose]();
    await using after = await NeighbourhoodStage.open(messages, { path }, before.stage);
    const [told, ...more] = await after.stage.arrived(adas, 1);
    deepEqual([told?.places.map(({ log }) => log), more], [[threadLog(crashed.id)], []]);
    ok(lost.id !== crashed.id && old.timeMs === 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('[I25] with another store of messages positions begin anew, and what comes there is news', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'copse-follow-'));
  const path = join(folder, 'news');
  try {
    const before = await NeighbourhoodStage.open(':memory:', { path });
    const adas = await before.listen(ADA);
    const mention = { mentions: [must(before.keys[ADA], 'Ada')] };
    for (let n = 0; n < 5; n++) await before.say(CLEO, {});
    const first = await before.say(BEN, mention);
    await before.stage.arrived(adas, 1);
    await before.stage.notify.seen({ user: before.user(ADA), what: { ...nothing, ids: [first.id] } });
    before.following[Symbol.dispose]();
    await using after = await NeighbourhoodStage.open(':memory:', { path }, before.stage);
    ok(after.following.base > 5);
    await after.say(BEN, { replies: [first.id], ...mention });
    const notices = await after.stage.arrived(adas, 2);
    const place = must(notices.at(-1)?.places[0], 'a place');
    equal(place.log, threadLog(first.id), 'in a thread of which more was known before');
    const { rows } = await after.stage.notify.posts({ user: after.user(ADA), lengths: [place.upTo, 3] });
    deepEqual([rows[0]?.seq, rows[1]], [1, null]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('[I26] a flood of one author is a bounded number of threads and mentions', async () => {
  await using at = await NeighbourhoodStage.open();
  const { stage, keys } = at;
  const adas = await at.listen(ADA);
  const mention = { mentions: [must(keys[ADA], 'Ada')] };
  for (let n = 0; n < 5 * authorNewsBurst; n++) await at.say(BEN, mention);
  const { count } = stage.notify.unread({ user: at.user(ADA) });
  equal(count, authorNewsBurst + 1, 'the rest is one thread');
  await at.say(CLEO, mention);
  equal(stage.notify.unread({ user: at.user(ADA) }).count, count + 1, 'others are heard as before');
  ok((await stage.arrived(adas, 1)).length < authorNewsBurst);
});

test('[I26] one message mentions a bounded number of people, each of whom is told once', async () => {
  await using at = await NeighbourhoodStage.open();
  const everybody = Array.from({ length: peerMentionsMax + 1 }, (_, n) => new Uint8Array(32).fill(n + 1));
  await at.sign(BEN, { mentions: everybody.slice(1) });
  await at.sign(BEN, { mentions: everybody }).then(
    () => ok(false, 'too many'),
    () => {},
  );
  await at.listen(ADA);
  const mentions = [must(at.keys[ADA], 'Ada'), ...everybody.slice(2)];
  await at.say(BEN, { mentions });
  equal(at.following.told, 1);
});

test('[I24] what its author dates far back is news to nobody', async () => {
  await using at = await NeighbourhoodStage.open();
  await at.listen(ADA);
  const timeMs = at.stage.env.wallMs() - neighbourNewsAgeMs - 60_000;
  await at.say(BEN, { timeMs, mentions: [must(at.keys[ADA], 'Ada')] });
  equal(at.following.told, 0);
});

test('[I27] a device gets the posts that it was told of, and no others', async () => {
  await using at = await NeighbourhoodStage.open();
  await at.listen(ADA);
  const user = at.user(ADA);
  await at.say(BEN, { text: 'of others' });
  const post = await at.say(BEN, { text: 'come', mentions: [must(at.keys[ADA], 'Ada')] });
  const lengths = [at.store.head() + 1, 2, 99];
  const { rows } = await at.stage.notify.posts({ user, lengths });
  deepEqual([rows[0]?.message, rows[0]?.profile, rows[1], rows[2]], [post.bytes, null, null, null]);
  at.hidden.add(hex(post.from));
  deepEqual(at.following.told, 1);
  await at.say(BEN, { mentions: [must(at.keys[ADA], 'Ada')] });
  deepEqual(at.following.told, 1, 'of whom nothing is shown nobody is told');
});

test('[I28] strangers who knock are told of once a day, and those who came meanwhile then', async () => {
  await using at = await NeighbourhoodStage.open();
  const { stage } = at;
  const adas = await at.listen(ADA);
  const user = at.user(ADA);
  const knock = async (n: number): Promise<void> => {
    const { id, from, bytes } = await at.sign(n, { mentions: [must(at.keys[ADA], 'Ada')] });
    const [atMs, untilMs] = [stage.env.wallMs(), stage.env.wallMs() + 86_400_000];
    const recipient = must(at.keys[ADA], 'Ada');
    at.strangers.leave([
      { recipient, id, sender: from, bits: 20, isInvitation: false, atMs, untilMs, body: bytes },
    ]);
    at.following.knocks.look();
  };
  await knock(BEN);
  const [told] = await stage.arrived(adas, 1);
  deepEqual(
    told?.places.map(({ log }) => log),
    [knocksLog],
  );
  equal(told?.navigate, 'https://copse.example/#/requests');
  await stage.notify.seen({ user, what: { ...nothing, knocks: true } });
  deepEqual(stage.notify.unread({ user }), { count: 0 });
  await knock(CLEO);
  await knock(BEN);
  await stage.until(() => at.strangers.last() === 3);
  deepEqual(stage.notify.unread({ user }), { count: 0 }, 'not before a day is over');
  equal(at.following.knocks.kept, 1, 'a start says it');
});
