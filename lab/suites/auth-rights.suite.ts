/** The rights facet of auth, over each link: who may, who is told what, and how each attack is answered. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { rightsApi, type RightsRemote } from 'copse/internal/api/rights.ts';
import { must } from 'copse/internal/base/assert.ts';
import { logId, type SiteId } from 'copse/internal/base/ids.ts';
import type { Grant } from 'copse/internal/capability/attestation.ts';
import { objectId } from 'copse/internal/capability/cose.ts';
import { revoke } from 'copse/internal/capability/revocation.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import { ada, bea, cleo, garden, refusal, settled, Stage, type Actor, type LinkKind } from './auth-stage.ts';
import { grantBy, ground, primitives, type Pair } from './people.ts';

const LOG = logId('5a'.repeat(16));

export interface RightsEngine {
  readonly name: string;
  readonly link: LinkKind;
  accounts(): Promise<Accounts>;
}

/** A person with the rights facet of her session. */
class Holder {
  readonly actor: Actor;
  readonly rights: RightsRemote;
  readonly user: Pair;

  constructor(actor: Actor) {
    this.actor = actor;
    this.user = actor.who.user;
    this.rights = actor.facet(rightsApi, {});
  }

  async proof(site: SiteId): Promise<readonly Uint8Array[]> {
    const { holdings } = await this.rights.whatHolds({ user: null, site, after: null });
    const { via } = must(holdings[0], 'a right');
    return (await this.rights.proof({ attestation: via })).proof.map((bytes) => bytes.slice());
  }

  async grant(site: SiteId, to: Holder, part: Partial<Grant> = {}): Promise<Uint8Array> {
    return grantBy(this.user, site, to.user.key, { permissions: 3, delegations: 2, ...part });
  }

  async give(site: SiteId, to: Holder, part: Partial<Grant> = {}): Promise<string> {
    const proof = [...(await this.proof(site)), await this.grant(site, to, part)];
    return (await this.rights.attest({ site, proof })).id;
  }

  async takeBack(site: SiteId, attestation: string): Promise<void> {
    const issuedMs = this.actor.stage.clock.wallMs();
    const withdrawal = { site, attestation, issuedMs };
    await this.rights.revoke({
      revocation: await revoke(primitives, this.user.seed, withdrawal),
      force: false,
    });
  }
}

interface Scene {
  readonly stage: Stage;
  readonly site: SiteId;
  readonly ada: Holder;
  readonly bea: Holder;
  readonly cleo: Holder;
  may(who: Holder): Promise<number>;
}

export function authRightsSuite(engine: RightsEngine): void {
  const check = (title: string, play: (scene: Scene) => Promise<void>): void => {
    test(`${title} (${engine.name}, ${engine.link.name})`, async () => {
      await using stage = await Stage.open({ link: engine.link, accounts: await engine.accounts() });
      const holders: Holder[] = [];
      for (const who of [ada, bea, cleo]) {
        const actor = await stage.enter(who);
        await actor.signUp();
        holders.push(new Holder(actor));
      }
      const [first, second, third] = holders;
      const site = await must(first, 'Ada').actor.found(garden);
      const { remote } = stage.follow();
      const may = async ({ actor }: Holder): Promise<number> => {
        const { userId: user, deviceId: device } = actor.who;
        try {
          return (await remote.access({ user, device, site, log: LOG })).permissions;
        } catch {
          return 0;
        }
      };
      const people = { ada: must(first, 'Ada'), bea: must(second, 'Bea'), cleo: must(third, 'Cleo') };
      await play({ stage, site, ...people, may });
    });
  };
  handingOn(check);
  sealedCases(check);
  questions(check);
  attacks(check);
}

type Check = (title: string, play: (scene: Scene) => Promise<void>) => void;

