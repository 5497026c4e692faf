/**
 * Answers that are kept in memory are those of the file: two stores take the same changes, one of which keeps
 * nothing, and every answer of the one that does is compared with the other's, asked before and after.
 */

import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from 'copse/internal/base/assert.ts';
import { folderPattern, logId, type SiteId } from 'copse/internal/base/ids.ts';
import { objectId } from 'copse/internal/capability/cose.ts';
import { placedPath } from '../../../lab/suites/grants.suite.ts';
import {
  grantBy,
  ground,
  newUser,
  person,
  primitives,
  stored,
  type Ground,
  type Person,
} from '../../../lab/suites/people.ts';
import { ada, garden, planted, publishes, rekeyed } from '../../../lab/suites/keys-ground.ts';
import { SqliteAccounts } from './accounts-sqlite.ts';

const T = 1_800_000_000_000;
const LIMITS = { atMs: T, spreadMax: 100, holdingsMax: 8, belowMax: 1000 };
const LOG = logId('5a'.repeat(16));
const FOLDER = folderPattern(`${'5a'.repeat(8)}*`);
const RESOURCES = ['*', LOG, FOLDER] as const;
const NAMES = ['Ada', 'Bea', 'Cleo', 'Dora'];

interface Both {
  readonly stores: readonly SqliteAccounts[];
  /** Lets one task of each run that waits for its turn. */
  readonly step: () => Promise<void>;
}

function openBoth(): Both {
  const queues: (() => void)[][] = [[], []];
  const stores = queues.map((queue, n) =>
    SqliteAccounts.open({
      path: ':memory:',
      schedule: (task) => void queue.push(task),
      ...(n === 0 ? { recalledMax: 0 } : {}),
    }),
  );
  const step = async (): Promise<void> => {
    for (const queue of queues) queue.shift()?.();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { stores, step };
}

/** The same in both; answers what both answered. */
async function inBoth<T>({ stores, step }: Both, act: (accounts: SqliteAccounts) => Promise<T>): Promise<T> {
  const open = new Set(
    stores.map(act).map((promise) => {
      const entry = { promise, isOpen: true };
      void promise
        .catch(() => {})
        .finally(() => {
          entry.isOpen = false;
        });
      return entry;
    }),
  );
  for (let i = 0; i < 20; i++) {
    await step();
    if ([...open].every((entry) => !entry.isOpen)) break;
  }
  const [first, second] = await Promise.all([...open].map(({ promise }) => promise));
  deepEqual(first, second, 'both take it alike');
  return must(first, 'an answer');
}

interface Scene {
  readonly both: Both;
  readonly people: readonly Person[];
  readonly grounds: readonly Ground[];
  /** Paths by which somebody holds something. */
  readonly paths: {
    readonly ground: Ground;
    readonly path: readonly Uint8Array[];
    readonly holder: Person;
  }[];
}

async function sceneOf(): Promise<Scene> {
  const both = openBoth();
  const people = await Promise.all(NAMES.map((name) => person(name)));
  const grounds = await Promise.all(['garden', 'friends'].map((name) => ground(name)));
  const paths: Scene['paths'] = [];
  for (const who of people) await inBoth(both, (accounts) => accounts.people.signUp(newUser(who, T)));
  const founder = must(people[0], 'a founder');
  for (const of of grounds) {
    const bytes = await grantBy(of.root, of.site, founder.user.key);
    const granted = await stored(bytes);
    const rest = { label: new Uint8Array(1), envelope: new Uint8Array(1), atMs: T, sitesMax: 9 };
    const founding = { site: of.site, root: of.root.key, founder: founder.userId, granted, ...rest };
    await inBoth(both, (accounts) => accounts.sites.found(founding));
    paths.push({ ground: of, path: [bytes], holder: founder });
  }
  return { both, people, grounds, paths };
}

/** Everything that is kept, as one store says it. */
async function said(
  { sites, grants }: SqliteAccounts,
  { people, grounds }: Scene,
): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for (const { site } of grounds) {
    all.push(await sites.origins(site));
    for (const log of [null, LOG])
      for (const countMax of [2, 20]) {
        const rows = await grants.whoHolds(site, log, null, countMax);
        all.push(
          rows.map(({ user, rights, via, isShared, stands, number }) => ({
            user,
            rights,
            via,
            isShared,
            stands,
            number,
          })),
        );
        const last = rows.at(-1);
        const after = last === undefined ? null : { user: last.user, number: last.number };
        all.push((await grants.whoHolds(site, log, after, countMax)).map(({ via }) => via));
      }
    for (const who of people) all.push(await sites.access(who.userId, who.deviceId, site));
  }
  return all;
}

type Act = readonly [
  kind: 'give' | 'group' | 'revoke' | 'leave' | 'end' | 'origins' | 'step',
  a: number,
  b: number,
];

