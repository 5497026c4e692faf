/**
 * The two ways to the leader of a log, by turns on one real node: through the node, and directly over WebRTC. An
 * append counts until it stands in the log, synced, and its writer knows. And how many signals a core of the tail
 * passes on, beside the server of PeerJS.
 */

import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { must } from 'copse/internal/base/assert.ts';
import { MemoryKeep, permissionsAll, type Log } from 'copse/internal/client/index.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { startNode, type NodeChild } from '../e2e/support/node.ts';
import { median, quantile, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';
import { cpuSecondsOf, freePort, scratch, start } from './rivals/process.ts';
import type { SignalJob, SignalOutcome } from './tail/signals.ts';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
const PATIENCE_MS = 20_000;

export const leadPathBench: Bench = {
  name: 'lead-path',
  run: async (options) => [...(await ways(options)), ...(await signals(options))],
};

/** Two writers with one leader, one of them on the way through the node. */
async function ways(options: BenchOptions): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-bench-'));
  try {
    await using node = await startNode(join(directory, 'data'), ['--log-level', 'warn']);
    await using ada = await openCopse(node.url, {
      keep: new MemoryKeep(),
      name: 'Ada',
      peers: async () => null,
    });
    const garden = await ada.found({ title: 'Garden', logs: ['led'] });
    const link = await garden.invite({ permissions: permissionsAll });
    await using ben = await openCopse(link, { keep: new MemoryKeep(), name: 'Ben' });
    const bens = (await ben.join(link)).log('led');
    await using leader = await leaderOn(await garden.invite({ permissions: permissionsAll }));
    const adas = garden.log('led');
    if (!(await warm(node, bens))) throw new Error('no direct connection: is node-datachannel installed?');
    const taken = { node: [] as number[], direct: [] as number[] };
    const before = await handedBy(node);
    const rounds = options.quick ? 4 : 20;
    for (let round = 0; round < rounds; round++) {
      taken.node.push(...(await oneByOne(adas, 50)));
      taken.direct.push(...(await oneByOne(bens, 50)));
    }
    options.note(
      `the process ${leader.pid} leads; the node handed on ${(await handedBy(node)) - before} of ${2 * 50 * rounds} entries`,
    );
    return [
      figure('append that a leader places, directly, p50', taken.direct, 0.5),
      figure('the same, p99', taken.direct, 0.99),
      figure('append that a leader places, through the node, p50', taken.node, 0.5),
      figure('the same, p99', taken.node, 0.99),
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function figure(name: string, ms: readonly number[], q: number): Figure {
  const common = { cpuPerOp: null, rivals: {}, rssMb: null };
  return { name, unit: 'ms', value: quantile(ms, q), spread: spread(ms), ...common };
}

const PIPED: SpawnOptions = { stdio: ['pipe', 'pipe', 'inherit'] };

/** The first line of its output that is looked for; the others are gone. */
async function lineOf(child: ChildProcess, isIt: (line: string) => boolean): Promise<string> {
  const lines = createInterface({ input: must(child.stdout, 'it is a pipe') });
  for await (const line of lines) if (isIt(line)) return line;
  throw new Error('a process of the benchmark ended without an answer');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function leaderOn(link: string): Promise<AsyncDisposable & { readonly pid: number | undefined }> {
  const program = join(HERE, 'lead-process.ts');
  const child = spawn(process.execPath, ['--conditions=copse-source', program, link], PIPED);
  await lineOf(child, (line) => line.includes('leading'));
  return { pid: child.pid, [Symbol.asyncDispose]: () => end(child) };
}

/** Appends until the node hands nothing on. */
async function warm(node: NodeChild, log: Log): Promise<boolean> {
  for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs; await Bun.sleep(50)) {
    const before = await handedBy(node);
    await log.append('words');
    if ((await handedBy(node)) === before) return true;
  }
  return false;
}

async function handedBy({ url }: NodeChild): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(must(/^copse_tail_handed_total (\d+)$/m.exec(text), 'it is counted')[1]);
}

async function oneByOne(log: Log, count: number): Promise<readonly number[]> {
  const ms: number[] = [];
  for (let n = 0; n < count; n++) {
    const beganMs = performance.now();
    await log.append('words');
    ms.push(performance.now() - beganMs);
  }
  return ms;
}

/** Signals per second and core: a connection may say 400 at once, so there are many of them. */
async function signals(options: BenchOptions): Promise<readonly Figure[]> {
  const { quick } = options;
  const work = { pairs: quick ? 200 : 500, count: 300, inFlight: 8, bytes: 160 } as const;
  const ours: SignalOutcome[] = [];
  const theirs: number[] = [];
  for (let run = 0; run < (quick ? 1 : 3); run++) {
    ours.push(await tailSignals(work));
    try {
      theirs.push(await peerJsSignals(work));
    } catch (thrown) {
      options.note(
        `the server of PeerJS did not run: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
    }
  }
  const perCore = ours.map(({ count, serverCpuUs }) => (1e6 * count) / serverCpuUs);
  return [
    {
      name: 'signals passed on, per core of the server',
      unit: 'messages/s',
      value: median(perCore),
      spread: spread(perCore),
      cpuPerOp: median(ours.map(({ count, serverCpuUs }) => serverCpuUs / count)),
      rivals: theirs.length === 0 ? {} : { 'server of PeerJS on Node': median(theirs) },
      rssMb: null,
    },
  ];
}

type Work = Omit<SignalJob, 'server' | 'port' | 'usagePort'>;

async function tailSignals(work: Work): Promise<SignalOutcome> {
  const directory = scratch();
  const server = spawn(process.execPath, [join(HERE, 'tail/server.ts'), directory], PIPED);
  try {
    const said = await lineOf(server, () => true);
    const ports: { readonly port: number; readonly usagePort: number } = JSON.parse(said);
    return await load({ ...work, ...ports, server: 'tail' }, () => {});
  } finally {
    await end(server);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** As its documentation starts it, but for limits that would be met. */
const PEERJS = `
import { PeerServer } from 'peer';
PeerServer({ port: Number(process.argv[2]), host: '127.0.0.1', path: '/', concurrent_limit: 100000 });
`;

async function peerJsSignals(work: Work): Promise<number> {
  const port = freePort();
  const script = join(ROOT, `.peerjs-${port}.mjs`);
  await Bun.write(script, PEERJS);
  try {
    await using server = await start(['node', script, String(port)], port, scratch());
    let seconds = 0;
    const { count } = await load({ ...work, port, usagePort: 0, server: 'peerjs' }, () => {
      seconds = cpuSecondsOf(server.pid);
    });
    return count / (cpuSecondsOf(server.pid) - seconds);
  } finally {
    await Bun.file(script).delete();
  }
}

async function load(job: SignalJob, onReady: () => void): Promise<SignalOutcome> {
  const child = spawn(process.execPath, [join(HERE, 'tail/signals.ts'), JSON.stringify(job)], PIPED);
  const outcome = await lineOf(child, (line) => {
    if (line === 'ready') onReady();
    return line !== 'ready';
  });
  return JSON.parse(outcome);
}