function handingOn(check: Check): void {
  check('[R1, R4] what is handed on counts at once, and those it concerns are told', async (it) => {
    equal(await it.may(it.bea), 0);
    await it.ada.give(it.site, it.bea);
    equal(await it.may(it.bea), 3);
    await settled();
    equal(it.bea.actor.heard.includes('sites'), true);
    await it.bea.give(it.site, it.cleo, { permissions: 1, delegations: 0, resource: LOG });
    equal(await it.may(it.cleo), 1);
  });

  check(
    '[R1, R5] a signed object is taken alone: an attestation finds its place, a revocation is carried out',
    async (it) => {
      const bytes = await it.ada.grant(it.site, it.bea);
      const declared = await it.cleo.rights.declare({ object: bytes });
      deepEqual(declared, { kind: 'attestation', id: objectId(primitives, bytes) });
      equal(await it.may(it.bea), 3);
      const withdrawal = { site: it.site, attestation: declared.id, issuedMs: 1 };
      const revocation = await revoke(primitives, it.ada.user.seed, withdrawal);
      equal((await it.bea.rights.declare({ object: revocation })).kind, 'revocation');
      equal(await it.may(it.bea), 0);
      equal(await refusal(it.ada.rights.declare({ object: new Uint8Array(9) })), 'malformed');
      const strange = await it.cleo.grant(it.site, it.bea);
      equal(await refusal(it.cleo.rights.declare({ object: strange })), 'forbidden');
    },
  );

  check('[K8, R9] whether a right is in force is told to those on its path', async (it) => {
    const id = await it.ada.give(it.site, it.bea);
    const below = await it.bea.give(it.site, it.cleo, { permissions: 1, delegations: 0 });
    const seen = async (who: Holder, attestation: string) =>
      (await who.rights.standing({ attestation })).state;
    const all = (attestation: string) =>
      Promise.all([it.ada, it.bea, it.cleo].map((who) => seen(who, attestation)));
    deepEqual(await all(id), ['stands', 'stands', 'unknown']);
    deepEqual(await all(below), ['stands', 'stands', 'stands']);
    const sealed = 'ab'.repeat(32);
    await it.bea.rights.seal({ site: it.site, attestation: sealed });
    deepEqual(await all(sealed), ['unknown', 'stands', 'unknown']);
    await it.ada.takeBack(it.site, id);
    deepEqual(await all(id), ['fallen', 'fallen', 'unknown']);
    equal(await seen(it.bea, below), 'fallen');
  });

  check('[R3] a group is founded, listed, and holds for those in it', async (it) => {
    const group = await ground('friends');
    const title = ' Friends\u202e ';
    const attestation = await grantBy(group.root, group.site, it.bea.user.key);
    const founding = { root: group.root.key, attestation, title };
    equal(await refusal(it.ada.rights.foundGroup(founding)), 'badProof', 'made out to Bea');
    equal((await it.bea.rights.foundGroup(founding)).group, group.site);
    equal((await it.bea.rights.groups({ after: null })).groups[0]?.title, 'Friends');
    const part = { subjectKind: 'group', permissions: 3 } as const;
    const link = await grantBy(it.ada.user, it.site, group.root.key, { ...part, delegations: 2 });
    await it.ada.rights.attest({ site: it.site, proof: [...(await it.ada.proof(it.site)), link] });
    equal(await it.may(it.bea), 3);
    const inside = await it.bea.give(group.site, it.cleo, { permissions: 1, delegations: 0 });
    equal(await it.may(it.cleo), 3);
    await it.bea.takeBack(group.site, inside);
    equal(await it.may(it.cleo), 0);
  });

  check('[R8] a sealed grant gives by its proof, until it is revoked', async (it) => {
    const { remote } = it.stage.follow();
    const { userId: user, deviceId: device } = it.bea.actor.who;
    const asked = { user, device, site: it.site, log: LOG };
    const link = await it.ada.grant(it.site, it.bea);
    const proof = [...(await it.ada.proof(it.site)), link];
    equal(await refusal(Promise.resolve(remote.access(asked))), 'forbidden');
    equal(await refusal(Promise.resolve(remote.prove({ ...asked, proof }))), 'unknown');
    const attestation = objectId(primitives, link);
    equal(await refusal(it.cleo.rights.seal({ site: it.site, attestation })), 'forbidden');
    await it.ada.rights.seal({ site: it.site, attestation });
    const answer = await remote.access(asked);
    deepEqual([answer.permissions, answer.provable], [0, true]);
    const proven = await remote.prove({ ...asked, proof });
    deepEqual([proven.permissions, proven.stands.length], [3, 2]);
    const other = { ...asked, user: it.cleo.actor.who.userId, device: it.cleo.actor.who.deviceId };
    equal(await refusal(Promise.resolve(remote.prove({ ...other, proof }))), 'badProof');
    await it.ada.takeBack(it.site, attestation);
    equal(await refusal(Promise.resolve(remote.prove({ ...asked, proof }))), 'revoked');
  });
}

function sealedCases(check: Check): void {
  check('[R8] what a proof gives adds up with what is known', async (it) => {
    const { remote } = it.stage.follow();
    const { userId: user, deviceId: device } = it.bea.actor.who;
    const asked = { user, device, site: it.site, log: LOG };
    await it.ada.give(it.site, it.bea, { permissions: 1, delegations: 0 });
    equal((await remote.access(asked)).provable, false, 'nothing is sealed here');
    const link = await it.ada.grant(it.site, it.bea, { permissions: 2, delegations: 0 });
    const attestation = objectId(primitives, link);
    await it.ada.rights.seal({ site: it.site, attestation });
    const known = await remote.access(asked);
    deepEqual([known.permissions, known.provable], [1, true]);
    const proof = [...(await it.ada.proof(it.site)), link];
    const proven = await remote.prove({ ...asked, proof });
    deepEqual([proven.permissions, proven.provable], [3, false]);
    const ada = { ...asked, user: it.ada.actor.who.userId, device: it.ada.actor.who.deviceId };
    equal((await remote.access(ada)).provable, false, 'she needs no proof');
  });
}

