/**
 * What rights cost with a million grants on disk: asking, listing, attesting and taking back a subtree of
 * ten thousand, with the longest that anybody else waits meanwhile; one thread, synchronous=FULL.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { deviceId, key, siteId, userId, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import type { Attestation } from 'copse/internal/capability/attestation.ts';
import type { PlacedGrant } from '../../server/src/store/accounts-grants.ts';
import { ACCOUNTS_OPENING, SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { FIND_ALL } from '../../server/src/store/accounts-sqlite-layout-step.ts';
import { ACCOUNTS_SCHEMA } from '../../server/src/store/accounts-sqlite-schema.ts';
import { openMigrated } from '../../server/src/store/migrate.ts';
import { median, quantile, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';
import { Other } from './other.ts';

const LIMITS = { spreadMax: 1_000, holdingsMax: 1_000_000, belowMax: 10_000_000 };
export const SITES_PER_USER = 100;
const TOGETHER = 256;
/** Sites that somebody looks at now. */
const SITES_OPEN = 200;

export const rightsBench: Bench = {
  name: 'rights',
  async run(options) {
    const directory = mkdtempSync(join(tmpdir(), 'copse-bench-'));
    try {
      return await figures(options, join(directory, 'auth.sqlite'));
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

/** Ids are hashes: what is found by a part of one must find these apart, and in no order. */
const SPREAD = 2_654_435_761;
export const idOf = (n: number, size: number): string =>
  ((n * SPREAD) % 2 ** 32).toString(16).padStart(8, '0').padEnd(size, '0');
const idIn = (n: string, size: number): string =>
  `printf('%08x', (${n}) * ${SPREAD} % 4294967296) || '${'0'.repeat(size - 8)}'`;
const userOf = (n: number): UserId => userId(idOf(n, 16));
const siteOf = (n: number): SiteId => siteId(idOf(n, 32));

/** Users, their devices and their rights in as many sites, written at once. */
export function plantRights(path: string, users: number): void {
  using database = openMigrated(path, ACCOUNTS_SCHEMA, ACCOUNTS_OPENING);
  const n = (count: number): string =>
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`;
  const rights = users * SITES_PER_USER;
  const site = idIn(`(i / ${SITES_PER_USER} + i % ${SITES_PER_USER} * 37) % ${users}`, 32);
  const user = idIn(`i / ${SITES_PER_USER}`, 16);
  database.transaction(() => {
    database.execute(
      `${n(users)} INSERT INTO user SELECT ${idIn('i', 16)}, randomblob(32), 0, 'u' || i, '', '', 1, 0, NULL FROM n`,
    );
    database.execute(
      `${n(users)} INSERT INTO device SELECT ${idIn('i', 16)}, randomblob(32), ${idIn('i', 16)}, '', 1, 0, 0, 0, NULL FROM n`,
    );
    database.execute(
      `${n(users)} INSERT INTO site (id, root, label, version, key_epoch, members, created_ms) SELECT ${idIn('i', 32)}, randomblob(32), zeroblob(64), 1, 1, ${SITES_PER_USER}, 0 FROM n`,
    );
    database.execute(
      `${n(rights)} INSERT INTO attestation (id, hash, site, issuer, subject, kind, permissions, resource, delegations, not_before_ms, expires_ms, quota, body, route, stands, begins_ms, ends_ms, at_ms) SELECT i + 1, hash, site, zeroblob(32), zeroblob(32), 0, 3, '*', 7, 0, 0, 0, zeroblob(240), '', randomblob(8), 0, 0, 0 FROM (SELECT i, lower(hex(randomblob(32))) AS hash, ${site} AS site FROM n)`,
    );
    database.execute(
      `INSERT INTO held (id, hash, site, user, via, resource, permissions, delegations, not_before_ms, expires_ms, quota, stands) SELECT a.id, a.hash, a.site, ${idIn(`(a.id - 1) / ${SITES_PER_USER}`, 16)} AS user, a.id, '*', 3, 7, 0, 0, 0, randomblob(24) FROM attestation a ORDER BY a.site, user, a.id`,
    );
    database.execute(FIND_ALL);
    database.execute(
      `${n(rights)} INSERT INTO member (site, user, attestation, key_epoch, envelope, joined_ms) SELECT ${site}, ${user}, i + 1, 1, zeroblob(100), 0 FROM n`,
    );
  });
}

function shuffled<T>(all: readonly T[]): readonly T[] {
  return all
    .map((value) => ({ value, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

interface Run {
  readonly accounts: SqliteAccounts;
  readonly users: number;
}

async function figures(options: BenchOptions, path: string): Promise<readonly Figure[]> {
  const users = options.quick ? 1_000 : 10_000;
  options.note(`writing ${users * SITES_PER_USER} grants`);
  plantRights(path, users);
  const among = `among ${(users * SITES_PER_USER).toLocaleString('en')} grants`;
  await using accounts = SqliteAccounts.open({ path });
  const run = { accounts, users };
  const anyone = (): number => Math.floor(Math.random() * users);
  const asking = await singly(20_000, () => {
    const n = anyone();
    const site = siteOf((n + Math.floor(Math.random() * SITES_PER_USER) * 37) % users);
    return accounts.sites.access(userOf(n), deviceId(idOf(n, 16)), site);
  });
  // Each site once, in an order of chance, so that none was asked for before; then a few of them again and again.
  const sites = shuffled(Array.from({ length: users }, (_, n) => siteOf(n)));
  const listOf = (site: SiteId): Promise<unknown> => accounts.grants.whoHolds(site, null, null, 56);
  let next = 0;
  const who = await singly(Math.floor((users * 4) / 5), () => listOf(must(sites[next++], 'a site')));
  const again = await singly(10_000, () => listOf(must(sites[next++ % SITES_OPEN], 'a site')));
  const what = await singly(10_000, () => accounts.grants.whatHolds(userOf(anyone()), null, 64));
  return [
    quantileFigure(`one right, ${among}, p50`, asking, 0.5),
    quantileFigure('the same, p99', asking, 0.99),
    quantileFigure('who holds a site, 56 rows, asked for the first time, p50', who, 0.5),
    quantileFigure('the same, p99', who, 0.99),
    quantileFigure('the same, asked again, p50', again, 0.5),
    quantileFigure('the same, p99', again, 0.99),
    quantileFigure('what a user holds, 64 rows, p50', what, 0.5),
    ...(await attestFigures(run, options)),
    ...(await revokeFigures(run, options)),
  ];
}

/** Microseconds of each. */
async function singly(count: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  for (let i = 0; i < count / 4; i++) await work();
  const us: number[] = [];
  for (let i = 0; i < count; i++) {
    const beganMs = performance.now();
    await work();
    us.push((performance.now() - beganMs) * 1000);
  }
  return us;
}

function quantileFigure(name: string, us: readonly number[], q: number): Figure {
  return figure(name, 'µs', [quantile(us, q)], null);
}

function figure(name: string, unit: string, values: readonly number[], cpuPerOp: number | null): Figure {
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  return { name, unit, value: median(values), spread: spread(values), cpuPerOp, rivals: {}, rssMb };
}

let made = 0;

/** An attestation with everything but a signature, which the store never looks at. */
function grant(site: SiteId, holder: number, above: PlacedGrant | null): PlacedGrant {
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
  const none = key(new Uint8Array(32).fill(++made & 255));
  const of: Attestation = {
    id,
    issuer: none,
    subject: none,
    subjectKind: 'user',
    site,
    resource: '*',
    permissions: 3,
    delegations: above === null ? 7 : Math.max(0, above.grant.delegations - 1),
    notBeforeMs: 0,
    expiresMs: 0,
    quota: 0,
    caveats: [],
    nonce: new Uint8Array(16),
  };
  const issuer = above?.holder ?? userOf(0);
  const common = { bytes: new Uint8Array(240), from: 0, group: null };
  return { grant: of, ...common, above: above?.grant.id ?? null, issuer, holder: userOf(holder) };
}

async function attestAll(
  accounts: SqliteAccounts,
  paths: readonly (readonly PlacedGrant[])[],
): Promise<void> {
  for (let at = 0; at < paths.length; at += TOGETHER) {
    const batch = paths.slice(at, at + TOGETHER);
    const answers = await Promise.all(
      batch.map((path) => accounts.grants.attest({ path, atMs: 1, ...LIMITS })),
    );
    const wrong = answers.find((answer) => answer !== 'ok');
    if (wrong !== undefined) throw new Error(`an attestation was ${wrong}`);
  }
}

async function attestFigures({ accounts, users }: Run, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const count = quick ? 5_000 : 20_000;
  const runs = quick ? 3 : 5;
  const rates: number[] = [];
  const cpu = process.cpuUsage();
  for (let run = 0; run < runs; run++) {
    const paths = Array.from({ length: count }, () => {
      const n = Math.floor(Math.random() * users);
      return [grant(siteOf(n), Math.floor(Math.random() * users), null)];
    });
    const beganMs = performance.now();
    await attestAll(accounts, paths);
    rates.push((count * 1000) / (performance.now() - beganMs));
  }
  const { user, system } = process.cpuUsage(cpu);
  return [figure(`attested, durable, ${TOGETHER} at a time`, '/s', rates, (user + system) / (count * runs))];
}

/** A tree of one over a hundred over a hundred each, in one site. */
async function growTree(accounts: SqliteAccounts, users: number, size: number): Promise<PlacedGrant> {
  const site = siteOf(1);
  const wide = Math.round(Math.sqrt(size));
  const root = grant(site, 1, null);
  await attestAll(accounts, [[root]]);
  const second = Array.from({ length: wide }, (_, i) => grant(site, 2 + i, root));
  await attestAll(
    accounts,
    second.map((each) => [root, each]),
  );
  const third = second.flatMap((each, i) =>
    Array.from({ length: wide - 1 }, (_, j) => [root, each, grant(site, (200 + i * wide + j) % users, each)]),
  );
  await attestAll(accounts, third);
  return root;
}

async function revokeFigures({ accounts, users }: Run, options: BenchOptions): Promise<readonly Figure[]> {
  const size = 10_000;
  const runs = options.quick ? 2 : 5;
  const answered: number[] = [];
  const cleaned: number[] = [];
  const stalls: number[] = [];
  const previews: number[] = [];
  for (let run = 0; run < runs; run++) {
    const root = await growTree(accounts, users, size);
    const beganMs = performance.now();
    const blast = must(await accounts.grants.preview(root.grant.id, 8), 'a preview');
    previews.push(performance.now() - beganMs);
    options.note(`${blast.people} people, ${blast.grants} further grants`);
    const { first, last, stall } = await revokeBeside(accounts, users, root);
    answered.push(first);
    cleaned.push(last);
    stalls.push(stall);
  }
  return [
    figure('preview of a subtree of 10,000', 'ms', previews, null),
    figure('revoke a subtree of 10,000: it counts after', 'ms', answered, null),
    figure('the same: everything is cleaned up after', 'ms', cleaned, null),
    figure('the same: the longest wait of another meanwhile', 'ms', stalls, null),
  ];
}

async function revokeBeside(
  accounts: SqliteAccounts,
  users: number,
  root: PlacedGrant,
): Promise<{ readonly first: number; readonly last: number; readonly stall: number }> {
  const other = new Other(() => {
    const n = Math.floor(Math.random() * users);
    return accounts.sites.access(userOf(n), deviceId(idOf(n, 16)), siteOf(n));
  });
  const beganMs = performance.now();
  await accounts.grants.revoke({
    site: root.grant.site,
    attestation: root.grant.id,
    issuer: root.grant.issuer,
    holder: null,
    id: root.grant.id,
    bytes: new Uint8Array(200),
    atMs: 2,
  });
  const first = performance.now() - beganMs;
  await accounts.grants.settled();
  const last = performance.now() - beganMs;
  return { first, last, stall: await other.end() };
}
