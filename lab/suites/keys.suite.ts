/** The contract of keys in the store (`server/src/store/keys.ts`), for every engine. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import type { Accounts, ChangeRecord } from '../../server/src/store/accounts.ts';
import type { AccountsEngine } from './accounts.suite.ts';
import {
  ada,
  adaOn,
  adasPhone,
  bea,
  begins,
  bytesOf,
  cleo,
  commits,
  envelopeFor,
  hashOf,
  joins,
  LABEL,
  planted,
  publishes,
  puts,
  rekeyed,
  setOf,
  site,
  T,
} from './keys-ground.ts';
import type { Person } from './people.ts';

type Check = (title: string, run: (accounts: Accounts) => Promise<void>) => void;

function cases(engine: AccountsEngine): Check {
  return (title, run) => {
    test(`${title} (${engine.name})`, async () => {
      await using accounts = await engine.open();
      await run(accounts);
    });
  };
}

export function keysSuite(engine: AccountsEngine): void {
  const check = cases(engine);
  userKeyCases(check);
  dueCases(check);
  makingCases(check);
  commitCases(check);
  memberCases(check);
}

const revoked = { user: ada.userId, device: adasPhone.deviceId, revoke: true, atMs: T + 1 };

function userKeyCases(check: Check): void {
  check('[K1] a device has one exchange key, the one it stated last', async (accounts) => {
    await planted(accounts);
    const { keys } = accounts;
    const statements = async () => (await keys.devicesOf(ada.userId)).map(({ statement }) => statement);
    deepEqual(await statements(), [null, null]);
    await keys.putExchange(ada.deviceId, bytesOf(1));
    await keys.putExchange(ada.deviceId, bytesOf(2));
    deepEqual(
      (await statements()).filter((each) => each !== null),
      [bytesOf(2)],
    );
  });

  check('[K2] generations follow one another, each for every device that can take it', async (accounts) => {
    await planted(accounts);
    const { keys } = accounts;
    const user = ada.userId;
    equal(await keys.userKey(user), null);
    equal(await publishes(keys, ada), 'ok');
    const next = { user, from: 1, statement: bytesOf(2), envelopes: [], atMs: T };
    deepEqual(await keys.publishUserKey({ ...next, from: 0 }), { kind: 'stale', generation: 1 });
    await keys.putExchange(adasPhone.deviceId, bytesOf(1));
    deepEqual(await keys.publishUserKey(next), { kind: 'incomplete', device: adasPhone.deviceId });
    const strange = { device: bea.deviceId, envelope: bytesOf(6) };
    const phone = { device: adasPhone.deviceId, envelope: bytesOf(5) };
    deepEqual(await keys.publishUserKey({ ...next, envelopes: [phone, strange] }), { kind: 'ok' });
    deepEqual(await keys.userEnvelope(user, adasPhone.deviceId), bytesOf(5));
    equal(await keys.userEnvelope(user, bea.deviceId), null, 'a device of somebody else');
    equal(await keys.userEnvelope(user, ada.deviceId), null);
    deepEqual(await keys.userKeysBelow(user, 3, 10), [bytesOf(2), bytesOf(8, 1)]);
    deepEqual(await keys.userKeysBelow(user, 2, 10), [bytesOf(8, 1)]);
    deepEqual(await keys.userKeysBelow(user, 3, 1), [bytesOf(2)]);
  });

  check('[K2] envelopes of the newest generation are added for devices in use', async (accounts) => {
    await planted(accounts);
    const { keys } = accounts;
    await publishes(keys, ada);
    const own = { device: ada.deviceId, envelope: bytesOf(1) };
    equal(await keys.addUserEnvelopes(ada.userId, 2, [own]), 'stale');
    equal(await keys.addUserEnvelopes(bea.userId, 1, [own]), 'stale', 'she has no key');
    equal(await keys.addUserEnvelopes(ada.userId, 1, [{ ...own, device: bea.deviceId }]), 'unknown');
    equal(await keys.addUserEnvelopes(ada.userId, 1, [own]), 'ok');
    const holds = async () => (await keys.devicesOf(ada.userId)).filter((row) => row.holds);
    deepEqual(
      (await holds()).map(({ device }) => device),
      [ada.deviceId],
    );
    await accounts.people.endDevice(revoked);
    equal(await keys.addUserEnvelopes(ada.userId, 1, [{ ...own, device: adasPhone.deviceId }]), 'unknown');
  });

  check('[K2] when a device ends the next key is due, and its envelope is gone', async (accounts) => {
    await planted(accounts);
    const { keys } = accounts;
    for (const { deviceId } of [ada, adasPhone]) await keys.putExchange(deviceId, bytesOf(1));
    await publishes(keys, ada);
    await keys.addUserEnvelopes(ada.userId, 1, [{ device: adasPhone.deviceId, envelope: bytesOf(2) }]);
    await accounts.people.endDevice({ ...revoked, revoke: false });
    equal((await keys.userKey(ada.userId))?.due, false, 'logging out is not revoking');
    await accounts.people.endDevice(revoked);
    equal((await keys.userKey(ada.userId))?.due, true);
    equal(await keys.userEnvelope(ada.userId, adasPhone.deviceId), null);
    equal(await publishes(keys, ada), 'ok');
    deepEqual(await keys.userKey(ada.userId), { generation: 2, statement: bytesOf(8, 2), due: false });
  });

  check('[K2] a first key of somebody whose device has ended already is due at once', async (accounts) => {
    await planted(accounts);
    await accounts.people.endDevice(revoked);
    await publishes(accounts.keys, ada);
    equal((await accounts.keys.userKey(ada.userId))?.due, true);
  });
}

/** Whether the garden waits for another key, as the site, the admin and the list say it. */
async function dueNow({ keys }: Accounts): Promise<boolean> {
  const record = await keys.siteKey(site);
  const isDue = record?.due?.rotate === true;
  equal(
    (await keys.due(ada.userId, null, 10)).some((row) => row.site === site && row.rotate),
    isDue,
  );
  if (isDue) deepEqual(await keys.dueSites(null, 10), [site]);
  deepEqual(await keys.due(ada.userId, site, 10), [], 'none of hers is behind it');
  deepEqual(await keys.dueSites(site, 10), [], 'none is behind it');
  return isDue;
}

