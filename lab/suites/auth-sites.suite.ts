/** What auth promises about sites, rights and invitations (SPEC A8, A9, A11, A12); see `auth.suite.ts`. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { must } from 'copse/internal/base/assert.ts';
import { siteId } from 'copse/internal/base/ids.ts';
import { invitationMsMax } from 'copse/internal/base/limits.ts';
import { delegationsMax, permission } from 'copse/internal/capability/policy.ts';
import {
  ada,
  bea,
  cleo,
  ENVELOPE,
  garden,
  LABEL,
  refusal,
  settled,
  type Actor,
  type Stage,
} from './auth-stage.ts';
import type { Check } from './auth.suite.ts';
import { blessingBy, grantBy, ground, pair, person, type Person } from './people.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const { site } = garden;
const READ_WRITE = permission.read | permission.write;

async function user(stage: Stage, who: Person): Promise<Actor> {
  const actor = await stage.enter(who, { stranger: true });
  await actor.signUp();
  return actor;
}

/** Ada with her garden, Bea and Cleo as users. */
async function planted(stage: Stage) {
  const [host, guest, other] = [await user(stage, ada), await user(stage, bea), await user(stage, cleo)];
  await host.found(garden);
  return { host, guest, other };
}

export function authSitesSuite(check: Check): void {
  siteCases(check);
  rightsCases(check);
  invitationCases(check);
  peekCases(check);
  joinCases(check);
  memberCases(check);
}

function siteCases(check: Check): void {
  check(
    '[A8] a site is founded by the attestation of its root key; repeating it answers the same',
    async (stage) => {
      const host = await user(stage, ada);
      const attestation = await grantBy(garden.root, site, ada.user.key);
      const founding = { root: garden.root.key, attestation, label: LABEL, envelope: ENVELOPE };
      for (let n = 0; n < 2; n++) deepEqual(await host.remote.foundSite(founding), { site });
      const row = {
        site,
        root: garden.root.key,
        permissions: 31,
        somewhere: 31,
        label: LABEL,
        version: 1,
        keyEpoch: 1,
        envelope: ENVELOPE,
        joinedMs: stage.clock.wallMs(),
        members: 1,
      };
      deepEqual(await host.remote.site({ site }), row);
      deepEqual(await host.remote.sites({ after: null }), { sites: [row], more: false });
      deepEqual(await host.remote.sites({ after: site }), { sites: [], more: false });
      const twin = { ...founding, attestation: await grantBy(garden.root, site, ada.user.key) };
      equal(await refusal(host.remote.foundSite(twin)), 'taken');
    },
  );

  check('[A8] nobody founds a site with what is not made out to her by its root', async (stage) => {
    const { guest } = await planted(stage);
    const field = await ground('field');
    const common = { root: field.root.key, label: LABEL, envelope: ENVELOPE };
    const cases = [
      ['badProof', await grantBy(field.root, field.site, ada.user.key)],
      ['badProof', await grantBy(bea.user, field.site, bea.user.key)],
      ['badProof', await grantBy(field.root, site, bea.user.key)],
      ['badProof', await grantBy(field.root, field.site, bea.user.key, { subjectKind: 'oneTime' })],
      ['expired', await grantBy(field.root, field.site, bea.user.key, { expiresMs: 1 })],
      ['malformed', new Uint8Array(5)],
    ] as const;
    for (const [code, attestation] of cases) {
      equal(await refusal(guest.remote.foundSite({ ...common, attestation })), code);
    }
    const hers = {
      ...common,
      root: garden.root.key,
      attestation: await grantBy(garden.root, site, bea.user.key),
    };
    equal(await refusal(guest.remote.foundSite(hers)), 'taken');
    equal(await stage.accounts.sites.site(field.site), null);
  });

  check(
    '[A12] a label is replaced under its version; the others who look at the site hear of it',
    async (stage) => {
      const { host, guest } = await planted(stage);
      const twin = await stage.enter(ada);
      await twin.remote.sites({ after: null });
      const next = Uint8Array.of(9, 9);
      deepEqual(await host.remote.updateSite({ site, version: 1, label: next }), { kind: 'ok', version: 2 });
      const stale = { kind: 'stale', version: 2, label: next } as const;
      deepEqual(await twin.remote.updateSite({ site, version: 1, label: LABEL }), stale);
      await settled();
      deepEqual(twin.heard, ['site']);
      deepEqual(host.heard, []);
      equal(await refusal(guest.remote.updateSite({ site, version: 2, label: LABEL })), 'forbidden');
      await guest.join(await host.invite(site, 'reader', { permissions: permission.read }));
      equal(await refusal(guest.remote.updateSite({ site, version: 2, label: LABEL })), 'forbidden');
    },
  );

  check('[A9] who is no member learns nothing of a site, not even that it exists', async (stage) => {
    const { guest } = await planted(stage);
    for (const asked of [site, siteId('00'.repeat(16))]) {
      const refused = [
        guest.remote.site({ site: asked }),
        guest.remote.members({ site: asked, after: null }),
        guest.remote.invitations({ site: asked }),
        guest.remote.writers({ site: asked, devices: [] }),
        guest.remote.updateSite({ site: asked, version: 1, label: LABEL }),
        guest.remote.withdraw({ site: asked, key: (await pair('x')).key }),
        guest.remote.leave({ site: asked }),
      ];
      for (const call of refused) equal(await refusal(call), 'forbidden');
    }
    deepEqual(await guest.remote.sites({ after: null }), { sites: [], more: false });
  });
}

