/** What push services do to the notification service as a whole, over real sockets (SPEC I10, I12, I15, I16). */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import type { Letter } from 'copse/internal/api/notify.ts';
import { must } from 'copse/internal/base/assert.ts';
import { devicesPerUserMax } from 'copse/internal/base/limits.ts';
import { pushRefusalsMax } from 'copse/internal/base/limits-push.ts';
import { deviceAt, logAt, NotifyStage, siteAt, userAt, type NotifyStageOptions } from './notify-stage.ts';
import type { Behaviour } from './push-service.ts';
import { withFile } from './with-file.ts';

const user = userAt(1);
const device = deviceAt(1);

async function toldWhat(stage: NotifyStage): Promise<readonly string[]> {
  const { rows } = await stage.notify.told({ user });
  return rows.map(({ what }) => what);
}

/** The history is there when it is written, a moment after what it tells of. */
async function tells(stage: NotifyStage, expected: readonly string[]): Promise<void> {
  let told: readonly string[] = [];
  for (let waits = 0; waits < 1_500; waits++) {
    told = await toldWhat(stage);
    if (told.join() === expected.join()) return;
    await Bun.sleep(10);
  }
  deepEqual(told, expected);
}

async function stateOf(stage: NotifyStage): Promise<string | undefined> {
  return (await stage.notify.told({ user })).addresses[0]?.state;
}

/** A letter is there when it is written, a moment after it died. */
async function firstLetter(stage: NotifyStage): Promise<Letter> {
  await stage.until(() => stage.figure('notifyLettersTotal') === '1');
  for (;;) {
    const [letter] = (await stage.notify.letters({ after: 0 })).rows;
    if (letter !== undefined) return letter;
    await Bun.sleep(10);
  }
}

for (const status of [404, 410]) {
  test(`[I15, I20] an address that is answered ${status} is used no more, also after a restart, until there is another`, async () => {
    await withFile('notify.sqlite', async (path) => {
      let stage = await NotifyStage.open({ path });
      const phone = await stage.device(user, device, [1], { status });
      stage.publish(1, 1, 1);
      await stage.until(() => stage.figure('notifyAddressesGone') === '1');
      await tells(stage, ['gone']);
      equal(await stateOf(stage), 'gone');
      stage = await stage.restarted({ path });
      stage.publish(1, 2, 1);
      await Bun.sleep(600);
      deepEqual([stage.service.requests, await stateOf(stage)], [1, 'gone']);
      const fresh = await stage.device(user, device, [1]);
      const [notice] = await stage.arrived(fresh, 1);
      deepEqual([notice?.badge, notice?.places[0]?.count], [2, 2]);
      deepEqual([stage.noticesOf(phone).length, await stateOf(stage)], [0, 'good']);
      await stage[Symbol.asyncDispose]();
    });
  });
}

interface Case {
  readonly what: string;
  readonly behaviours: readonly Behaviour[];
  readonly times?: number;
}

const PASSING: readonly Case[] = [
  { what: '500, twice', behaviours: [{ status: 500 }, { status: 500 }] },
  { what: '429 with a pause', behaviours: [{ status: 429, headers: { 'Retry-After': '3' } }] },
  { what: '503 with a pause', behaviours: [{ status: 503, headers: { 'Retry-After': '3' } }] },
  { what: 'nothing', behaviours: ['hang'], times: 60 },
  { what: '500 without an end', behaviours: ['endless'] },
  {
    what: 'that it is elsewhere',
    behaviours: [{ status: 307, headers: { Location: 'http://127.0.0.1:1/' } }],
  },
];

for (const { what, behaviours, times = 20 } of PASSING) {
  test(`[I12, I15] a push service that answers ${what}: the notice arrives later, once`, async () => {
    await using stage = await NotifyStage.open({ times });
    const phone = await stage.device(user, device, [1], ...behaviours);
    stage.publish(1, 1, 1);
    equal((await stage.arrived(phone, 1)).length, 1);
    equal(stage.service.requests, behaviours.length + 1);
    await tells(stage, ['sent']);
    equal(await stateOf(stage), 'good');
  });
}

test('[I16] an answer that leads to an address inside is not followed', async () => {
  let visits = 0;
  const inside = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response(`${++visits}`) });
  await using stage = await NotifyStage.open();
  const headers = { Location: `http://127.0.0.1:${inside.port}/` };
  const phone = await stage.device(
    user,
    device,
    [1],
    ...[301, 302, 307, 308].map((status) => ({ status, headers })),
  );
  stage.publish(1, 1, 1);
  equal((await stage.arrived(phone, 1)).length, 1);
  equal(visits, 0);
  await inside.stop(true);
});

