/**
 * The figures of the tail: durable appends, deliveries to a thousand readers, and what an idle connection
 * costs. Server and load are processes of their own; the CPU per operation is the server's, all its
 * threads together (main, journal, chunks).
 */

import { spawn } from 'bun';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';
import type { Job, Outcome } from './tail/load.ts';
import { wsBroadcast } from './rivals/ws-broadcast.ts';

const HERE = join(import.meta.dir, 'tail');
const CONNECTIONS = 1000;

/** A job without the ports, which the server that is started for it has. */
type Work = Job extends infer J ? (J extends Job ? Omit<J, 'port' | 'usagePort'> : never) : never;

/** Starts a server, gives it the work, and ends it. */
async function runWork(work: Work): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-bench-tail-'));
  const server = spawn([process.execPath, join(HERE, 'server.ts'), directory], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  try {
    const ports = JSON.parse(await firstLine(server.stdout)) as { port: number; usagePort: number };
    const job = JSON.stringify({ ...work, ...ports });
    const load = spawn([process.execPath, join(HERE, 'load.ts'), job], { stdout: 'pipe', stderr: 'inherit' });
    return JSON.parse(await firstLine(load.stdout)) as Outcome;
  } finally {
    server.kill('SIGKILL');
    await server.exited;
    rmSync(directory, { recursive: true, force: true });
  }
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of stream) {
    text += decoder.decode(part, { stream: true });
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error('a process of the benchmark ended without an answer');
}

/** Does the work a few times; the first run of all is the warmest the disk will be and counts like the others. */
async function repeated(options: BenchOptions, work: Work): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let run = 0; run < (options.quick ? 2 : 3); run++) outcomes.push(await runWork(work));
  return outcomes;
}

function figure(name: string, outcomes: readonly Outcome[], rivals: Figure['rivals']): Figure {
  const rates = outcomes.map(({ count, ms }) => (count / ms) * 1000);
  return {
    name,
    unit: name.startsWith('deliveries') ? 'deliveries/s' : 'appends/s',
    value: median(rates),
    spread: spread(rates),
    cpuPerOp: median(outcomes.map(({ count, serverCpuUs }) => serverCpuUs / count)),
    rivals,
    rssMb: median(outcomes.map(({ serverRssBytes }) => serverRssBytes / 2 ** 20)),
  };
}

/** `fsync` before every acknowledgement, 200-byte payloads, one log per connection. */
async function appends(options: BenchOptions, inFlight: number): Promise<Figure> {
  const work = { kind: 'appends', connections: CONNECTIONS, inFlight, logs: CONNECTIONS } as const;
  const outcomes = await repeated(options, { ...work, warmMs: 2000, ms: options.quick ? 4000 : 8000 });
  for (const { nacks } of outcomes) if (nacks > 0) throw new Error(`${nacks} entries were refused`);
  return figure(`durable appends, ${CONNECTIONS} connections, ${inFlight} in flight`, outcomes, {});
}

/** One log, a thousand readers in order and without a hole, in bursts of 32 entries. */
async function deliveries(options: BenchOptions): Promise<Figure> {
  const work = { kind: 'deliveries', readers: CONNECTIONS, inFlight: 32 } as const;
  const outcomes = await repeated(options, { ...work, warmMs: 1500, ms: options.quick ? 3000 : 6000 });
  const lagging = outcomes.reduce((sum, outcome) => sum + outcome.lagging, 0);
  if (lagging > 0) options.note(`${lagging} readers were moved to pull`);
  const rival = await wsBroadcast({ readers: CONNECTIONS, burst: 32, ms: 3000 });
  return figure(`deliveries, one log to ${CONNECTIONS} readers`, outcomes, {
    'ws on Node, one send per reader and message': rival,
  });
}

/** The same per core: what the server would deliver if it had one core for itself. */
function perCore(whole: Figure): Figure {
  const perOp = whole.cpuPerOp ?? 1;
  return {
    ...whole,
    name: `${whole.name}, per core of the server`,
    value: 1e6 / perOp,
    spread: [1e6 / perOp, 1e6 / perOp],
    rivals: {},
  };
}

/**
 * What idle connections with five attached logs add to the resident memory: each further one, and all of
 * them together over a process that has none. Between the two lies what the runtime takes once.
 */
async function idleMemory(): Promise<readonly Figure[]> {
  // With the 8,000 before them within 20,000 open files.
  const connections = 10_000;
  const outcome = await runWork({ kind: 'idle', connections, logs: 5000, perConnection: 5 });
  const figureOf = (name: string, bytes: number): Figure => ({
    name: `memory of an idle connection with five subscriptions, ${name}`,
    unit: 'KB',
    value: bytes / 1024,
    spread: [bytes / 1024, bytes / 1024],
    cpuPerOp: null,
    rivals: {},
    rssMb: outcome.serverRssBytes / 2 ** 20,
  });
  return [
    figureOf('each further one', outcome.bytesPerFurtherConnection),
    figureOf('18,000 in all', outcome.bytesPerConnection),
  ];
}

export const tailBenches: readonly Bench[] = [
  { name: 'tail-appends', run: async (options) => [await appends(options, 16), await appends(options, 1)] },
  {
    name: 'tail-deliveries',
    run: async (options) => {
      const whole = await deliveries(options);
      return [whole, perCore(whole)];
    },
  },
  { name: 'tail-idle', run: () => idleMemory() },
];
