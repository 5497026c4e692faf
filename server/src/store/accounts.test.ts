/** Both engines of accounts run the contract suite, and what only SQLite promises is tested here. */

import { deepEqual, equal, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { accountsSuite } from '../../../lab/suites/accounts.suite.ts';
import { grantsSuite } from '../../../lab/suites/grants.suite.ts';
import { treeSuite } from '../../../lab/suites/tree.suite.ts';
import { newUser, person } from '../../../lab/suites/people.ts';
import { MemoryAccounts } from './accounts-memory.ts';
import { SqliteAccounts } from './accounts-sqlite.ts';
import { openDatabase } from './sqlite.ts';

accountsSuite({ name: 'memory', open: async () => new MemoryAccounts() });
accountsSuite({ name: 'SQLite', open: async () => SqliteAccounts.open({ path: ':memory:' }) });

treeSuite({ name: 'memory', open: async () => new MemoryAccounts() });
treeSuite({ name: 'SQLite', open: async () => SqliteAccounts.open({ path: ':memory:' }) });

for (const engine of [
  { name: 'memory', open: async () => new MemoryAccounts() },
  { name: 'SQLite', open: async () => SqliteAccounts.open({ path: ':memory:' }) },
  {
    name: 'SQLite whose indexes are always being written',
    open: async () => SqliteAccounts.open({ path: ':memory:', waitingMax: 1 }),
  },
]) {
  grantsSuite(engine);
}

const T = 1_800_000_000_000;

interface Folder extends Disposable {
  readonly path: string;
}

function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'copse-accounts-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('[A16] accounts are there after closing and opening again', async () => {
  using directory = folder();
  const path = join(directory.path, 'auth.sqlite');
  {
    await using accounts = SqliteAccounts.open({ path });
    await accounts.people.signUp(newUser(await person('Ada'), T));
  }
  await using accounts = SqliteAccounts.open({ path });
  equal((await accounts.people.user((await person('Ada')).userId))?.profile.name, 'Ada');
});

test('[A16] closing commits what was asked for and takes nothing more', async () => {
  using directory = folder();
  const path = join(directory.path, 'auth.sqlite');
  const accounts = SqliteAccounts.open({ path });
  const asked = accounts.people.signUp(newUser(await person('Ada'), T));
  await accounts[Symbol.asyncDispose]();
  deepEqual(await asked, { kind: 'ok', admin: false, fresh: true });
  await rejects(accounts.people.signUp(newUser(await person('Bea'), T)), { code: 'closed' });
});

test('[J8] accounts of a newer version are refused', () => {
  using directory = folder();
  const path = join(directory.path, 'auth.sqlite');
  using database = openDatabase(path);
  database.execute('PRAGMA user_version = 99');
  database.execute('CREATE TABLE future (id INTEGER)');
  let code: unknown;
  try {
    SqliteAccounts.open({ path });
  } catch (thrown) {
    code = thrown instanceof Error && 'code' in thrown ? thrown.code : thrown;
  }
  equal(code, 'newer');
});
