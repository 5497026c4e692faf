/**
 * The contract of accounts (`server/src/store/accounts.ts`), run against every engine. Signatures are
 * the service's business and are not checked here; what is tested is what only the stored state decides.
 */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { deviceId, siteId, userId } from 'copse/internal/base/ids.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import type { Accounts, ChangeRecord } from '../../server/src/store/accounts.ts';
import type { StoredGrant } from '../../server/src/store/accounts-sites.ts';
import {
  grantBy,
  ground,
  newDevice,
  newUser,
  pair,
  person,
  stored,
  type Pair,
  type Person,
} from './people.ts';

export interface AccountsEngine {
  readonly name: string;
  /** Opens one that has never been used. */
  open(): Promise<Accounts>;
}

const T = 1_800_000_000_000;
const WEEK = 7 * 86_400_000;
const ada = await person('Ada');
const bea = await person('Bea');
const cleo = await person('Cleo');
const garden = await ground('garden');
const label = Uint8Array.of(1, 2, 3);
const envelope = Uint8Array.of(4, 5, 6);

/** Ada's founding of the garden. */
async function founding(part: { readonly sitesMax?: number } = {}) {
  const granted = await stored(await grantBy(garden.root, garden.site, ada.user.key));
  const { site, root } = garden;
  const common = { site, root: root.key, founder: ada.userId, granted, label, envelope, atMs: T };
  return { ...common, sitesMax: 100, ...part };
}

/** An invitation by `by`, who holds `above`. */
async function invitation(by: Person, above: StoredGrant, name: string, permissions = 3) {
  const oneTime = await pair(name);
  const part = { subjectKind: 'oneTime', permissions, delegations: above.grant.delegations - 1 } as const;
  const granted = await stored(await grantBy(by.user, garden.site, oneTime.key, part), above);
  const common = { site: garden.site, by: by.userId, granted, envelope, atMs: T };
  return { oneTime, invite: { ...common, expiresMs: T + WEEK, openMax: 10 } };
}

async function exchange(oneTime: Pair, above: StoredGrant, who: Person, atMs = T + 1) {
  const { permissions, delegations } = above.grant;
  const part = { permissions, delegations: delegations - 1 };
  const granted = await stored(await grantBy(oneTime, garden.site, who.user.key, part), above);
  const common = { site: garden.site, user: who.userId, key: oneTime.key, granted, envelope, atMs };
  return { ...common, membersMax: 100, sitesMax: 100 };
}

/** Ada, Bea and Cleo, the garden that Ada founded, and an invitation that nobody has taken up. */
async function planted(accounts: Accounts) {
  for (const who of [ada, bea, cleo]) await accounts.people.signUp(newUser(who, T));
  const found = await founding();
  equal(await accounts.sites.found(found), 'ok');
  const { oneTime, invite } = await invitation(ada, found.granted, 'first');
  equal(await accounts.sites.invite(invite), 'ok');
  return { found, oneTime, invite };
}

function cases(engine: AccountsEngine): (title: string, run: (accounts: Accounts) => Promise<void>) => void {
  return (title, run) => {
    test(`${title} (${engine.name})`, async () => {
      await using accounts = await engine.open();
      await run(accounts);
    });
  };
}

export function accountsSuite(engine: AccountsEngine): void {
  peopleCases(engine);
  tokenCases(engine);
  siteCases(engine);
  invitationCases(engine);
  changeCases(engine);
}

