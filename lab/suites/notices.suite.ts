/** What devices hear, derived from rights and told to notify (SPEC I7, I8, I19, I20), over links and engines. */

import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { logId, type SiteId } from 'copse/internal/base/ids.ts';
import { clockSkewMs } from 'copse/internal/base/limits.ts';
import { rightsApi } from 'copse/internal/api/rights.ts';
import { folderOf } from 'copse/internal/capability/policy.ts';
import { revoke } from 'copse/internal/capability/revocation.ts';
import { neighbourhoodOf } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import { ada, bea, garden, refusal, Stage, type Actor, type LinkKind } from './auth-stage.ts';
import { address, noticesOf, NotifyDouble, told } from './notices-stage.ts';
import { grantBy, ground, person, primitives } from './people.ts';

export interface NoticesSuite {
  readonly link: LinkKind;
  readonly name: string;
  readonly accounts: () => Promise<Accounts>;
}

const LOG = logId('0b'.repeat(16));
const FOLDER = folderOf(logId('0a'.repeat(16)));
const HOUR = 3_600_000;

async function declare(actor: Actor, object: Uint8Array): Promise<string> {
  return (await actor.facet(rightsApi, {}).declare({ object })).id;
}

async function takeBack(actor: Actor, site: SiteId, attestation: string): Promise<void> {
  const withdrawal = { site, attestation, issuedMs: actor.stage.clock.wallMs() };
  await declare(actor, await revoke(primitives, actor.who.user.seed, withdrawal));
  await actor.stage.accounts.grants.settled();
}

