/** What auth promises about the account tree (SPEC Z10-Z18), over its links and engines. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { accountsApi, type AccountsRemote } from 'copse/internal/api/accounts.ts';
import { must } from 'copse/internal/base/assert.ts';
import { accountRestoreMs } from 'copse/internal/base/limits-accounts.ts';
import { prove } from 'copse/internal/capability/possession.ts';
import { lookingAt, type Act } from 'copse/internal/social/accounts/operation.ts';
import type { AuthOptions } from '../../server/src/auth/auth.ts';
import { adding, removing, replacing, signedBy } from './account-acts.ts';
import type { RightsEngine } from './auth-rights.suite.ts';
import { ada, bea, cleo, garden, refusal, settled, Stage, type Actor } from './auth-stage.ts';
import { address, noticesOf, NotifyDouble, told } from './notices-stage.ts';
import { pair, person, primitives, type Pair, type Person } from './people.ts';

const DAY = 86_400_000;
const link = await pair('a link to an account');

type Check = (title: string, run: (stage: Stage) => Promise<void>, part?: Partial<AuthOptions>) => void;

export function authAccountsSuite(engine: RightsEngine): void {
  const check: Check = (title, run, part = {}) => {
    test(`${title} (${engine.link.name}, ${engine.name})`, async () => {
      const accounts = await engine.accounts();
      await using stage = await Stage.open({ link: engine.link, accounts, part: { quota: 20, ...part } });
      await run(stage);
      const { issued, worth } = await accounts.tree.count();
      equal(worth, issued);
    });
  };
  entryCases(check);
  quotaCases(check);
  removalCases(check);
  viewCases(check);
}

function treeOf(actor: Actor): AccountsRemote {
  return actor.facet(accountsApi, {});
}

async function act(actor: Actor, what: Act) {
  const { kind } = what;
  if (kind === 'issue' || kind === 'replace' || kind === 'succeed') throw new Error('no act of a person');
  const { node, clock } = actor.stage;
  const { bytes } = await signedBy(actor.who.user, { node, atMs: clock.wallMs() }, what);
  return treeOf(actor).act({ kind, operation: bytes });
}

/** The admin of the first start. */
async function host(stage: Stage): Promise<Actor> {
  const actor = await stage.enter(ada, { stranger: true });
  const secret = must(stage.auth.setupSecret(), 'a node without an admin has a secret');
  await actor.signUp({ admission: { kind: 'setup', secret } });
  return actor;
}

async function invites(actor: Actor, oneTime: Pair, part: Parameters<typeof adding>[1] = {}) {
  const expiresMs = actor.stage.clock.wallMs() + 7 * DAY;
  await act(actor, adding(oneTime.key, { expiresMs, ...part }));
}

/** Whoever has a link comes: as a stranger she takes the account over, then signs up. */
async function comes(stage: Stage, who: Person, oneTime: Pair): Promise<Actor> {
  const actor = await stage.enter(who, { stranger: true });
  const scene = { node: stage.node, atMs: stage.clock.wallMs() };
  const { bytes } = await replacing(oneTime, who.user, scene);
  await treeOf(actor).replace({ operation: bytes });
  await actor.signUp();
  return actor;
}

async function letIn(actor: Actor, who: Person, quota = 0): Promise<Actor> {
  const oneTime = await pair(`link for ${who.name}`);
  await invites(actor, oneTime, { name: who.name, quota });
  return comes(actor.stage, who, oneTime);
}

