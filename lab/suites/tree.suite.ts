/** The contract of the account tree (`server/src/store/accounts-tree.ts`), run against every engine. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { key, type DeviceId, type Key } from 'copse/internal/base/ids.ts';
import { accountRestoreMs } from 'copse/internal/base/limits-accounts.ts';
import { AUDIT_GENESIS, auditHash } from 'copse/internal/social/accounts/audit.ts';
import type { Act } from 'copse/internal/social/accounts/operation.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import type { StandingChange } from '../../server/src/store/accounts-tree.ts';
import type { AccountsEngine } from './accounts.suite.ts';
import { adding, removing, replacing, signedBy } from './account-acts.ts';
import { newUser, pair, person, primitives, type Pair, type Person } from './people.ts';

const T = 1_800_000_000_000;
const DAY = 86_400_000;
const node = await pair('the node');
const ada = await person('Ada');
const bea = await person('Bea');
const cleo = await person('Cleo');
const dora = await person('Dora');
const link = await pair('a link');

/** Ada acts for the node and may let 20 in; Bea came by her, and Cleo by Bea. */
async function planted(accounts: Accounts): Promise<void> {
  await accounts.tree.begin(node.key);
  const issue = {
    kind: 'issue',
    name: 'Ada',
    quota: 20,
    bytes: 100,
    below: node.key,
    isAdmin: true,
  } as const;
  const signed = await signedBy(node, { node: node.key, atMs: T }, { ...issue, key: ada.user.key });
  await accounts.people.signUp(newUser(ada, T, { by: { kind: 'setup' }, issue: signed }));
  await does(accounts, ada.user, adding(bea.user.key, { name: 'Bea', quota: 10, bytes: 50 }));
  await does(accounts, bea.user, adding(cleo.user.key, { name: 'Cleo', quota: 5 }));
  for (const who of [bea, cleo]) await enters(accounts, who);
}

async function enters(accounts: Accounts, who: Person): Promise<string> {
  return (await accounts.people.signUp(newUser(who, T, { by: { kind: 'account' } }))).kind;
}

async function does(accounts: Accounts, who: Pair, act: Act, atMs = T) {
  return accounts.tree.apply(await signedBy(who, { node: node.key, atMs }, act), atMs);
}

async function checkSums(accounts: Accounts): Promise<void> {
  const { issued, worth } = await accounts.tree.count();
  equal(worth, issued);
}

async function kindOf(accounts: Accounts, key: Key): Promise<string> {
  return (await accounts.tree.standing(key)).kind;
}

export function treeSuite(engine: AccountsEngine): void {
  const check = (title: string, run: (accounts: Accounts) => Promise<void>): void => {
    test(`${title} (${engine.name})`, async () => {
      await using accounts = await engine.open();
      await planted(accounts);
      await run(accounts);
      await checkSums(accounts);
    });
  };
  auditCases(check);
  entryCases(check);
  removalCases(check);
  crowdCases(check);
  timeCases(check);
}

type Check = (title: string, run: (accounts: Accounts) => Promise<void>) => void;

