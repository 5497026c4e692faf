/** Keys of a large site in the SQLite store: in slices, whole for readers, and whole after any failure. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Fault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import { must } from 'copse/internal/base/assert.ts';
import { FaultPlan, failing } from '../../../lab/suites/failing-database.ts';
import { ada, adaOn, begins, hashOf, LABEL, setOf, site, T } from '../../../lab/suites/keys-ground.ts';
import { memberAt, plantMany } from '../../../lab/suites/keys-many.ts';
import type { Change } from 'copse/internal/api/auth.ts';
import { ACCOUNTS_SCHEMA } from './accounts-sqlite-schema.ts';
import { SqliteAccounts } from './accounts-sqlite.ts';
import { GroupCommit } from './group-commit.ts';
import { SqliteKeys } from './keys-sqlite.ts';
import type { Committed, Keys } from './keys.ts';
import { openMigrated } from './migrate.ts';
import type { Database } from './sqlite.ts';

const PART = 256;

async function inFile(
  members: number,
  act: (path: string) => Promise<void>,
  keyless: readonly UserId[] = [],
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-keys-'));
  try {
    const path = join(directory, 'auth.sqlite');
    await plantMany(path, members, keyless);
    await act(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Every member gets an envelope; answers the hashes of the parts. */
async function fills(keys: Keys, epoch: number): Promise<readonly Uint8Array[]> {
  const hashes: Uint8Array[] = [];
  for (let after: UserId | null = null; ;) {
    const rows: Awaited<ReturnType<Keys['roster']>> = await keys.roster(site, false, after, PART);
    if (rows.length === 0) return hashes;
    after = must(rows.at(-1), 'a page').user;
    const envelopes = rows.map(({ user }) => ({ user, generation: 1, envelope: new Uint8Array([epoch]) }));
    const part = hashes.length;
    const hash = hashOf(part);
    await keys.putPart({ site, epoch, device: ada.deviceId, part, hash, envelopes });
    hashes.push(hash);
  }
}

function commits(keys: Keys, epoch: number, parts: readonly Uint8Array[]): Promise<Committed> {
  const { deviceId: device } = ada;
  const common = { version: epoch - 1, label: LABEL, lackingMax: 10, atMs: T };
  return keys.commit({ site, device, set: setOf(epoch), parts, ...common });
}

