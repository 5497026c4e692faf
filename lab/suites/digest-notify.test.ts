/** What notify says of who is to be told by e-mail (SPEC I22), and how an application asks for it. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { digestApi, type DigestApi } from 'copse/internal/api/digest.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Notifications } from 'copse/internal/client/notifications.ts';
import { decode, encode } from 'copse/internal/wire/shape.ts';
import { Clock } from './auth-stage.ts';
import { deviceAt, NotifyStage, siteAt, userAt } from './notify-stage.ts';
import { withFile } from './with-file.ts';

const user = userAt(1);

test('[I22] notify knows in how many logs something waits, and for how long nobody has looked', async () => {
  await using stage = await NotifyStage.open();
  const waiting = () => stage.notify.waiting(user);
  deepEqual(waiting(), { places: 0, awayMs: null }, 'whom nobody knows');
  await stage.device(user, deviceAt(1), [1, 2]);
  deepEqual(waiting(), { places: 0, awayMs: null }, 'who has not looked since the start');
  const frame = { shard: 0, epoch: 1, reads: [], muted: [], unmuted: [] };
  await stage.notify.presence({ ...frame, seq: 0, muted: [user] });
  stage.publish(1, 1, 5);
  stage.publish(2, 2, 5);
  deepEqual(waiting(), { places: 2, awayMs: 0 }, 'who is here');
  await stage.notify.presence({ ...frame, seq: 1, unmuted: [user] });
  const first = must(waiting().awayMs, 'she has looked');
  ok(first >= 0 && first < 60_000, `${first} ms`);
  await new Promise<void>((resolve) => void setTimeout(resolve, 100));
  ok(must(waiting().awayMs, 'she has looked') > first + 500, 'the clock of the stage runs 20 times as fast');
  await stage.read(user, 1, 1, 5);
  equal(waiting().places, 1);
});

test('[I22] what waits is known of a device that has no address', async () => {
  await using stage = await NotifyStage.open();
  const join = { kind: 'join', device: deviceAt(1), site: siteAt(1), audience: ['*'] } as const;
  await stage.tell(user, join);
  stage.publish(1, 1, 5);
  stage.publish(1, 2, 5);
  equal(stage.notify.waiting(user).places, 2);
  await stage.read(user, 1, 1, 5);
  equal(stage.notify.waiting(user).places, 1);
});

test('[I22] a notify that was started anew does not take its start for a look', () =>
  withFile('notify.sqlite', async (path) => {
    const first = await NotifyStage.open({ path });
    await first.device(user, deviceAt(1), [1]);
    const frame = { shard: 0, epoch: 1, seq: 0, reads: [], unmuted: [] };
    await first.notify.presence({ ...frame, muted: [user] });
    equal(first.notify.waiting(user).awayMs, 0);
    await using stage = await first.restarted({ path });
    equal(stage.notify.waiting(user).awayMs, null);
    await stage.notify.presence({ ...frame, muted: [user] });
    equal(stage.notify.waiting(user).awayMs, 0);
  }));

test('[I22] an application asks for a digest and ends it', async () => {
  let to: Awaited<ReturnType<DigestApi['state']>>['to'] = null;
  const { state, set } = digestApi.calls;
  const notifications = new Notifications(new Clock(), async ({ number, bytes }) => {
    if (number === state.number) return { bytes: encode(state.answer, { sends: true, to }) };
    ({ to } = decode(set.request, bytes));
    return { bytes: encode(set.answer, {}) };
  });
  deepEqual(await notifications.digest(), { sends: true, to: null });
  const wish = { email: 'ada@example.org', afterHours: 8 };
  await notifications.setDigest(wish);
  deepEqual(await notifications.digest(), { sends: true, to: wish });
  await notifications.setDigest(null);
  equal((await notifications.digest()).to, null);
});
