/** Guesses at a recovery and backups of its realm (SPEC P6, P13). */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { restoredTriesMax } from 'copse/internal/base/limits.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { userId } from 'copse/internal/base/ids.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { backUp, restore } from '../../server/src/store/backup.ts';

const primitives = nativePrimitives();
const ID = 'ab'.repeat(16);
const OWNER = 'cd'.repeat(32);
const TRIES_MAX = 10;
const guess = { id: ID, atMs: 5, decoyTriesMax: TRIES_MAX, decoysMax: 100 };

function secret(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}

function openIn(directory: string): SqliteAccounts {
  return SqliteAccounts.open({ path: join(directory, 'accounts.sqlite') });
}

async function register(accounts: SqliteAccounts): Promise<void> {
  const answer = await accounts.recoveries.register({
    id: ID,
    owner: OWNER,
    card: new Uint8Array(40),
    secrets: { seed: secret(1), tag: secret(2), share: secret(3) },
    triesMax: TRIES_MAX,
    madeMs: 1,
    atMs: 1,
    by: { kind: 'user', user: userId('ef'.repeat(8)) },
    perUserMax: 4,
  });
  equal(answer, 'ok');
}

async function left(accounts: SqliteAccounts): Promise<number> {
  let count = 0;
  while ((await accounts.recoveries.guess(guess)).kind === 'open') count++;
  return count;
}

test('[P13] a restored realm gives few guesses, however many there were', async () => {
  const root = mkdtempSync(join(tmpdir(), 'copse-guesses-'));
  const at = (name: string): string => join(root, name);
  try {
    mkdirSync(at('data'));
    {
      await using accounts = openIn(at('data'));
      await register(accounts);
      deepEqual((await accounts.recoveries.find(ID))?.tries, 0);
      backUp({ directory: at('data'), target: at('fresh'), nowMs: 1, version: '1' });
      equal(await left(accounts), TRIES_MAX);
      equal(await accounts.recoveries.isLocked(ID), true);
      backUp({ directory: at('data'), target: at('locked'), nowMs: 1, version: '1' });
    }
    await restore({ from: at('fresh'), directory: at('again'), primitives });
    {
      await using accounts = openIn(at('again'));
      equal(await left(accounts), restoredTriesMax);
      const record = await accounts.recoveries.find(ID);
      ok(record !== null && record.secrets === null, 'and then its secrets are gone');
    }
    await restore({ from: at('locked'), directory: at('still'), primitives });
    await using accounts = openIn(at('still'));
    equal(await left(accounts), 0);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('[P13] a recovery of which fewer guesses are left keeps those', async () => {
  const root = mkdtempSync(join(tmpdir(), 'copse-guesses-'));
  const at = (name: string): string => join(root, name);
  try {
    mkdirSync(at('data'));
    {
      await using accounts = openIn(at('data'));
      await register(accounts);
      for (let n = 0; n < TRIES_MAX - 1; n++) await accounts.recoveries.guess(guess);
      backUp({ directory: at('data'), target: at('backup'), nowMs: 1, version: '1' });
    }
    await restore({ from: at('backup'), directory: at('again'), primitives });
    await using accounts = openIn(at('again'));
    equal(await left(accounts), 1);
    await accounts.recoveries.recovered(ID, 9);
    equal((await accounts.recoveries.find(ID))?.recoveredMs ?? null, null, 'locked is locked');
  } finally {
    rmSync(root, { recursive: true });
  }
});