function auditCases(check: Check): void {
  check('[Z11] an operation counts once, however often it comes', async (accounts) => {
    const signed = await signedBy(ada.user, { node: node.key, atMs: T }, adding(dora.user.key, { quota: 3 }));
    const first = await accounts.tree.apply(signed, T);
    ok(first.fresh);
    for (let n = 0; n < 2; n++) equal((await accounts.tree.apply(signed, T + n)).fresh, false);
    equal((await accounts.tree.view(ada.user.key))?.account.quota, 20 - 11 - 4);
  });

  check('[Z11] the log numbers and chains them, and each sees those that concern her', async (accounts) => {
    await does(accounts, ada.user, adding(dora.user.key, { name: 'Dora' }));
    await enters(accounts, dora);
    const { entries, next } = await accounts.tree.audit(ada.user.key, 1e9, 32);
    equal(next, null);
    deepEqual(
      entries.map(({ kind }) => kind),
      ['add', 'add', 'add', 'issue'],
    );
    let prev = AUDIT_GENESIS;
    for (const entry of entries.toReversed()) {
      deepEqual(entry.prev, prev);
      deepEqual(entry.hash, auditHash(primitives, prev, entry));
      prev = entry.hash;
    }
    deepEqual((await accounts.tree.head())?.hash, prev);
    const seen = async (who: Person) =>
      (await accounts.tree.audit(who.user.key, 1e9, 32)).entries.map(({ number }) => number);
    deepEqual(await seen(dora), [4, 1]);
    deepEqual(await seen(cleo), [3, 2, 1]);
    deepEqual(await seen(bea), [3, 2, 1]);
    deepEqual(
      (await accounts.tree.audit(ada.user.key, 4, 2)).entries.map(({ number }) => number),
      [3, 2],
    );
  });

  check('[Z11] a refused operation leaves no trace', async (accounts) => {
    const before = await accounts.tree.head();
    await rejects(does(accounts, cleo.user, removing(bea.user.key)), { code: 'forbidden' });
    await rejects(does(accounts, cleo.user, adding(dora.user.key, { quota: 5 })), { code: 'full' });
    await rejects(does(accounts, dora.user, adding(link.key)), { code: 'unknown' });
    const late = await signedBy(ada.user, { node: node.key, atMs: T }, adding(dora.user.key));
    await rejects(accounts.tree.apply(late, T + DAY), { code: 'expired' });
    const elsewhere = await signedBy(ada.user, { node: dora.user.key, atMs: T }, adding(dora.user.key));
    await rejects(accounts.tree.apply(elsewhere, T), { code: 'badProof' });
    deepEqual((await accounts.tree.head())?.number, before?.number);
    equal(await kindOf(accounts, dora.user.key), 'stranger');
  });
}

function entryCases(check: Check): void {
  check('[Z12] a link becomes an account once, with its place, name and quota', async (accounts) => {
    const temporary = adding(link.key, { name: 'Dora', quota: 2, bytes: 7, expiresMs: T + DAY });
    await does(accounts, bea.user, temporary);
    equal(await kindOf(accounts, link.key), 'stranger');
    await rejects(does(accounts, link, adding(dora.user.key)), { code: 'forbidden' });
    const [first, second] = await Promise.all(
      [dora, cleo].map(async ({ user }) =>
        accounts.tree
          .apply(await replacing(link, user, { node: node.key, atMs: T }), T)
          .then(({ fresh }) => String(fresh))
          .catch((thrown: Error & { code: string }) => thrown.code),
      ),
    );
    // Cleo has an account, so only Dora can take it.
    deepEqual([first, second], ['true', 'used']);
    const { user } = await person('Eve');
    const again = await replacing(link, user, { node: node.key, atMs: T });
    await rejects(accounts.tree.apply(again, T), { code: 'used' });
    const view = must(await accounts.tree.view(dora.user.key), 'her account');
    const { name, quota, bytes, state } = view.account;
    deepEqual({ name, quota, bytes, state }, { name: 'Dora', quota: 2, bytes: 7, state: 'there' });
    deepEqual(
      (await accounts.tree.above(dora.user.key)).map((each) => each.name),
      ['Bea', 'Ada', ''],
    );
    equal(await enters(accounts, dora), 'ok');
  });

  check('[Z105] an account tells the keys that it had before to the present one alone', async (accounts) => {
    const { tree } = accounts;
    await tree.apply(await replacing(bea.user, dora.user, { node: node.key, atMs: T }), T);
    const third = await pair('a third');
    await tree.apply(await replacing(dora.user, third, { node: node.key, atMs: T }), T);
    const names = (await tree.formers(third.key)).map((each) => each.join()).toSorted();
    deepEqual(names, [bea.user.key.join(), dora.user.key.join()].toSorted());
    for (const { key: each } of [bea.user, dora.user, ada.user, cleo.user, node, link])
      deepEqual(await tree.formers(each), []);
  });

  check('[Z12] a link that was removed or is over makes nobody a user', async (accounts) => {
    await does(accounts, bea.user, adding(link.key, { expiresMs: T + DAY }));
    const late = await replacing(link, dora.user, { node: node.key, atMs: T + DAY });
    await rejects(accounts.tree.apply(late, T + DAY), { code: 'expired' });
    await does(accounts, ada.user, removing(link.key));
    const taken = await replacing(link, dora.user, { node: node.key, atMs: T });
    await rejects(accounts.tree.apply(taken, T), { code: 'revoked' });
    equal(await enters(accounts, dora), 'unknown');
  });

  check('[Z12] whoever removes a link while it is taken up removes who took it', async (accounts) => {
    await does(accounts, bea.user, adding(link.key, { expiresMs: T + DAY }));
    await accounts.tree.apply(await replacing(link, dora.user, { node: node.key, atMs: T }), T);
    await does(accounts, bea.user, removing(link.key));
    equal(await kindOf(accounts, dora.user.key), 'removed');
    equal(await enters(accounts, dora), 'revoked');
  });

  check('[Z16] who comes without an account gets one below the node', async (accounts) => {
    equal((await accounts.people.signUp(newUser(dora, T))).kind, 'ok');
    const standing = await accounts.tree.standing(dora.user.key);
    ok(standing.kind === 'friend' && standing.user === dora.userId && !standing.isAdmin);
    deepEqual(
      (await accounts.tree.above(dora.user.key)).map(({ place }) => place),
      [0],
    );
  });

  check(
    '[Z17] another key takes a place with all that hangs on it; the old one is nobody',
    async (accounts) => {
      const eve = await person('Eve');
      const heard: StandingChange[] = [];
      accounts.tree.listen((change) => heard.push(change));
      const { ended } = await accounts.tree.apply(
        await replacing(bea.user, eve.user, { node: node.key, atMs: T }),
        T,
      );
      deepEqual(ended, [bea.deviceId]);
      equal((await accounts.people.device(bea.deviceId))?.minEpoch, 2);
      deepEqual((await accounts.tree.above(cleo.user.key)).map(({ key }) => key)[0], eve.user.key);
      equal((await accounts.tree.view(eve.user.key))?.account.quota, 10 - 6);
      deepEqual(await accounts.tree.standing(bea.user.key), { kind: 'removed', content: 'keep' });
      equal(await enters(accounts, bea), 'revoked');
      equal(await enters(accounts, eve), 'ok');
      deepEqual(
        heard.map(({ below }) => below),
        [false, false],
      );
      await does(accounts, eve.user, removing(cleo.user.key));
      const admin = await person('Ada again');
      await accounts.tree.apply(await replacing(ada.user, admin.user, { node: node.key, atMs: T }), T);
      await enters(accounts, admin);
      equal((await accounts.people.user(admin.userId))?.admin, true, 'who acts for the node still does');
    },
  );
}