function peopleCases(engine: AccountsEngine): void {
  const check = cases(engine);

  check('[A1] signing up makes a user and a device; repeating it answers the same', async ({ people }) => {
    deepEqual(await people.signUp(newUser(ada, T)), { kind: 'ok', admin: false, fresh: true });
    deepEqual(await people.signUp(newUser(ada, T + 5)), { kind: 'ok', admin: false, fresh: false });
    const user = must(await people.user(ada.userId), 'a user');
    deepEqual([user.key, user.admin, user.version], [ada.user.key, false, 1]);
    deepEqual(user.profile, { name: 'Ada', about: '', locale: '' });
    const device = must(await people.device(ada.deviceId), 'a device');
    deepEqual([device.key, device.user, device.minEpoch], [ada.device.key, ada.userId, 1]);
    deepEqual([device.createdMs, device.seenMs, device.revokedMs], [T, T + 5, null]);
    equal(await people.user(bea.userId), null);
    equal(await people.device(bea.deviceId), null);
  });

  check('[A3] an id that belongs to another key is taken, for users and for devices', async ({ people }) => {
    await people.signUp(newUser(ada, T));
    const sameUser = { ...newUser(bea, T), user: ada.userId };
    deepEqual(await people.signUp(sameUser), { kind: 'taken' });
    const sameDevice = newUser(bea, T, { device: newDevice(bea, T, { device: ada.deviceId }) });
    deepEqual(await people.signUp(sameDevice), { kind: 'taken' });
    const herDevice = newUser(bea, T, { device: { ...newDevice(ada, T), user: bea.userId } });
    deepEqual(await people.signUp(herDevice), { kind: 'taken' });
    equal(await people.user(bea.userId), null, 'a refused sign-up leaves nothing behind');
  });

  check('[A2] a device arrives for a known user only, and is registered once', async ({ people }) => {
    deepEqual(await people.arrive(newDevice(ada, T), 500), { kind: 'unknown' });
    await people.signUp(newUser(ada, T));
    const second = await person('Ada', 'second');
    deepEqual(await people.arrive(newDevice(second, T + 1), 500), { kind: 'ok', fresh: true });
    deepEqual(await people.arrive(newDevice(second, T + 2, { name: 'x', blessedMs: 1 }), 500), {
      kind: 'ok',
      fresh: false,
    });
    const device = must(await people.device(second.deviceId), 'a device');
    deepEqual([device.name, device.seenMs, device.blessedMs], ["Ada's device", T + 2, T + 1 + 3_600_000]);
    deepEqual(await people.arrive(newDevice(await person('Ada', 'third'), T), 2), { kind: 'full' });
  });

  check('[A15] devices are listed with those in use first, renamed and counted', async ({ people }) => {
    await people.signUp(newUser(ada, T));
    const second = await person('Ada', 'second');
    const third = await person('Ada', 'third');
    await people.arrive(newDevice(second, T + 2), 500);
    await people.arrive(newDevice(third, T + 1), 500);
    const end = { user: ada.userId, device: second.deviceId, revoke: true, atMs: T + 3 };
    equal(await people.endDevice(end), true);
    const listed = await people.devices(ada.userId, 10);
    deepEqual(
      listed.map((device) => device.device),
      [third.deviceId, ada.deviceId, second.deviceId],
    );
    equal((await people.devices(ada.userId, 2)).length, 2);
    equal(await people.renameDevice(ada.userId, third.deviceId, 'phone'), true);
    equal((await people.device(third.deviceId))?.name, 'phone');
    equal(await people.renameDevice(bea.userId, third.deviceId, 'mine'), false);
    equal((await people.device(third.deviceId))?.name, 'phone');
    deepEqual(await people.arrive(newDevice(await person('Ada', 'fourth'), T), 3), {
      kind: 'ok',
      fresh: true,
    });
  });

  check('[A6] ending a device voids its tokens; a revoked one never comes back', async ({ people }) => {
    await people.signUp(newUser(ada, T));
    const { userId: user, deviceId: device } = ada;
    equal(await people.endDevice({ user, device, revoke: false, atMs: T }), true);
    equal((await people.device(device))?.minEpoch, 2);
    deepEqual(await people.arrive(newDevice(ada, T), 500), { kind: 'ok', fresh: false });
    equal(await people.endDevice({ user: bea.userId, device, revoke: true, atMs: T }), false);
    equal(await people.endDevice({ user, device, revoke: true, atMs: T + 1 }), true);
    equal(await people.endDevice({ user, device, revoke: true, atMs: T + 2 }), false);
    const ended = must(await people.device(device), 'a device');
    deepEqual([ended.minEpoch, ended.revokedMs], [3, T + 1]);
    deepEqual(await people.arrive(newDevice(ada, T), 500), { kind: 'revoked' });
    deepEqual(await people.signUp(newUser(ada, T)), { kind: 'revoked' });
  });

  check('[N5] the first setup makes the admin, the second is used', async ({ people }) => {
    equal(await people.hasAdmin(), false);
    await people.signUp(newUser(cleo, T));
    equal(await people.hasAdmin(), false);
    const by = { kind: 'setup' } as const;
    const both = [people.signUp(newUser(ada, T, { by })), people.signUp(newUser(bea, T, { by }))];
    deepEqual(await Promise.all(both), [{ kind: 'ok', admin: true, fresh: true }, { kind: 'used' }]);
    equal(await people.hasAdmin(), true);
    deepEqual(await people.signUp(newUser(ada, T, { by })), { kind: 'ok', admin: true, fresh: false });
  });

  check('[A7] a profile of the current version is stored, another is stale', async ({ people }) => {
    await people.signUp(newUser(ada, T));
    const profile = { name: 'Ada L.', about: 'engines', locale: 'en' };
    deepEqual(await people.updateProfile(ada.userId, 1, profile), { kind: 'ok', version: 2 });
    const other = { ...profile, name: 'Eve' };
    deepEqual(await people.updateProfile(ada.userId, 1, other), { kind: 'stale', version: 2, profile });
    deepEqual((await people.user(ada.userId))?.profile, profile);
    deepEqual(await people.updateProfile(bea.userId, 1, profile), { kind: 'unknown' });
    const race = [1, 2].map((n) => people.updateProfile(ada.userId, 2, { ...profile, name: `Ada ${n}` }));
    deepEqual(
      (await Promise.all(race)).map((answer) => answer.kind),
      ['ok', 'stale'],
    );
  });
}