function entryCases(check: Check): void {
  check(
    '[Z16] on a node that takes invited people, a link lets one in, and nobody without',
    async (stage) => {
      const admin = await host(stage);
      await invites(admin, link, { name: 'Bea', quota: 3 });
      const stranger = await stage.enter(cleo, { stranger: true });
      equal(await refusal(stranger.signUp()), 'forbidden');
      const guest = await comes(stage, bea, link);
      const { account, above } = await treeOf(guest).mine({});
      deepEqual([account.name, account.quota, account.user], ['Bea', 3, bea.userId]);
      deepEqual(
        above.map(({ user }) => user),
        [ada.userId],
      );
      // Again, as after a lost answer.
      await guest.signUp();
      equal(await refusal(comes(stage, cleo, link)), 'used');
    },
    { signup: 'invited' },
  );

  check('[Z12] the key of a link signs nothing but that another takes its place', async (stage) => {
    const admin = await host(stage);
    await invites(admin, link);
    const scene = { node: stage.node, atMs: stage.clock.wallMs() };
    const thief: Person = { ...bea, user: link };
    equal((await stage.enter(thief)).heard[0], undefined);
    await settled();
    const actor = await stage.enter(thief);
    equal(await refusal(treeOf(actor).mine({})), 'revoked');
    // Nor does anybody bring what it signed.
    const { bytes } = await signedBy(link, scene, adding(cleo.user.key));
    equal(await refusal(treeOf(admin).act({ kind: 'add', operation: bytes })), 'badProof');
  });

  check(
    '[Z12] a link is looked at by whoever has its key, before it is taken up and after',
    async (stage) => {
      const admin = await host(stage);
      await invites(admin, link, { name: 'for Bea', quota: 2 });
      const stranger = await stage.enter(bea, { stranger: true });
      const looks = async () => {
        const claim = lookingAt({ node: stage.node, device: bea.device.key });
        return treeOf(stranger).look({ key: link.key, proof: await prove(primitives, link.seed, claim) });
      };
      const { account, by } = await looks();
      deepEqual([account.state, account.name, account.quota, by], ['link', 'for Bea', 2, 'Ada']);
      const wrong = new Uint8Array(64);
      equal(await refusal(treeOf(stranger).look({ key: link.key, proof: wrong })), 'badProof');
      await comes(stage, cleo, link);
      const after = await looks();
      // Claimed by Cleo: whoever sent it sees by whom.
      deepEqual([after.account.state, after.account.user], ['there', cleo.userId]);
    },
  );

  check('[Z16] who comes by an invitation to a site hangs below who invited her', async (stage) => {
    const admin = await host(stage);
    const site = await admin.found(garden);
    const sent = await admin.invite(site, 'bea');
    const guest = await stage.enter(bea, { stranger: true });
    await guest.signUp({ admission: await guest.admission(sent) });
    const { above, head } = await treeOf(guest).mine({});
    deepEqual(
      above.map(({ user }) => user),
      [ada.userId],
    );
    equal(head.number, 2);
  });

  check(
    '[Z17] the key of a user is replaced; her devices end and everything below her stays',
    async (stage) => {
      const admin = await host(stage);
      const guest = await letIn(admin, bea, 5);
      await letIn(guest, cleo);
      const next = await person('Bea again', 'another');
      const fresh = await comes(stage, next, bea.user);
      ok(guest.heard.includes('ended revoked'));
      const { rows } = await treeOf(fresh).below({ of: next.user.key, after: 0 });
      deepEqual(
        rows.map(({ user }) => user),
        [cleo.userId],
      );
      const old = await stage.enter(bea);
      equal(await refusal(old.remote.whoami({})), 'revoked');
    },
  );
}

function quotaCases(check: Check): void {
  check('[Z10] accounts are given on and taken back while they are unused', async (stage) => {
    const admin = await host(stage);
    const guest = await letIn(admin, bea);
    equal(await refusal(act(guest, adding(link.key))), 'full');
    const given = await act(admin, { kind: 'give', to: bea.user.key, count: 5 });
    deepEqual([given.account.quota, given.account.given], [5, 5]);
    await act(admin, { kind: 'take', from: bea.user.key, count: 4 });
    await letIn(guest, cleo);
    equal(await refusal(act(admin, { kind: 'take', from: bea.user.key, count: 1 })), 'full');
  });

  check('[Z16] the admin may make as many accounts as the settings say, once', async (stage) => {
    const admin = await host(stage);
    equal((await treeOf(admin).mine({})).account.quota, 20);
    await letIn(admin, bea, 4);
    equal((await treeOf(admin).mine({})).account.quota, 15);
  });

  check('[G2] acts on accounts have a rate, and stay below it when they are refused', async (stage) => {
    const admin = await host(stage);
    const codes = new Set<string>();
    for (let n = 0; n < 200; n++) {
      stage.clock.advance(20);
      codes.add(await refusal(act(admin, { kind: 'take', from: bea.user.key, count: 1 })));
    }
    deepEqual([...codes], ['unknown', 'tooMany']);
  });
}

