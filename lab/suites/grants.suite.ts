/**
 * The contract of rights in the store (`server/src/store/accounts-grants.ts`), run against every engine.
 * Signatures are the service's business; paths come placed by the same walk that verifies them.
 */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { folderPattern, logId, type SiteId } from 'copse/internal/base/ids.ts';
import { openAttestation, type Grant } from 'copse/internal/capability/attestation.ts';
import { objectId, type ObjectId } from 'copse/internal/capability/cose.ts';
import { Route } from 'copse/internal/capability/route.ts';
import { siteIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import type { Attested, Attesting, PlacedGrant } from '../../server/src/store/accounts-grants.ts';
import type { AccountsEngine } from './accounts.suite.ts';
import {
  grantBy,
  ground,
  newUser,
  pair,
  person,
  primitives,
  stored,
  type Pair,
  type Person,
} from './people.ts';

const T = 1_800_000_000_000;
const LIMITS = { atMs: T, spreadMax: 100, holdingsMax: 8, belowMax: 1000 };
const LOG = logId('5a'.repeat(16));
const FOLDER = folderPattern(`${'5a'.repeat(8)}*`);
const OTHER = logId('5b'.repeat(16));

/** A path with its places, as auth hands it over. */
export async function placedPath(root: Pair, path: readonly Uint8Array[]): Promise<readonly PlacedGrant[]> {
  const route = new Route(primitives, root.key);
  for (const bytes of path) {
    const link = must(await openAttestation(primitives, bytes), 'a grant that holds');
    equal(route.take(link), null, 'a path of the test is a path');
  }
  return route.places.map(({ link, above, from }, at) => ({
    grant: link,
    bytes: must(path[at], 'an attestation'),
    above: above?.id ?? null,
    from,
    issuer: userIdOf(primitives, link.issuer),
    holder: userIdOf(primitives, link.subject),
    group: link.subjectKind === 'group' ? siteIdOf(primitives, link.subject) : null,
  }));
}

/** People of a garden that Ada has founded, and what they do with its rights. */
class Garden {
  readonly accounts: Accounts;
  readonly site: SiteId;
  readonly root: Pair;
  /** Paths by the name of whom they lead to. */
  readonly paths = new Map<string, readonly Uint8Array[]>();

  private constructor(accounts: Accounts, of: { readonly root: Pair; readonly site: SiteId }) {
    this.accounts = accounts;
    this.site = of.site;
    this.root = of.root;
  }

  static async plant(accounts: Accounts, names: readonly string[]): Promise<Garden> {
    const garden = new Garden(accounts, await ground('garden'));
    for (const name of names) await accounts.people.signUp(newUser(await person(name), T));
    const ada = await person('Ada');
    const bytes = await grantBy(garden.root, garden.site, ada.user.key);
    const founding = { site: garden.site, root: garden.root.key, founder: ada.userId };
    const rest = { label: new Uint8Array(1), envelope: new Uint8Array(1), atMs: T, sitesMax: 9 };
    equal(await accounts.sites.found({ ...founding, granted: await stored(bytes), ...rest }), 'ok');
    garden.paths.set('Ada', [bytes]);
    return garden;
  }

  path(name: string): readonly Uint8Array[] {
    return must(this.paths.get(name), `a path to ${name}`);
  }

  idOf(name: string): ObjectId {
    return objectId(primitives, must(this.path(name).at(-1), 'an attestation'));
  }

  /** Hands on by the path to `by`; `name` is the path's. */
  async give(by: string, to: string, part: Partial<Grant> = {}, name = to): Promise<Attested> {
    const depth = this.path(by).length;
    const issuer = (await person(by.split(' ')[0] ?? by)).user;
    const subject = (await person(to)).user.key;
    const grant = { permissions: 3, delegations: Math.max(0, 7 - depth), ...part };
    const bytes = await grantBy(issuer, this.site, subject, grant);
    return this.attest([...this.path(by), bytes], name);
  }

  async attest(path: readonly Uint8Array[], name: string, part: Partial<Attesting> = {}): Promise<Attested> {
    this.paths.set(name, path);
    return this.accounts.grants.attest({ path: await placedPath(this.root, path), ...LIMITS, ...part });
  }

  async revoke(name: string, by: string, site = this.site) {
    const issuer = (await person(by)).user.key;
    return this.revokeAs(name, issuer, site);
  }

  revokeAs(name: string, issuer: Pair['key'], site = this.site) {
    const attestation = this.idOf(name);
    const bytes = new Uint8Array(3);
    const id = `${attestation.slice(0, 60)}${(this.#revocations++).toString(16).padStart(4, '0')}`;
    const order = { site, attestation, issuer, holder: null, id, bytes, atMs: T + 5 };
    return this.accounts.grants.revoke(order);
  }

  #revocations = 0;

  /** Names with the permissions they have on a log. */
  async may(log = LOG, names: readonly string[] = ['Ada', 'Bea', 'Cleo', 'Dora']): Promise<string> {
    const all = await Promise.all(names.map(async (name) => `${name} ${await this.#mayOne(name, log)}`));
    return all.filter((text) => !text.endsWith(' 0')).join(', ');
  }

  async #mayOne(name: string, log: typeof LOG): Promise<number> {
    const who = await person(name);
    const access = await this.accounts.sites.access(who.userId, who.deviceId, this.site);
    const rights = (access?.holdings ?? []).map((holding) => holding.rights);
    const covering = rights.filter(
      ({ resource }) => resource === '*' || log.startsWith(resource.replace('*', '')),
    );
    return covering.reduce((bits, { permissions }) => bits | permissions, 0);
  }
}

