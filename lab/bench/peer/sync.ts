/**
 * From empty to full between two nodes as they are served, each of which has a user who follows somebody at the other:
 * one of them follows 100 authors who have written 500 messages each, and her node fetches, checks and stores them all.
 */

import { base64url, concat } from 'copse/internal/base/bytes.ts';
import { readPeerAddress } from 'copse/internal/social/exchange/address.ts';
import { encodeAddresses } from 'copse/internal/social/exchange/addresses.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { median, spread, type Bench, type BenchOptions, type Figure } from '../figure.ts';
import { freePort } from '../../e2e/support/node.ts';
import { metric } from './figures.ts';
import { env, peerGround, primitives, type PeerGround } from './ground.ts';
import { Talk } from './crowd.ts';
import { bring } from './bring.ts';

const AUTHORS = 100;

export const peerSyncBench: Bench = {
  name: 'peer-sync',
  async run(options) {
    const each = options.quick ? 50 : 500;
    const southPort = await freePort();
    const trusted = `ws://127.0.0.1:${southPort}`;
    await using north = await peerGround(['--metrics', 'all', '--exchange-trusted', trusted]);
    const writers = await Promise.all(
      Array.from({ length: AUTHORS }, () => signKeyOf(primitives, env.random(32))),
    );
    await written(north, writers, each);
    const scene = { north, writers, each, southPort };
    const runs: Synced[] = [];
    for (let run = 0; run < (options.quick ? 2 : 3); run++) runs.push(await synced(scene));
    return [figureOf(runs, AUTHORS * each, options)];
  },
};

async function written(north: PeerGround, writers: readonly SignKey[], each: number): Promise<void> {
  const talk = new Talk();
  const messages: Uint8Array[] = [];
  for (let n = 0; n < each; n++)
    for (const { seed } of writers) {
      const { text, timeMs } = talk.next();
      messages.push((await signMessage(primitives, seed, { kind: KIND.post, timeMs, text })).bytes);
    }
  using caller = await north.connect();
  await bring(north, messages, { callers: [caller], inFlight: 2, together: 256 });
}

interface Synced {
  readonly perSecond: number;
  readonly hereUs: number;
  readonly thereUs: number;
}

interface Scene {
  readonly north: PeerGround;
  readonly writers: readonly SignKey[];
  readonly each: number;
  readonly southPort: number;
}

/** A new node, whose admin is followed at the other one, and who follows the authors there. */
async function synced({ north, writers, each, southPort }: Scene): Promise<Synced> {
  const flags = ['--metrics', 'all', '--exchange-trusted', originOf(north), '--exchange-bytes', ROOM];
  await using south = await peerGround(flags, southPort);
  await followed(north, [south.admin], south);
  // So that the other node knows this one when it comes.
  while ((await metric(north.url, 'exchange_connected')) < 1) await Bun.sleep(50);
  const count = writers.length * each;
  const [here, there] = [south.cpuSeconds(), north.cpuSeconds()];
  const beganMs = performance.now();
  await followed(south, writers, north);
  while ((await metric(south.url, 'exchange_taken_total')) < count) await Bun.sleep(50);
  const ms = performance.now() - beganMs;
  return {
    perSecond: (count * 1000) / ms,
    hereUs: ((south.cpuSeconds() - here) * 1e6) / count,
    thereUs: ((north.cpuSeconds() - there) * 1e6) / count,
  };
}

function originOf({ url }: PeerGround): string {
  return url.replace('http', 'ws');
}

/** The admin of a node learns where some publish, as they have signed it, and follows them. */
async function followed(at: PeerGround, whom: readonly SignKey[], where: PeerGround): Promise<void> {
  const address = readPeerAddress(`${originOf(where)}#${base64url(where.node)}`);
  const content = encodeAddresses({ outbox: [address], inbox: [] });
  const signed = (seed: Uint8Array, kind: number, of: Uint8Array) =>
    signMessage(primitives, seed, { kind, timeMs: env.wallMs(), content: of });
  const places = await Promise.all(whom.map(({ seed }) => signed(seed, KIND.addresses, content)));
  const keys = concat(...whom.map(({ publicKey }) => publicKey));
  const follows = await signed(at.admin.seed, KIND.follows, keys);
  using caller = await at.connect();
  await caller.remote.publish({ messages: [...places, follows].map(({ bytes }) => bytes) });
}

const ROOM = String(2 ** 40);

function figureOf(runs: readonly Synced[], count: number, options: BenchOptions): Figure {
  const perSecond = runs.map((run) => run.perSecond);
  options.note(
    `the node that gives takes ${median(runs.map(({ thereUs }) => thereUs)).toFixed(1)} µs CPU a message`,
  );
  return {
    name: `empty to full, ${count.toLocaleString('en')} messages of ${AUTHORS} authors, two nodes`,
    unit: 'messages/s',
    value: median(perSecond),
    spread: spread(perSecond),
    cpuPerOp: median(runs.map(({ hereUs }) => hereUs)),
    rivals: {},
    rssMb: null,
  };
}
