import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { realEnv } from 'copse/internal/base/env.ts';
import type { SiteId } from 'copse/internal/base/ids.ts';
import { permissionsAll } from 'copse/internal/capability/policy.ts';
import {
  grantBy,
  ground,
  newDevice,
  newUser,
  person,
  primitives,
  stored,
  type Ground,
  type Person,
} from '../../../lab/suites/people.ts';
import { publishes } from '../../../lab/suites/keys-ground.ts';
import type { Accounts } from '../store/accounts.ts';
import { MemoryAccounts } from '../store/accounts-memory.ts';
import { SqliteAccounts } from '../store/accounts-sqlite.ts';
import type { StoredGrant } from '../store/accounts-sites.ts';
import { Proofs, type Who } from './grounds.ts';
import { Live } from './live.ts';
import { openDatabase } from '../store/sqlite.ts';
import { takeJob } from './rekey-jobs.ts';
import { RekeyLeases } from './rekey-leases.ts';

const T = Date.now();
const env = realEnv();
const ada = await person('Ada');
const bea = await person('Bea');
const beasPhone = await person('Bea', 'phone');
const LABEL = Uint8Array.of(1);
const ENVELOPE = Uint8Array.of(2);
const MANY = 10_000;

const engines = {
  memory: async (): Promise<Accounts & AsyncDisposable> => new MemoryAccounts(),
  SQLite: async (): Promise<Accounts & AsyncDisposable> => SqliteAccounts.open({ path: ':memory:' }),
};

async function founds(accounts: Accounts, who: Person, { root, site }: Ground): Promise<StoredGrant> {
  const granted = await stored(await grantBy(root, site, who.user.key));
  const founding = { site, root: root.key, founder: who.userId, granted, label: LABEL, atMs: T };
  assert.equal(await accounts.sites.found({ ...founding, envelope: ENVELOPE, sitesMax: MANY }), 'ok');
  return granted;
}

/** Sites that wait for a key and in which Bea is no admin: their rows alone, before all others by their ids. */
function plantForeign(path: string, count: number): void {
  using database = openDatabase(path);
  const site = database.prepare(`INSERT INTO site (id, root, label, version, key_epoch, members, created_ms)
    SELECT ?, root, label, 1, 1, 1, ? FROM site LIMIT 1`);
  const member =
    database.prepare(`INSERT INTO member (site, user, attestation, key_epoch, envelope, joined_ms)
    SELECT ?, user, attestation, 1, envelope, ? FROM member WHERE user = ? LIMIT 1`);
  database.transaction(() => {
    for (let i = 0; i < count; i++) {
      const id = i.toString(16).padStart(32, '0');
      site.run(id, T);
      member.run(id, T, bea.userId);
    }
  });
}

interface Scene {
  readonly accounts: Accounts;
  readonly rekey: RekeyLeases;
  /** The next site for Bea's device. */
  readonly take: () => Promise<SiteId | null>;
}

/** Two people, one of whom has a second device; it is revoked by `everythingIsDue`. */
async function scene(
  open: () => Promise<Accounts & AsyncDisposable>,
  act: (of: Scene) => Promise<void>,
): Promise<void> {
  await using accounts = await open();
  for (const who of [ada, bea]) await accounts.people.signUp(newUser(who, T));
  await accounts.people.arrive(newDevice(beasPhone, T), 10);
  const grounds = { accounts, primitives, env, node: ada.user.key, proofs: new Proofs(primitives, env) };
  await using rekey = new RekeyLeases({ env, live: new Live(), accounts });
  const take = async (): Promise<SiteId | null> => {
    const common = { user: bea.userId, key: bea.user.key, scope: permissionsAll, untilMs: T + 1e9 };
    const who: Who = { ...common, device: bea.deviceId };
    return (await takeJob({ grounds, rekey }, who))?.site ?? null;
  };
  await act({ accounts, rekey, take });
}

async function everythingIsDue({ people, keys }: Accounts): Promise<void> {
  await people.endDevice({ user: bea.userId, device: beasPhone.deviceId, revoke: true, atMs: T });
  assert.equal(await publishes(keys, bea), 'ok');
}

test('[K6] behind a thousand sites whose admin is never there a site gets its key', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copse-jobs-'));
  const path = join(directory, 'auth.sqlite');
  const own = await ground('garden');
  await scene(
    async () => SqliteAccounts.open({ path }),
    async ({ accounts, rekey, take }) => {
      await founds(accounts, bea, own);
      plantForeign(path, 1_000);
      await everythingIsDue(accounts);
      assert.equal((await accounts.keys.due(bea.userId, null, MANY)).length, 1_001);
      for (let round = 0; round < 2; round++) {
        assert.equal(await take(), own.site, 'from behind it round to it, too');
        rekey.giveBack(own.site, bea.deviceId);
      }
    },
  );
  rmSync(directory, { recursive: true });
});

for (const [name, open] of Object.entries(engines)) {
  test(`[K6] a device is given its sites in turn, whichever fails (${name})`, async () => {
    await scene(open, async ({ accounts, rekey, take }) => {
      const sites: SiteId[] = [];
      for (const each of ['garden', 'meadow', 'orchard']) {
        const of = await ground(each);
        await founds(accounts, bea, of);
        sites.push(of.site);
      }
      await everythingIsDue(accounts);
      const seen: (SiteId | null)[] = [];
      for (let i = 0; i < 6; i++) {
        const site = await take();
        seen.push(site);
        if (site !== null) rekey.giveBack(site, bea.deviceId);
      }
      assert.deepEqual(new Set(seen.slice(0, 3)), new Set(sites));
      assert.deepEqual(seen.slice(3), seen.slice(0, 3));
    });
  });
}