test('[I15] what is too large is said shorter', async () => {
  await using stage = await NotifyStage.open();
  const phone = await stage.device(user, device, [1, 2], { status: 413 });
  await stage.presence({ muted: [user] });
  for (const site of [1, 2]) stage.publish(site, 1, 1);
  await Bun.sleep(50);
  await stage.presence({ seq: 1, unmuted: [user] });
  const [notice] = await stage.arrived(phone, 1);
  deepEqual([notice?.places, notice?.badge], [[], 2]);
});

test('[I12, I15] connections that are reset: the notice arrives when they are not', async () => {
  let resets = 0;
  let arrived = 0;
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket) {
        if (resets < 3) {
          resets++;
          socket.terminate();
          return;
        }
        arrived++;
        socket.end('HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      },
    },
  });
  const url = `http://127.0.0.1:${server.port}`;
  await using stage = await NotifyStage.open({ trusted: [url] });
  const { p256dh, auth } = stage.service.subscribe();
  await stage.tell(
    user,
    { kind: 'endpoint', device, url: `${url}/push`, p256dh, auth },
    { kind: 'join', device, site: siteAt(1), audience: ['*'] },
  );
  stage.publish(1, 1, 1);
  await stage.until(() => stage.figure('notifySentTotal') === '1');
  deepEqual([resets, arrived], [3, 1]);
  server.stop(true);
});

test('[I10, I12] what was read while it waited for its push service is not told', async () => {
  await using stage = await NotifyStage.open();
  const phone = await stage.device(user, device, [1], { status: 429, headers: { 'Retry-After': '10' } });
  stage.publish(1, 1, 1);
  await stage.until(() => stage.service.requests === 1);
  await stage.read(user, 1, 1, 1);
  await Bun.sleep(1_000);
  deepEqual([stage.noticesOf(phone), stage.service.requests], [[], 1]);
  equal(stage.figure('notifyUnderWay'), '0');
});

test('[I12] what waits for an old address goes to the new one', async () => {
  await using stage = await NotifyStage.open();
  const old = await stage.device(user, device, [1], { status: 429, headers: { 'Retry-After': '10' } });
  stage.publish(1, 1, 1);
  await stage.until(() => stage.service.requests === 1);
  const fresh = await stage.device(user, device, [1]);
  equal((await stage.arrived(fresh, 1)).length, 1);
  await Bun.sleep(700);
  deepEqual(stage.noticesOf(old), []);
});

test('[I15, I16] a letter that died is seen after a restart, and what it told leaves when it is sent again', async () => {
  await withFile('notify.sqlite', async (path) => {
    const options: NotifyStageOptions = { path, trusted: [] };
    let stage = await NotifyStage.open(options);
    const phone = await stage.device(user, device, [1]);
    stage.publish(1, 1, 1);
    await stage.until(() => stage.figure('notifyLettersTotal') === '1');
    await tells(stage, ['dead']);
    equal(await stateOf(stage), 'failing');
    stage = await stage.restarted(options);
    const [letter] = (await stage.notify.letters({ after: 0 })).rows;
    deepEqual([letter?.device, letter?.why, letter?.last], [device, 'refused', 'forbidden']);
    equal(letter?.origin, stage.service.origin);
    equal(stage.service.requests, 0);
    // The operator has named the push service meanwhile.
    stage = await stage.restarted({ path });
    equal((await stage.arrived(phone, 1)).length, 1);
    const ids = [must(letter, 'a letter').id, 0, 99];
    deepEqual(await stage.notify.replay({ ids: [...ids, ...ids] }), { count: 1 });
    deepEqual(await stage.notify.replay({ ids }), { count: 0 });
    deepEqual(await stage.notify.letters({ after: 0 }), { rows: [], more: null });
    await Bun.sleep(100);
    deepEqual([stage.noticesOf(phone).length, await stateOf(stage)], [1, 'good']);
    await stage[Symbol.asyncDispose]();
  });
});

test('[I15] who sends a letter again ends the rest of its push service', async () => {
  await using stage = await NotifyStage.open({ times: 1 });
  const phone = await stage.device(user, device, [1], { status: 413 });
  const refused = [];
  for (let n = 2; n < 2 + pushRefusalsMax; n++)
    refused.push(await stage.device(userAt(n), deviceAt(n), [2], { status: 403 }));
  stage.publish(1, 1, 1);
  const { id } = await firstLetter(stage);
  stage.publish(2, 1, 1);
  // The push service is left alone for ten minutes.
  await stage.until(() => stage.lines.some((line) => line.includes('"state":"refused"')));
  deepEqual(await stage.notify.replay({ ids: [id] }), { count: 1 });
  for (const each of [phone, ...refused]) equal((await stage.arrived(each, 1)).length, 1);
});