function tokenCases(engine: AccountsEngine): void {
  const check = cases(engine);
  const guid = new Uint8Array(16).fill(1);
  const issue = (token: number, atMs: number) => ({
    device: ada.deviceId,
    guid,
    token: new Uint8Array(80).fill(token),
    expiresMs: T + WEEK + token,
    atMs,
    replayMs: 60_000,
  });

  check('[A10] the first token of a guid is the only one for a minute', async ({ people }) => {
    await people.signUp(newUser(ada, T));
    const both = await Promise.all([people.issue(issue(1, T)), people.issue(issue(2, T))]);
    for (const { token, expiresMs } of both) deepEqual([token[0], expiresMs], [1, T + WEEK + 1]);
    equal((await people.issue(issue(3, T + 59_999))).token[0], 1);
    equal((await people.issued(ada.deviceId, guid, T - 1))?.token[0], 1);
    equal(await people.issued(ada.deviceId, guid, T), null);
    equal(await people.issued(ada.deviceId, new Uint8Array(16), 0), null);
    equal((await people.issue(issue(4, T + 60_000))).token[0], 4);
  });

  check('[A6] what was issued is forgotten when the device ends', async ({ people }) => {
    await people.signUp(newUser(ada, T));
    await people.issue(issue(1, T));
    await people.endDevice({ user: ada.userId, device: ada.deviceId, revoke: false, atMs: T });
    equal(await people.issued(ada.deviceId, guid, 0), null);
  });
}

