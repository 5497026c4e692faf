/**
 * A million messages of real chat in a node: what bringing them in costs, how long a page of the newest hundred of an
 * author, a mention and a thread takes through the door, what a search takes; and how long a write waits while the
 * oldest 100,000 are taken away beside it.
 */

import { must } from 'copse/internal/base/assert.ts';
import type { Interest } from 'copse/internal/api/peer.ts';
import { join } from 'node:path';
import type { Bench, BenchOptions, Figure } from '../figure.ts';
import { importChat, type Imported } from './chat.ts';
import { Crowd } from './crowd.ts';
import { latencies, metric, once } from './figures.ts';
import { cpuPer, peerGround, type Caller, type PeerGround } from './ground.ts';

const PAGE_ROWS = 100;
const FEED_AUTHORS = 150;
/** Words that many and that few have said. */
const SEARCHES = ['ubuntu install', 'wireless card', 'kernel panic', 'thanks', 'grub', 'sound'];

export const peerMillionBench: Bench = {
  name: 'peer-million',
  async run(options) {
    await using ground = await peerGround(['--metrics', 'all']);
    await ground.stop();
    const count = options.quick ? 30_000 : 1_000_000;
    const imported = await importChat(join(ground.data, 'messages.sqlite'), count, (line) =>
      options.note(line),
    );
    await ground.serve();
    return [
      ...importFigures(imported),
      ...(await pages(ground, imported, options)),
      ...(await pruned(ground, imported, options)),
    ];
  },
};

function importFigures({ signed, all, wordsCpuUs, bytes }: Imported): readonly Figure[] {
  return [
    once(
      'lines of chat, signed, checked and stored by `copse import`',
      '/s',
      (signed.count * 1000) / signed.ms,
      {
        cpuPerOp: signed.cpuUs,
      },
    ),
    once('words of one, into their index', 'µs CPU', wordsCpuUs),
    once(`what ${all.count.toLocaleString('en')} messages count for`, 'bytes each', bytes / all.count),
  ];
}

async function pages(
  ground: PeerGround,
  { asked }: Imported,
  options: BenchOptions,
): Promise<readonly Figure[]> {
  using caller = await ground.connect();
  const count = options.quick ? 300 : 2_000;
  const pick = (list: readonly Interest[], n: number): Interest => must(list[n % list.length], 'a key');
  const asking = {
    'last 100 of an author': (n: number) => [pick(asked.posts, n)],
    'last 100 mentions of somebody': (n: number) => [pick(asked.mentions, n)],
    'last 100 of a thread': (n: number) => [pick(asked.thread, n)],
    'last 100 of 150 authors': (n: number) =>
      Array.from({ length: FEED_AUTHORS }, (_, at) => pick(asked.posts, n * FEED_AUTHORS + at)),
  };
  const figures: Figure[] = [];
  for (const [name, of] of Object.entries(asking))
    figures.push(
      ...(await timed(ground, { name, count }, async (n) => {
        const { rows } = await caller.remote.page({ of: distinct(of(n)), before: null, rows: PAGE_ROWS });
        return rows.length;
      })),
    );
  const search = async (n: number): Promise<number> => {
    const words = must(SEARCHES[n % SEARCHES.length], 'words');
    return (await caller.remote.search({ words, before: null, rows: PAGE_ROWS })).rows.length;
  };
  figures.push(...(await timed(ground, { name: 'posts with two words', count: count / 10 }, search)));
  return figures;
}

function distinct(interests: readonly Interest[]): Interest[] {
  return [...new Map(interests.map((each) => [each.key.join(), each])).values()];
}

/** One question after the other; an answer says how many rows it has. */
async function timed(
  ground: PeerGround,
  { name, count }: { readonly name: string; readonly count: number },
  ask: (n: number) => Promise<number>,
): Promise<readonly Figure[]> {
  for (let n = 0; n < count / 10; n++) await ask(count + n);
  const ms: number[] = [];
  let rows = 0;
  const { cpuUs } = await cpuPer(ground, count, async () => {
    for (let n = 0; n < count; n++) {
      const beganMs = performance.now();
      rows += await ask(n);
      ms.push(performance.now() - beganMs);
    }
  });
  return latencies(`${name}, ${(rows / count).toFixed(0)} rows on average`, ms, { cpuPerOp: cpuUs });
}

const WRITERS = 4;

/** The node starts with more than it may hold, and takes the oldest away while four write without a pause. */
async function pruned(
  ground: PeerGround,
  { bytes, all }: Imported,
  options: BenchOptions,
): Promise<readonly Figure[]> {
  const goal = options.quick ? 5_000 : 100_000;
  await ground.stop();
  await ground.serve(['--message-bytes', String(Math.floor(bytes - (goal * bytes) / all.count))]);
  const crowd = await Crowd.gather();
  const callers: Caller[] = [];
  for (let n = 0; n < WRITERS; n++) callers.push(await ground.connect());
  const ms: number[] = [];
  const life = { isOver: false };
  const write = async ({ remote }: Caller): Promise<void> => {
    while (!life.isOver) {
      const [message] = await crowd.messages(1);
      const sentMs = performance.now();
      await remote.publish({ messages: [must(message, 'a message')] });
      ms.push(performance.now() - sentMs);
    }
  };
  const beganMs = performance.now();
  const watch = async (): Promise<void> => {
    while ((await metric(ground.url, 'peer_pruned_total')) < goal) await Bun.sleep(200);
    life.isOver = true;
  };
  const before = ground.cpuSeconds();
  await Promise.all([watch(), ...callers.map(write)]);
  const cpuUs = ((ground.cpuSeconds() - before) * 1e6) / ms.length;
  const tookMs = performance.now() - beganMs;
  for (const caller of callers) caller[Symbol.dispose]();
  options.note(`${ms.length} were brought while ${goal} and as many as came were taken away`);
  return [
    ...latencies(`a write while ${goal.toLocaleString('en')} fall out, ${WRITERS} at once`, ms, {
      cpuPerOp: cpuUs,
    }),
    once(`the same: fallen out`, '/s', (goal * 1000) / tookMs),
  ];
}