function dueCases(check: Check): void {
  check('[K6] a member who leaves makes a key due, until it is made', async (accounts) => {
    const above = await planted(accounts);
    await publishes(accounts.keys, ada);
    equal(await joins(accounts, above, bea, 1), 'ok');
    equal(await dueNow(accounts), false);
    await accounts.sites.leave(site, bea.userId, T + 1);
    equal(await dueNow(accounts), true);
    deepEqual(await accounts.keys.due(bea.userId, null, 10), [], 'it waits for no member who left');
    equal(await rekeyed(accounts, 1), 'ok');
    equal(await dueNow(accounts), false);
  });

  check(
    '[K6] a device that is revoked makes the keys of its sites due, one that logs out does not',
    async (accounts) => {
      await planted(accounts);
      await publishes(accounts.keys, ada);
      await accounts.people.endDevice({ ...revoked, revoke: false });
      equal(await dueNow(accounts), false);
      await accounts.people.endDevice(revoked);
      equal(await dueNow(accounts), true);
      deepEqual(await begins(accounts.keys, 1), { kind: 'stale', epoch: 1 }, 'her own key comes first');
      await publishes(accounts.keys, ada);
      equal(await rekeyed(accounts, 1), 'ok');
      equal(await dueNow(accounts), false);
    },
  );

  check('[K6] who falls between a set and its commit makes that set worthless', async (accounts) => {
    const above = await planted(accounts);
    await publishes(accounts.keys, ada);
    await joins(accounts, above, bea, 1);
    await publishes(accounts.keys, bea);
    await begins(accounts.keys, 1);
    await puts(accounts.keys, 2, [ada.userId, bea.userId]);
    await accounts.sites.leave(site, bea.userId, T + 1);
    deepEqual(await commits(accounts, 2, 1), { kind: 'stale', epoch: 1 });
    equal(await accounts.keys.making(site), null);
    equal(await accounts.keys.envelope(site, 2, bea.userId), null, 'what she was given is gone');
    equal(await dueNow(accounts), true);
    equal(await rekeyed(accounts, 1), 'ok');
  });

  check('[K6] so does who came after the last set and falls before the next one', async (accounts) => {
    const above = await planted(accounts);
    await publishes(accounts.keys, ada);
    equal(await rekeyed(accounts, 1), 'ok');
    await joins(accounts, above, bea, 1);
    await publishes(accounts.keys, bea);
    await begins(accounts.keys, 2);
    await puts(accounts.keys, 3, [ada.userId, bea.userId]);
    await accounts.sites.leave(site, bea.userId, T + 1);
    deepEqual(await commits(accounts, 3, 1), { kind: 'stale', epoch: 2 });
    equal(await accounts.keys.envelope(site, 3, bea.userId), null);
    equal(await rekeyed(accounts, 2), 'ok');
    equal(await accounts.keys.envelope(site, 3, bea.userId), null);
  });
}

