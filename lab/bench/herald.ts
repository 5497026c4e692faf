/**
 * What news cost a tail: the same entries through a sequencer and past the herald, of ten writers into a thousand
 * logs, a hundred a batch, once as no news, once as news and once mentioning somebody (SPEC I17). Notify takes what it
 * is told at once. Each figure is what a kind costs above the one before it, in the same round.
 */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, logId, siteId, userId, type DeviceId, type UserId } from 'copse/internal/base/ids.ts';
import { mentionTagBytes } from 'copse/internal/base/limits-mentions.ts';
import { newLog, type LogState, type Offer } from 'copse/internal/log/batch.ts';
import { Sequencer } from 'copse/internal/log/sequencer.ts';
import { EntryCursor, encodeEntry } from 'copse/internal/wire/entry.ts';
import { Authors } from '../../server/src/tail/authors.ts';
import { Herald } from '../../server/src/tail/herald.ts';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';

const LOGS = 1_000;
const WRITERS = 10;
const PER_BATCH = 100;
const ROUNDS = 9;
const PAYLOAD = new Uint8Array(175);

const KINDS = ['plain', 'news', 'mention'] as const;
type Kind = (typeof KINDS)[number];

interface Writer {
  readonly session: { readonly user: UserId; readonly device: DeviceId };
}

const nameOf = (n: number, length: number): string => n.toString(16).padStart(length, '0');

interface Stage {
  readonly writers: readonly Pick<Offer<Writer>, 'device' | 'deviceBytes' | 'who'>[];
  readonly logs: readonly LogState[];
}

function stage(): Stage {
  const site = siteId(nameOf(1, 32));
  const logs = Array.from({ length: LOGS }, (_, n) => newLog(n + 1, site, logId(nameOf(n, 32))));
  const writers = Array.from({ length: WRITERS }, (_, n) => {
    const device = deviceId(nameOf(n, 16));
    const deviceBytes = must(fromHex(device), 'an id is hex');
    return { device, deviceBytes, who: { session: { user: userId(nameOf(n, 16)), device } } };
  });
  return { logs, writers };
}

/** Writes of one entry as they wait in the sockets of a tail: a turn of all writers in all logs. */
function writesOf(kind: Kind, turn: number, { logs, writers }: Stage): readonly Offer<Writer>[] {
  const news = kind === 'plain' ? null : new Uint8Array(kind === 'news' ? 0 : mentionTagBytes).fill(7);
  const header = { sealed: true, epoch: 1, seq: turn + 1, keyEpoch: 1, timeMs: 1_800_000_000_000 } as const;
  return writers.flatMap((writer) =>
    logs.map((log) => {
      const entry = { ...header, device: writer.deviceBytes, payload: PAYLOAD };
      const bytes = encodeEntry(news === null ? entry : { ...entry, news });
      return { ...writer, log, at: null, keyEpoch: 1, cursor: new EntryCursor(bytes) };
    }),
  );
}

/** Microseconds of CPU of an entry, from its write to its batch and past the herald. */
async function cost(kind: Kind, turns: number): Promise<number> {
  const taken = (): Promise<Record<string, never>> => Promise.resolve({});
  const soon = (task: () => void): void => void setImmediate(task);
  const notify = { publish: taken, read: taken };
  const env = realEnv();
  const authors = new Authors({ env, authority: null });
  using herald = new Herald({ env, notify, authors, soon, onTold: () => {} });
  const sequencer = new Sequencer<Writer>();
  const all = stage();
  let us = 0;
  for (let turn = 0; turn < turns; turn++) {
    const writes = writesOf(kind, turn, all);
    const before = process.cpuUsage();
    for (const [n, write] of writes.entries()) {
      sequencer.offer(write);
      if ((n + 1) % PER_BATCH > 0) continue;
      const batch = must(sequencer.take(), 'a batch');
      sequencer.committed(batch);
      herald.committed(batch);
      // What is told leaves between two commits.
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    if (turn === turns - 1) while (herald.waitingCount > 0) await Bun.sleep(1);
    const { user, system } = process.cpuUsage(before);
    us += user + system;
  }
  return us / (turns * LOGS * WRITERS);
}

function above(name: string, costs: readonly number[], below: readonly number[]): Figure {
  const values = costs.map((each, round) => each - must(below[round], 'a round'));
  const cpuPerOp = median(values);
  return { name, unit: 'µs', value: cpuPerOp, spread: spread(values), cpuPerOp, rivals: {}, rssMb: null };
}

async function run(options: BenchOptions): Promise<readonly Figure[]> {
  const costs: Record<Kind, number[]> = { plain: [], news: [], mention: [] };
  // The first round compiles.
  for (let round = -1; round < ROUNDS; round++)
    for (const kind of KINDS) {
      const each = await cost(kind, options.quick ? 10 : 40);
      if (round >= 0) costs[kind].push(each);
    }
  options.note(`an entry that is no news ${median(costs.plain).toFixed(2)} µs from its write to its batch`);
  return [
    above('what it costs a tail that an entry is news', costs.news, costs.plain),
    above('that it mentions somebody', costs.mention, costs.news),
  ];
}

export const heraldBench: Bench = { name: 'herald', run };