function siteCases(engine: AccountsEngine): void {
  const check = cases(engine);

  check('[A8] a site is founded once; repeating it answers the same', async (accounts) => {
    const { sites } = accounts;
    const { found } = await planted(accounts);
    equal(await sites.found(found), 'ok');
    const again = await founding();
    equal(await sites.found(again), 'taken', 'another attestation of the same root');
    equal(await sites.found({ ...found, founder: bea.userId }), 'taken');
    const site = must(await sites.site(garden.site), 'a site');
    deepEqual([site.root, site.label, site.version], [garden.root.key, label, 1]);
    deepEqual([site.keyEpoch, site.members], [1, 1]);
    const held = must(await sites.membership(garden.site, ada.userId), 'a membership');
    deepEqual([held.attestation, held.envelope, held.joinedMs], [found.granted.grant.id, envelope, T]);
    deepEqual(await sites.path(held.attestation), [found.granted.bytes]);
    equal(await sites.site(siteId('00'.repeat(16))), null);
  });

  check('[G2] a user has as many sites as the limit says', async ({ people, sites }) => {
    await people.signUp(newUser(ada, T));
    equal(await sites.found(await founding({ sitesMax: 0 })), 'full');
    equal(await sites.found(await founding({ sitesMax: 1 })), 'ok');
  });

  check('[A12] a label of the current version is replaced, another is stale', async (accounts) => {
    const { sites } = accounts;
    await planted(accounts);
    const next = Uint8Array.of(9);
    deepEqual(await sites.updateLabel(garden.site, 1, next), { kind: 'ok', version: 2 });
    deepEqual(await sites.updateLabel(garden.site, 1, label), { kind: 'stale', version: 2, label: next });
    deepEqual(await sites.updateLabel(siteId('00'.repeat(16)), 1, label), { kind: 'unknown' });
  });

  check(
    '[O9] the origins of a site are kept in their order, and replacing them is a change',
    async (accounts) => {
      const { sites, changes } = accounts;
      await planted(accounts);
      const { site } = garden;
      deepEqual(await sites.origins(site), []);
      const before = (await changes.kept()).records.length;
      equal(await sites.setOrigins(site, ['https://b.example', 'https://a.example'], 7), true);
      deepEqual(await sites.origins(site), ['https://b.example', 'https://a.example']);
      const [change] = (await changes.kept()).records.slice(before);
      deepEqual(change?.change, { kind: 'origins', site });
      equal(await sites.setOrigins(site, ['https://c.example'], 8), true);
      deepEqual(await sites.origins(site), ['https://c.example']);
      equal(await sites.setOrigins(siteId('00'.repeat(16)), [], 9), false);
      deepEqual(await sites.origins(siteId('00'.repeat(16))), []);
    },
  );

  check('[G2] sites and members are paged in a stable order', async (accounts) => {
    const { sites } = accounts;
    const { oneTime, invite } = await planted(accounts);
    for (const name of ['a', 'b', 'c']) {
      const other = await ground(name);
      const granted = await stored(await grantBy(other.root, other.site, ada.user.key));
      const site = { ...(await founding()), site: other.site, root: other.root.key, granted };
      equal(await sites.found(site), 'ok');
    }
    const first = await sites.memberships(ada.userId, null, 3);
    const rest = await sites.memberships(ada.userId, must(first.at(-1), 'a page').site, 3);
    const all = [...first, ...rest].map((row) => row.site);
    deepEqual([first.length, rest.length], [3, 1]);
    deepEqual(all, all.toSorted());
    equal(await sites.join(await exchange(oneTime, invite.granted, bea)), 'ok');
    const both = await sites.members(garden.site, null, 10);
    deepEqual(
      both.map((member) => member.user),
      [ada.userId, bea.userId].toSorted(),
    );
    const [one] = await sites.members(garden.site, null, 1);
    const [two] = await sites.members(garden.site, must(one, 'a member').user, 1);
    deepEqual([one, two], both);
    const bees = must(
      both.find((member) => member.user === bea.userId),
      'Bea',
    );
    deepEqual([bees.name, bees.key, bees.rights.permissions], ['Bea', bea.user.key, 3]);
    deepEqual([bees.joinedMs, bees.invitedBy], [T + 1, ada.userId]);
  });

  check('[A9] access is what the membership grants, until it ends', async (accounts) => {
    const { people, sites } = accounts;
    const { oneTime, invite } = await planted(accounts);
    equal(await sites.access(bea.userId, bea.deviceId, garden.site), null);
    await sites.join(await exchange(oneTime, invite.granted, bea));
    const access = must(await sites.access(bea.userId, bea.deviceId, garden.site), 'access');
    const [right] = access.holdings;
    deepEqual([right?.rights.permissions, right?.rights.resource, access.keyEpoch], [3, '*', 1]);
    equal(await sites.access(bea.userId, ada.deviceId, garden.site), null, "another user's device");
    await people.endDevice({ user: bea.userId, device: bea.deviceId, revoke: true, atMs: T + 9 });
    equal((await sites.access(bea.userId, bea.deviceId, garden.site))?.revokedMs, T + 9);
    equal(await sites.leave(garden.site, bea.userId, T + 10), true);
    equal(await sites.leave(garden.site, bea.userId, T + 10), false);
    equal(await sites.access(bea.userId, bea.deviceId, garden.site), null);
    equal(await sites.membership(garden.site, bea.userId), null);
    equal((await sites.site(garden.site))?.members, 1);
  });

  check('[A15] writers are resolved for those who are or were members, and no others', async (accounts) => {
    const { sites } = accounts;
    const { oneTime, invite } = await planted(accounts);
    await sites.join(await exchange(oneTime, invite.granted, bea));
    await sites.leave(garden.site, bea.userId, T + 2);
    const asked = [bea.deviceId, cleo.deviceId, ada.deviceId, deviceId('00'.repeat(8))];
    deepEqual(await sites.writers(garden.site, asked), [
      { device: bea.deviceId, user: bea.userId, name: 'Bea' },
      { device: ada.deviceId, user: ada.userId, name: 'Ada' },
    ]);
  });
}

