/**
 * What auth promises to whoever calls it (SPEC A1–A16, H10, N5), run over each link and each engine of
 * accounts. This file: sign-up, tokens, devices, profiles. Sites and invitations, and the feed of the
 * tails, are in the two files beside it.
 */

import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { blessingMsMax, clockSkewMs, connectTokenMs, refreshReplayMs } from 'copse/internal/base/limits.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import { keyedMac, userIdOf } from 'copse/internal/crypto/hash.ts';
import { check, keyNumberOf, type Token } from 'copse/internal/crypto/token.ts';
import type { AuthOptions } from '../../server/src/auth/auth.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import { authFeedSuite } from './auth-feed.suite.ts';
import { authSitesSuite } from './auth-sites.suite.ts';
import { ada, bea, cleo, colliding, garden, refusal, settled, Stage, type LinkKind } from './auth-stage.ts';
import { blessingBy, pair, person, primitives } from './people.ts';

export interface AuthSuiteOptions {
  readonly link: LinkKind;
  readonly engine: string;
  openAccounts(): Promise<Accounts>;
}

export type Check = (
  title: string,
  run: (stage: Stage) => Promise<void>,
  part?: Partial<AuthOptions>,
) => void;

const HOUR = 3_600_000;

export function authSuite(options: AuthSuiteOptions): void {
  const check: Check = (title, run, part = {}) => {
    test(`${title} (${options.link.name}, ${options.engine})`, async () => {
      await using stage = await Stage.open({
        link: options.link,
        accounts: await options.openAccounts(),
        part,
      });
      await run(stage);
    });
  };
  signUpCases(check);
  admissionCases(check);
  loginCases(check);
  tokenCases(check);
  refreshCases(check);
  deviceCases(check);
  profileCases(check);
  rateCases(check);
  placeCases(check);
  authSitesSuite(check);
  authFeedSuite(check);
}

