/** What an application sees and changes of its notifications, over the tunnel that its calls take. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NoticesDesk } from '../../../lab/suites/notices-desk.ts';
import { World } from '../../../lab/sim/world.ts';
import { deviceId, siteId, userId } from '../base/ids.ts';
import { deadLettersPageMax } from '../base/limits-notify.ts';
import { Notifications } from './notifications.ts';

const SITES = ['11', '22', '33', '44', '55'].map((pair) => siteId(pair.repeat(16)));
const [garden = siteId('')] = SITES;
const address = {
  endpoint: 'https://push.example/1',
  keys: { p256dh: new Uint8Array(65).fill(4), auth: new Uint8Array(16) },
};

function scene() {
  const env = new World(1).env('app');
  const desk = new NoticesDesk();
  return { env, desk, notifications: new Notifications(env, desk.carry) };
}

test('[I7] what a device hears of each of its sites is one list, however many pages it takes', async () => {
  const { desk, notifications } = scene();
  assert.equal(notifications.state.get(), null, 'nobody has been asked yet');
  desk.listenIn(...SITES);
  const { sites, address: reached, pushKey } = await notifications.look();
  assert.deepEqual(
    sites.map(({ site }) => site),
    SITES,
  );
  assert.deepEqual([reached, pushKey?.length], [null, 65]);
  assert.equal(notifications.state.get()?.sites.length, 5);
});

test('[I7] a level and what overrides it are told as they count: until when by the clock here', async () => {
  const { env, desk, notifications } = scene();
  desk.listenIn(garden);
  await notifications.level(garden, 'mentions');
  await notifications.mute(garden, 3_600_000);
  const site = notifications.state.get()?.sites[0];
  assert.deepEqual(site, {
    site: garden,
    level: 'mentions',
    override: { level: 'none', untilMs: env.wallMs() + 3_600_000 },
  });
  await notifications.mute(garden, 0);
  assert.deepEqual(notifications.state.get()?.sites[0]?.override, { level: 'none', untilMs: null });
  await notifications.unmute(garden);
  assert.deepEqual(notifications.state.get()?.sites[0]?.override, null);
  assert.deepEqual(desk.heard, ['level mentions', 'mute 3600000', 'mute 0', 'unmute 0']);
});

test('[I10] the number on the icon is asked of the node', async () => {
  const { desk, notifications } = scene();
  assert.equal(await notifications.unread(), 0);
  desk.unread = 3;
  assert.equal(await notifications.unread(), 3);
});

test('[I8, I20] address, quiet hours and test: the store shows what the node says after each change', async () => {
  const { desk, notifications } = scene();
  const seen: (string | null | undefined)[] = [];
  notifications.state.subscribe(() => seen.push(notifications.state.get()?.address));
  assert.deepEqual(await notifications.test(), { outcome: 'none', said: '201' });
  await notifications.subscribe(address);
  const quiet = { zone: 'Europe/Lisbon', days: 127, fromMinute: 1320, toMinute: 420, mentionsPass: true };
  await notifications.quiet(quiet);
  assert.deepEqual(notifications.state.get()?.quiet, quiet);
  assert.deepEqual(await notifications.test(), { outcome: 'sent', said: '201' });
  assert.deepEqual(await notifications.history(), []);
  await notifications.quiet(null);
  await notifications.unsubscribe();
  assert.equal(notifications.state.get()?.state, 'none');
  await Promise.resolve();
  assert.deepEqual(seen.slice(0, 2), [null, 'https://push.example/1']);
  assert.deepEqual(desk.heard.slice(-2), ['quiet none', 'unsubscribe']);
});

test('[I15] an admin sees all that could not be delivered, and sends it again, however many pages it takes', async () => {
  const { desk, notifications } = scene();
  assert.deepEqual(await notifications.deadLetters(), []);
  const letter = {
    user: userId('aa'.repeat(8)),
    device: deviceId('dd'.repeat(8)),
    atMs: 1,
    origin: 'https://push.example',
    why: 'late',
    last: '503',
  };
  desk.deadLetters = Array.from({ length: 2 * deadLettersPageMax }, (_, n) => ({ ...letter, id: n + 3 }));
  assert.deepEqual(await notifications.deadLetters(), desk.deadLetters);
  const [first = 0, ...rest] = desk.deadLetters.map(({ id }) => id);
  assert.equal(await notifications.replay([first]), 1);
  assert.equal(await notifications.replay([first]), 0);
  assert.equal(await notifications.replay([first, ...rest]), rest.length);
  assert.deepEqual(desk.deadLetters, []);
});

test('[I20] an older answer does not take the place of a newer one', async () => {
  const { desk, notifications } = scene();
  const old = notifications.look();
  await notifications.subscribe(address);
  await old;
  assert.equal(notifications.state.get()?.address, address.endpoint);
  desk.onCall = () => {
    throw new Error('away');
  };
  await assert.rejects(notifications.look());
  assert.equal(notifications.state.get()?.address, address.endpoint, 'what was known stays');
});
