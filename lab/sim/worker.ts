/**
 * A process that runs seeds: reads one job a line (`level seed`) and answers each with one line of JSON. It
 * ends when nobody gives it jobs any more.
 */

import { createInterface } from 'node:readline';

import type { Verdict } from './crew.ts';
import { isLevel, runSeed, type Level } from './levels.ts';

async function verdictOf(level: Level, seed: number): Promise<Verdict> {
  const { violation, trace, ...figures } = await runSeed(level, seed);
  const isBroken = violation !== null;
  return { level, seed, ...figures, violation: violation?.message ?? null, trace: isBroken ? trace : [] };
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [level = '', seed = ''] = line.split(' ');
  if (!isLevel(level) || !/^\d+$/.test(seed)) throw new Error(`not a job: ${line}`);
  process.stdout.write(`${JSON.stringify(await verdictOf(level, Number(seed)))}\n`);
}
