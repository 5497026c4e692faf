/**
 * Durable appends over HTTP, 200 bytes each, to streams of a node as it is served, beside the reference server of
 * the protocol. One is in flight on each connection, as clients do it: Bun answers no pipelined requests, and who
 * sends them is cut off. The rival is measured pipelined too, which suits it better.
 */

import { join } from 'node:path';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';
import { durableStreamsAppends, streamAppends, type RivalResult, type Shape } from './rivals/appends.ts';
import { freePort, scratch, start } from './rivals/process.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');
const PATH = '/v1/stream/';
const PIPELINED = 16;
const RIVAL = 'Durable Streams, Node server on files';

interface Ours extends RivalResult {
  readonly rssMb: number;
}

async function ours(shape: Shape): Promise<Ours> {
  const port = freePort();
  const directory = scratch();
  const settings = [
    '--port',
    String(port),
    '--streams',
    'open',
    '--stream-rate',
    '0',
    '--log-level',
    'error',
  ];
  const command = [process.execPath, MAIN, 'serve', '--data', join(directory, 'data'), ...settings];
  await using node = await start(command, port, directory);
  const result = await streamAppends(node, shape, PATH);
  const kept = await entriesIn(`http://127.0.0.1:${port}${PATH}`, shape.connections);
  if (kept < result.count) throw new Error(`${result.count} appends were answered, ${kept} are there`);
  return { ...result, rssMb: node.rssMb() };
}

/** Entries of all streams, by their offsets. */
async function entriesIn(url: string, streams: number): Promise<number> {
  let count = 0;
  for (let index = 0; index < streams; index++) {
    const { headers } = await fetch(`${url}log-${index}`, { method: 'HEAD' });
    count += Number(headers.get('stream-next-offset')?.split('_')[0]);
  }
  return count;
}

async function figureOf(shape: Shape, options: BenchOptions): Promise<Figure> {
  const { quick } = options;
  const runs: Ours[] = [];
  for (let i = 0; i < (quick ? 1 : 3); i++) runs.push(await ours(shape));
  const rivals: Record<string, number> = {};
  for (const inFlight of [1, PIPELINED]) {
    const { perSecond, cpuPerOp } = await durableStreamsAppends({ ...shape, inFlight });
    rivals[inFlight === 1 ? RIVAL : `${RIVAL}, ${inFlight} in flight`] = perSecond;
    options.note(`${RIVAL}, ${inFlight} in flight: ${cpuPerOp.toFixed(1)} µs CPU/op`);
  }
  const rates = runs.map(({ perSecond }) => perSecond);
  return {
    name: `HTTP appends, durable, ${shape.connections} connections, one in flight`,
    unit: 'appends/s',
    value: median(rates),
    spread: spread(rates),
    cpuPerOp: median(runs.map(({ cpuPerOp }) => cpuPerOp)),
    rivals,
    rssMb: median(runs.map(({ rssMb }) => rssMb)),
  };
}

export const httpAppendBench: Bench = {
  name: 'http-append',
  async run(options) {
    const figures: Figure[] = [];
    const seconds = options.quick ? 3 : 8;
    for (const connections of [256, 64])
      figures.push(await figureOf({ connections, inFlight: 1, seconds }, options));
    return figures;
  },
};
