/** The keys facet of auth, over each link: who may state what, who makes the next key, and what is refused. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { keysApi, type KeysRemote } from 'copse/internal/api/keys.ts';
import { rightsApi } from 'copse/internal/api/rights.ts';
import { must } from 'copse/internal/base/assert.ts';
import { equal as same } from 'copse/internal/base/bytes.ts';
import type { SiteId, UserId } from 'copse/internal/base/ids.ts';
import { clockSkewMs, rekeyLeaseMs, rekeyNoticeMs } from 'copse/internal/base/limits.ts';
import { writeDeviceKey } from 'copse/internal/capability/device-key.ts';
import {
  hashOfPart,
  hashOfParts,
  NO_SUCCESSION,
  openKeySet,
  writeKeySet,
} from 'copse/internal/capability/key-set.ts';
import { permission, permissionsAll } from 'copse/internal/capability/policy.ts';
import { writeUserKey, type UserKeyTerms } from 'copse/internal/capability/user-key.ts';
import { ada, bea, cleo, garden, LABEL, refusal, settled, Stage, type Actor } from './auth-stage.ts';
import type { RightsEngine } from './auth-rights.suite.ts';
import { blessingBy, person, primitives } from './people.ts';

const RESUME = new Uint8Array(60).fill(7);
const LINK = new Uint8Array(60).fill(8);
const HASH = new Uint8Array(32).fill(9);

/** A person with the keys facet of her session. */
class Keeper {
  readonly actor: Actor;
  readonly keys: KeysRemote;

  constructor(actor: Actor) {
    this.actor = actor;
    this.keys = actor.facet(keysApi, {});
  }

  async stated(part: Partial<UserKeyTerms> = {}): Promise<Uint8Array> {
    const { who, stage } = this.actor;
    const terms = { user: who.user.key, generation: 1, publicKey: HASH, link: new Uint8Array(0) };
    const issuedMs = stage.clock.wallMs();
    return writeUserKey(primitives, { seed: who.user.seed }, { ...terms, issuedMs, ...part });
  }

  async publish(from = 0, part: Partial<UserKeyTerms> = {}) {
    const link = from === 0 ? {} : { link: LINK };
    const statement = await this.stated({ generation: from + 1, ...link, ...part });
    return this.keys.userKeyPublish({ from, statement, envelopes: [] });
  }

  begin(site: SiteId, from = 1) {
    return this.keys.rotate({ site, from, resume: RESUME, anew: false });
  }

  /** One part for everybody in the roster, `second` with a second key; answers the hash of the set. */
  async part(site: SiteId, epoch = 2, second?: UserId): Promise<Uint8Array> {
    const { members } = await this.keys.roster({ site, missing: false, after: null });
    const generation = (user: UserId): number => (user === second ? 2 : 1);
    const envelopes = members.map(({ user }) => ({ user, generation: generation(user), envelope: RESUME }));
    await this.keys.rotatePart({ site, epoch, part: 0, envelopes });
    return hashOfParts(primitives, [hashOfPart(primitives, envelopes)]);
  }

  async set(site: SiteId, part: Partial<Parameters<typeof writeKeySet>[2]> = {}) {
    const { who, stage } = this.actor;
    const issuedMs = stage.clock.wallMs();
    const rights = this.actor.facet(rightsApi, {});
    const { holdings } = await rights.whatHolds({ user: null, site, after: null });
    const { proof } = await rights.proof({ attestation: must(holdings[0], 'a right').via });
    const terms = { site, epoch: 2, history: true, policy: 0, envelopes: HASH, commitment: HASH, link: LINK };
    const more = { previous: null, issuedMs, succession: HASH };
    const set = await writeKeySet(primitives, who.device.seed, { ...terms, ...more, ...part });
    return { set, blessing: await blessingBy(who, issuedMs), proof: proof.map((each) => each.slice()) };
  }

  async commit(site: SiteId, part: Partial<Parameters<typeof writeKeySet>[2]> = {}) {
    const version = (await this.actor.remote.site({ site })).version;
    return this.keys.rotateCommit({ site, set: await this.set(site, part), version, label: LABEL });
  }