const NAMES = ['Ada', 'Bea', 'Cleo', 'Dora'];

export function grantsSuite(engine: AccountsEngine): void {
  const check = (title: string, run: (garden: Garden, accounts: Accounts) => Promise<void>): void => {
    test(`${title} (${engine.name})`, async () => {
      await using accounts = await engine.open();
      await run(await Garden.plant(accounts, NAMES), accounts);
    });
  };
  tableCases(check);
  fallCases(check);
  groupCases(check);
}

type Check = (title: string, run: (garden: Garden, accounts: Accounts) => Promise<void>) => void;

function tableCases(check: Check): void {
  check('[R4] what is attested is a row at once, and rights of several paths add up', async (garden) => {
    equal(await garden.may(), 'Ada 31');
    equal(await garden.give('Ada', 'Bea', { permissions: 1 }), 'ok');
    equal(await garden.give('Ada', 'Bea', { permissions: 2, resource: FOLDER }, 'Bea 2'), 'ok');
    equal(await garden.may(), 'Ada 31, Bea 3');
    equal(await garden.may(OTHER), 'Ada 31, Bea 1');
    equal(await garden.attest(garden.path('Bea 2'), 'Bea 2'), 'known');
  });

  check('[R4] a whole path is taken at once, and none of it when one link is refused', async (garden) => {
    const [ada, bea, cleo, dora] = await Promise.all(NAMES.map((name) => person(name)));
    const link = (by: Person | undefined, to: Person | undefined, delegations: number, part = {}) =>
      grantBy(must(by, 'a person').user, garden.site, must(to, 'a person').user.key, {
        delegations,
        ...part,
      });
    const toBea = await link(ada, bea, 6, { quota: 1 });
    const toCleo = await link(bea, cleo, 5, { quota: 1, permissions: 1 });
    equal(await garden.attest([...garden.path('Ada'), toBea, toCleo], 'Cleo'), 'ok');
    equal(await garden.may(), 'Ada 31, Bea 31, Cleo 1');
    const toDora = await link(bea, dora, 5, { quota: 1 });
    equal(await garden.attest([...garden.path('Ada'), toBea, toDora], 'Dora'), 'quota');
    const again = await link(ada, dora, 6, { quota: 1 });
    const second = await link(dora, bea, 5, { quota: 1 });
    equal(await garden.attest([...garden.path('Ada'), again, second], 'x', { holdingsMax: 1 }), 'full');
    equal(await garden.may(), 'Ada 31, Bea 31, Cleo 1', 'the first link of a refused path is not kept');
  });

  check('[R4] who holds a log, and what somebody holds, page by page', async (garden, { grants }) => {
    await garden.give('Ada', 'Bea', { resource: LOG });
    await garden.give('Ada', 'Cleo', { resource: FOLDER });
    await garden.give('Ada', 'Dora', { resource: OTHER });
    const ids = new Map(
      await Promise.all(NAMES.map(async (name) => [(await person(name)).userId, name] as const)),
    );
    const names = (rows: readonly { readonly user: string }[]): string[] =>
      rows.map((row) => [...ids].find(([id]) => id === row.user)?.[1] ?? '?').toSorted();
    deepEqual(names(await grants.whoHolds(garden.site, LOG, null, 10)), ['Ada', 'Bea', 'Cleo']);
    deepEqual(names(await grants.whoHolds(garden.site, null, null, 10)), NAMES);
    const paged: { readonly user: string }[] = [];
    for (let after = null as Parameters<typeof grants.whoHolds>[2]; ;) {
      const [row] = await grants.whoHolds(garden.site, LOG, after, 1);
      if (row === undefined) break;
      paged.push(row);
      after = { user: row.user, number: row.number };
    }
    deepEqual(names(paged), ['Ada', 'Bea', 'Cleo']);
    const [what] = await grants.whatHolds((await person('Bea')).userId, null, 10);
    deepEqual([what?.site, what?.rights.resource, what?.via], [garden.site, LOG, garden.idOf('Bea')]);
    const page = await grants.page(garden.site, 0, 2);
    const rest = await grants.page(garden.site, must(page.at(-1), 'a page').number, 10);
    deepEqual([page.length, rest.length], [2, 2]);
    deepEqual(page[1]?.above, garden.idOf('Ada'));
  });

  check('[R4] who has left hands nothing on, and what she had handed on stays', async (garden, { sites }) => {
    await garden.give('Ada', 'Bea');
    equal(await sites.leave(garden.site, (await person('Ada')).userId, T + 1), true);
    equal(await garden.may(), 'Bea 3');
    equal(await garden.give('Ada', 'Cleo'), 'forbidden');
    equal(await garden.give('Bea', 'Cleo', { permissions: 1 }), 'ok');
  });
}

