/**
 * `copse replay FILE`: an editing trace through a real node. Writer processes take turns with its
 * transactions, reader processes rebuild the text, and with `--chaos` the node is killed and the lines
 * are cut at random moments. Every reader must end with exactly the trace's content (SPEC N7).
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Env } from 'copse/internal/base/env.ts';
import { pause } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { fileKeep, openCopse } from 'copse/internal/native/index.ts';
import type { Subprocess } from 'bun';
import { selfCommand } from '../self.ts';
import { lines, parseReport, type Job, type Report } from './messages.ts';
import { startNode, type NodeProcess } from './node-process.ts';
import { proxy, type Proxy } from './proxy.ts';
import { readTrace } from './trace.ts';

export interface ReplayOptions {
  readonly file: string;
  readonly writers: number;
  readonly readers: number;
  /** Transactions of one turn. */
  readonly turn: number;
  /** At most so many transactions; 0 is all. */
  readonly limit: number;
  readonly chaos: boolean;
  /** An existing node; otherwise one is started in a scratch directory. */
  readonly node: string | null;
  readonly env: Env;
  progress(text: string): void;
}

export interface ReplayResult {
  readonly transactions: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly readers: readonly {
    readonly same: boolean;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  }[];
  readonly kills: number;
  readonly cuts: number;
  /** Every reader has exactly the content. */
  readonly same: boolean;
}

type Worker = Subprocess<'pipe', 'pipe', 'inherit'>;

export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  await using owned = new AsyncDisposableStack();
  return await Promise.race([play(owned, options), stopSignal(owned)]);
}

async function play(owned: AsyncDisposableStack, options: ReplayOptions): Promise<ReplayResult> {
  const trace = readTrace(options.file);
  const all = trace.transactions.length;
  const limit = options.limit === 0 ? all : Math.min(options.limit, all);
  const scratch = mkdtempSync(join(tmpdir(), 'copse-replay-'));
  owned.defer(() => rmSync(scratch, { recursive: true, force: true }));
  const own = options.node === null ? await ownNode(owned, scratch) : null;
  const url = options.node ?? `http://127.0.0.1:${own?.line.port ?? 0}`;
  const links = await prepare(url, scratch, options.writers + options.readers);
  const start = (role: Job['role'], i: number): Worker => {
    const n = role === 'writer' ? i : options.writers + i;
    const home = join(scratch, `${role}-${i}`);
    const worker = spawnWorker({
      role,
      url,
      link: links[n] ?? '',
      log: 'trace',
      home,
      trace: resolve(options.file),
      limit,
    });
    owned.defer(() => ended(worker));
    return worker;
  };
  const readers = Array.from({ length: options.readers }, (_, i) => start('reader', i));
  const writers = Array.from({ length: options.writers }, (_, i) => start('writer', i));
  const chaos = options.chaos && own !== null ? new Chaos(options.env, own.node, () => own.line.cut()) : null;
  owned.defer(() => chaos?.stop());
  return run({ readers, writers, limit, options, chaos });
}

/** Rejects when somebody ends the replay, so that its processes and files go with it. */
function stopSignal(owned: AsyncDisposableStack): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const stop = (): void => reject(new Fault('closed', 'The replay was stopped.'));
      process.on(signal, stop);
      owned.defer(() => void process.off(signal, stop));
    }
  });
}

async function ownNode(
  owned: AsyncDisposableStack,
  scratch: string,
): Promise<{ readonly node: NodeProcess; readonly line: Proxy }> {
  const node = await startNode(join(scratch, 'node'));
  owned.defer(() => node.stop());
  return { node, line: owned.use(proxy(node.port)) };
}

async function ended(worker: Worker): Promise<void> {
  worker.kill('SIGKILL');
  await worker.exited;
}

/** The founder of the site; leaves a link for each worker. */
async function prepare(url: string, scratch: string, count: number): Promise<string[]> {
  await using copse = await openCopse(url, {
    name: 'replay',
    keep: await fileKeep(join(scratch, 'founder')),
  });
  const site = await copse.found({ title: 'Replay' });
  const links: string[] = [];
  for (let i = 0; i < count; i++) links.push(await site.invite());
  return links;
}

