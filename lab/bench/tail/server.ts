/**
 * The measured process: a tail on a SQLite log store behind Bun's listener, as a node runs them, with an
 * auth that admits every token made with the key of the benchmark. Prints one line of JSON when it
 * listens; with a second argument it serves the blobs of that folder. A second port tells its CPU and memory, after a collection when asked with `?gc`.
 */

import { BlobSigner } from '../../../server/src/node/blob-address.ts';
import { BlobDoor } from '../../../server/src/node/blob-door.ts';
import { FolderBlobs } from '../../../server/src/store/blobs-folder.ts';
import { openLogStore } from '../../../server/src/store/log-store-directory.ts';
import type { Authority } from '../../../server/src/tail/rights.ts';
import { Tail } from '../../../server/src/tail/tail.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { listenWith } from '../../suites/door-stage.ts';
import { NODE_KEY, SHARD_KEY } from './keys.ts';

const [directory = '', blobFolder = ''] = process.argv.slice(2);
const env = realEnv((level, event, fields) => {
  if (level === 'error' || level === 'warn') console.error(level, event, JSON.stringify(fields));
});
const primitives = nativePrimitives();

const EVERYTHING = {
  permissions: 31,
  conditional: [],
  stands: [],
  keyEpoch: 1,
  expiresMs: 0,
  provable: false,
  origins: [],
  seq: 0,
};

/** Everybody may do everything, for ever. */
const authority: Authority = {
  access: async () => EVERYTHING,
  prove: async () => EVERYTHING,
  usersOf: async ({ devices }) => ({ users: devices.map(() => null) }),
  follow: async () => ({
    seq: 0,
    more: false,
    reset: false,
    changes: [],
    keys: [{ number: 1, key: SHARD_KEY }],
    node: NODE_KEY,
  }),
};

function usage(collected: boolean): Response {
  if (collected) Bun.gc(true);
  const { user, system } = process.cpuUsage();
  return Response.json({
    cpuUs: user + system,
    rssBytes: process.memoryUsage.rss(),
    figures: Object.fromEntries(tail.figures().map(({ name, value }) => [name, Number(value)])),
  });
}

const blobs = blobFolder === '' ? null : new FolderBlobs(blobFolder);
const signer = blobs === null ? null : new BlobSigner({ blobs, primitives, env, seed: SHARD_KEY });
const blobDoor =
  blobs === null || signer === null ? null : new BlobDoor({ blobs, signer, node: () => 'http://127.0.0.1' });
const cold = blobs === null ? null : { blobs, afterMs: Number.MAX_SAFE_INTEGER };
const logs = await openLogStore({ directory, env, primitives, cold });
const fanout = {
  publish: (topic: string, message: Uint8Array<ArrayBuffer>): void => listener.publish(topic, message),
};
const tail = await Tail.open({
  logs,
  addresses: signer,
  authority: () => authority,
  fanout,
  primitives,
  env,
  nodeKey: NODE_KEY,
  shard: 0,
  soon: setImmediate,
  // One machine is all the world here.
  limits: { strangersPerAddressMax: 100_000 },
});
const listener = listenWith(
  { '/tail': (socket) => tail.open(socket) },
  {
    ...(blobDoor === null ? {} : { blobs: blobDoor }),
    connectionsMax: 100_000,
    connectionsPerAddressMax: 100_000,
    onMistake: (where, thrown) => console.error('mistake', where, thrown),
  },
);
const meter = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request) => usage(new URL(request.url).search === '?gc'),
});

async function stop(): Promise<void> {
  await tail[Symbol.asyncDispose]();
  await logs[Symbol.asyncDispose]();
  await listener.stop();
  await meter.stop(true);
}
process.once('SIGTERM', () => void stop());
console.log(JSON.stringify({ port: listener.port, usagePort: meter.port }));
