/**
 * The store of messages on the engine of the server: durable puts, pages of the newest messages of an author, a
 * mention and a thread at a million, and how long a put takes while the oldest are taken away beside it. A message
 * has 400 bytes and three keys; nothing here checks signatures.
 */

import { join } from 'node:path';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import { refOf, RELATION } from 'copse/internal/social/message/refs.ts';
import type { NewMessage, PeerStore } from 'copse/internal/social/store/store.ts';
import { openPeerStore } from '../../server/src/store/peer.ts';
import type { Bench, BenchOptions, Figure } from './figure.ts';
import { Crowd } from './peer/crowd.ts';
import { latencies } from './peer/figures.ts';
import { inDirectory } from './store-stage.ts';

const BATCH = 256;
const ROOMY = 2 ** 40;
const START_MS = 1_700_000_000_000;
const PAGE = { before: null, rowsMax: 100, bytesMax: 1 << 20 };
const primitives = nativePrimitives();

/** As they come from the network: read from their bytes, and by whoever pays for herself. */
async function batchOf(crowd: Crowd, from: number): Promise<readonly NewMessage[]> {
  const batch = await crowd.messages(BATCH);
  return batch.map((bytes, at) => {
    const message = readMessage(primitives, bytes);
    return { message, payer: message.from, bytesMax: ROOMY, atMs: START_MS + (from + at) * 10 };
  });
}

interface Puts {
  readonly wallMs: number;
  readonly cpuUs: number;
  readonly eachMs: readonly number[];
}

/** Puts batch after batch; signing and reading between them is not counted. */
async function puts(
  store: PeerStore,
  crowd: Crowd,
  { from, to, between }: { from: number; to: number; between?: () => void },
): Promise<Puts> {
  let [wallMs, cpuUs] = [0, 0];
  const eachMs: number[] = [];
  for (let n = from; n < to; n += BATCH) {
    const batch = await batchOf(crowd, n);
    const cpu = process.cpuUsage();
    const beganMs = performance.now();
    store.put(batch);
    const ms = performance.now() - beganMs;
    const used = process.cpuUsage(cpu);
    wallMs += ms;
    cpuUs += used.user + used.system;
    eachMs.push(ms);
    between?.();
  }
  return { wallMs, cpuUs, eachMs };
}

/** The oldest go a bounded number at once, between two puts. */
class Slices implements Puts {
  readonly #store: PeerStore;
  readonly #bytesMax: number;
  readonly eachMs: number[] = [];
  wallMs = 0;
  cpuUs = 0;
  gone = 0;

  constructor(store: PeerStore, bytesMax: number) {
    this.#store = store;
    this.#bytesMax = bytesMax;
  }

  next(): void {
    const cpu = process.cpuUsage();
    const beganMs = performance.now();
    this.gone += this.#store.prune(this.#bytesMax);
    const ms = performance.now() - beganMs;
    const used = process.cpuUsage(cpu);
    this.eachMs.push(ms);
    this.wallMs += ms;
    this.cpuUs += used.user + used.system;
  }
}

function rate(name: string, { wallMs, cpuUs }: Puts, count: number): Figure {
  const perSecond = (count * 1_000) / wallMs;
  const spread = [perSecond, perSecond] as const;
  return { name, unit: '/s', value: perSecond, spread, cpuPerOp: cpuUs / count, rivals: {}, rssMb: null };
}

function reads(store: PeerStore, crowd: Crowd, count: number): readonly Figure[] {
  const refs = {
    'last 100 of an author': () => [refOf(RELATION.author, crowd.someone())],
    'last 100 mentions': () => [refOf(RELATION.mention, crowd.someone())],
    'last 100 answers to a message': () => [refOf(RELATION.reply, crowd.someThread())],
    'last 100 of 150 authors': () => crowd.keys.slice(0, 150).map((author) => refOf(RELATION.author, author)),
  };
  return Object.entries(refs).flatMap(([name, of]) => {
    const each: number[] = [];
    const cpu = process.cpuUsage();
    for (let n = 0; n < count; n++) {
      const page = { ...PAGE, refs: of() };
      const beganMs = performance.now();
      store.page(page);
      each.push(performance.now() - beganMs);
    }
    const used = process.cpuUsage(cpu);
    const cpuPerOp = (used.user + used.system) / count;
    return latencies(name, each, { cpuPerOp });
  });
}

function run(options: BenchOptions): Promise<readonly Figure[]> {
  const first = options.quick ? 10_240 : 102_400;
  const total = options.quick ? 51_200 : 1_024_000;
  return inDirectory(async (directory) => {
    const crowd = await Crowd.gather();
    await using store = openPeerStore({
      path: join(directory, 'peer.sqlite'),
      primitives,
      env: realEnv(),
    });
    const early = await puts(store, crowd, { from: 0, to: first });
    const late = await puts(store, crowd, { from: first, to: total });
    const figures = [
      rate(`put, the first ${first.toLocaleString('en')}`, early, first),
      rate(`put, up to ${total.toLocaleString('en')}`, late, total - first),
      ...latencies(`put of ${BATCH}, up to ${total.toLocaleString('en')}`, late.eachMs),
      ...reads(store, crowd, options.quick ? 300 : 2_000),
    ];
    const slices = new Slices(store, store.totals().bytes * 0.9);
    const pruning = await puts(store, crowd, {
      from: total,
      to: total + first,
      between: () => slices.next(),
    });
    return [
      ...figures,
      ...latencies(`put of ${BATCH} while others fall out`, pruning.eachMs),
      ...latencies('a slice of those that fall out', slices.eachMs),
      rate('messages that fall out', slices, slices.gone),
    ];
  });
}

export const peerStoreBench: Bench = { name: 'peer-store', run };