/** Looks at every turn of the event loop that others get while `work` is under way; answers how many. */
async function turnsDuring<R>(
  work: () => Promise<R>,
  look: () => Promise<void> = async () => {},
): Promise<{ readonly turns: number; readonly answer: R }> {
  let turns = 0;
  const over = new AbortController();
  const looking = (async () => {
    while (!over.signal.aborted) {
      await nextTurn();
      await look();
      turns++;
    }
  })();
  const answer = await work();
  over.abort();
  await looking;
  return { turns, answer };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('[K3] a set of many members is looked at in slices, and counts for readers all at once', async () => {
  await inFile(3_000, async (path) => {
    await using accounts = SqliteAccounts.open({ path });
    const { keys, sites } = accounts;
    await begins(keys, 1);
    const parts = await fills(keys, 2);
    const seen = new Set<string>();
    const look = async (): Promise<void> => {
      const of = must(await sites.site(site), 'the garden');
      const record = must(await keys.siteKey(site), 'the garden');
      seen.add(`${of.keyEpoch} ${of.version} ${record.epoch} ${record.set?.epoch}`);
    };
    const { turns, answer } = await turnsDuring(() => commits(keys, 2, parts), look);
    assert.deepEqual(answer, { kind: 'ok' });
    assert.ok(turns >= 5, `others had ${turns} turns`);
    assert.ok(
      [...seen].every((each) => each === '1 1 1 undefined' || each === '2 2 2 2'),
      [...seen].join(),
    );
  });
});

test('[K3] who states a key behind the slice that was looked at is found', async () => {
  const late = memberAt(1);
  const work = async (path: string): Promise<void> => {
    await using accounts = SqliteAccounts.open({ path });
    const { keys } = accounts;
    await begins(keys, 1);
    const parts = await fills(keys, 2);
    const answer = commits(keys, 2, parts);
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    const statement = new Uint8Array(200);
    const stated = keys.publishUserKey({ user: late, from: 0, statement, envelopes: [], atMs: T });
    assert.deepEqual(await stated, { kind: 'ok' });
    assert.deepEqual(await answer, { kind: 'incomplete', users: [late] });
    const envelopes = [{ user: late, generation: 1, envelope: new Uint8Array([2]) }];
    const hash = hashOf(99);
    await keys.putPart({ site, epoch: 2, device: ada.deviceId, part: parts.length, hash, envelopes });
    assert.deepEqual(await commits(keys, 2, [...parts, hash]), { kind: 'ok' });
  };
  await inFile(3_000, work, [late]);
});

test('[K3, K6] who leaves while the slices are looked at makes the set worthless', async () => {
  await inFile(3_000, async (path) => {
    await using accounts = SqliteAccounts.open({ path });
    const { keys, sites } = accounts;
    await begins(keys, 1);
    const parts = await fills(keys, 2);
    const answer = commits(keys, 2, parts);
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    await sites.leave(site, memberAt(5), T);
    assert.deepEqual(await answer, { kind: 'stale', epoch: 1 });
    for (const member of [0, 5, 2_999])
      assert.equal(await keys.envelope(site, 2, memberAt(member)), null, 'swept away');
  });
});

test('[K3] of a set that is given up nothing is left, though it goes in slices', async () => {
  await inFile(3_000, async (path) => {
    await using accounts = SqliteAccounts.open({ path });
    const { keys } = accounts;
    await begins(keys, 1);
    await fills(keys, 2);
    const anew = await turnsDuring(() => begins(keys, 1, adaOn(ada), true));
    assert.deepEqual(anew.answer, { kind: 'ok' });
    assert.ok(anew.turns >= 5, `others had ${anew.turns} turns`);
    for (const member of [0, 700, 2_999]) assert.equal(await keys.envelope(site, 2, memberAt(member)), null);
    assert.deepEqual((await keys.making(site))?.parts, []);
  });
});

/** The keys alone over a database that fails at some operation. */
function keysOver(database: Database): Keys {
  const commitsOf = new GroupCommit(database, {
    schedule: (task) => void setImmediate(task),
    onCommit: () => {},
  });
  const write = <R>(task: () => R): Promise<R> => commitsOf.write(task);
  const add = database.prepare('INSERT INTO change (at_ms, kind, site, epoch) VALUES (?, ?, ?, ?)');
  const append = (change: Change, atMs: number): void => {
    if (change.kind === 'site') add.run(atMs, change.kind, change.site, change.keyEpoch);
  };
  return new SqliteKeys(database, write, { append });
}

/** What a node that starts anew finds: the old set whole, or the new one. */
async function standing(path: string): Promise<'old' | 'new'> {
  await using accounts = SqliteAccounts.open({ path });
  const { keys, sites } = accounts;
  const of = must(await sites.site(site), 'the garden');
  const record = must(await keys.siteKey(site), 'the garden');
  const [at, changed] = [of.keyEpoch, (await accounts.changes.kept()).records.some(isRekeyed)];
  assert.equal(record.epoch, at);
  if (at === 1) {
    assert.deepEqual([of.version, record.set, changed], [1, null, false]);
    assert.equal(record.due?.rotate, true, 'it still waits');
    return 'old';
  }
  assert.deepEqual([at, of.version, record.set?.epoch, changed], [2, 2, 2, true]);
  assert.equal(record.due, null);
  assert.equal(await keys.making(site), null);
  for (const member of [0, 300, 599])
    assert.deepEqual(await keys.envelope(site, 2, memberAt(member)), new Uint8Array([2]));
  return 'new';
}

const isRekeyed = ({ change }: { readonly change: { readonly kind: string } }): boolean =>
  change.kind === 'site';

/** A whole set that only waits to be made to count, because somebody has left. */
async function ready(path: string): Promise<void> {
  await using accounts = SqliteAccounts.open({ path });
  await accounts.sites.leave(site, memberAt(7), T);
  await begins(accounts.keys, 1);
  await fills(accounts.keys, 2);
}

/** Makes it count with a disk that fails at one operation, then starts anew and does it once more. */
async function failsAt(path: string, plan: FaultPlan): Promise<'old' | 'new'> {
  {
    using database = openMigrated(path, ACCOUNTS_SCHEMA);
    try {
      const keys = keysOver(failing(database, plan));
      const parts = (await keys.making(site))?.parts ?? [];
      assert.deepEqual(await commits(keys, 2, parts), { kind: 'ok' });
    } catch (thrown) {
      assert.ok(thrown instanceof Fault, String(thrown));
    }
  }
  const outcome = await standing(path);
  if (outcome === 'new') return outcome;
  await using accounts = SqliteAccounts.open({ path });
  assert.equal((await begins(accounts.keys, 1)).kind, 'resumed', 'the parts are still there');
  const parts = (await accounts.keys.making(site))?.parts ?? [];
  assert.deepEqual(await commits(accounts.keys, 2, parts), { kind: 'ok' });
  return outcome;
}

for (const mode of ['once', 'from then on', 'after the commit'] as const) {
  test(`[K3] a set counts whole or not at all, whichever operation fails (${mode})`, async () => {
    await inFile(600, async (path) => {
      await ready(path);
      const seen = new Set<string>();
      for (let failAt = 1; ; failAt++) {
        const copy = `${path}-${failAt}`;
        copyFileSync(path, copy);
        const plan = new FaultPlan(failAt, mode);
        const outcome = await failsAt(copy, plan);
        if (!plan.triggered) {
          assert.equal(outcome, 'new');
          break;
        }
        seen.add(outcome);
      }
      assert.ok(seen.has('old'));
      if (mode === 'after the commit') assert.ok(seen.has('new'));
    });
  });
}
