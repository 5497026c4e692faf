/** A real process with a real file, killed without warning while it puts messages and takes the oldest away (SPEC J2). */

import { equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { refsOf } from 'copse/internal/social/message/refs.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import { openPeerStore } from '../../server/src/store/peer.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { killedWriter } from './killed.ts';
import { castOf } from './peer-play.ts';

const CHILD = fileURLToPath(new URL('./peer-kill-child.ts', import.meta.url));
const RUNS = 3;
const SLOW = { timeout: 60_000 };
const primitives = nativePrimitives();

test(
  '[J2, Z26] kill -9 loses no message that was answered, and leaves counters that are right',
  SLOW,
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copse-peer-kill-'));
    const path = join(directory, 'peer.sqlite');
    const payer = must((await castOf(primitives)).keys[0], 'somebody');
    try {
      for (let run = 0; run < RUNS; run++) {
        const lines = await killedWriter([CHILD, path, String(run)], (told) => told.length > 60_000);
        {
          using file = openDatabase(path);
          equal(
            file.prepare<{ integrity_check: string }>('PRAGMA integrity_check').get()?.integrity_check,
            'ok',
          );
        }
        await using store = openPeerStore({ path, primitives, env: realEnv() });
        const { markMs, ...usage } = store.usage(payer);
        const answered = lines.map((line) => line.split(' '));
        const kept = answered.filter(([round]) => 1_000 + Number(round) >= markMs);
        ok(kept.length > 100, `${kept.length} of ${answered.length} messages are young enough`);
        for (const [, id = ''] of kept) ok(store.knows(must(fromHex(id), 'an id')), `${id} was answered`);
        const all = store.after(0, 1_000_000);
        const bytes = all.map(
          (each) => each.bytes.length + 64 * refsOf(primitives, readMessage(primitives, each.bytes)).length,
        );
        equal(usage.messages, all.length);
        equal(
          usage.bytes,
          bytes.reduce((sum, size) => sum + size, 0),
        );
        while (store.indexWords(64));
        ok(store.search(String(run), null, 9).length > 0);
        // The next process begins with times of its own, which the marks of this one would refuse.
        rmSync(path);
        for (const tail of ['-wal', '-shm']) rmSync(path + tail, { force: true });
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