function fallCases(check: Check): void {
  check('[R5] a revocation takes what stands on it, at once and nothing else', async (garden, { grants }) => {
    await garden.give('Ada', 'Bea');
    await garden.give('Bea', 'Cleo');
    await garden.give('Cleo', 'Dora');
    await garden.give('Ada', 'Dora', { permissions: 1 }, 'Dora 2');
    const blast = must(await grants.preview(garden.idOf('Bea'), 9), 'a preview');
    deepEqual(
      [blast.people, blast.out, blast.devices, blast.sites, blast.grants, blast.some.length],
      [3, 2, 3, 1, 2, 3],
    );
    equal(await garden.revoke('Bea', 'Cleo'), 'forbidden', 'from below');
    equal(await garden.may(), 'Ada 31, Bea 3, Cleo 3, Dora 3');
    equal(await garden.revoke('Bea', 'Ada'), 'ok');
    equal(await garden.may(), 'Ada 31, Dora 1', 'before anything is cleaned up');
    deepEqual(await grants.standing([garden.idOf('Cleo'), garden.idOf('Dora 2')]), ['fallen', 'stands']);
    equal(await garden.give('Cleo', 'Bea', {}, 'late'), 'revoked');
    await grants.settled();
    equal(await garden.may(), 'Ada 31, Dora 1');
    equal(await garden.give('Cleo', 'Bea', {}, 'later'), 'revoked', 'also when it is cleaned up');
    equal(await garden.attest(garden.path('Bea'), 'Bea'), 'revoked', 'the withdrawn one itself');
    equal(await garden.revoke('Bea', 'Ada'), 'known');
    equal((await grants.page(garden.site, 0, 9)).length, 2);
    equal((await grants.since(garden.site, 0, 9)).filter((row) => row.endedMs !== null).length, 3);
    equal((await grants.revocations(garden.site, 0, 9)).length, 1);
  });

  check('[R5] any ancestor revokes, the root key too; in another site it is unknown', async (garden) => {
    await garden.give('Ada', 'Bea');
    await garden.give('Bea', 'Cleo');
    await garden.give('Cleo', 'Dora');
    equal(await garden.revoke('Dora', 'Ada', (await ground('other')).site), 'unknown');
    equal(await garden.revoke('Dora', 'Bea'), 'ok');
    equal(await garden.revokeAs('Cleo', garden.root.key), 'ok');
    equal(await garden.may(), 'Ada 31, Bea 3');
  });

  check(
    '[R5] a member whose right falls is one no more, unless she holds another',
    async (garden, { sites, grants }) => {
      const one = pair('one-time');
      const ada = await person('Ada');
      const bea = await person('Bea');
      const above = await stored(must(garden.path('Ada')[0], 'a path'));
      const { key, seed } = await one;
      const invited = await stored(
        await grantBy(ada.user, garden.site, key, { subjectKind: 'oneTime', permissions: 3, delegations: 2 }),
        above,
      );
      const envelope = new Uint8Array(1);
      const common = { site: garden.site, envelope, atMs: T };
      const invite = { ...common, by: ada.userId, granted: invited, expiresMs: T + 9e6, openMax: 9 };
      equal(await sites.invite(invite), 'ok');
      const exchanged = await stored(
        await grantBy({ key, seed }, garden.site, bea.user.key, { permissions: 3, delegations: 1 }),
        invited,
      );
      const joining = { ...common, user: bea.userId, key, granted: exchanged, membersMax: 9, sitesMax: 9 };
      equal(await sites.join(joining), 'ok');
      await garden.give('Ada', 'Bea', { permissions: 1 }, 'Bea 2');
      garden.paths.set('invited', [...garden.path('Ada'), invited.bytes]);
      equal(await garden.revoke('invited', 'Ada'), 'ok');
      for (const settle of [false, true]) {
        if (settle) await grants.settled();
        const held = must(await sites.membership(garden.site, bea.userId), 'still a member');
        deepEqual([held.rights.permissions, held.attestation], [1, garden.idOf('Bea 2')]);
        equal((await sites.members(garden.site, null, 9)).length, 2);
      }
      equal(await garden.revoke('Bea 2', 'Ada'), 'ok');
      equal(await sites.membership(garden.site, bea.userId), null);
      await grants.settled();
      equal(await sites.membership(garden.site, bea.userId), null);
      equal((await sites.site(garden.site))?.members, 1);
      equal(await sites.invite({ ...invite, granted: invited }), 'ok', 'the same again');
    },
  );

  check('[R5] an open invitation falls with the right it stands on', async (garden, { sites, grants }) => {
    const bea = await person('Bea');
    await garden.give('Ada', 'Bea', { permissions: 31 });
    const { key } = await pair('one-time 2');
    const part = { subjectKind: 'oneTime', permissions: 1, delegations: 1 } as const;
    const granted = await stored(await grantBy(bea.user, garden.site, key, part));
    const above = garden.idOf('Bea');
    const envelope = new Uint8Array(1);
    const invite = { site: garden.site, by: bea.userId, envelope, atMs: T, expiresMs: T + 9e6, openMax: 9 };
    // Without a membership of her own there is nothing to invite by.
    equal(await sites.invite({ ...invite, granted: { ...granted, above } }), 'forbidden');
    equal(await garden.revoke('Ada', 'Ada'), 'forbidden');
    equal(await garden.revokeAs('Ada', garden.root.key), 'ok');
    equal(await garden.may(), '');
    await grants.settled();
    equal((await sites.members(garden.site, null, 9)).length, 0);
  });

  check(
    '[R7] one revocation is one change, and what is attested is told too',
    async (garden, { changes }) => {
      await garden.give('Ada', 'Bea');
      await garden.give('Bea', 'Cleo');
      await garden.revoke('Bea', 'Ada');
      await garden.accounts.grants.settled();
      const { records } = await changes.kept();
      deepEqual(
        records.map(({ change }) => change.kind),
        ['widened', 'widened', 'fallen'],
      );
      const last = records.at(-1)?.change;
      equal(last?.kind === 'fallen' ? last.attestation : '', garden.idOf('Bea').slice(0, 16));
      const [holding] = await garden.accounts.grants.held(garden.site, (await person('Ada')).userId);
      deepEqual(holding?.stands, [garden.idOf('Ada').slice(0, 16)]);
    },
  );
}

