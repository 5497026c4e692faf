/** A device of the benchmark: connects, leases and attaches by the contract, then leaves the socket to its user. */

import { permissionsAll } from 'copse/internal/api/model.ts';
import { tailApi } from 'copse/internal/api/tail.ts';
import { must } from 'copse/internal/base/assert.ts';
import { concat, fromHex, NO_BYTES } from 'copse/internal/base/bytes.ts';
import { key, logId, siteId, type Handle, type Key } from 'copse/internal/base/ids.ts';
import { connecting, prove } from 'copse/internal/capability/possession.ts';
import { deviceIdOf, keyedMac } from 'copse/internal/crypto/hash.ts';
import { mint } from 'copse/internal/crypto/token.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { userId } from 'copse/internal/base/ids.ts';
import type { LinkEvents } from 'copse/internal/link/link.ts';
import { SHARD_KEY } from './keys.ts';
import { HEAD_ROOM, open, putHead, type OnMessage, type Wire } from './wire.ts';

const primitives = nativePrimitives();
const env = realEnv();
const mac = keyedMac(primitives, SHARD_KEY);
const NONE = '00'.repeat(8);
const SITE = siteId('5e'.repeat(16));

export interface Device {
  readonly wire: Wire;
  readonly bytes: Uint8Array;
  /** The handle of each log it asked for, and the position it is live from. */
  readonly logs: readonly { readonly handle: Handle; readonly tail: number }[];
}

export interface Wanted {
  /** Tells devices apart. */
  readonly number: number;
  readonly logs: readonly number[];
  readonly want: 'read' | 'write';
  readonly attach: boolean;
  /** Gets every message from when the device is ready. */
  readonly onMessage: OnMessage;
}

/** A device that holds its leases and, when it wants to, is attached. */
export async function device(port: number, wanted: Wanted): Promise<Device> {
  const seed = new Uint8Array(32);
  new DataView(seed.buffer).setUint32(0, wanted.number + 1);
  const deviceKey = key(await primitives.ed25519PublicKey(seed));
  const id = deviceIdOf(primitives, deviceKey);
  let events: LinkEvents | null = null;
  let isReady = false;
  const early: Uint8Array[] = [];
  const wire = await open(port, '/tail', (bytes, from, to) => {
    if (isReady) wanted.onMessage(bytes, from, to);
    else if (events === null) early.push(bytes.slice(from, to));
    else events.onMessage(bytes.slice(from, to));
  });
  const hello = Promise.withResolvers<{ readonly nonce: Uint8Array; readonly node: Key }>();
  const ignore = (): void => {};
  const dialed = dial(
    tailApi,
    {
      send: (message) => sendMessage(wire, message),
      listen: (heard) => {
        events = heard;
        for (const message of early) heard.onMessage(message);
      },
      buffered: () => 0,
      close: () => wire.close(),
    },
    {
      hello: ({ nonce, node }) => hello.resolve({ nonce: nonce.slice(), node: key(node.slice()) }),
      entries: ignore,
      ack: ignore,
      nack: ignore,
      lagging: ignore,
      revoke: ignore,
      goAway: ignore,
      said: ignore,
      present: ignore,
    },
    env,
  );
  const claims = { user: userId(id), device: id, site: NONE, log: NONE, capability: NONE, id: NONE };
  const expiresAtMs = env.wallMs() + 3_600_000;
  const token = mint(
    { number: 1, mac },
    { keyNumber: 1, permissions: permissionsAll, expiresAtMs, deviceEpoch: 1, siteEpoch: 0, ...claims },
  );
  const proof = await prove(primitives, seed, connecting({ ...(await hello.promise), token }));
  await dialed.remote.connect({ version: 1, token, device: deviceKey, proof });
  const logs = await Promise.all(
    wanted.logs.map(async (n) => {
      const log = logId(n.toString(16).padStart(32, '0'));
      const leased = await dialed.remote.lease({ site: SITE, log, want: wanted.want });
      if (leased.kind !== 'open') throw new Error('no lease');
      const { handle, tail } = leased;
      if (wanted.attach) await dialed.remote.attach({ handle, from: tail, bytesMax: 65_536 });
      return { handle, tail };
    }),
  );
  isReady = true;
  return { wire, bytes: must(fromHex(id), 'an id is hex'), logs };
}

function sendMessage(wire: Wire, message: Uint8Array): void {
  const bytes = concat(new Uint8Array(HEAD_ROOM), message, NO_BYTES);
  wire.send(bytes, putHead(bytes, bytes.length), bytes.length);
}

/** Runs `task` for 0 … count - 1, some at a time. */
export async function each(count: number, atOnce: number, task: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      while (next < count) await task(next++);
    }),
  );
}
