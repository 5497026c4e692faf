/**
 * Led logs on a real node, leaders in processes of their own: what an append costs that a leader places, and
 * how long nothing is placed when a leader is killed or hands over.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { must } from 'copse/internal/base/assert.ts';
import { MemoryKeep, permissionsAll, type Log, type Site } from 'copse/internal/client/index.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { startNode } from '../e2e/support/node.ts';
import { quantile, spread, type Bench, type Figure } from './figure.ts';

const LEADER = join(import.meta.dirname, 'lead-process.ts');
/** Pause between two appends while somebody looks for the longest wait. */
const STEP_MS = 2;

export const leadBench: Bench = {
  name: 'lead',
  async run(options) {
    const { quick } = options;
    const directory = mkdtempSync(join(tmpdir(), 'copse-bench-'));
    try {
      await using node = await startNode(join(directory, 'data'), ['--log-level', 'warn']);
      await using ada = await openCopse(node.url, {
        keep: new MemoryKeep(),
        name: 'Ada',
        peers: async () => null,
      });
      const garden = await ada.found({ title: 'Garden', logs: ['led'] });
      const log = garden.log('led');
      await using crew = await Crew.of(garden, 2);
      const latency = await oneByOne(log, quick ? 200 : 1_000);
      options.note('appends over the relay');
      const rate = await atOnce(log, quick ? 2_000 : 10_000);
      const given = await handOvers(crew, log, quick ? 5 : 30);
      options.note('hand-overs');
      const killed = await kills(crew, garden, log, quick ? 3 : 20);
      return [
        figure('append that a leader places, by the relay, p50', latency, 0.5),
        figure('the same, p99', latency, 0.99),
        { ...figure('appends of one writer that a leader places', [rate], 0.5), unit: 'entries/s' },
        figure('longest append when a leader hands over, p50', given, 0.5),
        figure('the same, p99', given, 0.99),
        figure('longest append when a leader is killed, p50', killed, 0.5),
        figure('the same, p99', killed, 0.99),
      ];
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

function figure(name: string, ms: readonly number[], q: number): Figure {
  const common = { cpuPerOp: null, rivals: {}, rssMb: null };
  return { name, unit: 'ms', value: quantile(ms, q), spread: spread(ms), ...common };
}

async function oneByOne(log: Log, count: number): Promise<readonly number[]> {
  const ms: number[] = [];
  for (let n = 0; n < count; n++) ms.push(await timed(log));
  return ms;
}

async function timed(log: Log): Promise<number> {
  const beganMs = performance.now();
  await log.append('words');
  return performance.now() - beganMs;
}

/** Entries a second, as many at once as a writer may have. */
async function atOnce(log: Log, count: number): Promise<number> {
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: count }, () => log.append('words')));
  return (1_000 * count) / (performance.now() - beganMs);
}

/** The longest append from before something happens until entries are placed again. */
async function longest(log: Log, happen: () => Promise<void>): Promise<number> {
  let longestMs = 0;
  const state = { isOver: false };
  const writing = (async () => {
    while (!state.isOver) {
      longestMs = Math.max(longestMs, await timed(log));
      await sleep(STEP_MS);
    }
  })();
  await sleep(20 * STEP_MS);
  await happen();
  await timed(log);
  state.isOver = true;
  await writing;
  return longestMs;
}

async function handOvers(crew: Crew, log: Log, count: number): Promise<readonly number[]> {
  const ms: number[] = [];
  for (let n = 0; n < count; n++) ms.push(await longest(log, () => crew.handOver()));
  return ms;
}

async function kills(crew: Crew, site: Site, log: Log, count: number): Promise<readonly number[]> {
  const ms: number[] = [];
  for (let n = 0; n < count; n++) {
    ms.push(await longest(log, () => crew.killLeader()));
    await crew.join(site);
  }
  return ms;
}

class Leader {
  readonly process: ChildProcess;
  readonly #lines: Interface;
  device = '';
  status = '';
  #told: (() => void) | null = null;

  constructor(link: string) {
    this.process = spawn(process.execPath, [LEADER, link], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: must(this.process.stdout, 'it is a pipe') });
    this.#lines.on('line', (line) => {
      const { device, status }: { readonly device: string; readonly status: string } = JSON.parse(line);
      Object.assign(this, { device, status });
      this.#told?.();
    });
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }

  async end(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
    this.#lines.close();
  }
}

/** Leaders of one log, of which one leads and the others wait. */
class Crew implements AsyncDisposable {
  #leaders: Leader[] = [];

  static async of(site: Site, count: number): Promise<Crew> {
    const crew = new Crew();
    for (let n = 0; n < count; n++) await crew.join(site);
    await crew.#leader();
    return crew;
  }

  /** One more joins, and asks to lead. */
  async join(site: Site): Promise<void> {
    const leader = new Leader(await site.invite({ permissions: permissionsAll }));
    this.#leaders.push(leader);
    await leader.until(() => leader.status !== '');
    // Its question is on the way still.
    await sleep(50);
  }

  async #leader(): Promise<Leader> {
    const leads = (): Leader | undefined => this.#leaders.find(({ status }) => status === 'leading');
    await Promise.race(this.#leaders.map((leader) => leader.until(() => leads() !== undefined)));
    return must(leads(), 'somebody leads');
  }

  async handOver(): Promise<void> {
    const leader = await this.#leader();
    const next = must(
      this.#leaders.find((other) => other !== leader),
      'somebody waits',
    );
    leader.process.stdin?.write(`${next.device}\n`);
    await next.until(() => next.status === 'leading');
    await leader.until(() => leader.status === 'waiting');
  }

  async killLeader(): Promise<void> {
    const leader = await this.#leader();
    this.#leaders = this.#leaders.filter((other) => other !== leader);
    await leader.end();
    await this.#leader();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const leader of this.#leaders) await leader.end();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