function makingCases(check: Check): void {
  check(
    '[K3] a set begins after the newest epoch, by somebody to whom it can be sealed',
    async (accounts) => {
      await planted(accounts);
      const { keys } = accounts;
      deepEqual(await begins(keys, 1), { kind: 'stale', epoch: 1 }, 'Ada has stated no key');
      await publishes(keys, ada);
      for (const from of [0, 2]) deepEqual(await begins(keys, from), { kind: 'stale', epoch: 1 });
      deepEqual(await begins(keys, 1), { kind: 'ok' });
      deepEqual(await keys.making(site), { epoch: 2, device: ada.deviceId, parts: [] });
      equal(await puts(keys, 2, [ada.userId], 0, bea), 'unknown', 'another device');
      equal(await puts(keys, 3, [ada.userId]), 'unknown', 'another epoch');
      equal(await puts(keys, 2, [ada.userId]), 'ok');
    },
  );

  check('[K3] another device of the same user goes on where the first one stopped', async (accounts) => {
    await planted(accounts);
    const { keys } = accounts;
    await publishes(keys, ada);
    await begins(keys, 1);
    await puts(keys, 2, [ada.userId]);
    const resumed = {
      kind: 'resumed',
      resume: bytesOf(13, 1),
      parts: [hashOf(0)],
      after: ada.userId,
    } as const;
    deepEqual(await begins(keys, 1, adaOn(adasPhone)), resumed);
    equal(await puts(keys, 2, [], 1), 'unknown', 'the first device is relieved');
    deepEqual(await commits(accounts, 2, 1), { kind: 'stale', epoch: 1 });
    equal((await commits(accounts, 2, 1, adasPhone)).kind, 'ok');
  });

  check(
    '[K3] another admin, or one who wants it, begins anew; nothing of the old set is left',
    async (accounts) => {
      const above = await planted(accounts);
      const { keys } = accounts;
      await joins(accounts, above, bea, 1);
      for (const who of [ada, bea]) await publishes(keys, who);
      await begins(keys, 1);
      await puts(keys, 2, [ada.userId, bea.userId]);
      deepEqual(await begins(keys, 1, adaOn(ada), true), { kind: 'ok' });
      equal(await keys.envelope(site, 2, ada.userId), null);
      await puts(keys, 2, [ada.userId]);
      deepEqual(await begins(keys, 1, adaOn(bea)), { kind: 'ok' });
      deepEqual(await keys.making(site), { epoch: 2, device: bea.deviceId, parts: [] });
      equal(await keys.envelope(site, 2, ada.userId), null);
    },
  );

  check('[K3] a part that is sent again is there once', async (accounts) => {
    await planted(accounts);
    await publishes(accounts.keys, ada);
    await begins(accounts.keys, 1);
    for (let i = 0; i < 2; i++) equal(await puts(accounts.keys, 2, [ada.userId]), 'ok');
    deepEqual((await accounts.keys.making(site))?.parts, [hashOf(0)]);
    equal((await commits(accounts, 2, 1)).kind, 'ok');
  });
}