function groupCases(check: Check): void {
  /** The group of friends: Bea founds it, and is in it. */
  async function friends(garden: Garden) {
    const { root, site } = await ground('friends');
    const bea = await person('Bea');
    const founding = await grantBy(root, site, bea.user.key);
    await garden.accounts.grants.attest({ path: await placedPath(root, [founding]), ...LIMITS });
    const add = async (name: string, part: Partial<Grant> = {}) => {
      const subject = (await person(name)).user.key;
      const link = await grantBy(bea.user, site, subject, { permissions: 1, delegations: 1, ...part });
      garden.paths.set(`${name} in friends`, [founding, link]);
      const path = await placedPath(root, [founding, link]);
      return garden.accounts.grants.attest({ path, ...LIMITS });
    };
    const give = async (part: Partial<Grant> = {}) => {
      const ada = await person('Ada');
      const grant = { subjectKind: 'group', permissions: 3, delegations: 2, ...part } as const;
      const link = await grantBy(ada.user, garden.site, root.key, grant);
      return garden.attest([...garden.path('Ada'), link], 'friends');
    };
    return { root, site, founding, add, give };
  }

  check('[R3] a group holds for those in it, whoever comes first', async (garden, { grants }) => {
    const group = await friends(garden);
    equal(await group.add('Cleo'), 'ok');
    equal(await garden.may(), 'Ada 31');
    equal(await group.give(), 'ok');
    equal(await garden.may(), 'Ada 31, Bea 3, Cleo 3');
    equal(await group.add('Dora'), 'ok');
    equal(await garden.may(), 'Ada 31, Bea 3, Cleo 3, Dora 3');
    const blast = must(await grants.preview(garden.idOf('Dora in friends'), 9), 'a preview');
    deepEqual([blast.people, blast.sites, blast.grants], [1, 2, 0]);
    equal(await garden.revoke('Dora in friends', 'Bea', group.site), 'ok');
    equal(await garden.may(), 'Ada 31, Bea 3, Cleo 3');
    await grants.settled();
    equal(await garden.may(), 'Ada 31, Bea 3, Cleo 3');
    equal(await garden.revoke('friends', 'Ada'), 'ok');
    equal(await garden.may(), 'Ada 31');
    await grants.settled();
    equal((await grants.held(group.site, (await person('Cleo')).userId)).length, 1, 'the group is as it was');
  });

  check(
    '[R3] what somebody hands on by a group falls when she leaves the group',
    async (garden, { grants }) => {
      const group = await friends(garden);
      await group.add('Cleo');
      await group.give();
      const cleo = await person('Cleo');
      const dora = await person('Dora');
      const link = await grantBy(cleo.user, garden.site, dora.user.key, { permissions: 1, delegations: 0 });
      const path = [...garden.path('friends'), ...garden.path('Cleo in friends'), link];
      equal(await garden.attest(path, 'Dora'), 'ok');
      equal(await garden.may(), 'Ada 31, Bea 3, Cleo 3, Dora 1');
      deepEqual(await grants.path(garden.idOf('Dora')), path);
      const [holding] = await grants.held(garden.site, cleo.userId);
      deepEqual(await grants.pathOf(must(holding, 'a right')), path.slice(0, 4));
      equal(must(await grants.preview(garden.idOf('Cleo in friends'), 9), 'a preview').people, 2);
      equal(await garden.revoke('Cleo in friends', 'Bea', group.site), 'ok');
      for (const settle of [false, true]) {
        if (settle) await grants.settled();
        equal(await garden.may(), 'Ada 31, Bea 3');
        deepEqual(await grants.standing([garden.idOf('Dora')]), ['fallen']);
      }
      // The same statement under another path stands again: it was not itself revoked.
      await garden.give('Ada', 'Cleo', {}, 'Cleo');
      equal(await garden.attest([...garden.path('Cleo'), link], 'Dora'), 'ok');
      equal(await garden.may(), 'Ada 31, Bea 3, Cleo 3, Dora 1');
    },
  );

  check(
    '[R3] a group in a group holds for both, dates and all; one without reading holds nothing',
    async (garden) => {
      const group = await friends(garden);
      const inner = await ground('inner');
      const dora = await person('Dora');
      const toDora = await grantBy(inner.root, inner.site, dora.user.key, {
        permissions: 1,
        expiresMs: T + 50,
      });
      const path = await placedPath(inner.root, [toDora]);
      await garden.accounts.grants.attest({ path, ...LIMITS });
      const bea = await person('Bea');
      const nested = { subjectKind: 'group', permissions: 1, delegations: 1 } as const;
      const link = await grantBy(bea.user, group.site, inner.root.key, nested);
      const both = await placedPath(group.root, [group.founding, link]);
      equal(await garden.accounts.grants.attest({ path: both, ...LIMITS }), 'ok');
      equal(await group.add('Cleo', { permissions: 2 }), 'ok');
      equal(await group.give(), 'ok');
      equal(await garden.may(), 'Ada 31, Bea 3, Dora 3');
      const [held] = await garden.accounts.grants.held(garden.site, dora.userId);
      deepEqual([held?.rights.expiresMs, held?.isShared, held?.stands.length], [T + 50, true, 5]);
    },
  );

  check('[R3] groups in one another end, and their size has a limit', async (garden, { grants }) => {
    const group = await friends(garden);
    const inner = await ground('inner');
    const loop = { subjectKind: 'group', permissions: 31, delegations: 6 } as const;
    const into = await grantBy(group.root, group.site, inner.root.key, loop);
    const back = await grantBy(inner.root, inner.site, group.root.key, loop);
    equal(await grants.attest({ path: await placedPath(group.root, [into]), ...LIMITS }), 'ok');
    equal(await grants.attest({ path: await placedPath(inner.root, [back]), ...LIMITS }), 'ok');
    equal(await group.add('Cleo'), 'ok');
    equal(await group.give(), 'ok');
    equal(await garden.may(), 'Ada 31, Bea 3, Cleo 3');
    const ada = await person('Ada');
    const link = await grantBy(ada.user, garden.site, group.root.key, {
      subjectKind: 'group',
      delegations: 1,
    });
    equal(await garden.attest([...garden.path('Ada'), link], 'x', { spreadMax: 1 }), 'full');
  });

  check('[R8] a sealed grant is a hash and a bit', async (garden, { grants, changes }) => {
    const bea = await person('Bea');
    const id = 'ab'.repeat(32);
    equal(await grants.hasSealed(garden.site), false);
    const order = { id, site: garden.site, by: bea.userId, atMs: T };
    const before = (await changes.kept()).records.length;
    equal(await grants.seal(order, 1), 'ok');
    // A tail that was told that no proof helps here asks anew.
    const told = (await changes.kept()).records.slice(before).map(({ change }) => change);
    deepEqual(told, [{ kind: 'site', site: garden.site, keyEpoch: 1 }]);
    equal(await grants.seal(order, 1), 'ok');
    equal((await changes.kept()).records.length, before + 1);
    equal(await grants.seal({ ...order, id: 'cd'.repeat(32) }, 1), 'full');
    equal(await grants.hasSealed(garden.site), true);
    deepEqual(await grants.standing([id, 'ef'.repeat(32)]), ['sealed', 'unknown']);
    const bytes = new Uint8Array(1);
    const issuer = bea.user.key;
    const revoking = { site: garden.site, attestation: id, issuer, holder: null, bytes, atMs: T };
    equal(await grants.revoke({ ...revoking, id: '01'.repeat(32) }), 'ok');
    equal(await grants.revoke({ ...revoking, id: '02'.repeat(32) }), 'known');
    deepEqual(await grants.standing([id]), ['fallen']);
  });
}
