/**
 * Signed messages brought through the door of a node, verified, durable and matched, their words in the index, and
 * how long one takes from who writes to who follows; without and with 10,000 subscriptions of others. One message a
 * call as clients do, and 256 as another node does. Beside it a Nostr relay of npm that gets the same words, mentions
 * and answers, in the same run; its signatures are Schnorr's, in JavaScript.
 */

import { median, quantile, spread, type Bench, type BenchOptions, type Figure } from '../figure.ts';
import { nostrRelay, type RelayRun } from '../rivals/nostr.ts';
import { bring, type Brought } from './bring.ts';
import { Crowd } from './crowd.ts';
import { peerGround, type Caller, type PeerGround } from './ground.ts';
import { deliver, idle, type Delivered } from './live.ts';

const CONNECTIONS = 4;
const IDLE = { connections: 10, each: 1_000 };
const SHAPES = [
  { name: 'one a call, 100 on their way on each of 4 connections', inFlight: 100, together: 1 },
  { name: '256 a call, 2 calls on their way on each of 4 connections', inFlight: 2, together: 256 },
] as const;

export const peerIngestBench: Bench = {
  name: 'peer-ingest',
  async run(options) {
    await using ground = await peerGround();
    const crowd = await Crowd.gather();
    const callers: Caller[] = [];
    for (let n = 0; n < CONNECTIONS; n++) callers.push(await ground.connect());
    const scene: Scene = { ground, crowd, callers, options };
    const before = await both(scene);
    using others = await idle(ground, IDLE.connections, IDLE.each);
    options.note(`${others.count} subscriptions of others`);
    const after = await both(scene);
    const relay = await rival(options);
    for (const caller of callers) caller[Symbol.dispose]();
    return [
      ...figures('', before, relay?.quiet ?? null),
      ...figures(', beside 10,000 subscriptions of others', after, relay?.crowded ?? null),
    ];
  },
};

interface Scene {
  readonly ground: PeerGround;
  readonly crowd: Crowd;
  readonly callers: readonly Caller[];
  readonly options: BenchOptions;
}

interface Measured {
  readonly brought: readonly (readonly Brought[])[];
  readonly delivered: Delivered;
  readonly rssMb: number;
}

async function both({ ground, crowd, callers, options }: Scene): Promise<Measured> {
  const [runs, count] = options.quick ? [2, 5_000] : [4, 20_000];
  const brought: Brought[][] = [];
  for (const { inFlight, together } of SHAPES) {
    const of: Brought[] = [];
    for (let run = 0; run <= runs; run++) {
      const messages = await crowd.messages(run === 0 ? count / 4 : count);
      const result = await bring(ground, messages, { callers, inFlight, together });
      // The first warms the compiler.
      if (run > 0) of.push(result);
    }
    brought.push(of);
    options.note(
      `words are found ${median(of.map(({ wordsMs }) => wordsMs)).toFixed(0)} ms behind the last answer`,
    );
  }
  const delivered = await deliver(ground, crowd, options.quick ? 500 : 2_000);
  return { brought, delivered, rssMb: ground.rssMb() };
}

function figures(
  beside: string,
  { brought, delivered, rssMb }: Measured,
  relay: RelayRun | null,
): readonly Figure[] {
  const rates = SHAPES.map(({ name }, at): Figure => {
    const of = brought[at] ?? [];
    const perSecond = of.map((each) => each.perSecond);
    return {
      name: `messages brought, ${name}${beside}`,
      unit: '/s',
      value: median(perSecond),
      spread: spread(perSecond),
      cpuPerOp: median(of.map(({ cpuUs }) => cpuUs)),
      rivals: relay === null ? {} : { [`${RELAY}, ${relay.cpuUs.toFixed(0)} µs CPU`]: relay.perSecond },
      rssMb,
    };
  });
  const { ms, cpuUs } = delivered;
  const latencies = [0.5, 0.99].map((q): Figure => ({
    name: `from who writes to who follows, durable between, p${q * 100}${beside}`,
    unit: 'ms',
    value: quantile(ms, q),
    spread: spread(ms),
    cpuPerOp: cpuUs,
    rivals: relay === null ? {} : { [RELAY]: quantile(relay.liveMs, q) },
    rssMb: null,
  }));
  return [...rates, ...latencies];
}

const RELAY = '@nostr-relay on Bun';

async function rival(
  options: BenchOptions,
): Promise<{ readonly quiet: RelayRun; readonly crowded: RelayRun } | null> {
  try {
    return await nostrRelay({ count: options.quick ? 500 : 3_000, connections: CONNECTIONS, idle: IDLE });
  } catch (thrown) {
    options.note(`${RELAY} did not run: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return null;
  }
}
