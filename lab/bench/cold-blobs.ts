/**
 * One reader who begins at the start of a log of a million entries: with the chunks in the file of the node, and
 * with all of them in blobs, fetched by the reader and read through the node. Entries are sealed, so nothing is
 * compressed; what is counted is pages that were checked, not values that were opened. The CPU is the node's.
 */

import { join } from 'node:path';
import { permissionsAll } from 'copse/internal/api/model.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key, logId, siteId, userId, type Handle } from 'copse/internal/base/ids.ts';
import { pageBytesMax } from 'copse/internal/base/limits.ts';
import type { Page } from 'copse/internal/api/tail.ts';
import { noticing } from 'copse/internal/client/lease-reads.ts';
import { socketLink } from 'copse/internal/client/socket-link.ts';
import { openTail, type TailSession } from 'copse/internal/client/tail-session.ts';
import { deviceIdOf, keyedMac } from 'copse/internal/crypto/hash.ts';
import { mint } from 'copse/internal/crypto/token.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { FolderBlobs } from '../../server/src/store/blobs-folder.ts';
import { openLogStore } from '../../server/src/store/log-store-directory.ts';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';
import { rssMbOf } from './rivals/process.ts';
import { entryOf, inDirectory, noise } from './store-stage.ts';
import { NODE_KEY, SHARD_KEY } from './tail/keys.ts';

const primitives = nativePrimitives();
const env = realEnv();
const SERVER = join(import.meta.dirname, 'tail/server.ts');
const SITE = siteId('5e'.repeat(16));
const LOG = logId('00'.repeat(15) + '01');
const BATCH = 1_000;

interface Timed {
  readonly perSecond: number;
  readonly cpuPerOp: number;
  readonly rssMb: number;
}

type Read = (from: number) => Promise<Page>;
/** How the reader reads under its lease. */
type Way = (session: TailSession, lease: { readonly handle: Handle; readonly tail: number }) => Read;

const byRedirect: Way = (session, lease) => {
  const { read } = noticing(session, lease, () => {});
  return (from) => read(from);
};
const throughNode: Way =
  (session, { handle }) =>
  (from) =>
    session.remote.read({ handle, from, bytesMax: pageBytesMax });

async function fill(directory: string, total: number): Promise<void> {
  await using store = await openLogStore({ directory, env, primitives });
  const log = store.open(SITE, LOG);
  for (let first = 1; first <= total; first += BATCH) {
    const parts = Array.from({ length: BATCH }, (_, i) => entryOf(first + i, noise(first + i)));
    log.tail += BATCH;
    const runs = [{ log, first, count: BATCH, parts, declare: first === 1 }];
    await store.commit({
      runs,
      settled: [],
      leads: [],
      snapshots: [],
      spoken: [],
      bytes: BATCH * 200,
      count: BATCH,
    });
    log.durable = log.tail;
  }
  await store.compact();
}

/** Moves everything but the last chunk; answers how long that takes. */
async function cool(directory: string, folder: string): Promise<number> {
  const cold = { blobs: new FolderBlobs(folder), afterMs: 0 };
  await using store = await openLogStore({ directory, env, primitives, cold });
  const beganMs = performance.now();
  await store.cool();
  return performance.now() - beganMs;
}

async function connected(port: number): Promise<TailSession> {
  const seed = new Uint8Array(32).fill(3);
  const publicKey = key(await primitives.ed25519PublicKey(seed));
  const device = deviceIdOf(primitives, publicKey);
  const none = '00'.repeat(8);
  const claims = { user: userId(device), device, site: none, log: none, capability: none, id: none };
  const rest = { keyNumber: 1, permissions: permissionsAll, deviceEpoch: 1, siteEpoch: 0 };
  const token = mint(
    { number: 1, mac: keyedMac(primitives, SHARD_KEY) },
    { ...claims, ...rest, expiresAtMs: env.wallMs() + 3_600_000 },
  );
  const address = `ws://127.0.0.1:${port}/tail`;
  return openTail({
    env,
    primitives,
    device: { seed, publicKey },
    node: NODE_KEY,
    token,
    again: null,
    link: socketLink(() => new WebSocket(address)),
    address,
    onGoAway: () => {},
  });
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of stream) {
    text += decoder.decode(part, { stream: true });
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  throw new Error('the server ended');
}

