/**
 * The store of messages on the engine of the server: durable puts, pages of the newest messages of an author, a
 * mention and a thread at a million, and how long a put takes while the oldest are taken away beside it. A message
 * has 380 bytes and 2.2 keys; nothing here checks signatures.
 */

import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage, signMessage } from 'copse/internal/social/message/message.ts';
import { refOf, RELATION } from 'copse/internal/social/message/refs.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';
import type { NewMessage, PeerStore } from 'copse/internal/social/store/store.ts';
import { openPeerStore } from '../../server/src/store/peer.ts';
import { quantile, type Bench, type BenchOptions, type Figure } from './figure.ts';
import { inDirectory } from './store-stage.ts';

const BATCH = 256;
const AUTHORS = 200;
const THREADS = 500;
/** Makes a message of 380 bytes. */
const TEXT = 'x'.repeat(175);
const ROOMY = 2 ** 40;
const START_MS = 1_700_000_000_000;
const PAGE = { before: null, rowsMax: 100, bytesMax: 1 << 20 };
const primitives = nativePrimitives();

/** Who writes: one in a hundred messages is by whom everybody reads. */
class Crowd {
  readonly keys: readonly Key[];
  readonly #seeds: readonly Uint8Array[];
  /** Beginnings of threads. */
  readonly threads: Uint8Array[] = [];
  #drawn = 1;

  constructor(seeds: readonly Uint8Array[], keys: readonly Key[]) {
    this.#seeds = seeds;
    this.keys = keys;
  }

  static async gather(): Promise<Crowd> {
    const seeds = Array.from({ length: AUTHORS }, (_, n) => new Uint8Array(32).fill(n + 1));
    return new Crowd(
      seeds,
      await Promise.all(seeds.map(async (seed) => key(await primitives.ed25519PublicKey(seed)))),
    );
  }

  /** The same numbers in each run (xorshift32). */
  draw(below: number): number {
    let drawn = this.#drawn;
    drawn ^= drawn << 13;
    drawn ^= drawn >>> 17;
    drawn ^= drawn << 5;
    this.#drawn = drawn;
    return (drawn >>> 0) % below;
  }

  /** The few write most. */
  who(): number {
    return Math.floor((this.draw(1_000_000) / 1_000_000) ** 2 * AUTHORS);
  }

  async message(n: number): Promise<Message> {
    const mentions = this.draw(10) < 7 ? [must(this.keys[this.who()], 'somebody')] : [];
    const thread = this.threads[this.draw(THREADS)];
    const replies = this.draw(2) === 0 && thread !== undefined ? [thread] : [];
    const message = await signMessage(primitives, must(this.#seeds[this.who()], 'a seed'), {
      kind: KIND.post,
      timeMs: START_MS + n * 10,
      text: `${TEXT}${n}`,
      mentions,
      replies,
    });
    if (this.threads.length < THREADS) this.threads.push(message.id);
    return message;
  }

  async batch(from: number, bytesMax = ROOMY): Promise<readonly NewMessage[]> {
    const out: NewMessage[] = [];
    for (let n = from; n < from + BATCH; n++) {
      const signed = await this.message(n);
      // As it comes from the network: read from its bytes.
      const message = readMessage(primitives, signed.bytes);
      out.push({ message, payer: message.from, bytesMax, atMs: START_MS + n * 10 });
    }
    return out;
  }
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
    const batch = await crowd.batch(n);
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

/** Milliseconds at the median and at the 99th percentile. */
function latency(name: string, each: readonly number[]): readonly Figure[] {
  return [0.5, 0.99].map((q) => ({
    name: `${name}, p${q * 100}`,
    unit: 'ms',
    value: quantile(each, q),
    spread: [Math.min(...each), Math.max(...each)],
    cpuPerOp: null,
    rivals: {},
    rssMb: null,
  }));
}

function reads(store: PeerStore, crowd: Crowd, count: number): readonly Figure[] {
  const someone = (): Uint8Array => must(crowd.keys[crowd.who()], 'somebody');
  const refs = {
    'last 100 of an author': () => [refOf(RELATION.author, someone())],
    'last 100 mentions': () => [refOf(RELATION.mention, someone())],
    'last 100 of a thread': () => [
      refOf(RELATION.reply, must(crowd.threads[crowd.draw(THREADS)], 'a thread')),
    ],
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
    return latency(name, each).map((figure) => ({ ...figure, cpuPerOp }));
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
      ...latency(`put of ${BATCH}, up to ${total.toLocaleString('en')}`, late.eachMs),
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
      ...latency(`put of ${BATCH} while others fall out`, pruning.eachMs),
      ...latency('a slice of those that fall out', slices.eachMs),
      rate('messages that fall out', slices, slices.gone),
    ];
  });
}

export const peerStoreBench: Bench = { name: 'peer-store', run };