function invitationCases(engine: AccountsEngine): void {
  const check = cases(engine);

  check('[A11] an invitation admits one user once, also when two ask at the same time', async (accounts) => {
    const { sites } = accounts;
    const { oneTime, invite } = await planted(accounts);
    const bees = await exchange(oneTime, invite.granted, bea);
    const cleos = await exchange(oneTime, invite.granted, cleo);
    deepEqual(await Promise.all([sites.join(bees), sites.join(cleos)]), ['ok', 'used']);
    equal(await sites.join(bees), 'ok', 'the same again');
    equal((await sites.site(garden.site))?.members, 2);
    const row = must(await sites.invitation(oneTime.key), 'an invitation');
    deepEqual([row.takenBy, row.joinedMs, row.withdrawnMs], [bea.userId, T + 1, null]);
    const held = must(await sites.membership(garden.site, bea.userId), 'a membership');
    equal((await sites.path(held.attestation)).length, 3);
    await sites.leave(garden.site, bea.userId, T + 2);
    equal(await sites.join(bees), 'used', 'not again after leaving');
  });

  check('[A11] expired, withdrawn and unknown invitations admit nobody', async (accounts) => {
    const { sites } = accounts;
    const { oneTime, invite, found } = await planted(accounts);
    const late = await exchange(oneTime, invite.granted, bea, T + WEEK);
    equal(await sites.join(late), 'expired');
    equal(await sites.withdraw(garden.site, (await pair('nobody')).key, T), 'unknown');
    equal(await sites.withdraw(siteId('00'.repeat(16)), oneTime.key, T), 'unknown');
    equal(await sites.withdraw(garden.site, oneTime.key, T + 1), 'ok');
    equal(await sites.join(await exchange(oneTime, invite.granted, bea)), 'withdrawn');
    equal(await sites.withdraw(garden.site, oneTime.key, T + 2), 'ok');
    equal((await sites.invitation(oneTime.key))?.withdrawnMs, T + 1);
    const next = await invitation(ada, found.granted, 'second');
    equal(await sites.join(await exchange(next.oneTime, next.invite.granted, bea)), 'unknown');
    await sites.invite(next.invite);
    equal(await sites.join(await exchange(next.oneTime, next.invite.granted, bea)), 'ok');
    equal(await sites.withdraw(garden.site, next.oneTime.key, T), 'used');
  });

  check('[A11] signing up by an invitation reserves it for the one who did', async (accounts) => {
    const { people, sites } = accounts;
    const { oneTime, invite } = await planted(accounts);
    const by = { kind: 'invitation', key: oneTime.key } as const;
    const [dora, eve] = [await person('Dora'), await person('Eve')];
    deepEqual(await people.signUp(newUser(dora, T, { by })), { kind: 'ok', admin: false, fresh: true });
    deepEqual(await people.signUp(newUser(eve, T, { by })), { kind: 'used' });
    equal(await sites.join(await exchange(oneTime, invite.granted, bea)), 'used');
    equal(await sites.join(await exchange(oneTime, invite.granted, dora, T + WEEK)), 'ok');
    const nobody = { kind: 'invitation', key: (await pair('nobody')).key } as const;
    deepEqual(await people.signUp(newUser(eve, T, { by: nobody })), { kind: 'unknown' });
    equal(await people.user(eve.userId), null);
  });

  check('[A11] an invitation that brings a member nothing is not used up', async (accounts) => {
    const { sites } = accounts;
    const { found, oneTime, invite } = await planted(accounts);
    await sites.join(await exchange(oneTime, invite.granted, bea));
    const same = await invitation(ada, found.granted, 'same');
    const more = await invitation(ada, found.granted, 'more', 11);
    for (const next of [same, more]) equal(await sites.invite(next.invite), 'ok');
    equal(await sites.join(await exchange(same.oneTime, same.invite.granted, bea)), 'taken');
    equal((await sites.invitation(same.oneTime.key))?.joinedMs, null);
    equal(await sites.join(await exchange(more.oneTime, more.invite.granted, bea, T + 3)), 'ok');
    const held = must(await sites.membership(garden.site, bea.userId), 'a membership');
    deepEqual([held.rights.permissions, held.joinedMs, held.of.members], [11, T + 1, 2]);
    const change = { kind: 'site', site: garden.site, keyEpoch: 1 };
    deepEqual((await accounts.changes.kept()).records, [{ seq: 1, atMs: T + 3, change }]);
    equal(await sites.join(await exchange(same.oneTime, same.invite.granted, cleo)), 'ok');
  });

  check('[G2] invitations, members and quotas have their limits', async (accounts) => {
    const { sites } = accounts;
    const { found, oneTime, invite } = await planted(accounts);
    const second = await invitation(ada, found.granted, 'second');
    equal(await sites.invite({ ...second.invite, openMax: 1 }), 'full');
    equal(await sites.invite({ ...second.invite, openMax: 2 }), 'ok');
    equal(await sites.invite({ ...second.invite, openMax: 1 }), 'ok', 'the same again');
    const other = await invitation(ada, found.granted, 'second', 1);
    equal(await sites.invite(other.invite), 'taken', 'the key is in use');
    const joining = await exchange(oneTime, invite.granted, bea);
    equal(await sites.join({ ...joining, membersMax: 1 }), 'full');
    equal(await sites.join({ ...joining, sitesMax: 0 }), 'full');
    equal(await sites.join(joining), 'ok');
    const listed = await sites.invitations(garden.site, null, 10);
    equal(listed.length, 2);
    equal((await sites.invitations(garden.site, null, 1)).length, 1);
    equal((await sites.invitations(garden.site, bea.userId, 10)).length, 0);
    await sites.withdraw(garden.site, second.oneTime.key, T);
    const third = await invitation(ada, found.granted, 'third');
    equal(await sites.invite({ ...third.invite, openMax: 1 }), 'ok', 'only open ones count');
  });

  check('[A9] an invitation stands on what its inviter holds now', async (accounts) => {
    const { sites } = accounts;
    const { found, oneTime, invite } = await planted(accounts);
    const byBea = await invitation(bea, found.granted, 'by Bea');
    equal(await sites.invite(byBea.invite), 'forbidden', 'not a member');
    await sites.join(await exchange(oneTime, invite.granted, bea));
    equal(await sites.invite(byBea.invite), 'forbidden', "on another's grant");
    const open = await invitation(ada, found.granted, 'open');
    await sites.invite(open.invite);
    await sites.leave(garden.site, ada.userId, T + 2);
    equal(await sites.invite((await invitation(ada, found.granted, 'late')).invite), 'forbidden');
    equal(await sites.join(await exchange(open.oneTime, open.invite.granted, cleo)), 'withdrawn');
  });

  check('[A9] a quota bounds how often a right is handed on', async ({ people, sites }) => {
    for (const who of [ada, bea, cleo]) await people.signUp(newUser(who, T));
    const granted = await stored(await grantBy(garden.root, garden.site, ada.user.key, { quota: 2 }));
    await sites.found({ ...(await founding()), granted });
    const answers: string[] = [];
    for (const name of ['1', '2', '3']) {
      answers.push(await sites.invite((await invitation(ada, granted, name, permission.read)).invite));
    }
    deepEqual(answers, ['ok', 'ok', 'full']);
  });
}