function rightsCases(check: Check): void {
  check('[A9] nobody invites to more than she holds', async (stage) => {
    const { host, guest, other } = await planted(stage);
    const given = {
      permissions: READ_WRITE | permission.invite,
      delegations: 3,
      expiresMs: stage.clock.wallMs() + 30 * DAY,
    };
    await guest.join(await host.invite(site, 'to Bea', given));
    const cases = [
      ['forbidden', { permissions: given.permissions | permission.admin }],
      ['forbidden', { permissions: given.permissions | permission.lead }],
      ['forbidden', { delegations: 2 }],
      ['forbidden', { expiresMs: given.expiresMs + 1 }],
      ['forbidden', { expiresMs: 0 }],
      ['badProof', { site: (await ground('field')).site }],
    ] as const;
    const most = { permissions: given.permissions, delegations: 1, expiresMs: given.expiresMs };
    for (const [code, part] of cases) {
      equal(await refusal(guest.invite(site, 'too much', { ...most, ...part })), code);
    }
    const invitation = await guest.invite(site, 'as much', most);
    const wider = other.join(invitation, { permissions: 31 });
    equal(await refusal(wider), 'forbidden');
    equal(await refusal(other.join(invitation, { expiresMs: 0 })), 'forbidden');
    equal(await refusal(other.join(invitation, { delegations: 1 })), 'forbidden');
    const joined = await other.join(invitation);
    equal(joined.permissions, given.permissions);
  });

  check('[A9] only who may invite invites, on every device only as far as it is blessed', async (stage) => {
    const { host, guest, other } = await planted(stage);
    equal(await refusal(other.invite(site, 'from outside', { delegations: 1 })), 'forbidden');
    await guest.join(await host.invite(site, 'writer', { permissions: READ_WRITE, delegations: 5 }));
    equal(await refusal(guest.invite(site, 'not mine to give', { delegations: 1 })), 'forbidden');
    const robot = await person('Ada', 'robot');
    const scope = READ_WRITE;
    const small = await stage.enter(robot, {
      blessing: await blessingBy(robot, stage.clock.wallMs(), { scope }),
    });
    equal(await refusal(small.invite(site, 'by a robot')), 'forbidden');
    equal((await small.remote.site({ site })).permissions, 31);
  });

  check('[A9] a right ends at its date', async (stage) => {
    const { host, guest } = await planted(stage);
    const part = { permissions: 31, expiresMs: stage.clock.wallMs() + DAY };
    const invitation = await host.invite(site, 'for a day', part);
    await guest.join(invitation);
    equal((await guest.remote.site({ site })).permissions, 31);
    stage.clock.advance(DAY + HOUR);
    const later = await stage.enter(bea);
    equal((await later.remote.site({ site })).permissions, 0);
    equal(await refusal(later.invite(site, 'too late', { delegations: 1 })), 'forbidden');
    equal(await refusal(later.remote.updateSite({ site, version: 1, label: LABEL })), 'forbidden');
  });

  check('[A9] rights are handed on as deep as the limit says, and no deeper', async (stage) => {
    const { host } = await planted(stage);
    let actor = host;
    let deepest = 0;
    for (let n = 0; n < delegationsMax; n++) {
      const part = { permissions: 31, delegations: delegationsMax - 1 - 2 * n };
      if (part.delegations < 1) break;
      const next = await user(stage, await person(`generation ${n}`));
      const joined = await next.join(await actor.invite(site, `generation ${n}`, part));
      equal(joined.permissions, 31);
      actor = next;
      deepest = n + 1;
    }
    equal(deepest, 3);
    equal(await refusal(actor.invite(site, 'one too many', { delegations: 0 })), 'malformed');
  });
}

