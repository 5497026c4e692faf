/** A real process with a real file, killed without warning while it commits (SPEC I12). */

import { equal, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SqliteNews } from '../../server/src/store/news-sqlite.ts';
import { numbersIn } from './news-numbers.ts';

const CHILD = fileURLToPath(new URL('./news-kill-child.ts', import.meta.url));
const RUNS = 4;
const BATCHES = 300;

/** Runs the writer until it has told of enough, then kills it; answers the last number that was answered. */
function runAndKill(path: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      told += text;
      if (told.split('\n').length > BATCHES) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const last = told.slice(0, told.lastIndexOf('\n')).split('\n').at(-1);
      if (signal === 'SIGKILL') resolve(Number(last));
      else reject(new Error(`the writer ended by itself: ${code} ${signal}`));
    });
  });
}

test(
  '[I12] kill -9 in the middle of commits loses no batch that was answered and leaves none by half',
  { timeout: 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copse-news-kill-'));
    const path = join(directory, 'notify.sqlite');
    let first = 1;
    for (let run = 0; run < RUNS; run++) {
      const answered = await runAndKill(path, first);
      ok(answered >= first + BATCHES - 10, `${answered - first} batches were answered`);
      await using store = SqliteNews.open({ path });
      const numbers = [...(await numbersIn(store))];
      equal(numbers.length, 1, numbers.join());
      ok(numbers[0] === answered || numbers[0] === answered + 1, `${numbers[0]} after ${answered}`);
      first = answered + 2;
    }
    rmSync(directory, { recursive: true });
  },
);