function signUpCases(check: Check): void {
  check('[A1] a stranger signs up, is a user from then on, and may repeat it', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    const answer = { user: ada.userId, device: ada.deviceId, admin: false };
    deepEqual(await actor.signUp(), answer);
    deepEqual(await actor.remote.whoami({}), {
      user: ada.userId,
      device: ada.deviceId,
      admin: false,
      profile: { name: 'Ada', about: '', locale: '' },
      version: 1,
    });
    deepEqual(await actor.signUp({ name: 'Other' }), answer);
    equal((await actor.remote.whoami({})).profile.name, 'Ada');
    const again = await stage.enter(ada);
    deepEqual(await again.signUp(), answer);
    equal((await again.remote.devices({})).length, 1);
  });

  check('[A1] a blessing of another user, device, node or time signs nobody up', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    const nowMs = stage.clock.wallMs();
    const late = { issuedMs: nowMs - 2 * HOUR, expiresMs: nowMs - clockSkewMs };
    const early = { issuedMs: nowMs + HOUR, expiresMs: nowMs + 2 * HOUR };
    const cut = (await blessingBy(ada, nowMs)).subarray(0, 40);
    const cases = [
      ['badProof', await blessingBy({ ...bea, device: ada.device }, nowMs)],
      ['badProof', await blessingBy({ ...ada, device: bea.device }, nowMs)],
      ['badProof', await blessingBy(ada, nowMs, { audience: (await pair('another node')).key })],
      ['expired', await blessingBy(ada, nowMs, late)],
      ['expired', await blessingBy(ada, nowMs, early)],
      ['malformed', cut],
      ['malformed', new Uint8Array(0)],
      ['badProof', withFlippedBit(await blessingBy(ada, nowMs))],
    ] as const;
    for (const [code, blessing] of cases) equal(await refusal(actor.signUp({ blessing })), code);
    equal(await stage.accounts.people.user(ada.userId), null);
    const here = await blessingBy(ada, nowMs, { audience: stage.node });
    await actor.signUp({ blessing: here });
  });

  check('[A3] a device belongs to one user', async (stage) => {
    await (await stage.enter(ada, { stranger: true })).signUp();
    const shared = { ...bea, device: ada.device, deviceId: ada.deviceId };
    const actor = await stage.enter(shared, { stranger: true });
    equal(await refusal(actor.signUp()), 'taken');
    equal(await stage.accounts.people.user(bea.userId), null);
    await (await stage.enter(bea, { stranger: true })).signUp();
    const blessed = await stage.enter(shared);
    equal(await refusal(blessed.remote.whoami({})), 'taken');
    ok((await stage.auth.admit(ada.device.key, null)) === null);
  });

  for (const kind of ['id/user', 'id/device']) {
    const title = kind === 'id/user' ? 'user' : 'device';
    check(
      `[A3] a ${title} whose id is taken by another key is refused`,
      async (stage) => {
        await (await stage.enter(ada, { stranger: true })).signUp();
        // Another user on another device: only the ids of one kind collide.
        const actor = await stage.enter(bea, { stranger: true });
        const code = await refusal(actor.signUp());
        equal(code, 'taken');
        const everybody = await stage.accounts.people.user(userIdOf(colliding(kind), ada.user.key));
        deepEqual(everybody?.key, ada.user.key);
      },
      { primitives: colliding(kind) },
    );
  }

  check('[H10] a stranger may do nothing but sign up, peek, refresh and see the shard map', async (stage) => {
    const { remote, ...actor } = await stage.enter(ada, { stranger: true });
    const { site } = garden;
    const { deviceId: device } = ada;
    const bytes = new Uint8Array(32);
    const refused = [
      remote.whoami({}),
      remote.login({ shard: 0, guid: new Uint8Array(16) }),
      remote.logout({}),
      remote.devices({}),
      remote.renameDevice({ device, name: 'x' }),
      remote.revokeDevice({ device }),
      remote.updateProfile({ version: 1, changes: [] }),
      remote.foundSite({ root: garden.root.key, attestation: bytes, label: bytes, envelope: bytes }),
      remote.sites({ after: null }),
      remote.site({ site }),
      remote.updateSite({ site, version: 1, label: bytes }),
      remote.members({ site, after: null }),
      remote.invite({ site, attestation: bytes, envelope: bytes, expiresMs: 0 }),
      remote.invitations({ site }),
      remote.withdraw({ site, key: bytes }),
      remote.join({ site, proof: [], envelope: bytes }),
      remote.leave({ site }),
      remote.figures({}),
      remote.writers({ site, devices: [] }),
    ];
    for (const call of refused) equal(await refusal(call), 'forbidden');
    deepEqual(actor.heard, []);
  });

  check('[A13] the shard map names every shard, for strangers too', async (stage) => {
    const stranger = await stage.enter(ada, { stranger: true });
    const map = {
      epoch: 1,
      shards: [
        { shard: 0, url: '' },
        { shard: 1, url: 'wss://other.example/tail' },
      ],
    };
    deepEqual(await stranger.remote.shardMap({}), map);
    await stranger.signUp();
    deepEqual(await stranger.remote.shardMap({}), map);
  });
}

function admissionCases(check: Check): void {
  check('[N5] the secret of the first start makes the first admin, once', async (stage) => {
    const secret = must(stage.auth.setupSecret(), 'a secret');
    const first = await stage.enter(ada, { stranger: true });
    const wrong = { kind: 'setup', secret: new Uint8Array(32) } as const;
    equal(await refusal(first.signUp({ admission: wrong })), 'forbidden');
    const admission = { kind: 'setup', secret } as const;
    const second = await stage.enter(bea, { stranger: true });
    const both = [first.signUp({ admission }), refusal(second.signUp({ admission }))] as const;
    const [admin, code] = await Promise.all(both);
    equal(admin.admin, true);
    equal(code, 'used');
    equal(stage.auth.setupSecret(), null);
    equal((await first.signUp({ admission })).admin, true, 'the same again');
    deepEqual(await first.remote.figures({}), [{ name: 'figure', unit: 'u', value: '1' }]);
    await second.signUp();
    equal(await refusal(second.remote.figures({})), 'forbidden');
  });

  check(
    '[A1] a node for invited users takes the setup secret, an invitation, and whom it knows',
    async (stage) => {
      const host = await stage.enter(ada, { stranger: true });
      equal(await refusal(host.signUp()), 'forbidden');
      const secret = must(stage.auth.setupSecret(), 'a secret');
      await host.signUp({ admission: { kind: 'setup', secret } });
      await host.signUp();
      await host.found(garden);
      const invitation = await host.invite(garden.site, 'for Bea');
      const guest = await stage.enter(bea, { stranger: true });
      equal(await refusal(guest.signUp()), 'forbidden');
      const thief = await stage.enter(cleo, { stranger: true });
      const stolen = {
        ...(await thief.admission(invitation)),
        proof: (await guest.admission(invitation)).proof,
      };
      equal(await refusal(thief.signUp({ admission: stolen })), 'badProof');
      await guest.signUp({ admission: await guest.admission(invitation) });
      equal(await refusal(thief.signUp({ admission: await thief.admission(invitation) })), 'used');
      equal((await guest.peek(invitation)).state, 'open', 'it is hers');
      deepEqual(await guest.join(invitation), { site: garden.site, permissions: 31 });
    },
    { signup: 'invited' },
  );
}

