/** Time from `copse serve` to its first answered request, at the first start and at the second. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, spread, type Bench, type Figure } from './figure.ts';
import { freePort, rssMbOf } from './rivals/process.ts';

const ROOT = join(import.meta.dir, '..', '..');
const EXECUTABLE = join(ROOT, 'dist', 'copse');
const GIVE_UP_MS = 20_000;

interface Start {
  readonly ms: number;
  readonly rssMb: number;
}

async function start(command: readonly string[], data: string): Promise<Start> {
  const port = freePort();
  const beganMs = performance.now();
  const child = Bun.spawn(
    [...command, 'serve', '--data', data, '--port', String(port), '--log-level', 'error'],
    {
      stdout: 'ignore',
      stderr: 'inherit',
    },
  );
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
      if (answer?.ok === true) break;
      if (performance.now() - beganMs > GIVE_UP_MS) throw new Error('the node did not start');
      await Bun.sleep(1);
    }
    return { ms: performance.now() - beganMs, rssMb: rssMbOf(child.pid) };
  } finally {
    child.kill('SIGTERM');
    await child.exited;
  }
}

async function starts(name: string, command: readonly string[], times: number): Promise<readonly Figure[]> {
  const first: Start[] = [];
  const second: Start[] = [];
  for (let i = 0; i < times; i++) {
    const data = mkdtempSync(join(tmpdir(), 'copse-start-'));
    try {
      first.push(await start(command, data));
      second.push(await start(command, data));
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  }
  const figure = (what: string, runs: readonly Start[]): Figure => ({
    name: `${name}, ${what} start to first answer`,
    unit: 'ms',
    value: median(runs.map((run) => run.ms)),
    spread: spread(runs.map((run) => run.ms)),
    cpuPerOp: null,
    rivals: {},
    rssMb: median(runs.map((run) => run.rssMb)),
  });
  return [figure('first', first), figure('second', second)];
}

export const startBench: Bench = {
  name: 'start',
  async run(options) {
    const times = options.quick ? 3 : 9;
    const source = await starts(
      'copse serve',
      [process.execPath, join(ROOT, 'server', 'src', 'cli', 'main.ts')],
      times,
    );
    if (!existsSync(EXECUTABLE)) {
      options.note('the executable is not built (npm run build)');
      return source;
    }
    return [...source, ...(await starts('executable', [EXECUTABLE], times))];
  },
};