function invitationCases(check: Check): void {
  check('[A11] an invitation is registered, listed and withdrawn', async (stage) => {
    const { host, guest, other } = await planted(stage);
    const first = await host.invite(site, 'first', { permissions: READ_WRITE | permission.invite });
    stage.clock.advance(1_000);
    await guest.join(first);
    const byGuest = await guest.invite(site, 'by Bea', { permissions: permission.read, days: 1 });
    const rows = await host.remote.invitations({ site });
    deepEqual(
      rows.map(({ key, by, state, usedBy, permissions }) => ({ key, by, state, usedBy, permissions })),
      [
        { key: byGuest.oneTime.key, by: bea.userId, state: 'open', usedBy: null, permissions: 1 },
        { key: first.oneTime.key, by: ada.userId, state: 'used', usedBy: bea.userId, permissions: 11 },
      ],
    );
    equal((await guest.remote.invitations({ site })).length, 1, 'her own');
    const { key } = first.oneTime;
    equal(await refusal(guest.remote.withdraw({ site, key })), 'unknown', "not another's");
    equal(await refusal(host.remote.withdraw({ site, key })), 'used');
    await host.remote.withdraw({ site, key: byGuest.oneTime.key });
    await host.remote.withdraw({ site, key: byGuest.oneTime.key });
    equal(await refusal(other.join(byGuest)), 'revoked');
    equal((await host.remote.invitations({ site }))[0]?.state, 'withdrawn');
    equal(await refusal(host.remote.withdraw({ site, key: (await pair('none')).key })), 'unknown');
  });

  check('[A11] repeating an invitation answers the same, its key serves no other', async (stage) => {
    const { host } = await planted(stage);
    const { attestation, oneTime } = await host.draw(site, 'twice');
    const expiresMs = stage.clock.wallMs() + DAY;
    const request = { site, attestation, envelope: ENVELOPE, expiresMs };
    for (let n = 0; n < 2; n++) deepEqual(await host.remote.invite(request), { key: oneTime.key });
    const other = await host.draw(site, 'twice', { permissions: 1 });
    equal(await refusal(host.remote.invite({ ...request, attestation: other.attestation })), 'taken');
  });

  check(
    '[A11] an invitation to no one-time key, without a re-delegation or too long is refused',
    async (stage) => {
      const { host } = await planted(stage);
      equal(await refusal(host.invite(site, 'to a user', { subjectKind: 'user' })), 'malformed');
      equal(await refusal(host.invite(site, 'to nobody', { delegations: 0 })), 'malformed');
      equal(await refusal(host.invite(site, 'over', { days: 0 })), 'expired');
      const days = invitationMsMax / DAY;
      equal(await refusal(host.invite(site, 'for ever', { days: days + 1 })), 'tooLarge');
      await host.invite(site, 'long', { days });
      const { attestation } = await host.draw(site, 'forged');
      const forged = attestation.slice();
      forged[forged.length - 9] = (forged.at(-9) ?? 0) ^ 1;
      const expiresMs = stage.clock.wallMs() + DAY;
      const request = { site, envelope: ENVELOPE, expiresMs };
      equal(await refusal(host.remote.invite({ ...request, attestation: forged })), 'badProof');
      const byBea = await grantBy(bea.user, site, (await pair('y')).key, {
        subjectKind: 'oneTime',
        delegations: 1,
      });
      equal(await refusal(host.remote.invite({ ...request, attestation: byBea })), 'badProof');
    },
  );
}