function loginCases(check: Check): void {
  check('[A2] a new device of a known user is registered; she hears of it', async (stage) => {
    const first = await stage.enter(ada, { stranger: true });
    await first.signUp();
    const second = await stage.enter(await person('Ada', 'second'));
    equal((await second.remote.whoami({})).device, (await person('Ada', 'second')).deviceId);
    await settled();
    ok(first.heard.includes('devices'));
    equal((await first.remote.devices({})).length, 2);
    ok((await second.login(1)).token.length === 80);
  });

  check('[A2] a device of an unknown user is a stranger, and nothing is registered', async (stage) => {
    const actor = await stage.enter(bea);
    equal(await refusal(actor.login(1)), 'forbidden');
    equal(await refusal(actor.remote.whoami({})), 'forbidden');
    equal(await stage.accounts.people.device(bea.deviceId), null);
    equal(await stage.auth.admit(bea.device.key, null), null);
    equal(await stage.accounts.people.device(bea.deviceId), null);
    await actor.signUp();
    ok(await actor.login(1));
  });

  check('[H5] a session ends with the blessing that it stands on', async (stage) => {
    const first = await stage.enter(ada, { stranger: true });
    const nowMs = stage.clock.wallMs();
    await first.signUp({ blessing: await blessingBy(ada, nowMs, { expiresMs: nowMs + HOUR / 2 }) });
    const actor = await stage.enter(ada, {
      blessing: await blessingBy(ada, nowMs, { expiresMs: nowMs + HOUR }),
    });
    stage.clock.advance(HOUR / 2 + clockSkewMs);
    equal(await refusal(first.remote.whoami({})), 'expired', 'the one it signed up with');
    await actor.remote.whoami({});
    await first.signUp();
    await first.remote.whoami({});
    stage.clock.advance(HOUR / 2);
    equal(await refusal(actor.remote.whoami({})), 'expired');
  });
}

/** The claims of a token under the keys that auth gives a tail; fails when they do not check it. */
async function claimsOf(stage: Stage, token: Uint8Array, shard = 0): Promise<Token | string> {
  const page = await stage.follow().remote.follow({ shard, from: 0 });
  const row = page.keys.find(({ number }) => number === keyNumberOf(token));
  if (row === undefined) return 'unknown key';
  const answer = check(
    token.slice(),
    { number: row.number, mac: keyedMac(primitives, row.key.slice()) },
    stage.clock.wallMs(),
  );
  return answer.kind === 'ok' ? answer.token : answer.kind;
}

