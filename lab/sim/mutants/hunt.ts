/** The hunt: each planted bug in a process of its own, until a seed finds it or there are none left. */

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import type { Level } from '../levels.ts';
import { ROOT, type Mutant } from './mutant.ts';
import { MUTANTS } from './table.ts';

/** Seeds that a bug may survive before it counts as missed. */
const SEEDS_MAX: Readonly<Record<Level, number>> = { machines: 6_000, system: 1_500 };
const CHILD_MS_MAX = 180_000;

export interface Hunt {
  readonly found: number;
  readonly total: number;
}

/** Hunts the mutants whose name contains `part`. */
export async function huntAll(part: string, print: (line: string) => void): Promise<Hunt> {
  const queue = MUTANTS.filter(({ name }) => name.includes(part));
  const total = queue.length;
  let found = 0;
  const hunter = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const seed = await huntOne(mutant);
      if (seed !== null) found++;
      print(`${seed === null ? 'MISSED' : `seed ${seed}`.padEnd(10)} ${mutant.name}`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism() - 1) }, hunter));
  return { found, total };
}

/** The first seed that finds it, or null. */
export async function huntOne({ name, level }: Mutant): Promise<number | null> {
  const preload = `--preload=${join(import.meta.dirname, 'preload.ts')}`;
  const child = join(import.meta.dirname, 'child.ts');
  const args = ['--conditions=copse-source', preload, child, level, String(SEEDS_MAX[level])];
  const output = await childOutput(name, args);
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  const match = /^(found|missed) (\d+)$/.exec(line);
  if (match === null) throw new Error(`mutant "${name}": the child said\n${output}`);
  return match[1] === 'found' ? Number(match[2]) : null;
}

function childOutput(mutant: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, COPSE_MUTANT: mutant };
    const child = spawn(process.execPath, args, { cwd: ROOT, env, timeout: CHILD_MS_MAX });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}