export function noticesSuite({ link, name, accounts }: NoticesSuite): void {
  const over = `(${link.name}, ${name})`;

  interface Scene extends AsyncDisposable {
    readonly stage: Stage;
    readonly notify: NotifyDouble;
    readonly host: Actor;
    readonly site: SiteId;
    /** What her device hears, as notify holds it: site, audience, level, override. */
    readonly heard: (actor?: Actor) => Promise<readonly string[]>;
  }

  async function scene(): Promise<Scene> {
    const notify = new NotifyDouble();
    const stage = await Stage.open({ link, accounts: await accounts(), part: { notify } });
    const host = await stage.enter(ada);
    await host.signUp();
    const site = await host.found(garden);
    const heard = async (actor = host) => {
      await told(stage.clock);
      const all = await notify.listeners(actor.who.userId);
      const own = all.filter((line) => line.startsWith(actor.who.deviceId));
      return own.map((line) => line.slice(actor.who.deviceId.length + 1));
    };
    return { stage, notify, host, site, heard, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
  }

  async function guestOf({ stage, host, site }: Scene): Promise<Actor> {
    const guest = await stage.enter(bea);
    await guest.signUp();
    await guest.join(await host.invite(site, 'bea'));
    return guest;
  }

  test(`[I19] a device that has an address listens in every site of its user ${over}`, async () => {
    await using at = await scene();
    const { host, site, heard, stage } = at;
    deepEqual(await heard(), [], 'without an address it hears nothing');
    await noticesOf(host).subscribe(address(1));
    deepEqual(await heard(), [`${site} * all -`]);
    const second = await host.found(await ground('second'));
    deepEqual(await heard(), [`${site} * all -`, `${second} * all -`].toSorted(), 'a site that she founded');
    const guest = await guestOf(at);
    await noticesOf(guest).subscribe(address(2));
    deepEqual(await heard(guest), [`${site} * all -`]);
    await guest.join(await host.invite(second, 'again'));
    deepEqual(await heard(guest), [`${site} * all -`, `${second} * all -`].toSorted(), 'one that she joined');
    await guest.remote.leave({ site });
    deepEqual(await heard(guest), [`${second} * all -`]);
    equal((await stage.accounts.notices.waiting(null, 9)).length, 0);
  });

  test(`[I24, I19] a device that has an address listens in the neighbourhood of its user, until it ends ${over}`, async () => {
    await using at = await scene();
    const { stage, notify, host } = at;
    const place = neighbourhoodOf(ada.userId);
    const here = async () => {
      await told(stage.clock);
      return notify.neighbours(ada.userId);
    };
    const notices = noticesOf(host);
    await notices.subscribe(address(1));
    deepEqual(await here(), [`${ada.deviceId} ${place} * all -`]);
    await notices.level({ site: place, level: 'mentions' });
    await notices.mute({ site: place, durationMs: HOUR });
    deepEqual(await here(), [`${ada.deviceId} ${place} * mentions none`]);
    const row = (await notices.desk({ after: null })).rows.find(({ site }) => site === place);
    deepEqual([row?.level, row?.override?.level], ['mentions', 'none']);
    await notices.seen({ ids: [new Uint8Array(32)], all: true, knocks: false });
    deepEqual(notify.seenBy, [ada.userId]);
    deepEqual(await notices.posts({ lengths: [7] }), { rows: [null] });
    const phone = await stage.enter(await person('Ada', 'phone'));
    await phone.signUp();
    await phone.remote.revokeDevice({ device: ada.deviceId });
    deepEqual(await here(), []);
  });

  test(`[I6, I19] what is granted and taken back, with all that stands on it, is in the next update ${over}`, async () => {
    await using at = await scene();
    const { stage, host, site, heard } = at;
    const cleo = await stage.enter(await person('Cleo'));
    await cleo.signUp();
    await noticesOf(cleo).subscribe(address(3));
    const dora = await stage.enter(await person('Dora'));
    await dora.signUp();
    await noticesOf(dora).subscribe(address(4));
    const part = { resource: FOLDER, permissions: 3, delegations: 2 };
    const granted = await grantBy(host.who.user, site, cleo.who.user.key, part);
    const id = await declare(host, granted);
    deepEqual(await heard(cleo), [`${site} ${FOLDER} all -`]);
    const below = { resource: FOLDER, permissions: 1, delegations: 0 };
    await declare(cleo, await grantBy(cleo.who.user, site, dora.who.user.key, below));
    deepEqual(await heard(dora), [`${site} ${FOLDER} all -`]);
    await noticesOf(dora).level({ site, level: 'mentions' });
    const more = await grantBy(host.who.user, site, dora.who.user.key, {
      resource: LOG,
      permissions: 1,
      delegations: 0,
    });
    await declare(host, more);
    deepEqual(
      await heard(dora),
      [`${site} ${[FOLDER, LOG].toSorted().join()} mentions -`],
      'and keeps her level',
    );
    await takeBack(host, site, id);
    deepEqual(await heard(cleo), []);
    deepEqual(await heard(dora), [`${site} ${LOG} mentions -`]);
    const writing = await grantBy(host.who.user, site, cleo.who.user.key, { permissions: 2, delegations: 0 });
    await declare(host, writing);
    deepEqual(await heard(cleo), [], 'who may not read hears nothing');
  });

  test(`[I19] what a group holds its members hear of, while they are in it ${over}`, async () => {
    await using at = await scene();
    const { stage, host, site, heard } = at;
    const cleo = await stage.enter(await person('Cleo'));
    await cleo.signUp();
    await noticesOf(cleo).subscribe(address(3));
    const group = await ground('group');
    const rights = host.facet(rightsApi, {});
    const founding = await grantBy(group.root, group.site, host.who.user.key);
    await rights.foundGroup({ root: group.root.key, attestation: founding, title: 'Group' });
    const inside = await grantBy(host.who.user, group.site, cleo.who.user.key, {
      permissions: 1,
      delegations: 0,
    });
    const id = await declare(host, inside);
    deepEqual(await heard(cleo), [], 'a group itself has nothing to hear of');
    const given = { subjectKind: 'group', permissions: 1, delegations: 0 } as const;
    await declare(host, await grantBy(host.who.user, site, group.root.key, given));
    deepEqual(await heard(cleo), [`${site} * all -`]);
    await takeBack(host, group.site, id);
    deepEqual(await heard(cleo), []);
  });

  test(`[I6, I19] a right that ends by itself is heard of until then ${over}`, async () => {
    await using at = await scene();
    const { stage, host, site, heard } = at;
    const cleo = await stage.enter(await person('Cleo'));
    await cleo.signUp();
    await noticesOf(cleo).subscribe(address(3));
    const part = { permissions: 1, delegations: 0, expiresMs: stage.clock.wallMs() + HOUR };
    await declare(host, await grantBy(host.who.user, site, cleo.who.user.key, part));
    deepEqual(await heard(cleo), [`${site} * all -`]);
    stage.clock.advance(HOUR + clockSkewMs - 1_000);
    deepEqual(await heard(cleo), [`${site} * all -`]);
    stage.clock.advance(1_000);
    deepEqual(await heard(cleo), []);
    equal(await stage.accounts.notices.due(stage.clock.wallMs()), null);
  });

  test(`[I19] a device that is revoked or logs out hears nothing any more, and others do ${over}`, async () => {
    await using at = await scene();
    const { stage, notify, host, site, heard } = at;
    const phone = await stage.enter(await person('Ada', 'phone'));
    await phone.signUp();
    const tablet = await stage.enter(await person('Ada', 'tablet'));
    await tablet.signUp();
    for (const [n, actor] of [host, phone, tablet].entries()) await noticesOf(actor).subscribe(address(n));
    await noticesOf(phone).mute({ site, durationMs: 0 });
    deepEqual(await heard(phone), [`${site} * all none`]);
    await host.remote.revokeDevice({ device: tablet.who.deviceId });
    await phone.remote.logout({});
    deepEqual([await heard(phone), await heard(tablet), await heard()], [[], [], [`${site} * all -`]]);
    const { state } = await notify.store.stored(ada.userId);
    deepEqual(
      [...state.endpoints()].map(([device]) => device),
      [host.who.deviceId],
    );
    const again = await stage.enter(await person('Ada', 'phone'));
    deepEqual(await heard(again), [], 'to come back is not to subscribe');
    await noticesOf(again).subscribe(address(1));
    deepEqual(await heard(again), [`${site} * all -`]);
  });

  test(`[I19] who logs out and subscribes again before anybody looked has left her levels behind ${over}`, async () => {
    await using at = await scene();
    const { stage, host, site, heard } = at;
    await noticesOf(host).subscribe(address(1));
    await noticesOf(host).level({ site, level: 'none' });
    await host.remote.logout({});
    const again = await stage.enter(ada);
    await noticesOf(again).subscribe(address(1));
    deepEqual(await heard(again), [`${site} * all -`]);
  });

  test(`[I7, I8] levels, mutes, tags and quiet hours are told, and shown at the desk ${over}`, async () => {
    await using at = await scene();
    const { stage, notify, host, site, heard } = at;
    const notices = noticesOf(host);
    equal(await refusal(notices.level({ site, level: 'none' })), 'unknown');
    await notices.subscribe(address(1));
    equal(await refusal(notices.mute({ site: (await ground('no site')).site, durationMs: 0 })), 'unknown');
    const tag = new Uint8Array(8).fill(7);
    await notices.level({ site, level: 'mentions' });
    await notices.mute({ site, durationMs: HOUR });
    await notices.tags({ site, tags: [tag] });
    const hours = { zone: 'Europe/Lisbon', days: 127, fromMinute: 1_320, toMinute: 420, mentionsPass: true };
    await notices.quiet({ hours });
    deepEqual(await heard(), [`${site} * mentions none`]);
    deepEqual((await notify.store.stored(ada.userId)).state.quiet, hours);
    stage.clock.advance(HOUR / 2);
    notify.addresses = [{ device: ada.deviceId, state: 'failing' }];
    const { rows, ...desk } = await notices.desk({ after: null });
    equal(rows.length, 2);
    const row = rows.find((each) => each.site === site);
    deepEqual({ ...row, override: null }, { site, level: 'mentions', override: null, tags: [tag] });
    equal(row?.override?.level, 'none');
    equal(Math.round((row?.override?.leftMs ?? 0) / 60_000), 30);
    const pushKey = new Uint8Array(65).fill(9);
    deepEqual(desk, { pushKey, address: address(1).url, state: 'failing', quiet: hours, more: null });
    await notices.unmute({ site, durationMs: 0 });
    deepEqual(await heard(), [`${site} * mentions -`]);
    await notices.mute({ site, durationMs: 0 });
    deepEqual(await heard(), [`${site} * mentions none`]);
    await notices.level({ site, level: 'all' });
    deepEqual(await heard(), [`${site} * all -`], 'a level ends what overrides it');
    await notices.quiet({ hours: null });
    await notices.unsubscribe({});
    deepEqual(await heard(), []);
    const after = await notices.desk({ after: null });
    deepEqual(after, { pushKey, address: null, state: 'none', quiet: null, rows: [], more: null });
  });

  test(`[I8, I16] what cannot be is refused before anything is kept ${over}`, async () => {
    await using at = await scene();
    const notices = noticesOf(at.host);
    const urls = [
      'http://push.example/1',
      'https://',
      'https://a:b@push.example/',
      'ftp://x',
      'https://push.example/#a',
    ];
    for (const url of urls) equal(await refusal(notices.subscribe({ ...address(1), url })), 'malformed', url);
    const point = new Uint8Array(65).fill(5);
    equal(await refusal(notices.subscribe({ ...address(1), p256dh: point })), 'malformed');
    const long = { ...address(1), url: `https://push.example/${'a'.repeat(1_100)}` };
    await rejects(notices.subscribe(long));
    const hours = { zone: 'Europe/Lisbon', days: 127, fromMinute: 60, toMinute: 120, mentionsPass: false };
    const bad = [{ zone: 'Moon/Base' }, { zone: '+02:00' }, { days: 0 }, { toMinute: 60 }];
    for (const part of bad)
      equal(await refusal(notices.quiet({ hours: { ...hours, ...part } })), 'malformed');
    equal(await at.stage.accounts.notices.glance(ada.userId), null);
  });

  test(`[I19] to subscribe again changes nothing, and another address takes the place of the first ${over}`, async () => {
    await using at = await scene();
    const { notify, host, site, heard } = at;
    await noticesOf(host).subscribe(address(1));
    await noticesOf(host).level({ site, level: 'mentions' });
    await heard();
    const count = notify.updates.length;
    await noticesOf(host).subscribe(address(1));
    await heard();
    equal(notify.updates.length, count);
    await noticesOf(host).subscribe(address(2));
    deepEqual(await heard(), [`${site} * mentions -`]);
    equal((await notify.store.stored(ada.userId)).state.endpoint(ada.deviceId)?.url, address(2).url);
  });

  test(`[I20] a test and what was told are those of notify ${over}`, async () => {
    await using at = await scene();
    const { notify, host } = at;
    const notices = noticesOf(host);
    deepEqual(await notices.test({}), { outcome: 'none', said: 'This device has no address.' });
    await notices.subscribe(address(1));
    deepEqual(await notices.test({}), { outcome: 'sent', said: '201' });
    deepEqual(notify.tested, [ada.deviceId]);
    equal((await notify.listeners(ada.userId)).length, 1, 'notify knew the address');
    notify.rows = [{ device: ada.deviceId, site: null, atMs: 5, what: 'sent' }];
    deepEqual(await notices.told({}), { rows: notify.rows });
    const tries = Array.from({ length: 20 }, () => notices.test({}));
    const refused = (await Promise.allSettled(tries)).filter(({ status }) => status === 'rejected');
    equal(refused.length, 12);
  });

  test(`[I15] what could not be delivered is seen and sent again by admins of the node alone ${over}`, async () => {
    await using at = await scene();
    const { stage, notify, host } = at;
    const secret = must(stage.auth.setupSecret(), 'a secret');
    const admin = await stage.enter(await person('Eve'), { stranger: true });
    await admin.signUp({ admission: { kind: 'setup', secret } });
    const letter = { user: ada.userId, device: ada.deviceId, atMs: 1, why: 'late', last: '503' };
    notify.deadLetters = [1, 2, 3].map((id) => ({ ...letter, id, origin: 'https://push.example' }));
    const { rows, more } = await noticesOf(admin).letters({ after: 0 });
    deepEqual([rows, more], [notify.deadLetters.slice(0, 2), 2]);
    const rest = await noticesOf(admin).letters({ after: 2 });
    deepEqual(rest, { rows: notify.deadLetters.slice(2), more: null });
    equal(await refusal(noticesOf(host).letters({ after: 0 })), 'forbidden');
    equal(await refusal(noticesOf(host).replay({ ids: [1] })), 'forbidden');
    const stranger = await stage.enter(bea, { stranger: true });
    equal(await refusal(noticesOf(stranger).letters({ after: 0 })), 'forbidden');
    equal(notify.deadLetters.length, 3);
    deepEqual(await noticesOf(admin).replay({ ids: [1, 3, 9] }), { count: 2 });
    deepEqual(await noticesOf(admin).replay({ ids: [1, 3] }), { count: 0 });
    deepEqual(
      notify.deadLetters.map(({ id }) => id),
      [2],
    );
  });

  test(`[I10] the number on the icon is that of who asks ${over}`, async () => {
    await using at = await scene();
    at.notify.unreadByUser.set(ada.userId, 3);
    deepEqual(await noticesOf(at.host).unread({}), { count: 3 });
    at.notify.unreadByUser.delete(ada.userId);
    deepEqual(await noticesOf(at.host).unread({}), { count: 0 });
  });

  test(`[I19] a node that does not notify says so ${over}`, async () => {
    await using stage = await Stage.open({ link, accounts: await accounts() });
    const host = await stage.enter(ada);
    await host.signUp();
    const notices = noticesOf(host);
    const desk = await notices.desk({ after: null });
    deepEqual(desk, { pushKey: null, address: null, state: 'none', quiet: null, rows: [], more: null });
    deepEqual(await notices.unread({}), { count: 0 });
    equal(await refusal(notices.subscribe(address(1))), 'unknown');
    equal(await refusal(notices.test({})), 'unknown');
    const stranger = await stage.enter(bea, { stranger: true });
    equal(await refusal(noticesOf(stranger).desk({ after: null })), 'forbidden');
  });
}