function tokenCases(check: Check): void {
  check('[A4] a token names user, device, scope and epoch, and lives at most half a day', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    const nowMs = stage.clock.wallMs();
    const scope = permission.read | permission.write;
    await actor.signUp({
      blessing: await blessingBy(ada, nowMs, { scope, expiresMs: nowMs + blessingMsMax }),
    });
    const { token, expiresMs } = await actor.login(1);
    equal(expiresMs, nowMs + connectTokenMs);
    const claims = await claimsOf(stage, token);
    if (typeof claims === 'string') throw new Error(claims);
    deepEqual([claims.user, claims.device, claims.permissions], [ada.userId, ada.deviceId, scope]);
    deepEqual([claims.deviceEpoch, claims.expiresAtMs], [1, expiresMs]);
    equal(await claimsOf(stage, withFlippedBit(token)), 'forged');
    stage.clock.advance(connectTokenMs);
    equal(await claimsOf(stage, token), 'expired');
  });

  check('[A5] a token of one shard is none of another, and no shard gets another key', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const [zero, one] = [await actor.login(1, 0), await actor.login(1, 1)];
    notDeepEqual(zero.token, one.token, 'the same id on two shards is two attempts');
    equal(await claimsOf(stage, zero.token, 1), 'forged');
    equal(await claimsOf(stage, one.token, 0), 'forged');
    ok(typeof (await claimsOf(stage, one.token, 1)) === 'object');
    equal(await refusal(actor.login(1, 2)), 'unknown');
    equal(await refusal(stage.follow().remote.follow({ shard: 2, from: 0 })), 'unknown');
    const keys = async (shard: number) => (await stage.follow().remote.follow({ shard, from: 0 })).keys;
    const all = [...(await keys(0)), ...(await keys(1))].map(({ key }) => hex(key));
    equal(new Set(all).size, 6);
  });

  check('[A5] token keys change every day, and the days overlap', async (stage) => {
    const keys = async () => (await stage.follow().remote.follow({ shard: 0, from: 0 })).keys;
    const before = await keys();
    stage.clock.advance(24 * HOUR);
    const after = await keys();
    deepEqual(after.slice(0, 2), before.slice(1));
    notDeepEqual(after[2], before[0]);
    stage.clock.jump(256 * 24 * HOUR);
    const later = await keys();
    deepEqual(
      later.map(({ number }) => number),
      after.map(({ number }) => number),
    );
    notDeepEqual(later, after, 'a number that comes again is another key');
  });

  check('[A4] a token never outlives the blessing of its device', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    const nowMs = stage.clock.wallMs();
    await actor.signUp({ blessing: await blessingBy(ada, nowMs, { expiresMs: nowMs + HOUR }) });
    const first = await actor.login(1);
    equal(first.expiresMs, nowMs + HOUR);
    stage.clock.advance(HOUR - 5_000);
    const second = await actor.refresh(first.token, 2);
    equal(second.expiresMs, nowMs + HOUR);
    stage.clock.advance(5_000);
    equal(await refusal(actor.login(3)), 'expired');
    const renewed = await stage.enter(ada);
    equal((await renewed.login(4)).expiresMs, nowMs + 2 * HOUR);
  });
}

function refreshCases(check: Check): void {
  check('[A10] the same id gets the same token for a minute, another id another', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const first = await actor.login(1);
    deepEqual(await actor.login(1), first);
    notDeepEqual(await actor.login(2), first);
    const race = await Promise.all([actor.refresh(first.token, 3), actor.refresh(first.token, 3)]);
    deepEqual(race[0], race[1]);
    notDeepEqual(race[0].token, first.token);
    stage.clock.advance(refreshReplayMs - 1);
    deepEqual(await actor.refresh(first.token, 3), race[0]);
    notDeepEqual((await actor.refresh(first.token, 4)).token, race[0].token, 'a superseded token too');
    stage.clock.advance(1);
    notDeepEqual((await actor.refresh(first.token, 3)).token, race[0].token);
  });

  check('[A10] the device key is the credential: no blessing is needed', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const { token } = await actor.login(1);
    const stranger = await stage.enter(ada, { stranger: true });
    const next = await stranger.refresh(token, 2);
    ok(typeof (await claimsOf(stage, next.token)) === 'object');
    equal(await refusal(stranger.remote.whoami({})), 'forbidden');
  });

  check('[A5] a wrong, foreign, expired or revoked token is refused with its own code', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const other = await stage.enter(bea, { stranger: true });
    await other.signUp();
    const [mine, hers] = [await actor.login(1), await other.login(1)];
    const elsewhere = await actor.login(1, 1);
    equal(await refusal(actor.refresh(withFlippedBit(mine.token), 2)), 'unauthorized');
    equal(await refusal(actor.refresh(elsewhere.token, 2)), 'unauthorized', 'of another shard');
    equal(await refusal(actor.refresh(hers.token, 2)), 'unauthorized', 'of another device');
    equal(await refusal(actor.refresh(new Uint8Array(80), 2)), 'malformed');
    const byOther = actor.refresh(mine.token, 2, { seed: bea.device.seed });
    equal(await refusal(byOther), 'badProof', 'signed by another device');
    stage.clock.advance(HOUR);
    const later = await stage.enter(ada);
    equal(await refusal(later.refresh(mine.token, 3)), 'expired');
    const fresh = await later.login(4);
    await later.remote.logout({});
    const back = await stage.enter(ada);
    equal(await refusal(back.refresh(fresh.token, 5)), 'revoked');
    equal(await refusal(back.refresh(fresh.token, 4)), 'revoked', 'what was issued before is not repeated');
    stage.clock.advance(4 * 24 * HOUR);
    const muchLater = await stage.enter(ada);
    equal(await refusal(muchLater.refresh(fresh.token, 6)), 'unauthorized', 'of a forgotten key');
  });
}

