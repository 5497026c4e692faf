/** The hunt: each planted bug in a process of its own, until a seed finds it or there are none left. */

import { join } from 'node:path';

import { Worker } from '../crew.ts';
import { LEVELS, type Level } from '../levels.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './table.ts';

/** Seeds that a bug may survive before it counts as missed. */
const SEEDS_MAX: Readonly<Record<Level, number>> = {
  machines: 12_000,
  shards: 6_000,
  news: 12_000,
  system: 6_000,
};
/** A bug may make a run endless; a sound one ends within a second. */
const SEED_MS_MAX = 30_000;
const PRELOAD = join(import.meta.dirname, 'preload.ts');

export interface Hunt {
  readonly found: number;
  readonly total: number;
}

export interface HuntOptions {
  /** Of the names of those to hunt. */
  readonly part: string;
  /** How many are hunted at a time. */
  readonly workers: number;
}

export interface Catch {
  readonly seed: number;
  /** What the judge said. */
  readonly violation: string;
}

/** Hunts mutants, those of the quick level first. */
export async function huntAll({ part, workers }: HuntOptions, print: (line: string) => void): Promise<Hunt> {
  const queue = LEVELS.flatMap((level) =>
    MUTANTS.filter((mutant) => mutant.level === level && mutant.name.includes(part)),
  );
  const total = queue.length;
  let found = 0;
  const hunter = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const caught = await huntOne(mutant, print);
      if (caught !== null) found++;
      print(`${(caught === null ? 'MISSED' : `seed ${caught.seed}`).padEnd(10)} ${mutant.name}`);
      if (caught !== null) print(`           ${caught.violation.split('\n')[0]?.slice(0, 160)}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, hunter));
  return { found, total };
}

/** The first seed that finds it, or null. A seed that fails without the bug as well has found another one, and is told. */
export async function huntOne(
  { name, level }: Mutant,
  print: (line: string) => void = () => {},
): Promise<Catch | null> {
  using worker = new Worker({
    args: [`--preload=${PRELOAD}`],
    env: { COPSE_MUTANT: name },
    seedMsMax: SEED_MS_MAX,
  });
  using without = new Worker({ seedMsMax: SEED_MS_MAX });
  for (let seed = 1; seed <= SEEDS_MAX[level]; seed++) {
    const { violation } = await worker.run({ level, seed });
    if (violation === null) continue;
    if ((await without.run({ level, seed })).violation === null) return { seed, violation };
    print(`NO BUG     seed ${seed}, level ${level}, fails without a planted bug`);
  }
  return null;
}
