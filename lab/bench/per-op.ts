/** Microseconds per operation of several runs, and the figure made of them. */

import { median, spread, type Figure } from './figure.ts';

export interface Timed {
  /** Of each run, per operation. */
  readonly us: readonly number[];
  readonly cpuPerOp: number;
}

/** Microseconds per operation of several runs; `work` does so many operations as it answers. */
export async function timed(runs: number, work: (run: number) => Promise<number>): Promise<Timed> {
  const us: number[] = [];
  let operations = 0;
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run++) {
    const beganMs = performance.now();
    const count = await work(run);
    us.push(((performance.now() - beganMs) * 1000) / count);
    operations += count;
  }
  const { user, system } = process.cpuUsage(before);
  return { us, cpuPerOp: (user + system) / operations };
}

export function figure(name: string, unit: string, of: Timed, part: Partial<Figure> = {}): Figure {
  const values = unit === '/s' ? of.us.map((us) => 1e6 / us) : of.us;
  return {
    name,
    unit,
    value: median(values),
    spread: spread(values),
    cpuPerOp: of.cpuPerOp,
    rivals: {},
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    ...part,
  };
}
