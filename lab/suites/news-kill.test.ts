/** A real process with a real file, killed without warning while it commits (SPEC I12). */

import { equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SqliteNews } from '../../server/src/store/news-sqlite.ts';
import { killedWriter } from './killed.ts';
import { numbersIn } from './news-numbers.ts';

const CHILD = fileURLToPath(new URL('./news-kill-child.ts', import.meta.url));
const RUNS = 4;
const BATCHES = 300;

test(
  '[I12] kill -9 in the middle of commits loses no batch that was answered and leaves none by half',
  { timeout: 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copse-news-kill-'));
    const path = join(directory, 'notify.sqlite');
    let first = 1;
    for (let run = 0; run < RUNS; run++) {
      const lines = await killedWriter(
        [CHILD, path, String(first)],
        (told) => told.split('\n').length > BATCHES,
      );
      const answered = Number(lines.at(-1));
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