function spawnWorker(job: Job): Worker {
  return Bun.spawn(selfCommand('replay-worker', JSON.stringify(job)), {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
}

interface Run {
  readonly readers: readonly Worker[];
  readonly writers: readonly Worker[];
  readonly limit: number;
  readonly options: ReplayOptions;
  readonly chaos: Chaos | null;
}

async function run({ readers, writers, limit, options, chaos }: Run): Promise<ReplayResult> {
  const { env } = options;
  const mouths = [...readers, ...writers].map((worker) => new Mouth(worker));
  for (const mouth of mouths) await mouth.until('ready');
  const startMs = env.nowMs();
  chaos?.start();
  const reading = Promise.all(mouths.slice(0, readers.length).map((mouth) => mouth.until('read')));
  reading.catch(() => {});
  const mouthsOfWriters = mouths.slice(readers.length);
  for (let from = 0, turn = 0; from < limit; from += options.turn, turn++) {
    const to = Math.min(limit, from + options.turn);
    const place = turn % writers.length;
    await writers[place]?.stdin.write(`${JSON.stringify({ from, to })}\n`);
    await writers[place]?.stdin.flush();
    await mouthsOfWriters[place]?.until('turned');
    options.progress(
      `${to} of ${limit} transactions, ${Math.round((to * 1000) / (env.nowMs() - startMs))}/s`,
    );
  }
  await chaos?.stop();
  const reports = await reading;
  const seconds = (env.nowMs() - startMs) / 1000;
  options.progress('');
  return {
    transactions: limit,
    seconds,
    perSecond: limit / seconds,
    readers: reports.map(({ same, p50Ms, p99Ms, maxMs }) => ({ same, p50Ms, p99Ms, maxMs })),
    kills: chaos?.kills ?? 0,
    cuts: chaos?.cuts ?? 0,
    same: reports.every((report) => report.same && report.count === limit),
  };
}

/** The reports of one worker, taken one kind at a time. */
class Mouth {
  readonly #reports: AsyncGenerator<string>;

  constructor(worker: Worker) {
    this.#reports = lines(worker.stdout);
  }

  async until<K extends Report['kind']>(kind: K): Promise<Extract<Report, { kind: K }>> {
    for (;;) {
      const { value, done } = await this.#reports.next();
      if (done === true) throw new Fault('closed', 'a worker of the replay ended early');
      const report = parseReport(value);
      if (report.kind === 'failed') throw new Fault('internal', report.message);
      if (isKind(report, kind)) return report;
    }
  }
}

function isKind<K extends Report['kind']>(report: Report, kind: K): report is Extract<Report, { kind: K }> {
  return report.kind === kind;
}

const CHAOS_PAUSE_MS = [200, 1200] as const;
/** The first mishap is a killed node and comes at once, so that a short trace meets one too. */
const FIRST_PAUSE_MS = 50;
/** Of the mishaps, so many are a killed node; the others are cut lines. */
const KILL_SHARE = 0.5;

class Chaos {
  kills = 0;
  cuts = 0;
  readonly #env: Env;
  readonly #node: NodeProcess;
  readonly #cut: () => number;
  #running = true;
  #loop: Promise<void> = Promise.resolve();

  constructor(env: Env, node: NodeProcess, cut: () => number) {
    this.#env = env;
    this.#node = node;
    this.#cut = cut;
  }

  start(): void {
    this.#loop = this.#rage();
  }

  async #rage(): Promise<void> {
    const [least, most] = CHAOS_PAUSE_MS;
    await pause(this.#env, this.#env.chance() * FIRST_PAUSE_MS);
    if (this.#running) await this.#kill();
    while (this.#running) {
      await pause(this.#env, least + this.#env.chance() * (most - least));
      if (!this.#running) return;
      if (this.#env.chance() < KILL_SHARE) await this.#kill();
      else if (this.#cut() > 0) this.cuts++;
    }
  }

  async #kill(): Promise<void> {
    this.kills++;
    await this.#node.killAndRestart();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }
}