  async leave(site: SiteId): Promise<void> {
    await this.actor.remote.leave({ site });
    await settled();
  }
}

interface Scene {
  readonly stage: Stage;
  readonly site: SiteId;
  readonly ada: Keeper;
  /** An admin too. */
  readonly bea: Keeper;
  /** May write. */
  readonly cleo: Keeper;
}

type Check = (title: string, play: (scene: Scene) => Promise<void>) => void;

export function authKeysSuite(engine: RightsEngine): void {
  const check: Check = (title, play) => {
    test(`${title} (${engine.name}, ${engine.link.name})`, async () => {
      await using stage = await Stage.open({ link: engine.link, accounts: await engine.accounts() });
      const keepers: Keeper[] = [];
      for (const who of [ada, bea, cleo]) {
        const actor = await stage.enter(who);
        await actor.signUp();
        keepers.push(new Keeper(actor));
      }
      const [first, second, third] = keepers;
      const people = { ada: must(first, 'Ada'), bea: must(second, 'Bea'), cleo: must(third, 'Cleo') };
      const site = await people.ada.actor.found(garden);
      const admins = await people.ada.actor.invite(site, 'admin', { permissions: permissionsAll });
      await people.bea.actor.join(admins);
      await people.cleo.actor.join(await people.ada.actor.invite(site, 'writer', { permissions: 3 }));
      for (const each of keepers) await each.publish();
      await play({ stage, site, ...people });
    });
  };
  statements(check);
  makers(check);
  leases(check);
}

function statements(check: Check): void {
  check('[K1] a device states its own exchange key, with a word of its user', async (it) => {
    const atMs = it.stage.clock.wallMs();
    const { keys } = it.ada;
    const own = await writeDeviceKey(primitives, ada.device.seed, await blessingBy(ada, atMs));
    await keys.deviceKey({ statement: own });
    await keys.deviceKey({ statement: own });
    deepEqual(
      (await keys.userKey({})).devices.map(({ statement }) => same(statement, own)),
      [true],
    );
    const others = await writeDeviceKey(primitives, bea.device.seed, await blessingBy(bea, atMs));
    equal(await refusal(keys.deviceKey({ statement: others })), 'badProof');
    const stolen = { ...bea, device: ada.device };
    const strange = await writeDeviceKey(primitives, ada.device.seed, await blessingBy(stolen, atMs));
    equal(await refusal(keys.deviceKey({ statement: strange })), 'badProof');
    equal(await refusal(keys.deviceKey({ statement: HASH })), 'malformed');
  });

  check('[K2] only the user states her key, now, after the one before', async (it) => {
    const { keys } = it.ada;
    const publish = async (statement: Uint8Array, from = 1) =>
      keys.userKeyPublish({ from, statement, envelopes: [] });
    equal(await refusal(publish(await it.bea.stated({ generation: 2, link: LINK }))), 'badProof');
    equal(await refusal(it.ada.publish(1, { generation: 3 })), 'malformed');
    const long = it.stage.clock.wallMs() - 2 * clockSkewMs;
    equal(await refusal(it.ada.publish(1, { issuedMs: long })), 'expired');
    deepEqual(await it.ada.publish(), { kind: 'stale', generation: 1 });
    deepEqual(await it.ada.publish(1), { kind: 'ok' });
    equal((await keys.userKey({})).generation, 2);
    equal((await keys.userKeyLinks({ below: 2 })).length, 1);
  });

  check('[K2] a device that was blessed for less makes no key of its user, and no site key', async (it) => {
    const phone = await person('Ada', 'phone');
    const scope = permissionsAll & ~permission.admin;
    const blessing = await blessingBy(phone, it.stage.clock.wallMs(), { scope });
    const actor = await it.stage.enter(phone, { blessing });
    await actor.signUp({ blessing });
    const lesser = new Keeper(actor);
    equal(await refusal(lesser.publish(1)), 'forbidden');
    equal(await refusal(lesser.begin(it.site)), 'forbidden');
  });
}