function removalCases(check: Check): void {
  check(
    '[Z14] what somebody was a moment ago is not what she is after a change above her',
    async (accounts) => {
      const asked = async (): Promise<readonly string[]> =>
        Promise.all([ada, bea, cleo].map(({ user }) => kindOf(accounts, user.key)));
      for (let n = 0; n < 2; n++) deepEqual(await asked(), ['friend', 'friend', 'friend']);
      await does(accounts, ada.user, removing(bea.user.key));
      for (let n = 0; n < 2; n++) deepEqual(await asked(), ['friend', 'removed', 'removed']);
      await does(accounts, ada.user, { kind: 'restore', target: bea.user.key });
      for (let n = 0; n < 2; n++) deepEqual(await asked(), ['friend', 'friend', 'friend']);
      await does(accounts, bea.user, { kind: 'name', target: cleo.user.key, name: 'Cleopatra' });
      const standing = await accounts.tree.standing(cleo.user.key);
      deepEqual([standing.kind, 'name' in standing ? standing.name : null], ['friend', 'Cleopatra']);
    },
  );

  check(
    '[Z14] a branch ends with devices and tokens of all in it, and comes back whole',
    async (accounts) => {
      const told: string[] = [];
      accounts.changes.listen(({ change }) => {
        if (change.kind === 'device') told.push(`${change.device} ${change.minEpoch}`);
      });
      const { target } = await does(accounts, ada.user, removing(bea.user.key, { content: 'hide' }));
      deepEqual(await accounts.tree.standing(cleo.user.key), { kind: 'removed', content: 'hide' });
      const ended: DeviceId[] = [];
      await accounts.tree.sweep(T, (device) => ended.push(device));
      deepEqual(ended, [bea.deviceId, cleo.deviceId]);
      deepEqual(told, [`${bea.deviceId} 2`, `${cleo.deviceId} 2`]);
      for (const who of [bea, cleo]) equal(await enters(accounts, who), 'revoked');
      await rejects(does(accounts, cleo.user, adding(dora.user.key)), { code: 'revoked' });
      equal(must(await accounts.tree.view(cleo.user.key), 'hers').ended?.by.name, 'Ada');
      await rejects(does(accounts, bea.user, { kind: 'restore', target: target.key }), { code: 'revoked' });
      await does(accounts, ada.user, { kind: 'restore', target: target.key });
      for (const who of [bea, cleo]) equal(await enters(accounts, who), 'ok');
    },
  );

  check(
    '[Z14] what is hidden is that of the accounts that ended so, under all keys that they had, until they come back',
    async (accounts) => {
      const hidden = async () => (await accounts.tree.hidden()).map(({ key: of }) => hex(of)).toSorted();
      const keysOf = (...whose: readonly Pair[]) => whose.map((each) => hex(each.key)).toSorted();
      deepEqual(await hidden(), []);
      await accounts.tree.apply(await replacing(cleo.user, dora.user, { node: node.key, atMs: T }), T);
      const heard: StandingChange[] = [];
      accounts.tree.listen((change) => heard.push(change));
      await does(accounts, ada.user, removing(bea.user.key, { content: 'keep' }));
      deepEqual(await hidden(), []);
      await does(accounts, ada.user, { kind: 'restore', target: bea.user.key });
      await does(accounts, ada.user, removing(bea.user.key, { extent: 'one', content: 'hide' }));
      deepEqual(await hidden(), keysOf(bea.user), 'those below are not hidden with her');
      await does(accounts, ada.user, { kind: 'restore', target: bea.user.key });
      await does(accounts, ada.user, removing(bea.user.key, { content: 'hide' }));
      deepEqual(await hidden(), keysOf(bea.user, cleo.user, dora.user));
      equal(heard.length, 5, 'each change was told');
      ok((await accounts.tree.hidden()).every(({ isFinal }) => !isFinal));
      await accounts.tree.sweep(T, () => {});
      const later = T + accountRestoreMs;
      await accounts.tree.tidy(later);
      await accounts.tree.sweep(later, () => {});
      deepEqual([heard.length, heard.at(-1)?.below], [6, true], 'that it is final was told');
      deepEqual(await hidden(), keysOf(bea.user, cleo.user, dora.user));
      ok((await accounts.tree.hidden()).some(({ isFinal }) => isFinal));
    },
  );

  check('[Z14] who hangs below one removed account hangs below who removed it', async (accounts) => {
    await does(accounts, ada.user, removing(bea.user.key, { extent: 'one' }));
    await accounts.tree.sweep(T, () => {});
    equal(await kindOf(accounts, bea.user.key), 'removed');
    equal(await kindOf(accounts, cleo.user.key), 'friend');
    equal(await enters(accounts, cleo), 'ok');
    deepEqual(
      (await accounts.tree.above(cleo.user.key)).map(({ name }) => name),
      ['Ada', ''],
    );
  });

  check('[Z14] a preview counts exactly who falls', async (accounts) => {
    await does(accounts, cleo.user, adding(link.key, { quota: 2, expiresMs: T + DAY }));
    const all = await accounts.tree.preview(bea.user.key, 'all');
    const { people, links, quota, rehung, more } = all;
    deepEqual(
      { people, links, quota, rehung, more },
      { people: 2, links: 1, quota: 4 + 2 + 2, rehung: 0, more: false },
    );
    deepEqual(
      all.first.map(({ key }) => key),
      [bea.user.key, cleo.user.key, link.key],
    );
    const one = await accounts.tree.preview(bea.user.key, 'one');
    deepEqual([one.people, one.links, one.quota, one.rehung], [1, 0, 4, 1]);
    await does(accounts, ada.user, removing(cleo.user.key));
    const then = await accounts.tree.preview(bea.user.key, 'all');
    deepEqual([then.people, then.links, then.quota], [1, 0, 4]);
  });

  check('[Z14] others are answered while a large branch ends', async (accounts) => {
    await does(accounts, node, { kind: 'give', to: ada.user.key, count: 900 });
    const keys = Array.from({ length: 900 }, (_, n) => key(primitives.sha256(Uint8Array.of(n >> 8, n))));
    await does(accounts, ada.user, { kind: 'give', to: bea.user.key, count: 900 });
    for (const each of keys) await does(accounts, bea.user, adding(each));
    await does(accounts, ada.user, removing(bea.user.key));
    let isDone = false;
    const sweeping = accounts.tree.sweep(T, () => {}).then(() => (isDone = true));
    equal((await accounts.people.signUp(newUser(dora, T))).kind, 'ok');
    equal(isDone, false, 'she did not wait for all of it');
    await sweeping;
    equal(await kindOf(accounts, must(keys.at(-1), 'one')), 'removed');
  });
}