function changeCases(engine: AccountsEngine): void {
  const check = cases(engine);

  check(
    '[A14] changes are numbered in their order and heard before their cause resolves',
    async (accounts) => {
      const { people, sites, changes } = accounts;
      const heard: ChangeRecord[] = [];
      changes.listen((record) => heard.push(record));
      await planted(accounts);
      deepEqual(heard, [], 'nobody lost a right');
      const ends = [ada, bea].map((who, n) =>
        people.endDevice({ user: who.userId, device: who.deviceId, revoke: false, atMs: T + n }),
      );
      const left = sites.leave(garden.site, ada.userId, T + 2);
      await Promise.all(ends);
      ok(heard.length >= 2);
      await left;
      deepEqual(heard, [
        { seq: 1, atMs: T, change: { kind: 'device', device: ada.deviceId, minEpoch: 2 } },
        { seq: 2, atMs: T + 1, change: { kind: 'device', device: bea.deviceId, minEpoch: 2 } },
        { seq: 3, atMs: T + 2, change: { kind: 'grant', user: ada.userId, site: garden.site } },
      ]);
      deepEqual(await changes.kept(), { floor: 0, records: heard });
    },
  );

  check('[A14] a number is never used twice, also after everything was forgotten', async (accounts) => {
    const { people, changes } = accounts;
    await people.signUp(newUser(ada, T));
    const { userId: user, deviceId: device } = ada;
    for (const n of [1, 2, 3]) await people.endDevice({ user, device, revoke: false, atMs: T + n });
    await changes.forget(T + 3);
    const kept = await changes.kept();
    deepEqual([kept.floor, kept.records.map((record) => record.seq)], [2, [3]]);
    await changes.forget(T + 9);
    deepEqual(await changes.kept(), { floor: 3, records: [] });
    await people.endDevice({ user, device, revoke: false, atMs: T + 10 });
    equal((await changes.kept()).records[0]?.seq, 4);
  });

  check('[A14] what changed nothing is no change', async ({ people, sites, changes }) => {
    await people.signUp(newUser(ada, T));
    const nobody = { user: userId('00'.repeat(8)), device: ada.deviceId, revoke: true, atMs: T };
    equal(await people.endDevice(nobody), false);
    equal(await sites.leave(garden.site, ada.userId, T), false);
    deepEqual(await changes.kept(), { floor: 0, records: [] });
  });
}