function makers(check: Check): void {
  check('[K3] only an admin makes the next key, and reads for whom', async (it) => {
    const { site } = it;
    const { keys } = it.cleo;
    equal(await refusal(it.cleo.begin(site)), 'forbidden');
    equal(await refusal(keys.roster({ site, missing: false, after: null })), 'forbidden');
    equal(await refusal(keys.rotatePart({ site, epoch: 2, part: 0, envelopes: [] })), 'forbidden');
    equal(await refusal(it.cleo.commit(site)), 'forbidden');
    equal(await refusal(keys.rotateAdd({ site, epoch: 1, envelopes: [] })), 'forbidden');
    deepEqual(await keys.rekeyTake({}), { job: null });
    await it.cleo.leave(site);
    equal(await refusal(keys.siteKey({ site })), 'forbidden');
    equal(await refusal(keys.siteKeySets({ site, below: 9 })), 'forbidden');
  });

  check(
    '[K3] a set that was spoilt in any part is refused, and the right one counts after it',
    async (it) => {
      const { site } = it;
      deepEqual(await it.ada.begin(site), { kind: 'ok' });
      const envelopes = await it.ada.part(site);
      const refused = async (part: Parameters<Keeper['commit']>[1]) =>
        refusal(it.ada.commit(site, { envelopes, ...part }));
      equal(await refused({ envelopes: HASH }), 'badProof');
      equal(await refused({ epoch: 3 }), 'badProof');
      equal(await refused({ previous: '00'.repeat(32) }), 'badProof');
      equal(await refused({ history: false, link: new Uint8Array(0) }), 'badProof', 'without a word');
      equal(await refused({ history: false }), 'malformed');
      equal(await refused({ issuedMs: it.stage.clock.wallMs() - 2 * clockSkewMs }), 'badProof');
      const others = await it.bea.set(site, { envelopes });
      const commit = { site, set: others, version: 1, label: LABEL };
      equal(await refusal(it.ada.keys.rotateCommit(commit)), 'badProof', 'the set of another device');
      deepEqual(await it.ada.commit(site, { envelopes }), { kind: 'ok', epoch: 2 });
      deepEqual(await it.ada.commit(site, { envelopes }), { kind: 'stale', epoch: 2 });
      await settled();
      equal(it.cleo.actor.heard.includes('site'), true, 'members are told');
    },
  );

  check('[K10] a set made anew is taken when no admin is there who has the key before', async (it) => {
    const { site } = it;
    const tablet = await person('Bea', 'tablet');
    await (await it.stage.enter(tablet)).signUp();
    await it.bea.actor.remote.revokeDevice({ device: tablet.deviceId });
    await settled();
    await it.ada.begin(site);
    deepEqual(await it.ada.commit(site, { envelopes: await it.ada.part(site) }), { kind: 'ok', epoch: 2 });
    const { set, envelope } = await it.bea.keys.siteKey({ site });
    equal(envelope, null, 'her own key was due');
    const previous = must(await openKeySet(primitives, must(set, 'a set').set.slice()), 'a set').id;
    await it.bea.publish(1);
    await it.bea.begin(site, 2);
    const anew = {
      epoch: 3,
      envelopes: await it.bea.part(site, 3, bea.userId),
      previous,
      history: false,
      link: new Uint8Array(0),
      policy: 1,
      succession: NO_SUCCESSION,
    };
    equal(await refusal(it.bea.commit(site, { ...anew, history: true, link: LINK, policy: 0 })), 'malformed');
    await it.ada.actor.remote.site({ site });
    equal(await refusal(it.bea.commit(site, anew)), 'taken', 'Ada is there, who has it');
    it.ada.actor.close();
    await settled();
    deepEqual(await it.bea.commit(site, anew), { kind: 'ok', epoch: 3 });
  });

  check('[K5] the second set follows the first, and keeps what it said of history', async (it) => {
    const { site } = it;
    await it.ada.begin(site);
    const cut = { history: false, link: new Uint8Array(0), policy: 1 };
    await it.ada.commit(site, { envelopes: await it.ada.part(site), ...cut });
    const { set } = await it.cleo.keys.siteKey({ site });
    const previous = must(await openKeySet(primitives, must(set, 'a set').set.slice()), 'a set').id;
    await it.bea.begin(site, 2);
    const envelopes = await it.bea.part(site, 3);
    const next = { epoch: 3, envelopes, previous };
    equal(await refusal(it.bea.commit(site, { ...next, policy: 1 })), 'badProof', 'history came back');
    equal(await refusal(it.bea.commit(site, { ...next, policy: 0 })), 'badProof', 'an older word');
    deepEqual(await it.bea.commit(site, { ...next, ...cut }), { kind: 'ok', epoch: 3 });
    const earlier = await it.cleo.keys.siteKeySets({ site, below: 4 });
    deepEqual(
      earlier.map(({ epoch }) => epoch),
      [3, 2, 1],
    );
    equal(
      earlier.every(({ envelope }) => envelope !== null),
      true,
      'what no link opens stays',
    );
  });
}

