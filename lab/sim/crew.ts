/**
 * Seeds on every core: processes that take one job after the other. Which process runs a seed changes
 * nothing in its run (SPEC X1), and verdicts are told in the order of the jobs.
 */

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import type { Level } from './levels.ts';

export interface Job {
  readonly level: Level;
  readonly seed: number;
}

/** What a worker says of one job. */
export interface Verdict extends Job {
  readonly hash: string;
  readonly steps: number;
  /** Simulated time. */
  readonly ms: number;
  readonly violation: string | null;
  /** The last lines of a run that broke a rule. */
  readonly trace: readonly string[];
}

export interface WorkerOptions {
  /** Arguments of the runtime before the script. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Real time after which a run counts as endless. */
  readonly seedMsMax?: number;
}

/** The slowest seeds take a second; a busy machine makes it many. */
const SEED_MS_MAX = 120_000;
const ROOT = dirname(dirname(import.meta.dirname));
const SCRIPT = join(import.meta.dirname, 'worker.ts');

/** One process; it is started again when a seed ends it. */
export class Worker implements Disposable {
  readonly #options: WorkerOptions;
  #process: ChildProcessByStdio<Writable, Readable, null> | null = null;
  #lines: AsyncIterator<string> | null = null;

  constructor(options: WorkerOptions = {}) {
    this.#options = options;
  }

  /** Runs the seed; a process that ends or never answers is a violation of it. */
  async run(job: Job): Promise<Verdict> {
    await this.#start();
    this.#process?.stdin.write(`${job.level} ${job.seed}\n`);
    const { seedMsMax = SEED_MS_MAX } = this.#options;
    let isEndless = false;
    const deadline = setTimeout(() => {
      isEndless = true;
      this.#process?.kill('SIGKILL');
    }, seedMsMax);
    try {
      const line = await this.#line();
      if (line !== null) return JSON.parse(line);
    } finally {
      clearTimeout(deadline);
    }
    this.#process = null;
    const violation = isEndless
      ? `[endless] no end after ${seedMsMax / 1000} s`
      : '[exit] the process of the run ended';
    return { ...job, hash: '', steps: 0, ms: 0, violation, trace: [] };
  }

  async #start(): Promise<void> {
    if (this.#process !== null) return;
    const { args = [], env = {} } = this.#options;
    const child = spawn(process.execPath, ['--conditions=copse-source', ...args, SCRIPT], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // A write to a process that has just ended fails here, and its missing answer tells the same.
    child.stdin.on('error', () => {});
    this.#process = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = await this.#line();
    if (line !== 'ready') throw new Error(`a worker does not start: ${line ?? 'it ended'}`);
  }

  async #line(): Promise<string | null> {
    const next = await this.#lines?.next();
    return next === undefined || next.done === true ? null : next.value;
  }

  [Symbol.dispose](): void {
    this.#process?.stdin.end();
    this.#process?.kill();
    this.#process = null;
  }
}

export interface CrewOptions {
  readonly workers: number;
  /** Hears every verdict in the order of the jobs; false ends the run. */
  readonly onVerdict: (verdict: Verdict) => boolean;
}

/** Runs all jobs. */
export async function runJobs(jobs: readonly Job[], { workers, onVerdict }: CrewOptions): Promise<void> {
  const verdicts = new Map<number, Verdict>();
  const so = { given: 0, told: 0, isOver: false };
  const tell = (): void => {
    for (let next = verdicts.get(so.told); next !== undefined && !so.isOver; next = verdicts.get(so.told)) {
      verdicts.delete(so.told++);
      so.isOver = !onVerdict(next);
    }
  };
  const work = async (): Promise<void> => {
    using worker = new Worker();
    while (!so.isOver) {
      const index = so.given++;
      const job = jobs[index];
      if (job === undefined) return;
      verdicts.set(index, await worker.run(job));
      tell();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, work));
}