function deviceCases(check: Check): void {
  check('[A6] logout ends tokens and sessions of the device, and it may log in again', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const [twin, other] = [await stage.enter(ada), await stage.enter(await person('Ada', 'second'))];
    await Promise.all([twin.remote.whoami({}), other.remote.whoami({})]);
    deepEqual(await actor.remote.logout({}), {});
    equal(await refusal(actor.remote.whoami({})), 'unauthorized');
    await settled();
    deepEqual(twin.heard.at(-1), 'ended unauthorized');
    equal(await refusal(twin.remote.whoami({})), 'unauthorized');
    ok(!actor.heard.includes('ended unauthorized'), 'the answer leaves first');
    stage.clock.advance(0);
    await settled();
    equal(actor.heard.at(-1), 'ended unauthorized');
    await other.remote.whoami({});
    ok(other.heard.includes('devices'));
    const back = await stage.enter(ada);
    const claims = await claimsOf(stage, (await back.login(1)).token);
    ok(typeof claims === 'object' && claims.deviceEpoch === 2);
  });

  check('[A6] a revoked device is ended at once and never logs in again', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const lost = await person('Ada', 'lost');
    const thief = await stage.enter(lost);
    const { token } = await thief.login(1);
    await actor.remote.revokeDevice({ device: lost.deviceId });
    await actor.remote.revokeDevice({ device: lost.deviceId });
    await settled();
    equal(thief.heard.at(-1), 'ended revoked');
    equal(await refusal(thief.remote.sites({ after: null })), 'revoked');
    equal((await stage.auth.admit(lost.device.key, null))?.code, 'revoked');
    const again = await stage.enter(lost);
    equal(await refusal(again.login(2)), 'revoked');
    equal(await refusal(again.refresh(token, 2)), 'revoked');
    equal(await refusal(again.signUp()), 'revoked');
    await settled();
    deepEqual(again.heard, ['ended revoked']);
    const unknown = actor.remote.revokeDevice({ device: bea.deviceId });
    equal(await refusal(unknown), 'unknown');
  });

  check('[A15] devices are listed with first and last use, and renamed', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const startMs = stage.clock.wallMs();
    stage.clock.advance(60_000);
    const second = await stage.enter(await person('Ada', 'second'));
    await second.remote.whoami({});
    stage.clock.advance(60_000);
    second.close();
    await settled();
    stage.clock.advance(60_000);
    const device = second.who.deviceId;
    await actor.remote.renameDevice({ device, name: '  my\tphone ' });
    equal(await refusal(actor.remote.renameDevice({ device: bea.deviceId, name: 'x' })), 'unknown');
    const rows = await actor.remote.devices({});
    const first = must(
      rows.find((row) => row.device === ada.deviceId),
      'the first device',
    );
    deepEqual([first.name, first.createdMs, first.seenMs], ["Ada's device", startMs, startMs + 180_000]);
    const phone = must(
      rows.find((row) => row.device === device),
      'the second device',
    );
    deepEqual([phone.name, phone.createdMs, phone.seenMs], ['my phone', startMs + 60_000, startMs + 120_000]);
    deepEqual([phone.revokedMs, phone.key], [null, second.who.device.key]);
  });

  check('[A9] a device that is blessed for less decides about itself only', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const robot = await person('Ada', 'robot');
    const nowMs = stage.clock.wallMs();
    const scope = permission.read | permission.write;
    const small = await stage.enter(robot, { blessing: await blessingBy(robot, nowMs, { scope }) });
    equal(await refusal(small.remote.revokeDevice({ device: ada.deviceId })), 'forbidden');
    equal(await refusal(small.remote.renameDevice({ device: ada.deviceId, name: 'x' })), 'forbidden');
    equal(await refusal(small.remote.updateProfile({ version: 1, changes: [] })), 'forbidden');
    await small.remote.renameDevice({ device: robot.deviceId, name: 'robot' });
    await small.remote.logout({});
  });
}