function commitCases(check: Check): void {
  check('[K3] a set counts from one moment on, with its label, and tails are told', async (accounts) => {
    await planted(accounts);
    await publishes(accounts.keys, ada);
    const heard: ChangeRecord[] = [];
    accounts.changes.listen((record) => heard.push(record));
    const before = await accounts.sites.site(site);
    equal(await rekeyed(accounts, 1), 'ok');
    const after = await accounts.sites.site(site);
    deepEqual([before?.keyEpoch, after?.keyEpoch], [1, 2]);
    equal(after?.version, (before?.version ?? 0) + 1);
    deepEqual(
      heard.map(({ change }) => change),
      [{ kind: 'site', site, keyEpoch: 2 }],
    );
    deepEqual(await accounts.keys.siteKey(site), { epoch: 2, set: setOf(2), due: null });
    equal(await accounts.keys.making(site), null);
    deepEqual(await commits(accounts, 2, 1), { kind: 'stale', epoch: 2 }, 'it counts once');
  });

  check('[K3] a label that was changed meanwhile is not overwritten', async (accounts) => {
    await planted(accounts);
    const { keys, sites } = accounts;
    await publishes(keys, ada);
    await begins(keys, 1);
    await puts(keys, 2, [ada.userId]);
    await sites.updateLabel(site, 1, bytesOf(7));
    const common = { site, device: ada.deviceId, set: setOf(2), parts: [hashOf(0)], label: LABEL };
    const commit = (version: number) => keys.commit({ ...common, version, lackingMax: 10, atMs: T });
    deepEqual(await commit(1), { kind: 'label', version: 2, label: bytesOf(7) });
    deepEqual(await commit(2), { kind: 'ok' });
  });

  check('[K3] a set over other parts than the node has is none', async (accounts) => {
    await planted(accounts);
    await publishes(accounts.keys, ada);
    await begins(accounts.keys, 1);
    await puts(accounts.keys, 2, [ada.userId]);
    equal((await commits(accounts, 2, 2)).kind, 'stale');
  });

  check('[K3] every member to whom can be sealed is in the set, its maker with a key', async (accounts) => {
    const above = await planted(accounts);
    const { keys } = accounts;
    for (const who of [bea, cleo]) equal(await joins(accounts, above, who, 1), 'ok');
    for (const who of [ada, bea]) await publishes(keys, who);
    await begins(keys, 1);
    const nothing = { generation: 1, envelope: bytesOf() };
    const part = { site, epoch: 2, device: ada.deviceId, part: 0, hash: hashOf(0) };
    await keys.putPart({ ...part, envelopes: [{ user: ada.userId, ...nothing }] });
    const lacking = async () => {
      const answer = await commits(accounts, 2, 1);
      return answer.kind === 'incomplete' ? answer.users.toSorted() : answer.kind;
    };
    deepEqual(await lacking(), [ada.userId, bea.userId].toSorted(), 'Cleo has stated no key');
    const own = await envelopeFor(keys, ada.userId, 2);
    const refused = { user: bea.userId, ...nothing };
    await keys.putPart({ ...part, envelopes: [own, refused] });
    equal(await lacking(), 'ok', 'others may be refused');
    equal(await keys.envelope(site, 2, bea.userId), null);
    deepEqual(await keys.envelope(site, 2, ada.userId), own.envelope);
  });

  check('[K3] who changed her key meanwhile is sealed to anew', async (accounts) => {
    const above = await planted(accounts);
    const { keys } = accounts;
    await joins(accounts, above, bea, 1);
    for (const who of [ada, bea]) await publishes(keys, who);
    await begins(keys, 1);
    await puts(keys, 2, [ada.userId, bea.userId]);
    await publishes(keys, bea);
    deepEqual(await commits(accounts, 2, 1), { kind: 'incomplete', users: [bea.userId] });
    await puts(keys, 2, [bea.userId], 1);
    deepEqual(await commits(accounts, 2, 2), { kind: 'ok' });
  });
}