function questions(check: Check): void {
  check(
    '[R4] who holds, what one holds, the grants and what has changed are told to those whom it concerns',
    async (it) => {
      const { site } = it;
      const id = await it.ada.give(site, it.bea);
      await it.bea.give(site, it.cleo, { permissions: 1, delegations: 0 });
      const who = await it.cleo.rights.whoHolds({ site, log: LOG, after: null });
      deepEqual(who.holdings.map(({ name, holding }) => `${name} ${holding.rights.permissions}`).toSorted(), [
        'Ada 31',
        'Bea 3',
        'Cleo 1',
      ]);
      const all = await it.ada.rights.grants({ site, after: 0 });
      equal(all.grants.length, 3);
      deepEqual(
        all.grants.map(({ subjectName }) => subjectName),
        ['Ada', 'Bea', 'Cleo'],
      );
      equal((await it.cleo.rights.grants({ site, after: 0 })).grants.length, 1, 'her own');
      const ofBea = await it.ada.rights.whatHolds({ user: it.bea.actor.who.userId, site, after: null });
      equal(ofBea.holdings[0]?.via, id);
      const beas = { user: it.bea.actor.who.userId, site, after: null };
      equal(await refusal(it.cleo.rights.whatHolds(beas)), 'forbidden');
      equal(
        await refusal(it.cleo.rights.changes({ site, from: { grants: 0, revocations: 0 } })),
        'forbidden',
      );
      const blast = await it.bea.rights.preview({ attestation: id });
      deepEqual([blast.people, blast.devices, blast.sites, blast.grants], [2, 2, 1, 1]);
      deepEqual(blast.names.map(({ name }) => name).toSorted(), ['Bea', 'Cleo']);
      const before = await it.ada.rights.changes({ site, from: { grants: 0, revocations: 0 } });
      equal(before.grants.length, 3);
      await it.ada.takeBack(site, id);
      const after = await it.ada.rights.changes({ site, from: before.next });
      deepEqual(
        [after.grants.length, after.revocations.length, after.revocations[0]?.attestation],
        [0, 1, id],
      );
      equal(await refusal(it.cleo.rights.whoHolds({ site, log: null, after: null })), 'forbidden');
      equal(await refusal(it.cleo.rights.preview({ attestation: id })), 'unknown');
      equal(await refusal(it.cleo.rights.proof({ attestation: id })), 'unknown');
    },
  );
}

function attacks(check: Check): void {
  check(
    '[R1] attacks: wider, longer, deeper, spliced, revoked or expired is refused, each with its word',
    async (it) => {
      const { site } = it;
      const nowMs = it.stage.clock.wallMs();
      const dated = { permissions: 3, delegations: 1, expiresMs: nowMs + 60_000, quota: 1 };
      const id = await it.ada.give(site, it.bea, dated);
      const proof = await it.bea.proof(site);
      const given = { permissions: 1, delegations: 0, expiresMs: nowMs + 60_000, quota: 1 };
      const attempt = async (part: Partial<Grant>): Promise<string> => {
        const link = await it.bea.grant(site, it.cleo, { ...given, ...part });
        return refusal(it.bea.rights.attest({ site, proof: [...proof, link] }));
      };
      for (const part of [{ permissions: 7 }, { expiresMs: 0 }, { delegations: 1 }, { quota: 0 }]) {
        equal(await attempt(part), 'forbidden', JSON.stringify(part));
      }
      equal(await attempt({ caveats: [{ kind: 9, value: new Uint8Array(1) }] }), 'forbidden');
      equal(await attempt({ site: (await ground('other')).site }), 'badProof');
      const link = await it.bea.grant(site, it.cleo, given);
      equal(
        await refusal(it.cleo.rights.attest({ site, proof: [must(proof[0], 'a root'), link] })),
        'badProof',
      );
      const many = Array.from({ length: 9 }, () => link);
      equal(await refusal(it.cleo.rights.attest({ site, proof: many })), 'tooLarge');
      equal(await it.may(it.cleo), 0);
      await it.bea.rights.attest({ site, proof: [...proof, link] });
      equal(await it.may(it.cleo), 1);
      equal(await attempt({ permissions: 2 }), 'full', 'the quota');
      const { seed } = it.cleo.user;
      const byCleo = await revoke(primitives, seed, { site, attestation: id, issuedMs: 1 });
      equal(await refusal(it.cleo.rights.revoke({ revocation: byCleo, force: true })), 'forbidden');
      await it.ada.takeBack(site, id);
      equal(await it.may(it.cleo), 0);
      equal(await attempt({}), 'revoked');
      equal(
        await refusal(it.bea.rights.attest({ site, proof })),
        'revoked',
        'what was revoked does not come back',
      );
      it.stage.clock.advance(600_000);
      equal(await attempt({}), 'expired');
    },
  );
}