function peekCases(check: Check): void {
  check('[A11] whoever holds the link sees what it offers, strangers too', async (stage) => {
    const { host } = await planted(stage);
    const invitation = await host.invite(site, 'link');
    const stranger = await stage.enter(await person('Dora'), { stranger: true });
    const row = must(await stage.accounts.sites.invitation(invitation.oneTime.key), 'an invitation');
    deepEqual(await stranger.peek(invitation), {
      site,
      root: garden.root.key,
      proof: await stage.accounts.sites.path(row.attestation),
      envelope: ENVELOPE,
      label: LABEL,
      keyEpoch: 1,
      inviter: 'Ada',
      expiresMs: stage.clock.wallMs() + 7 * DAY,
      state: 'open',
    });
    equal(await refusal(stranger.peek({ oneTime: await pair('unknown') })), 'unknown');
    const { seed } = await pair('unknown');
    equal(await refusal(stranger.peek({ oneTime: { ...invitation.oneTime, seed } })), 'badProof');
  });

  check('[A12] an invitation that admits nobody any more shows its state and no key', async (stage) => {
    const { host, guest } = await planted(stage);
    const used = await host.invite(site, 'used');
    const withdrawn = await host.invite(site, 'withdrawn');
    const expired = await host.invite(site, 'expired', { days: 1 });
    await guest.join(used);
    await host.remote.withdraw({ site, key: withdrawn.oneTime.key });
    stage.clock.advance(DAY);
    const stranger = await stage.enter(await person('Dora'), { stranger: true });
    for (const [state, invitation] of Object.entries({ used, withdrawn, expired })) {
      const seen = await stranger.peek(invitation);
      equal(seen.state, state);
      deepEqual([seen.envelope.length, seen.label.length, seen.proof.length], [0, 0, 0]);
    }
  });
}

function joinCases(check: Check): void {
  check('[A11] an invitation admits one user once, whoever else holds its link', async (stage) => {
    const { host, guest, other } = await planted(stage);
    const invitation = await host.invite(site, 'once', { permissions: READ_WRITE });
    const race = [guest.join(invitation), refusal(other.join(invitation))] as const;
    const [joined, code] = await Promise.all(race);
    deepEqual(joined, { site, permissions: READ_WRITE });
    equal(code, 'used');
    deepEqual(await guest.join(invitation), joined, 'asked again because the answer was lost');
    equal((await guest.remote.site({ site })).members, 2);
    await guest.remote.leave({ site });
    equal(await refusal(guest.join(invitation)), 'used');
  });

  check('[A11] expired and withdrawn invitations are refused, each with its code', async (stage) => {
    const { host, guest } = await planted(stage);
    const expired = await host.invite(site, 'expired', { days: 1 });
    const withdrawn = await host.invite(site, 'withdrawn', { days: 3 });
    await host.remote.withdraw({ site, key: withdrawn.oneTime.key });
    equal(await refusal(guest.join(withdrawn)), 'revoked');
    stage.clock.advance(DAY);
    const later = await stage.enter(bea);
    equal(await refusal(later.join(expired)), 'expired');
    await refusal(later.remote.site({ site }));
  });

  check('[A11] an exchange that is made out to another, or to nobody, joins nobody', async (stage) => {
    const { host, guest, other } = await planted(stage);
    const invitation = await host.invite(site, 'for one');
    const row = must(await stage.accounts.sites.invitation(invitation.oneTime.key), 'an invitation');
    const path = await stage.accounts.sites.path(row.attestation);
    const last = await guest.exchange(invitation);
    const join = (actor: Actor, proof: readonly Uint8Array[], of = site) =>
      refusal(actor.remote.join({ site: of, proof, envelope: ENVELOPE }));
    equal(await join(other, [...path, last]), 'badProof', "Bea's exchange");
    equal(await join(guest, path), 'badProof', 'the invitation alone');
    equal(await join(guest, []), 'malformed');
    equal(await join(guest, [last]), 'badProof', 'without its path');
    equal(await join(guest, [...path.toReversed(), last]), 'badProof');
    equal(await join(guest, [...path, last], siteId('00'.repeat(16))), 'unknown');
    const oneTime = await guest.exchange(invitation, { subjectKind: 'oneTime' });
    equal(await join(guest, [...path, oneTime]), 'forbidden', 'handed on to another one-time key');
    deepEqual(await join(guest, [...path, last].map(flipped)), 'badProof');
    const twice = [
      ...path,
      last,
      await grantBy(bea.user, site, bea.user.key, { delegations: 0, permissions: 1 }),
    ];
    ok(['badProof', 'forbidden'].includes(await join(guest, twice)));
    equal((await host.remote.site({ site })).members, 1);
    const joined = await guest.remote.join({ site, proof: [...path, last], envelope: ENVELOPE });
    equal(joined.permissions, 31);
  });

  check('[A9] a chain that holds but was never given out joins nobody', async (stage) => {
    const { host, guest } = await planted(stage);
    const unregistered = await host.draw(site, 'never registered');
    const row = must(await stage.accounts.sites.membership(site, ada.userId), 'a membership');
    const path = await stage.accounts.sites.path(row.attestation);
    const last = await guest.exchange(unregistered);
    const proof = [...path, unregistered.attestation, last];
    equal(await refusal(guest.remote.join({ site, proof, envelope: ENVELOPE })), 'unknown');
    const registered = await host.invite(site, 'never registered', { permissions: 1 });
    equal(await refusal(guest.remote.join({ site, proof, envelope: ENVELOPE })), 'badProof');
    equal((await guest.join(registered)).permissions, 1);
  });

  check('[A11] a member exchanges an invitation for wider rights only', async (stage) => {
    const { host, guest, other } = await planted(stage);
    await guest.join(await host.invite(site, 'reader', { permissions: permission.read }));
    const same = await host.invite(site, 'same', { permissions: permission.read });
    equal(await refusal(guest.join(same)), 'taken');
    const wider = await host.invite(site, 'writer', { permissions: READ_WRITE });
    equal((await guest.join(wider)).permissions, READ_WRITE);
    equal((await guest.remote.site({ site })).permissions, READ_WRITE);
    equal((await other.join(same)).permissions, permission.read, 'it was not used up');
  });
}