function crowdCases(check: Check): void {
  check('[Z14] others are answered while many small families are looked through', async (accounts) => {
    await does(accounts, node, { kind: 'give', to: ada.user.key, count: 900 });
    await does(accounts, ada.user, { kind: 'give', to: bea.user.key, count: 900 });
    for (const name of Array.from({ length: 40 }, (_, n) => `parent ${n}`)) {
      const parent = await pair(name);
      await does(accounts, bea.user, adding(parent.key, { quota: 3 }));
      for (const child of ['a', 'b', 'c'])
        await does(accounts, parent, adding((await pair(`${name} ${child}`)).key));
    }
    let isDone = false;
    const looking = accounts.tree.preview(bea.user.key, 'all').finally(() => (isDone = true));
    equal((await accounts.people.signUp(newUser(dora, T))).kind, 'ok');
    equal(isDone, false, 'she did not wait for all of it');
    equal((await looking).people, 2 + 40 * 4);
  });
}

function timeCases(check: Check): void {
  check('[Z15] what was removed for good returns to who removed it', async (accounts) => {
    await does(accounts, cleo.user, adding(dora.user.key, { quota: 1 }));
    await does(accounts, ada.user, removing(bea.user.key));
    const before = must(await accounts.tree.view(ada.user.key), 'hers').account.quota;
    await accounts.tree.tidy(T + accountRestoreMs - 1);
    await accounts.tree.sweep(T + accountRestoreMs - 1, () => {});
    equal((await accounts.tree.view(ada.user.key))?.account.quota, before);
    const laterMs = T + accountRestoreMs;
    await accounts.tree.tidy(laterMs);
    await accounts.tree.sweep(laterMs, () => {});
    // Bea, Cleo, Dora and what they had left: all that Bea was given.
    equal((await accounts.tree.view(ada.user.key))?.account.quota, before + 11);
    await rejects(does(accounts, ada.user, { kind: 'restore', target: bea.user.key }, laterMs), {
      code: 'unknown',
    });
    await rejects(does(accounts, ada.user, adding(cleo.user.key), laterMs), { code: 'taken' });
  });

  check('[Z12] a link that nobody took up returns to who made it', async (accounts) => {
    await does(accounts, bea.user, adding(link.key, { quota: 2, expiresMs: T + DAY }));
    equal((await accounts.tree.view(bea.user.key))?.account.quota, 1);
    await accounts.tree.tidy(T + DAY - 1);
    equal((await accounts.tree.view(bea.user.key))?.account.quota, 1);
    await accounts.tree.tidy(T + DAY);
    equal((await accounts.tree.view(bea.user.key))?.account.quota, 4);
  });

  check('[Z10] a gift can be asked back as long as it is unused', async (accounts) => {
    await does(accounts, bea.user, { kind: 'give', to: ada.user.key, count: 1 });
    equal((await accounts.tree.view(ada.user.key))?.account.quota, 10);
    await rejects(does(accounts, bea.user, { kind: 'take', from: ada.user.key, count: 1 }), { code: 'full' });
    await does(accounts, ada.user, { kind: 'take', from: bea.user.key, count: 3 });
    await rejects(does(accounts, ada.user, { kind: 'take', from: bea.user.key, count: 1 }), { code: 'full' });
    equal((await accounts.tree.view(ada.user.key))?.account.quota, 13);
  });
}