async function perform(scene: Scene, [kind, a, b]: Act): Promise<void> {
  const { both, people, grounds, paths } = scene;
  const who = must(people[a % people.length], 'a person');
  const of = must(grounds[b % grounds.length], 'a site');
  const from = must(paths[a % paths.length], 'a path');
  switch (kind) {
    case 'step':
      return both.step();
    case 'leave':
      return void (await inBoth(both, (accounts) => accounts.sites.leave(of.site, who.userId, T)));
    case 'end': {
      const end = { user: who.userId, device: who.deviceId, revoke: b % 2 === 0, atMs: T };
      return void (await inBoth(both, (accounts) => accounts.people.endDevice(end)));
    }
    case 'origins':
      return void (await inBoth(both, (accounts) =>
        accounts.sites.setOrigins(of.site, [`https://${a}.example`], T),
      ));
    case 'revoke': {
      const attestation = objectId(primitives, must(from.path.at(-1), 'an attestation'));
      const order = {
        site: from.ground.site,
        attestation,
        issuer: from.ground.root.key,
        holder: null,
        bytes: new Uint8Array(1),
        atMs: T,
      };
      const id = (a * 1000 + b).toString(16).padStart(8, '0').repeat(8);
      return void (await inBoth(both, async (accounts) => {
        if ((await accounts.grants.attestation(attestation)) === null) return 'unknown';
        const known = await accounts.grants.standing([attestation]);
        return known[0] === 'stands'
          ? accounts.grants.revoke({ ...order, id: `${attestation.slice(0, 56)}${id.slice(0, 8)}` })
          : 'known';
      }));
    }
    case 'give':
    case 'group':
      return hand(scene, {
        from,
        to: kind === 'group' ? null : must(people[b % people.length], 'a person'),
        n: a + b,
      });
  }
}

/** Hands a right on by a path, to a person or to the second site as a group. */
async function hand(
  { both, grounds, paths }: Scene,
  { from, to, n }: { readonly from: Scene['paths'][number]; readonly to: Person | null; readonly n: number },
): Promise<void> {
  const group = must(grounds[1], 'a group');
  const isGroup = to === null;
  if (isGroup && (from.ground === group || from.path.length > 1)) return;
  const part = { permissions: 1 + (n % 3), delegations: Math.max(0, 7 - from.path.length) };
  const resource = must(RESOURCES[from.path.length > 1 ? 1 : n % 3], 'a resource');
  const subject = to === null ? group.root.key : to.user.key;
  const kind = isGroup ? ({ subjectKind: 'group' } as const) : {};
  if (from.path.length > 5 || (from.path.length > 1 && part.permissions !== 1)) return;
  const bytes = await grantBy(from.holder.user, from.ground.site, subject, { ...part, resource, ...kind });
  const path = [...from.path, bytes];
  let placed: Awaited<ReturnType<typeof placedPath>>;
  try {
    placed = await placedPath(from.ground.root, path);
  } catch {
    // Wider than what it stands on: nobody would be told that it holds.
    return;
  }
  const answer = await inBoth(both, (accounts) => accounts.grants.attest({ path: placed, ...LIMITS }));
  if (answer === 'ok' && to !== null) paths.push({ ground: from.ground, path, holder: to });
}

test(
  '[R4] what is kept in memory is what the file says, after every change and before every cleaning up',
  { timeout: 60_000 },
  async () => {
    const kinds = [
      'give',
      'give',
      'give',
      'group',
      'revoke',
      'leave',
      'end',
      'origins',
      'step',
      'step',
    ] as const;
    const act = fc.tuple(fc.constantFrom(...kinds), fc.nat(40), fc.nat(40));
    let lists = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const scene = await sceneOf();
        const [plain, recalling] = scene.both.stores;
        for (const each of acts) {
          await perform(scene, each);
          const truth = await said(must(plain, 'a store'), scene);
          deepEqual(await said(must(recalling, 'a store'), scene), truth, each.join(' '));
          deepEqual(await said(must(recalling, 'a store'), scene), truth, 'asked again');
          lists += truth.length;
        }
      }),
      { numRuns: 30 },
    );
    ok(lists > 500);
  },
);

test('[R4] a change that fails leaves what was kept as it was', async () => {
  const scene = await sceneOf();
  const [, recalling] = scene.both.stores;
  const { grants, sites } = must(recalling, 'a store');
  const { site } = must(scene.grounds[0], 'a site');
  const [ada, bea] = scene.people;
  const holders = async (of: SiteId): Promise<number> => (await grants.whoHolds(of, null, null, 20)).length;
  ok((await holders(site)) === 1);
  const first = must(scene.paths[0], 'a path');
  const toBea = await grantBy(must(ada, 'Ada').user, site, must(bea, 'Bea').user.key, {
    delegations: 6,
    quota: 1,
  });
  const wide = await grantBy(must(bea, 'Bea').user, site, must(ada, 'Ada').user.key, {
    delegations: 5,
    quota: 1,
  });
  const path = await placedPath(first.ground.root, [...first.path, toBea, wide]);
  // The first link is added and taken back, because with the second Ada would hold too many.
  const order = { path, ...LIMITS, holdingsMax: 1 };
  const answer = await inBoth(scene.both, (accounts) => accounts.grants.attest(order));
  deepEqual([answer, await holders(site)], ['full', 1]);
  deepEqual(await sites.access(must(bea, 'Bea').userId, must(bea, 'Bea').deviceId, site), null);
});

test('[R4] the key epoch of a site that goes with an access is the one that counts now', async () => {
  await using accounts = SqliteAccounts.open({ path: ':memory:' });
  await planted(accounts);
  await publishes(accounts.keys, ada);
  const epoch = async (): Promise<number | undefined> =>
    (await accounts.sites.access(ada.userId, ada.deviceId, garden.site))?.keyEpoch;
  deepEqual(await epoch(), 1);
  await rekeyed(accounts, 1);
  deepEqual(await epoch(), 2);
});
