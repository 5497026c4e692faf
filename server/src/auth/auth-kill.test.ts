/** Acknowledged changes of the authority survive kill -9 of a real process, and it goes on afterwards (SPEC A16). */

import { equal, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { must } from 'copse/internal/base/assert.ts';
import { ground, pair, person } from '../../../lab/suites/people.ts';
import { SqliteAccounts } from '../store/accounts-sqlite.ts';

const BUSY = fileURLToPath(new URL('../../../lab/suites/auth-busy.ts', import.meta.url));
const ROUNDS = 3;
/** Lines that a process may say before it is killed; the last one is usually cut. */
const LINES = [40, 95, 170];

/** Starts a process, kills it after some acknowledgements, and answers the whole lines that it said. */
async function killed(path: string, round: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [BUSY, path, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    said += text;
    if (said.split('\n').length > must(LINES[round], 'a number of lines')) child.kill('SIGKILL');
  });
  await ended;
  equal(child.signalCode, 'SIGKILL', 'it did not end by itself');
  return said.split('\n').slice(0, -1);
}

async function isThere(accounts: SqliteAccounts, what: string, name: string): Promise<boolean> {
  const { people, sites } = accounts;
  const host = await person(name);
  const guest = await person(`${name}'s guest`);
  const { site } = await ground(name);
  switch (what) {
    case 'user':
      return (await people.user(host.userId))?.profile.name === name;
    case 'site':
      return (await sites.membership(site, host.userId)) !== null;
    case 'invitation':
      return (await sites.invitation((await pair(`invitation ${name}`)).key))?.by === host.userId;
    case 'member':
      return (await sites.invitation((await pair(`invitation ${name}`)).key))?.takenBy === guest.userId;
    case 'left': {
      const { records } = await accounts.changes.kept();
      const isTold = records.some(({ change }) => change.kind === 'grant' && change.user === guest.userId);
      return isTold && (await sites.membership(site, guest.userId)) === null;
    }
    case 'revoked':
      return ((await people.device(host.deviceId))?.revokedMs ?? null) !== null;
    default:
      throw new Error(`an unknown line: ${what}`);
  }
}

test('[A16] what was acknowledged is there after kill -9, round after round', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copse-kill-'));
  try {
    const path = join(directory, 'auth.sqlite');
    const lines: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      lines.push(...(await killed(path, round)));
      await using accounts = SqliteAccounts.open({ path });
      for (const line of lines) {
        const [what = '', name = ''] = line.split(' ');
        ok(await isThere(accounts, what, name), `${line} is gone after round ${round}`);
      }
      const { records } = await accounts.changes.kept();
      records.forEach(({ seq }, n) => equal(seq, n + 1, 'changes are numbered without a hole'));
    }
    ok(lines.length > 200);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
