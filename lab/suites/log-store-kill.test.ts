/** A real process with real files, killed without warning while it commits and compacts (SPEC J2). */

import { equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openLogStore } from '../../server/src/store/log-store-directory.ts';
import { killedWriter } from './killed.ts';
import { Diary, ShardDriver } from './shard-driver.ts';

const CHILD = fileURLToPath(new URL('./kill-child.ts', import.meta.url));
const RUNS = 4;
/** Two seconds on a quiet machine; the runner gives five. */
const SLOW = { timeout: 60_000 };
/** Entries that a killed process may have written without telling. */
const UNTOLD_MAX = 200;

test(
  '[J2] kill -9 in the middle of commits and compaction loses nothing that was acknowledged',
  SLOW,
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copse-kill-'));
    const diary = new Diary();
    for (let run = 0; run < RUNS; run++) {
      const lines = await killedWriter(
        [CHILD, directory, String(run)],
        (text) => text.length > 15_000 * (1 + run),
      );
      const told = lines.map((line) => line.split(' ').map(Number));
      ok(told.length > 500, `${told.length} entries were acknowledged`);
      for (const [log = 0, writer = 0, seq = 0, at = 0] of told) {
        const entry = diary.write(log, writer, 300);
        equal(entry.seq, seq);
        entry.at = at;
      }
      for (let i = 0; i < UNTOLD_MAX; i++) for (const log of [0, 1, 2]) diary.write(log, run, 300);
      await using store = await openLogStore({ directory, env: realEnv(), primitives: nativePrimitives() });
      const driver = new ShardDriver(store, diary);
      driver.check([0, 1, 2]);
      await store.compact();
      driver.check([0, 1, 2]);
      for await (const { where, what } of store.verify()) throw new Error(`${where}: ${what}`);
    }
    rmSync(directory, { recursive: true });
  },
);
