/**
 * A process that takes names as fast as it can and prints every checkpoint that it shows, until it is killed.
 * Run by `node-log-kill.test.ts`.
 */

import { writeSync } from 'node:fs';
import { realEnv } from 'copse/internal/base/env.ts';
import { key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { NodeLog } from '../../server/src/auth/node-log.ts';
import { openSqliteTlog } from '../../server/src/store/tlog-sqlite.ts';

const [path = '', run = '0', seedText = ''] = process.argv.slice(2);
const primitives = nativePrimitives();
const nodeSeed = Uint8Array.from(Buffer.from(seedText, 'hex'));
const node = key(await primitives.ed25519PublicKey(nodeSeed));
const log = await NodeLog.open({
  tlog: openSqliteTlog(path, primitives),
  primitives,
  env: realEnv(),
  nodeSeed,
  node,
});
writeSync(1, `${JSON.stringify(log.note.text)}\n`);

for (let round = 0; ; round++) {
  const names = Array.from({ length: 1 + (round % 40) }, (_, i) => `n${run}-${round}-${i}`);
  const user = key(primitives.sha256(new TextEncoder().encode(`${run} ${round}`)));
  await Promise.all(
    names.map((name) =>
      log.add({ body: { kind: 'claim', user, namespace: 'kill', name, number: 0 }, email: null }),
    ),
  );
  writeSync(1, `${JSON.stringify(log.note.text)}\n`);
}