function removalCases(check: Check): void {
  check('[Z14] a removal ends sessions, tokens and leases before it is acknowledged', async (stage) => {
    const admin = await host(stage);
    const guest = await letIn(admin, bea, 3);
    const below = await letIn(guest, cleo);
    const { token } = await below.login(1);
    const changes: string[] = [];
    using tail = stage.follow({ change: ({ change }) => changes.push(change.kind) });
    await tail.remote.follow({ shard: 0, from: 0 });
    await act(admin, removing(bea.user.key));
    deepEqual([guest.heard.at(-1), below.heard.at(-1)], ['ended revoked', 'ended revoked']);
    await settled();
    deepEqual(changes, ['device', 'user', 'device', 'user']);
    for (const who of [bea, cleo]) {
      const back = await stage.enter(who);
      equal(await refusal(back.remote.whoami({})), 'revoked');
    }
    const stranger = await stage.enter(cleo, { stranger: true });
    equal(await refusal(stranger.signUp()), 'revoked');
    equal(await refusal(stranger.refresh(token, 2)), 'revoked');
  });

  const notify = new NotifyDouble();
  check(
    '[I24, Z14] who is removed hears of the neighbourhood no more, and none of her addresses is kept',
    async (stage) => {
      const admin = await host(stage);
      const guest = await letIn(admin, bea);
      await noticesOf(guest).subscribe(address(1));
      await told(stage.clock);
      equal((await notify.neighbours(bea.userId)).length, 1);
      await act(admin, removing(bea.user.key));
      await told(stage.clock);
      deepEqual(await notify.neighbours(bea.userId), []);
      equal((await notify.store.stored(bea.userId)).state.endpointCount, 0);
    },
    { notify },
  );

  check('[Z15] what is restored is there again, devices and all; nobody else restores', async (stage) => {
    const admin = await host(stage);
    const guest = await letIn(admin, bea, 3);
    await letIn(guest, cleo);
    const beside = await letIn(admin, await person('Dora'));
    await act(guest, removing(cleo.user.key));
    equal(await refusal(act(beside, { kind: 'restore', target: cleo.user.key })), 'forbidden');
    await act(admin, removing(bea.user.key, { extent: 'one' }));
    equal(await refusal(act(beside, { kind: 'restore', target: bea.user.key })), 'forbidden');
    equal(await refusal((await stage.enter(bea)).remote.whoami({})), 'revoked');
    await act(admin, { kind: 'restore', target: bea.user.key });
    const back = await stage.enter(bea);
    equal((await back.remote.whoami({})).user, bea.userId);
    await back.login(3);
    equal((await treeOf(back).mine({})).account.quota, 2, 'as she was');
    await act(back, { kind: 'restore', target: cleo.user.key });
    equal((await (await stage.enter(cleo)).remote.whoami({})).user, cleo.userId);
    await act(back, removing(cleo.user.key));
    await act(admin, { kind: 'restore', target: cleo.user.key });
    equal((await (await stage.enter(cleo)).remote.whoami({})).user, cleo.userId, 'by who is above');
  });

  check('[Z15] a removal is final after seven days, and what it freed returns', async (stage) => {
    const admin = await host(stage);
    await letIn(admin, bea, 3);
    await act(admin, removing(bea.user.key));
    equal((await treeOf(admin).mine({})).account.quota, 16);
    for (const ms of [accountRestoreMs, 60_000, 60_000]) {
      stage.clock.advance(ms);
      for (let n = 0; n < 3; n++) await settled();
    }
    const again = await stage.enter(ada);
    equal((await treeOf(again).mine({})).account.quota, 20);
  });

  check('[Z13] nobody removes who is beside or above her', async (stage) => {
    const admin = await host(stage);
    const guest = await letIn(admin, bea, 3);
    const other = await letIn(admin, cleo, 3);
    for (const whom of [ada, cleo]) equal(await refusal(act(guest, removing(whom.user.key))), 'forbidden');
    equal(await refusal(act(other, { kind: 'name', target: bea.user.key, name: 'x' })), 'forbidden');
    await act(admin, { kind: 'name', target: bea.user.key, name: 'Beatrice' });
    equal((await treeOf(guest).mine({})).account.name, 'Beatrice');
  });
}

function viewCases(check: Check): void {
  check('[Z18] each sees her branch and the way up, and no other', async (stage) => {
    const admin = await host(stage);
    const guest = await letIn(admin, bea, 3);
    const other = await letIn(admin, cleo, 3);
    const everybody = await treeOf(admin).below({ of: null, after: 0 });
    deepEqual(
      everybody.rows.map(({ user, children }) => [user, children]),
      [[ada.userId, 2]],
    );
    equal(await refusal(treeOf(guest).below({ of: null, after: 0 })), 'forbidden');
    equal(await refusal(treeOf(guest).below({ of: cleo.user.key, after: 0 })), 'forbidden');
    equal(await refusal(treeOf(other).preview({ target: bea.user.key, extent: 'all' })), 'forbidden');
    const seen = await treeOf(admin).preview({ target: bea.user.key, extent: 'all' });
    deepEqual([seen.people, seen.quota, seen.first.map(({ name }) => name)], [1, 3, ['Bea']]);
    const stranger = await stage.enter(await person('Dora'), { stranger: true });
    for (const call of [treeOf(stranger).mine({}), treeOf(stranger).audit({ before: 0 })])
      equal(await refusal(call), 'forbidden');
  });

  check('[Z18] the trail tells who did what, in the words of those concerned', async (stage) => {
    const admin = await host(stage);
    const guest = await letIn(admin, bea, 3);
    await letIn(admin, cleo, 3);
    await act(admin, removing(cleo.user.key));
    const all = await treeOf(admin).audit({ before: 0 });
    deepEqual(
      all.rows.map(({ kind, actor, target }) => `${actor} ${kind} ${target}`),
      [
        'Ada remove Cleo',
        'Cleo replace Cleo',
        'Ada add Cleo',
        'Bea replace Bea',
        'Ada add Bea',
        ' issue Ada',
      ],
    );
    equal(all.head.number, 6);
    const hers = await treeOf(guest).audit({ before: 0 });
    deepEqual(
      hers.rows.map(({ number }) => number),
      [3, 2, 1],
    );
  });
}