function leases(check: Check): void {
  const taken = async (who: Keeper) => (await who.keys.rekeyTake({})).job?.rotate ?? null;

  check('[K6] what is due is leased to one device, and to the next one when that is silent', async (it) => {
    const { site } = it;
    equal(await taken(it.ada), null);
    await it.cleo.leave(site);
    it.stage.clock.advance(rekeyNoticeMs);
    await settled();
    equal(it.bea.actor.heard.includes('keys'), true, 'admins are told');
    equal(await taken(it.ada), true);
    equal(await taken(it.bea), null);
    equal((await it.bea.keys.siteKey({ site })).state, 'rekeying');
    deepEqual(await it.bea.begin(site), { kind: 'busy', device: ada.deviceId });
    it.stage.clock.advance(rekeyLeaseMs - 1);
    await it.ada.keys.rekeyRenew({ site });
    it.stage.clock.advance(rekeyLeaseMs - 1);
    equal(await taken(it.bea), null, 'it said that it is still at it');
    it.stage.clock.advance(1);
    equal((await it.bea.keys.siteKey({ site })).state, 'due');
    equal(await taken(it.bea), true);
    equal(await refusal(it.ada.keys.rekeyRenew({ site })), 'unknown');
    const nothing = { site, epoch: 2, part: 0, envelopes: [] };
    equal(await refusal(it.ada.keys.rotatePart(nothing)), 'unknown');
    await it.bea.keys.rekeyReturn({ site });
    equal(await taken(it.ada), true, 'given back');
  });

  check('[K6] an admin who lacks the newest key is not asked to make the next one', async (it) => {
    const { site } = it;
    const tablet = await person('Bea', 'tablet');
    await (await it.stage.enter(tablet)).signUp();
    await it.bea.actor.remote.revokeDevice({ device: tablet.deviceId });
    await settled();
    await it.ada.begin(site);
    const envelopes = await it.ada.part(site);
    deepEqual(await it.ada.commit(site, { envelopes }), { kind: 'ok', epoch: 2 });
    equal((await it.bea.keys.siteKey({ site })).envelope, null, 'her own key was due');
    await it.cleo.leave(site);
    equal(await taken(it.bea), null);
    equal(await taken(it.ada), true);
  });

  check(
    '[K6] what a device had that is revoked is free at once, and all it made is worthless',
    async (it) => {
      const { site } = it;
      await it.cleo.leave(site);
      equal(await taken(it.bea), true);
      deepEqual(await it.bea.begin(site), { kind: 'ok' });
      await it.bea.part(site);
      await it.bea.actor.remote.revokeDevice({ device: bea.deviceId });
      await settled();
      equal(await taken(it.ada), true);
      deepEqual(await it.ada.begin(site), { kind: 'ok' });
      deepEqual((await it.stage.accounts.keys.making(site))?.parts, []);
      deepEqual(await it.ada.commit(site, { envelopes: await it.ada.part(site) }), { kind: 'ok', epoch: 2 });
      equal((await it.ada.keys.siteKey({ site })).state, 'current');
    },
  );
}
