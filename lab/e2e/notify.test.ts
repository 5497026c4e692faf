/**
 * Notifications with everything in place (SPEC section I): a real node, a push service over real sockets that
 * decrypts with an implementation that is not ours, the command line and the SDK of two people.
 */

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { MemoryKeep, openCopse, type Copse } from 'copse';
import { neighbourhoodOf, noticePosts } from 'copse/neighbourhood';
import { base64url, utf8 } from 'copse/internal/base/bytes.ts';
import { decodeNotice, type Notice } from 'copse/internal/social/notice.ts';
import type { Subscription } from '../../server/src/notify/push/subscription.ts';
import { PushService } from '../suites/push-service.ts';
import { Cli, type Running } from './support/cli.ts';

const COMMAND = [
  process.execPath,
  '--conditions=copse-source',
  join(import.meta.dirname, '../../server/src/cli/main.ts'),
];
/** Half a dozen processes, and windows of five seconds. */
const SLOW = { timeout: 60_000 };
/** When nothing has come for so long, nothing will: several sweeps. */
const QUIET_MS = 1_500;

let service: PushService;
let cli: Cli;
let url: string;
let node: Running;
let benLink: string;

before(async () => {
  service = new PushService();
  cli = new Cli(COMMAND);
  const served = await cli.serve(cli.path('data'), ['--port', '0', '--push-trusted', service.origin]);
  ({ node } = served);
  url = served.said.url;
  await cli.ok(['login', served.said.setup ?? '', '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat']);
  benLink = (await cli.ok(['invite', 'Garden'])).trim();
});

