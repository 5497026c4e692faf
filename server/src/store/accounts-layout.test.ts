/**
 * The step that lays the tables of rights out anew keeps everything that is in them: a file that the program of
 * the version before has written answers as it did, and a process that is killed on the way leaves a file
 * that starts.
 */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { siteId } from 'copse/internal/base/ids.ts';
import { answersOf, type Subjects } from '../../../lab/suites/accounts-answers.ts';
import { withFile } from '../../../lab/suites/with-file.ts';
import { briefIn, briefOf } from './accounts-sqlite-layout-step.ts';
import { ACCOUNTS_SCHEMA } from './accounts-sqlite-schema.ts';
import { SqliteAccounts } from './accounts-sqlite.ts';
import { migrate, openMigrated } from './migrate.ts';
import { openDatabase, type Database, type Value } from './sqlite.ts';

const BEFORE = 6;
const BEFORE_SCHEMA = { ...ACCOUNTS_SCHEMA, steps: ACCOUNTS_SCHEMA.steps.slice(0, BEFORE) };
const WRITTEN = fileURLToPath(new URL('../../../lab/suites/accounts-version-6.json', import.meta.url));
const OPEN = fileURLToPath(new URL('../../../lab/suites/accounts-open.ts', import.meta.url));

type Cell = number | string | null | { readonly hex: string };

/** What the program of version 6 had written, and what it answered about it. */
interface Written {
  readonly subjects: Subjects;
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, Cell>>[]>>;
  readonly answers: readonly string[];
}

function written(): Written {
  const read: Written = JSON.parse(readFileSync(WRITTEN, 'utf8'));
  return read;
}

/** A file of version 6 with those rows. */
function write(path: string, { tables }: Written): void {
  using database = openMigrated(path, BEFORE_SCHEMA);
  database.execute('PRAGMA foreign_keys = OFF');
  database.transaction(() => {
    for (const [table, rows] of Object.entries(tables)) {
      for (const row of rows) insert(database, table, row);
    }
  });
  equal(versionOf(database), BEFORE);
}

function insert(database: Database, table: string, row: Readonly<Record<string, Cell>>): void {
  const names = Object.keys(row);
  const marks = names.map(() => '?').join(', ');
  const values = Object.values(row).map((cell): Value =>
    typeof cell === 'object' && cell !== null ? must(fromHex(cell.hex), 'bytes in hex') : cell,
  );
  database.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`).run(...values);
}

function versionOf(database: Database): number {
  return database.prepare<{ user_version: number }>('PRAGMA user_version').get()?.user_version ?? -1;
}

test('[J8] a file of the layout before answers every question about rights as it did', () =>
  withFile('auth.sqlite', async (path) => {
    const before = written();
    ok(before.answers.length > 100);
    write(path, before);
    for (let opening = 0; opening < 2; opening++) {
      await using accounts = SqliteAccounts.open({ path });
      // The process that wrote it was ended in the middle of a revocation.
      await accounts.grants.settled();
      deepEqual(await answersOf(accounts, before.subjects), before.answers);
    }
  }));

test('[J8] rights of the layout before are handed on and taken back as any other', () =>
  withFile('auth.sqlite', async (path) => {
    const before = written();
    write(path, before);
    await using accounts = SqliteAccounts.open({ path });
    await accounts.grants.settled();
    const site = siteId(must(before.subjects.sites[0], 'a site'));
    const [first, second] = await accounts.grants.page(site, 0, 2);
    const { grant } = must(first, 'the founding');
    const below = must(second, 'what stands on it');
    equal(below.above, grant.id);
    const revoking = {
      site,
      attestation: below.id,
      issuer: grant.subject,
      holder: null,
      bytes: new Uint8Array(1),
      atMs: 5,
    };
    equal(
      await accounts.grants.revoke({ ...revoking, issuer: below.grant.issuer, id: '77'.repeat(32) }),
      'ok',
    );
    await accounts.grants.settled();
    deepEqual(await accounts.grants.standing([grant.id, below.id]), ['stands', 'fallen']);
    const whoBefore = before.answers.filter((line) => line.includes(below.id)).length;
    const whoNow = await accounts.grants.whoHolds(site, null, null, 100);
    ok(whoBefore > 0 && whoNow.every((holding) => holding.via !== below.id));
  }));

test('[J8] 48 bits of an id are the same number in SQL', () => {
  using database = openDatabase(':memory:');
  const ask = database.prepare<{ n: number }>(`SELECT ${briefIn('t')} AS n FROM (SELECT ? AS t)`);
  for (const id of [
    '0'.repeat(64),
    'f'.repeat(64),
    '0123456789abcdef'.repeat(2),
    'fedcba9876543210'.repeat(4),
  ]) {
    equal(ask.get(id)?.n, briefOf(id));
  }
});

/** Enough that the step takes a while. */
function enlarge(path: string, count: number): void {
  using database = openDatabase(path);
  const n = `WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < ${count + 999})`;
  database.execute(`${n} INSERT INTO attestation (id, hash, site, issuer, subject, permissions, resource, delegations,
    not_before_ms, expires_ms, quota, body) SELECT i, lower(hex(randomblob(32))), printf('%032x', i % 999), x'00',
    x'00', 3, '*', 7, 0, 0, 0, zeroblob(300) FROM n`);
  database.execute(`${n} INSERT INTO held (id, site, user, via, resource, permissions, delegations, not_before_ms,
    expires_ms, quota, stands) SELECT i, printf('%032x', i % 999), printf('%016x', i), i, '*', 3, 7, 0, 0, 0,
    randomblob(8) FROM n`);
}

/** Starts a process that opens the file and kills it so long after it has begun; answers whether it was done. */
async function killedAfter(path: string, ms: number): Promise<boolean> {
  const child = spawn(process.execPath, [OPEN, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), ms);
    said += text;
  });
  await ended;
  return said.includes('open ');
}

test(
  '[J8] kill -9 in the middle of the step leaves a file that starts, with everything in it',
  { timeout: 60_000 },
  () =>
    withFile('auth.sqlite', async (path) => {
      const count = 60_000;
      const before = written();
      write(path, before);
      enlarge(path, count);
      let unfinished = 0;
      for (const ms of [20, 60, 120, 200]) {
        if (await killedAfter(path, ms)) break;
        using database = openDatabase(path, { readonly: true });
        ok([BEFORE, BEFORE + 1].includes(versionOf(database)), 'a whole version');
        if (versionOf(database) === BEFORE) unfinished++;
      }
      ok(unfinished > 0, 'at least one was killed on the way');
      {
        await using accounts = SqliteAccounts.open({ path });
        await accounts.grants.settled();
        deepEqual(await answersOf(accounts, before.subjects), before.answers);
      }
      using database = openDatabase(path);
      const rows = must(before.tables['attestation'], 'attestations').length + count;
      for (const table of ['attestation', 'attestation_brief', 'attestation_place'])
        equal(database.prepare<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n, rows);
      deepEqual(database.prepare('PRAGMA integrity_check').all(), [{ integrity_check: 'ok' }]);
      migrate(database, ACCOUNTS_SCHEMA);
    }),
);