function flipped(bytes: Uint8Array, n: number): Uint8Array {
  const copy = bytes.slice();
  if (n === 1) copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

function memberCases(check: Check): void {
  check(
    '[A12] a member gets the envelope that she sealed to herself, and others see none of it',
    async (stage) => {
      const { host, guest } = await planted(stage);
      const twin = await stage.enter(bea);
      await twin.remote.sites({ after: null });
      await host.remote.site({ site });
      const invitation = await host.invite(site, 'sealed');
      const { proof } = await guest.peek(invitation);
      const last = await guest.exchange(invitation);
      const envelope = Uint8Array.of(7, 7, 7);
      await guest.remote.join({ site, proof: [...proof, last], envelope });
      deepEqual((await guest.remote.site({ site })).envelope, envelope);
      deepEqual((await host.remote.site({ site })).envelope, ENVELOPE);
      await settled();
      deepEqual(twin.heard, ['sites']);
      deepEqual(host.heard, ['site']);
      const { members, more } = await host.remote.members({ site, after: null });
      const shown = members.map(({ user: id, key, name, permissions, invitedBy }) => ({
        id,
        key,
        name,
        permissions,
        invitedBy,
      }));
      const both = [
        { id: ada.userId, key: ada.user.key, name: 'Ada', permissions: 31, invitedBy: null },
        { id: bea.userId, key: bea.user.key, name: 'Bea', permissions: 31, invitedBy: ada.userId },
      ];
      deepEqual(
        shown,
        both.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      );
      equal(more, false);
      deepEqual(await host.remote.writers({ site, devices: [bea.deviceId, cleo.deviceId] }), [
        { device: bea.deviceId, user: bea.userId, name: 'Bea' },
      ]);
    },
  );

  check('[A9] who leaves has no rights and no open invitations, and hears no more', async (stage) => {
    const { host, guest, other } = await planted(stage);
    await guest.join(await host.invite(site, 'in'));
    const byGuest = await guest.invite(site, 'by the one who leaves');
    const twin = await stage.enter(bea);
    await twin.remote.sites({ after: null });
    await host.remote.site({ site });
    await guest.remote.leave({ site });
    equal(await refusal(guest.remote.leave({ site })), 'forbidden');
    equal(await refusal(guest.remote.site({ site })), 'forbidden');
    equal(await refusal(other.join(byGuest)), 'revoked');
    await settled();
    deepEqual(twin.heard, ['sites']);
    const heard = host.heard.length;
    await host.remote.updateSite({ site, version: 1, label: Uint8Array.of(1) });
    await settled();
    deepEqual(twin.heard, ['sites']);
    equal(host.heard.length, heard);
    deepEqual(await host.remote.writers({ site, devices: [bea.deviceId] }), [
      { device: bea.deviceId, user: bea.userId, name: 'Bea' },
    ]);
    equal((await guest.join(await host.invite(site, 'back'))).permissions, 31);
  });

  check('[G2] many sites are answered page by page', async (stage) => {
    const host = await user(stage, ada);
    const names = await Promise.all(Array.from({ length: 40 }, (_, n) => ground(`site ${n}`)));
    for (const of of names) await host.found(of);
    const first = await host.remote.sites({ after: null });
    const rest = await host.remote.sites({ after: must(first.sites.at(-1), 'a page').site });
    deepEqual([first.sites.length, first.more, rest.sites.length, rest.more], [32, true, 8, false]);
    const seen = [...first.sites, ...rest.sites].map((row) => row.site);
    deepEqual(seen, names.map((of) => of.site).toSorted());
  });
}