after(async () => {
  await cli[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

function noticesOf(device: Subscription): readonly Notice[] {
  return service.textsOf(device).map((text) => {
    const notice = decodeNotice(utf8(text));
    ok(notice !== null, text);
    return notice;
  });
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`it did not come: ${what}`);
    await pause(10);
  }
}

const flagsOf = ({ endpoint, p256dh, auth }: Subscription): readonly string[] => {
  return ['--url', endpoint, '--p256dh', base64url(p256dh), '--auth', base64url(auth)];
};

const kindsOf = (device: Subscription): readonly string[] => noticesOf(device).map(({ kind }) => kind);

/** A device of somebody who takes up an invitation. */
async function guest(name: string, device: Subscription): Promise<Copse> {
  const link = (await cli.ok(['invite', 'Garden'])).trim();
  const copse = await openCopse(url, { name, keep: new MemoryKeep() });
  await copse.join(link);
  await listening(copse, device);
  return copse;
}

async function listening(copse: Copse, { endpoint, p256dh, auth }: Subscription): Promise<void> {
  await (await copse.notifications()).subscribe({ endpoint, keys: { p256dh, auth } });
}

test(
  '[I17, I19, I20] at the command line: who is away hears of news once, and says what she hears',
  SLOW,
  async () => {
    const device = service.subscribe();
    const home = { home: 'ben' };
    await cli.ok(['join', benLink, '--name', 'Ben'], home);
    const adas = service.subscribe();
    await cli.ok(['notify', 'subscribe', ...flagsOf(adas)]);
    const [desk] = await cli.json(['notify', 'subscribe', ...flagsOf(device)], home);
    equal(desk?.['address'], device.endpoint);
    match(await cli.ok(['notify', 'list'], home), /Garden +all/);
    await cli.ok(['write', 'Garden', 'chat', 'nobody need know']);
    await cli.ok(['write', 'Garden', 'chat', 'the plums are ripe', '--news']);
    await until(() => noticesOf(device).length > 0, 'the news');
    await cli.ok(['write', 'Garden', 'chat', 'and the pears', '--news']);
    await pause(QUIET_MS);
    const [notice, ...more] = noticesOf(device);
    deepEqual([notice?.kind, notice?.badge, notice?.places.length, more], ['news', 1, 1, []]);
    deepEqual(kindsOf(adas), [], 'who wrote it knows it');
    // One who mentions her is heard although she has not looked at the first one.
    await cli.ok(['write', 'Garden', 'chat', 'come', '--mention', 'Ben']);
    await until(() => noticesOf(device).length > 1, 'the mention');
    ok(noticesOf(device)[1]?.places[0]?.isMention);
    match(await cli.ok(['notify', 'test'], home), /has taken it/);
    await until(() => kindsOf(device).includes('test'), 'the test');
    const history = (await cli.json(['notify', 'history'], home))[0] as unknown as {
      what: string;
      title: string;
    }[];
    ok(history.filter(({ what }) => what === 'sent').length >= 2);
    ok(history.some(({ title }) => title === 'Garden'));
  },
);

test(
  '[I7, I8, I22] at the command line: levels, mutes, quiet hours and a digest are said, and told as they are',
  SLOW,
  async () => {
    const home = { home: 'ben' };
    match(await cli.ok(['notify', 'level', 'Garden', 'mentions'], home), /Garden: mentions/);
    match(await cli.ok(['notify', 'mute', 'Garden', '--for', '8h'], home), /none until .*, then mentions/);
    match(await cli.ok(['notify', 'unmute', 'Garden'], home), /Garden: mentions/);
    match(await cli.ok(['notify', 'quiet'], home), /No quiet hours/);
    const zone = ['--zone', 'Europe/Lisbon', '--days', 'sat,sun'];
    match(
      await cli.ok(['notify', 'quiet', '22:00-7:00', ...zone], home),
      /22:00 to 07:00 \(Europe\/Lisbon\), sat, sun/,
    );
    match(await cli.ok(['notify', 'quiet', 'off'], home), /No quiet hours/);
    match(await cli.ok(['notify', 'digest'], home), /sends no e-mail/);
    equal((await cli.run(['notify', 'level', 'Garden', 'loud'], home)).exit, 2);
    equal((await cli.run(['notify', 'mute', 'Garden', '--for', 'ever'], home)).exit, 2);
    match(await cli.ok(['notify', 'unsubscribe'], home), /reached nowhere/);
    const none = await cli.run(['notify', 'test'], home);
    deepEqual([none.exit, /no address/.test(none.out)], [1, true]);
  },
);

test(
  '[I15] at the command line: an admin of the node sees what could not be delivered, and sends it again',
  SLOW,
  async () => {
    const device = service.subscribe({ status: 413 });
    await using copse = await guest('Eve', device);
    equal((await cli.run(['notify', 'replay', 'all'])).exit, 3);
    match(await cli.ok(['notify', 'letters']), /no dead letters/);
    await cli.ok(['write', 'Garden', 'chat', 'too much', '--news']);
    const letters = async () => (await cli.json(['notify', 'letters']))[0] as unknown as { id: number }[];
    const endMs = performance.now() + 15_000;
    while ((await letters()).length === 0) ok(performance.now() < endMs, 'a letter');
    const [letter, ...more] = await letters();
    const { user } = copse;
    deepEqual(
      [letter, more],
      [{ ...letter, user, device: copse.device, origin: service.origin, why: 'tooLarge', last: '413' }, []],
    );
    match(await cli.ok(['notify', 'letters']), new RegExp(`${user}.*${service.origin} +tooLarge, 413`));
    // Ben is no admin, and a letter that is not there is not sent.
    for (const words of [['letters'], ['replay', 'all'], ['replay', '1']]) {
      const { exit, err } = await cli.run(['notify', ...words], { home: 'ben' });
      deepEqual([exit, /admins of the node/.test(err)], [4, true]);
    }
    const unknown = await cli.run(['notify', 'replay', '4711']);
    deepEqual([unknown.exit, /No letter 4711/.test(unknown.err)], [3, true]);
    equal((await cli.run(['notify', 'replay', 'it'])).exit, 2);
    deepEqual(kindsOf(device), []);
    match(await cli.ok(['notify', 'replay', String(letter?.id)]), /1 letter goes again/);
    await until(() => kindsOf(device).length > 0, 'what the letter told');
    deepEqual([kindsOf(device), await letters()], [['news'], []]);
  },
);

test(
  '[I4, I10, I18] who looks hears nothing, and what she reads on one device is taken back on the other',
  SLOW,
  async () => {
    const [phone, desktop] = [service.subscribe(), service.subscribe()];
    await using one = await guest('Cleo', phone);
    await using two = await openCopse(url, { secret: await one.secret(), keep: new MemoryKeep() });
    await listening(two, desktop);
    await until(() => two.sites.get().length === 1, 'the site on her other device');
    const looking = await two.attention();
    looking.look(true);
    await pause(300);
    await cli.ok(['write', 'Garden', 'chat', 'look here', '--news']);
    await pause(QUIET_MS);
    deepEqual([kindsOf(phone), kindsOf(desktop)], [[], []]);
    // She has read it, and then looks away: that was all.
    const [site] = two.sites.get();
    const chat = site!.log('chat');
    const { tail } = await chat.read({ last: 1 });
    looking.read(chat, tail - 1);
    looking.look(false);
    await pause(6_500);
    deepEqual([kindsOf(phone), kindsOf(desktop)], [[], []]);
    await cli.ok(['write', 'Garden', 'chat', 'and here', '--news']);
    await until(() => kindsOf(phone).length > 0 && kindsOf(desktop).length > 0, 'both devices');
    const unread = () => Promise.all([one, two].map(async (copse) => (await copse.notifications()).unread()));
    deepEqual(await unread(), [1, 1], 'the number is the same on all of her devices');
    looking.read(chat, tail);
    await until(() => kindsOf(phone).includes('read'), 'what is taken back on the phone');
    deepEqual(await unread(), [0, 0]);
    deepEqual(noticesOf(phone).at(-1)?.badge, 0);
  },
);

test(
  '[I17] of a log that a device leads nobody hears her own words, and all others do, whoever leads',
  SLOW,
  async () => {
    const [phone, leaders] = [service.subscribe(), service.subscribe()];
    await using one = await guest('Fay', phone);
    await using two = await openCopse(url, { secret: await one.secret(), keep: new MemoryKeep() });
    await using gus = await guest('Gus', leaders);
    await until(() => two.sites.get().length === 1, 'the site on her other device');
    const own = await gus.found({ title: 'Orchard' });
    await one.join(await own.invite());
    await until(() => two.sites.get().length === 2, 'the orchard on her other device');
    const lead = await own.log('plan').lead(() => ({ apply: () => {}, decide: () => ({ kind: 'take' }) }));
    await until(() => lead.status.get() === 'leading', 'the lead');
    const plan = two.site(own.id)!.log('plan');
    await plan.append('prune', { news: true });
    await plan.append('everybody, come', { mentions: 'everyone' });
    await until(() => kindsOf(leaders).length > 0, 'what the leader is told');
    await pause(QUIET_MS);
    deepEqual(kindsOf(phone), [], 'she wrote it on another device');
    await own.log('plan').append('I come', { news: true });
    await until(() => kindsOf(phone).length > 0, 'what the leader wrote');
    deepEqual([noticesOf(phone).length, noticesOf(phone)[0]?.badge], [1, 1]);
  },
);

test(
  '[I24, I27, Z62] who is mentioned in the neighbourhood is told where, opens the post, and says that she has read it',
  SLOW,
  async () => {
    const phone = service.subscribe();
    await using hal = await guest('Hal', phone);
    await using ida = await guest('Ida', service.subscribe());
    using hals = await neighbourhoodOf(hal);
    using idas = await neighbourhoodOf(ida);
    await idas.setProfile({ name: 'Ida', about: '' });
    const post = await idas.post({ text: 'come to the pump', mentions: hals.me === null ? [] : [hals.me] });
    await until(() => kindsOf(phone).length > 0, 'the mention');
    const place = noticesOf(phone)[0]?.places[0];
    const notifications = await hal.notifications();
    const { neighbourhood } = await notifications.look();
    deepEqual([place?.site, place?.isMention, neighbourhood?.level], [neighbourhood?.site, true, 'all']);
    const [known] = await noticePosts(notifications, [place?.upTo ?? 0]);
    deepEqual([known?.post.id, known?.name], [post.id, 'Ida']);
    equal(await notifications.unread(), 1);
    await notifications.readPosts([post.id]);
    equal(await notifications.unread(), 0);
    match(await cli.ok(['notify', 'level', 'neighbourhood', 'mentions']), /neighbourhood: mentions/);
    match(await cli.ok(['notify', 'mute', 'neighbourhood', '--for', '8h']), /none until .*, then mentions/);
    match(await cli.ok(['notify', 'list']), /neighbourhood +none until/);
  },
);

test(
  '[I2, I12, I25] news that was acknowledged just before kill -9 is told by the next process',
  SLOW,
  async () => {
    const device = service.subscribe();
    await using copse = await guest('Dan', device);
    const port = new URL(url).port;
    using place = await neighbourhoodOf(copse);
    const hals = service.subscribe();
    await using hal = await guest('Jo', hals);
    using halsPlace = await neighbourhoodOf(hal);
    await cli.ok(['write', 'Garden', 'chat', 'before the end', '--news']);
    await place.post({ text: 'at the end', mentions: halsPlace.me === null ? [] : [halsPlace.me] });
    node.child.kill('SIGKILL');
    await node.ended;
    await cli.serve(cli.path('data'), ['--port', port, '--push-trusted', service.origin]);
    await until(() => kindsOf(device).includes('news'), 'the news');
    const neighbour = (await (await hal.notifications()).look()).neighbourhood?.site;
    const told = () => noticesOf(hals).some(({ places }) => places.some(({ site }) => site === neighbour));
    await until(told, 'the mention');
    await pause(QUIET_MS);
    ok(kindsOf(device).length <= 2, 'at most twice');
    ok(copse.user !== '');
  },
);