async function cpuOf(port: number): Promise<number> {
  const said: unknown = await (await fetch(`http://127.0.0.1:${port}/`)).json();
  return typeof said === 'object' && said !== null && 'cpuUs' in said ? Number(said.cpuUs) : Number.NaN;
}

/** Reads everything once, on a server that has just been started. */
async function run(directory: string, folder: string, way: Way): Promise<Timed> {
  const command = [process.execPath, '--conditions=copse-source', SERVER, directory, folder];
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'inherit' });
  try {
    const ports: { readonly port: number; readonly usagePort: number } = JSON.parse(
      await firstLine(child.stdout),
    );
    const session = await connected(ports.port);
    const leased = await session.remote.lease({ site: SITE, log: LOG, want: 'read' });
    if (leased.kind !== 'open') throw new Error('no lease');
    const read = way(session, leased);
    const [cpuBefore, beganMs] = [await cpuOf(ports.usagePort), performance.now()];
    await readAll(read, leased.tail);
    const [ms, cpuUs] = [performance.now() - beganMs, (await cpuOf(ports.usagePort)) - cpuBefore];
    const rssMb = rssMbOf(child.pid);
    session.close();
    const count = leased.tail - 1;
    return { perSecond: (count / ms) * 1000, cpuPerOp: cpuUs / count, rssMb };
  } finally {
    child.kill('SIGTERM');
    await child.exited;
  }
}

/** Every entry once and in order, each with its checksum. */
async function readAll(read: Read, tail: number): Promise<void> {
  let at = 1;
  while (at < tail) {
    const page = await read(at);
    if (page.kind !== 'page' || page.at > at || page.count === 0) throw new Error(`a hole at ${at}`);
    const cursor = new EntryCursor(page.entries, (bytes, from, to) =>
      Bun.hash.crc32(bytes.subarray(from, to)),
    );
    for (let next = page.at; cursor.next(); next++) {
      if (cursor.seq !== next) throw new Error(`entry ${cursor.seq} at ${next}`);
    }
    at = page.at + page.count;
  }
}

function figureOf(name: string, runs: readonly Timed[], rivals: Figure['rivals'] = {}): Figure {
  const rates = runs.map(({ perSecond }) => perSecond);
  const cpuPerOp = median(runs.map(({ cpuPerOp: cpu }) => cpu));
  const rssMb = Math.max(...runs.map(({ rssMb: mb }) => mb));
  return { name, unit: '/s', value: median(rates), spread: spread(rates), cpuPerOp, rivals, rssMb };
}

export const coldBlobsBench: Bench = {
  name: 'cold-blobs',
  run: (options: BenchOptions) =>
    inDirectory(async (root) => {
      const { quick } = options;
      const total = quick ? 200_000 : 1_000_000;
      const [directory, folder] = [join(root, 'tail'), join(root, 'old')];
      options.note(`writing ${total} entries`);
      await fill(directory, total);
      const rounds = quick ? 2 : 3;
      const [warm, fetched, through]: [Timed[], Timed[], Timed[]] = [[], [], []];
      for (let i = 0; i < rounds; i++) warm.push(await run(directory, '', throughNode));
      options.note(`moved in ${(await cool(directory, folder)).toFixed(0)} ms`);
      for (let i = 0; i < rounds; i++) {
        fetched.push(await run(directory, folder, byRedirect));
        through.push(await run(directory, folder, throughNode));
      }
      const beside = {
        'the same through the node': median(through.map(({ perSecond }) => perSecond)),
        'the same from the chunk file': median(warm.map(({ perSecond }) => perSecond)),
      };
      return [
        figureOf(`reading ${total} cold entries of 200 bytes from blobs`, fetched, beside),
        figureOf(`reading ${total} cold entries through the node`, through),
        figureOf(`reading ${total} entries from the chunk file`, warm),
      ];
    }),
};
