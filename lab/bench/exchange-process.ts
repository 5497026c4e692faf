/**
 * A node that is visited, in a process of its own, for the benchmark of the exchange: a store of messages behind the
 * door of a peer. Prints its port, and for each line on its input what it has used of the processor since the one before.
 */

import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { realEnv } from 'copse/internal/base/env.ts';
import { identityOf } from 'copse/internal/social/handshake-keys.ts';
import { Peer } from 'copse/internal/social/peer/peer.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { PeerDoor } from '../../server/src/node/peer-door.ts';
import { openPeerStores } from '../../server/src/store/peer.ts';
import { listenWith } from '../suites/door-stage.ts';
import { strangersAt } from '../suites/strangers-stage.ts';
import { fillStreet, primitives } from './exchange-ground.ts';

const [, , count = '0'] = process.argv;
const env = realEnv();
const scratch = mkdtempSync(join(tmpdir(), 'copse-bench-exchange-'));
const { store, strangers: rows } = openPeerStores({ path: join(scratch, 'messages'), primitives, env });
await fillStreet(store, Number(count), () => false);
const node = await identityOf(primitives, primitives.sha256(utf8('visited')));
const peer = new Peer({
  store,
  primitives,
  env,
  standing: async () => ({ kind: 'friend', bytesMax: Number.MAX_SAFE_INTEGER }),
  bytesMax: Number.MAX_SAFE_INTEGER,
  soon: (task) => void setImmediate(task),
});
const yes = (): Promise<boolean> => Promise.resolve(true);
const who = { node: node.publicKey, knows: yes, isAdmin: yes };
const strangers = strangersAt({ peer, store, env }, rows, who);
const door = new PeerDoor({ peer, strangers, admit: () => Promise.resolve(null), node, primitives, env });
const onMistake = (_where: string, thrown: unknown): void => console.error(thrown);
const listener = listenWith({ '/peer': door.door }, { onMistake });
console.log(String(listener.port));
let before = process.cpuUsage();
const asked = createInterface({ input: process.stdin });
asked.on('line', () => {
  const { user, system } = process.cpuUsage(before);
  console.log(String((user + system) / 1000));
  before = process.cpuUsage();
});
await new Promise((resolve) => asked.once('close', resolve));
await listener.stop();
strangers[Symbol.dispose]();
await peer[Symbol.asyncDispose]();
rmSync(scratch, { recursive: true, force: true });
