/** What only SQLite promises of the account tree: removals survive a crash, and users from before have accounts. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { accountBytesIssued, accountBytesMax } from 'copse/internal/base/limits-accounts.ts';
import { adding, removing, signedBy } from '../../../lab/suites/account-acts.ts';
import { newUser, pair, person, type Person } from '../../../lab/suites/people.ts';
import { ACCOUNTS_SCHEMA } from './accounts-sqlite-schema.ts';
import { SqliteAccounts } from './accounts-sqlite.ts';
import { openMigrated } from './migrate.ts';

const T = 1_800_000_000_000;
const node = await pair('the node');
const ada = await person('Ada');

async function inFile(task: (path: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-tree-'));
  try {
    await task(join(directory, 'auth.sqlite'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('[Z14] a removal that a crash has cut short counts at once, and goes on where it was', () =>
  inFile(async (path) => {
    const people = await Promise.all(Array.from({ length: 150 }, (_, n) => person(`somebody ${n}`)));
    const scene = { node: node.key, atMs: T };
    {
      await using accounts = SqliteAccounts.open({ path });
      await branch(accounts, people);
      const target = must(people[0], 'the first').user.key;
      await accounts.tree.apply(await signedBy(ada.user, scene, removing(target)), T);
      const sweeping = accounts.tree.sweep(T, () => {});
      await accounts.people.signUp(newUser(await person('Zoe'), T));
      // The node is closed in the middle.
      sweeping.catch(() => {});
    }
    await using accounts = SqliteAccounts.open({ path });
    for (const { user } of people) equal((await accounts.tree.standing(user.key)).kind, 'removed');
    const before = await Promise.all(people.map(({ deviceId }) => accounts.people.device(deviceId)));
    ok(
      before.some((device) => device?.minEpoch === 1),
      'some have not ended',
    );
    ok(
      before.some((device) => device?.minEpoch === 2),
      'some have',
    );
    await accounts.tree.sweep(T, () => {});
    const after = await Promise.all(people.map(({ deviceId }) => accounts.people.device(deviceId)));
    deepEqual(new Set(after.map((device) => device?.minEpoch)), new Set([2]), 'each ends once');
  }));

/** Ada, the first below her, and everybody else below the first. */
async function branch(accounts: SqliteAccounts, people: readonly Person[]): Promise<void> {
  const scene = { node: node.key, atMs: T };
  await accounts.tree.begin(node.key);
  await accounts.people.signUp(newUser(ada, T, { by: { kind: 'setup' } }));
  const give = { kind: 'give', to: ada.user.key, count: 300 } as const;
  await accounts.tree.apply(await signedBy(node, scene, give), T);
  const [top = ada, ...rest] = people;
  const quota = rest.length;
  await accounts.tree.apply(await signedBy(ada.user, scene, adding(top.user.key, { quota })), T);
  const acts = await Promise.all(rest.map(({ user }) => signedBy(top.user, scene, adding(user.key))));
  await Promise.all(acts.map((signed) => accounts.tree.apply(signed, T)));
  const by = { kind: 'account' } as const;
  await Promise.all(people.map((who) => accounts.people.signUp(newUser(who, T, { by }))));
}

test('[Z16] users from before the tree hang below the node, and whoever was replaced has no account', () =>
  inFile(async (path) => {
    const [bea, cleo] = [await person('Bea'), await person('Cleo')];
    {
      using database = openMigrated(path, { ...ACCOUNTS_SCHEMA, steps: ACCOUNTS_SCHEMA.steps.slice(0, 10) });
      for (const [who, admin] of [
        [ada, 1],
        [bea, 0],
        [cleo, 0],
      ] as const) {
        database
          .prepare(`INSERT INTO user (id, key, admin, name, about, locale, version, created_ms, invited_by)
            VALUES (?, ?, ?, ?, '', '', 1, ?, NULL)`)
          .run(who.userId, who.user.key, admin, who.name, T);
      }
      database
        .prepare(`INSERT INTO succession (was, user, request, at_ms, done) VALUES (?, 'x', 'y', 1, 1)`)
        .run(cleo.userId);
    }
    for (let opening = 0; opening < 2; opening++) {
      await using accounts = SqliteAccounts.open({ path });
      await accounts.tree.begin(node.key);
      const [first, second] = [
        await accounts.tree.view(ada.user.key),
        await accounts.tree.view(bea.user.key),
      ];
      deepEqual([first?.account.isAdmin, first?.account.bytes], [true, accountBytesMax]);
      deepEqual([second?.account.name, second?.account.bytes], ['Bea', accountBytesIssued]);
      equal((await accounts.tree.standing(bea.user.key)).kind, 'friend');
      equal((await accounts.tree.standing(cleo.user.key)).kind, 'removed');
      deepEqual(await accounts.tree.count(), { issued: 2, worth: 2 });
      equal((await accounts.tree.admin())?.account.key.join(), ada.user.key.join());
    }
  }));
