/**
 * A process that writes into a log store as fast as it can and prints what was acknowledged, one line
 * per entry, until it is killed. Run by `log-store-kill.test.ts`.
 */

import { writeSync } from 'node:fs';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openLogStore } from '../../server/src/store/log-store-directory.ts';
import { Diary, ShardDriver } from './shard-driver.ts';

const [directory = '', run = '0'] = process.argv.slice(2);
const store = await openLogStore({ directory, env: realEnv(), primitives: nativePrimitives() });
const diary = new Diary();
const driver = new ShardDriver(store, diary);

let compacting = false;
for (let round = 0; ; round++) {
  const entries = [0, 1, 2].map((log) =>
    Array.from({ length: 1 + (round % 7) }, () => diary.write(log, Number(run), 300)),
  );
  for (const some of entries) driver.offer(some);
  await driver.flush();
  const lines = entries.flat().map(({ log, writer, seq, at }) => `${log} ${writer} ${seq} ${at}\n`);
  writeSync(1, lines.join(''));
  if (compacting || round % 5 !== 0) continue;
  compacting = true;
  store.compact().then(
    () => (compacting = false),
    (thrown: unknown) => writeSync(2, String(thrown)),
  );
}