function profileCases(check: Check): void {
  check('[A7] a profile changes under its version, and each odd change has a comment', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const other = await stage.enter(await person('Ada', 'second'));
    await other.remote.whoami({});
    const changes = [
      { kind: 'name', value: '  Ada \n Lovelace\u202e ' },
      { kind: 'locale', value: 'de-at' },
      { kind: 'locale', value: 'not a language' },
      { kind: 'about', value: 'First line\nsecond' },
      { kind: 'name', value: ' \t ' },
    ] as const;
    deepEqual(await actor.remote.updateProfile({ version: 1, changes }), {
      kind: 'ok',
      version: 2,
      comments: [
        'name: control characters were removed, spaces were trimmed',
        'locale: written as de-AT',
        'locale: not a language tag (BCP 47), refused',
        'name: an empty name is refused',
      ],
    });
    const profile = { name: 'Ada Lovelace', about: 'First line\nsecond', locale: 'de-AT' };
    const known = await actor.remote.whoami({});
    deepEqual([known.profile, known.version], [profile, 2]);
    await settled();
    ok(other.heard.includes('profile'));
    ok(!actor.heard.includes('profile'));
    const stale = { version: 1, changes: [{ kind: 'name', value: 'Eve' }] } as const;
    deepEqual(await other.remote.updateProfile(stale), { kind: 'stale', version: 2, profile, comments: [] });
    deepEqual((await actor.remote.whoami({})).profile, profile);
  });

  check('[A7] changes that change nothing leave the version', async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const changes = [
      { kind: 'name', value: 'Ada' },
      { kind: 'name', value: '' },
    ] as const;
    const answer = await actor.remote.updateProfile({ version: 1, changes });
    deepEqual(answer, { kind: 'ok', version: 1, comments: ['name: an empty name is refused'] });
  });
}

function rateCases(check: Check): void {
  const rates = { sessionPerSecond: 10, sessionBurst: 5, strangersPerSecond: 1, strangersBurst: 8 };
  check(
    '[G2] calls of a session, and of all strangers at an address, are limited',
    async (stage) => {
      const actor = await stage.enter(ada, { stranger: true });
      await actor.signUp();
      for (let n = 0; n < 4; n++) await actor.remote.whoami({});
      equal(await refusal(actor.remote.whoami({})), 'tooMany');
      stage.clock.advance(100);
      await actor.remote.whoami({});
      for (let n = 0; n < 7; n++) {
        const stranger = await stage.enter(await person(`stranger ${n}`), { stranger: true });
        await stranger.remote.shardMap({});
      }
      const eighth = await stage.enter(bea, { stranger: true });
      equal(await refusal(eighth.remote.shardMap({})), 'tooMany');
      const elsewhere = await stage.enter(bea, { stranger: true, address: '203.0.113.2' });
      await elsewhere.remote.shardMap({});
      stage.clock.advance(100);
      await actor.remote.whoami({});
      stage.clock.advance(1_000);
      await eighth.remote.shardMap({});
    },
    { rates },
  );
}

function placeCases(check: Check): void {
  const many = { sessionPerSecond: 1e9, sessionBurst: 1e9, strangersPerSecond: 1e9, strangersBurst: 1e9 };
  check(
    '[G2] an address has places for a few strangers; users there and strangers elsewhere come in',
    async (stage) => {
      const first = await stage.enter(ada, { stranger: true });
      const second = await stage.enter(bea, { stranger: true });
      await Promise.all([first.remote.shardMap({}), second.remote.shardMap({})]);
      const third = await stage.enter(await person('third'), { stranger: true });
      await settled();
      deepEqual(third.heard, ['ended tooMany']);
      equal(await refusal(third.remote.shardMap({})), 'tooMany');
      const elsewhere = await stage.enter(await person('third'), { stranger: true, address: '203.0.113.2' });
      await elsewhere.remote.shardMap({});
      // Who signs up is a stranger no more, and her place is free.
      await first.signUp();
      const user = await stage.enter(ada);
      await user.remote.whoami({});
      const fourth = await stage.enter(await person('fourth'), { stranger: true });
      await fourth.remote.shardMap({});
      const again = await stage.enter(ada);
      await again.remote.whoami({});
      equal(
        await refusal((await stage.enter(await person('fifth'), { stranger: true })).remote.shardMap({})),
        'tooMany',
      );
    },
    { rates: { ...many, strangersMax: 2 } },
  );
}

/** The same bytes with one bit of the last byte changed. */
function withFlippedBit(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}