test('[I8, I12] however the clock is set, each notification comes once', async () => {
  await using stage = await NotifyStage.open();
  const phone = await stage.device(user, device, [1, 2, 3, 4, 5, 6]);
  for (const [at, hours] of [5, -5, 9, -9, 0].entries()) {
    stage.clock.aheadMs = hours * 3_600_000;
    stage.publish(at + 1, 1, 1);
    await stage.arrived(phone, at + 1);
    await stage.read(user, at + 1, 2, 1);
  }
  const news = stage.noticesOf(phone).filter(({ kind }) => kind === 'news');
  deepEqual(
    news.map(({ places }) => places.map(({ site }) => site)),
    [1, 2, 3, 4, 5].map((site) => [siteAt(site)]),
  );
  deepEqual(stage.service.complaints, []);
});

test('[I10, I13] a user with as many devices as there may be', async () => {
  await using stage = await NotifyStage.open({ times: 4 });
  const phones = [];
  for (let n = 0; n < devicesPerUserMax; n++) phones.push(await stage.device(user, deviceAt(n), [1]));
  stage.publish(1, 1, 1);
  await stage.until(() => stage.service.arrivals.length >= devicesPerUserMax);
  await Bun.sleep(200);
  await stage.read(user, 1, 1, 1);
  await stage.until(() => stage.service.arrivals.length >= 2 * devicesPerUserMax);
  await Bun.sleep(200);
  for (const phone of phones) {
    deepEqual(
      stage.noticesOf(phone).map(({ kind, badge }) => `${kind} ${badge}`),
      ['news 1', 'read 0'],
    );
  }
  const { rows, addresses } = await stage.notify.told({ user });
  deepEqual([rows.length, addresses.length], [50, devicesPerUserMax]);
  ok(rows.every(({ what }) => what === 'sent'));
});

test('[I20] why nothing was sent is said once, and only of devices that have an address', async () => {
  await using stage = await NotifyStage.open();
  await stage.device(user, device, [1, 2, 3]);
  await stage.tell(user, { kind: 'join', device: deviceAt(2), site: siteAt(1), audience: ['*'] });
  await stage.presence({ muted: [user] });
  for (const log of [1, 2, 3]) stage.publish(1, log, 1);
  await Bun.sleep(50);
  await stage.presence({
    seq: 1,
    unmuted: [user],
    reads: [1, 2, 3].map((log) => ({ user, site: siteAt(1), log: logAt(log), at: 1 })),
  });
  await stage.tell(user, { kind: 'mute', device, site: siteAt(2), durationMs: 600_000 });
  for (const log of [1, 2]) stage.publish(2, log, 1);
  await tells(stage, ['muted', 'here']);
  stage.publish(3, 1, 1);
  await stage.until(() => stage.figure('notifySentTotal') === '1');
  await tells(stage, ['sent', 'muted', 'here']);
});

test('[I20] a test says what the push service answered, at once', async () => {
  await using stage = await NotifyStage.open({ times: 20 });
  const none = await stage.notify.test({ user, device });
  equal(none.outcome, 'none');
  const phone = await stage.device(user, device, [1], { status: 403, body: 'wrong key' }, 'hang', {
    status: 429,
  });
  const refused = await stage.notify.test({ user, device });
  deepEqual([refused.outcome, refused.said], ['refused', '403 wrong key']);
  const late = stage.notify.test({ user, device });
  await rejects(() => stage.notify.test({ user, device }), { code: 'tooMany' });
  equal((await late).outcome, 'late');
  equal((await stage.notify.test({ user, device })).outcome, 'refused');
  deepEqual(await stage.notify.test({ user, device }), {
    outcome: 'sent',
    said: 'The push service has taken it.',
  });
  equal(stage.noticesOf(phone)[0]?.kind, 'test');
  const gone = await stage.device(user, device, [1], { status: 410 });
  equal((await stage.notify.test({ user, device })).outcome, 'gone');
  equal((await stage.notify.test({ user, device })).outcome, 'gone');
  deepEqual([await stateOf(stage), stage.noticesOf(gone)], ['gone', []]);
});
