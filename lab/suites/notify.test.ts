/** The notification service as a whole: from what auth and the tail say to what a device receives. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { deviceAt, logAt, NotifyStage, origin, siteAt, userAt } from './notify-stage.ts';

const user = userAt(1);

test('[I3, I9, I14] who is away is told once of a place, and again when she has read there', async () => {
  await using stage = await NotifyStage.open();
  const phone = await stage.device(user, deviceAt(1), [1]);
  stage.publish(1, 1, 5);
  const [first] = await stage.arrived(phone, 1);
  deepEqual(first?.places, [{ site: siteAt(1), log: logAt(1), upTo: 5, count: 1, isMention: false }]);
  deepEqual([first?.kind, first?.badge], ['news', 1]);
  equal(first?.navigate, `${origin}/#/site/${siteAt(1)}/log/${logAt(1)}`);
  stage.publish(1, 1, 6);
  stage.publish(1, 2, 1);
  equal((await stage.arrived(phone, 1)).length, 1);
  await stage.read(user, 1, 1, 6);
  stage.publish(1, 3, 1);
  const second = (await stage.arrived(phone, 2))[1];
  deepEqual(second?.places, [{ site: siteAt(1), log: null, upTo: 4, count: 2, isMention: false }]);
  equal(second?.badge, 2);
  deepEqual(stage.service.complaints, []);
});

test('[I4] who is here is told nothing, and what came meanwhile when she has gone', async () => {
  await using stage = await NotifyStage.open();
  const phone = await stage.device(user, deviceAt(1), [1]);
  deepEqual(await stage.presence({ muted: [user] }), { kind: 'ok' });
  stage.publish(1, 1, 1);
  stage.publish(1, 2, 1);
  equal((await stage.arrived(phone, 0)).length, 0);
  const reads = [{ user, site: siteAt(1), log: logAt(1), at: 1 }];
  deepEqual(await stage.presence({ seq: 1, reads, unmuted: [user] }), { kind: 'ok' });
  const [notice] = await stage.arrived(phone, 1);
  deepEqual([notice?.badge, notice?.places[0]?.log], [1, logAt(2)]);
});

test('[I5] a shard that falls silent mutes nobody any more', async () => {
  await using stage = await NotifyStage.open({ times: 60 });
  const phone = await stage.device(user, deviceAt(1), [1]);
  await stage.presence({ muted: [user] });
  stage.publish(1, 1, 1);
  equal((await stage.arrived(phone, 0)).length, 0);
  equal((await stage.arrived(phone, 1)).length, 1);
  equal((await stage.presence({ seq: 1 })).kind, 'again');
});

test('[I10] reading on one device takes the notification back on the others', async () => {
  await using stage = await NotifyStage.open();
  const [phone, tablet] = [
    await stage.device(user, deviceAt(1), [1, 2]),
    await stage.device(user, deviceAt(2), [1, 2]),
  ];
  stage.publish(1, 1, 1);
  await stage.arrived(phone, 1);
  await stage.arrived(tablet, 1);
  await stage.read(user, 1, 1, 1);
  for (const device of [phone, tablet]) {
    const [, read] = await stage.arrived(device, 2);
    deepEqual([read?.kind, read?.badge, read?.places[0]?.site], ['read', 0, siteAt(1)]);
  }
});