function memberCases(check: Check): void {
  check('[K3] the roster is of members to whose newest key can be sealed, page by page', async (accounts) => {
    const above = await planted(accounts);
    const { keys } = accounts;
    for (const who of [bea, cleo]) await joins(accounts, above, who, 1);
    const users = async (missing = false) =>
      (await keys.roster(site, missing, null, 10)).map(({ user }) => user);
    deepEqual(await users(), []);
    for (const who of [ada, bea, cleo]) await publishes(keys, who);
    const all = [ada, bea, cleo].map(({ userId }) => userId).toSorted();
    deepEqual(await users(), all);
    const [row, more] = await keys.roster(site, false, all[0] ?? null, 1);
    deepEqual([row?.user, more], [all[1], undefined]);
    deepEqual(row?.statement, bytesOf(8, 1));
    await accounts.sites.leave(site, cleo.userId, T + 1);
    await accounts.people.endDevice({ ...revoked, user: bea.userId, device: bea.deviceId });
    deepEqual(await users(), [ada.userId], 'a key that an ended device knows is none');
    deepEqual(await users(true), [], 'they have the first');
  });

  check(
    '[K6] who comes with an older key is handed the newest, to her own newest key alone',
    async (accounts) => {
      const above = await planted(accounts);
      const { keys } = accounts;
      await publishes(keys, ada);
      await publishes(keys, bea);
      const invitedEarly = await joins(accounts, above, bea, 1);
      equal(invitedEarly, 'ok');
      await accounts.sites.leave(site, bea.userId, T + 1);
      equal(await rekeyed(accounts, 1), 'ok');
      equal((await keys.siteKey(site))?.due, null);
      // Bea comes back with an envelope of epoch 2, as her new invitation was sealed; Cleo has no key yet.
      equal(await joins(accounts, above, bea, 2), 'ok');
      equal(await joins(accounts, above, cleo, 1), 'ok');
      equal(await rekeyed(accounts, 2), 'ok');
      const missing = async () => (await keys.roster(site, true, null, 10)).map(({ user }) => user);
      deepEqual(await missing(), []);
      await publishes(keys, cleo);
      deepEqual(await missing(), [cleo.userId]);
      equal((await keys.siteKey(site))?.due?.rotate, false);
      const envelope = await envelopeFor(keys, cleo.userId, 3);
      equal(await keys.addSiteEnvelopes(site, 2, [envelope]), 'stale');
      equal(await keys.addSiteEnvelopes(site, 3, [{ ...envelope, generation: 7 }]), 'ok');
      deepEqual(await missing(), [cleo.userId], 'that was for another key than hers');
      equal(await keys.addSiteEnvelopes(site, 3, [envelope]), 'ok');
      deepEqual(await missing(), []);
      deepEqual(await keys.envelope(site, 3, cleo.userId), envelope.envelope);
      equal((await keys.siteKey(site))?.due, null);
    },
  );

  check('[K5] earlier sets stay; earlier envelopes go when the next one opens them', async (accounts) => {
    const above = await planted(accounts);
    const { keys } = accounts;
    await joins(accounts, above, bea, 1);
    for (const who of [ada, bea]) await publishes(keys, who);
    for (const from of [1, 2]) equal(await rekeyed(accounts, from), 'ok');
    await begins(keys, 3);
    const refused = { user: bea.userId, generation: 1, envelope: bytesOf() };
    const envelopes = [await envelopeFor(keys, ada.userId, 4), refused];
    const part = { site, epoch: 4, device: ada.deviceId, part: 0, hash: hashOf(0), envelopes };
    await keys.putPart(part);
    equal((await commits(accounts, 4, 1)).kind, 'ok');
    deepEqual(await keys.setsBelow(site, 4, 10), [setOf(3), setOf(2)]);
    deepEqual(await keys.setsBelow(site, 3, 10), [setOf(2)]);
    while (await keys.forgetEnvelopes(site, 2, 1));
    while (await keys.forgetEnvelopes(site, 3, 1));
    equal(await keys.envelope(site, 2, bea.userId), null);
    equal(await keys.envelope(site, 3, ada.userId), null);
    deepEqual(await keys.envelope(site, 3, bea.userId), bytesOf(12, 3), 'hers is opened by no other');
    deepEqual(await keys.envelope(site, 4, ada.userId), bytesOf(12, 4));
    deepEqual(await keys.envelope(site, 1, bea.userId), bytesOf(6), 'with which she came');
  });

  check(
    '[K9] who lacks the newest key takes nothing back there before it is given to her',
    async (accounts) => {
      const above = await planted(accounts);
      const { grants, keys } = accounts;
      for (const who of [bea, cleo]) await joins(accounts, above, who, 1);
      const revokes = async (of: Person, holder: UserId | null) => {
        const [held] = await grants.held(site, of.userId);
        const attestation = must(held, 'her right').via;
        const order = { site, attestation, issuer: ada.user.key, holder, bytes: bytesOf(1), atMs: T };
        return grants.revoke({ ...order, id: attestation });
      };
      await publishes(keys, bea);
      equal((await begins(keys, 1, adaOn(bea))).kind, 'ok');
      await puts(keys, 2, [bea.userId], 0, bea);
      equal((await commits(accounts, 2, 1, bea)).kind, 'ok');
      equal(await revokes(bea, ada.userId), 'stale');
      equal((await grants.held(site, bea.userId)).length, 1);
      equal(await revokes(cleo, cleo.userId), 'stale');
      await publishes(keys, ada);
      equal(await keys.addSiteEnvelopes(site, 2, [await envelopeFor(keys, ada.userId, 2)]), 'ok');
      equal(await revokes(bea, ada.userId), 'ok');
      equal(await revokes(cleo, null), 'ok', 'it was forced');
    },
  );

  check(
    '[K9] who is no member, or has only ever had the first key, is not asked for it',
    async (accounts) => {
      const above = await planted(accounts);
      const { grants, keys } = accounts;
      for (const who of [bea, cleo]) await joins(accounts, above, who, 1);
      const order = { site, issuer: ada.user.key, bytes: bytesOf(1), atMs: T };
      const [beas] = await grants.held(site, bea.userId);
      const first = must(beas, 'her right').via;
      equal(await grants.revoke({ ...order, attestation: first, holder: ada.userId, id: first }), 'ok');
      await grants.settled();
      await publishes(keys, cleo);
      equal((await begins(keys, 1, adaOn(cleo))).kind, 'ok');
      await puts(keys, 2, [cleo.userId], 0, cleo);
      equal((await commits(accounts, 2, 1, cleo)).kind, 'ok');
      const [cleos] = await grants.held(site, cleo.userId);
      const second = must(cleos, 'her right').via;
      equal(await grants.revoke({ ...order, attestation: second, holder: bea.userId, id: second }), 'ok');
    },
  );
}
