/**
 * `npm run sim -- --seeds N [--from S] [--level L]`: runs seeds on every level, after those that once
 * failed. `--seed S --level L --trace` repeats one of them and prints every line. `--mutants [NAME]`
 * plants the known bugs, one after the other, and sees that each is found.
 */

import { parseArgs } from 'node:util';

import { Fault } from 'copse/internal/base/fault.ts';
import { isLevel, LEVELS, runSeed, type Level } from './levels.ts';
import { huntAll } from './mutants/hunt.ts';
import type { RunResult } from './run.ts';
import { keptSeeds } from './seeds.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    level: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    first: { type: 'boolean', default: false },
  },
});

/** A run that takes this long is told before it ends. */
const PROGRESS_MS = 5_000;

function usage(what: string): Fault {
  return new Fault('usage', what);
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw usage(`--${name} is a whole number, not ${text}`);
  return number;
}

function levelsOf(text: string | undefined): readonly Level[] {
  if (text === undefined) return LEVELS;
  if (!isLevel(text)) throw usage(`--level is one of ${LEVELS.join(', ')}`);
  return [text];
}

function report(level: Level, seed: number, { violation, steps, ms, trace }: RunResult): void {
  for (const line of trace) console.log(line);
  console.log(`seed ${seed}, level ${level}, event ${steps}, at ${ms.toFixed(1)} ms:`);
  console.log(`  ${violation?.message}`);
  console.log(`repeat it: npm run sim -- --seed ${seed} --level ${level} --trace`);
}

/** Answers whether the seed holds. */
async function runOne(level: Level, seed: number): Promise<boolean> {
  const result = await runSeed(level, seed);
  if (result.violation !== null) report(level, seed, result);
  return result.violation === null;
}

/** Runs the kept seeds, then `count` from `from`; answers the number of violations. */
async function runMany(levels: readonly Level[], from: number, count: number): Promise<number> {
  let violations = 0;
  for (const { level, seed } of keptSeeds()) {
    if (levels.includes(level) && !(await runOne(level, seed))) violations++;
  }
  for (const level of levels) {
    const startMs = performance.now();
    let toldMs = startMs;
    let done = 0;
    for (let seed = from; seed < from + count; seed++) {
      if (!(await runOne(level, seed))) violations++;
      done++;
      if (values.first && violations > 0) break;
      if (performance.now() - toldMs < PROGRESS_MS) continue;
      toldMs = performance.now();
      console.log(`${level}: ${done} of ${count}`);
    }
    const seconds = (performance.now() - startMs) / 1000;
    console.log(`${level}: ${done} seeds, ${(done / seconds).toFixed(0)} per second`);
  }
  return violations;
}

async function traceOne(levels: readonly Level[], seed: number): Promise<number> {
  let violations = 0;
  for (const level of levels) {
    const result = await runSeed(level, seed, values.trace ? (line) => console.log(line) : null);
    if (result.violation !== null) {
      violations++;
      report(level, seed, values.trace ? { ...result, trace: [] } : result);
    }
    console.log(`${level}: ${result.steps} events, ${result.ms.toFixed(0)} ms, hash ${result.hash}`);
  }
  return violations;
}

async function main(): Promise<void> {
  const levels = levelsOf(values.level);
  if (values.mutants) {
    const { found, total } = await huntAll(values.only, (line) => console.log(line));
    console.log(`found ${found} of ${total}`);
    if (found < total) process.exitCode = 1;
    return;
  }
  const from = numberOf('from', values.from);
  const count = values.seed === undefined ? numberOf('seeds', values.seeds ?? '100') : 1;
  const violations =
    values.seed === undefined
      ? await runMany(levels, from, count)
      : await traceOne(levels, numberOf('seed', values.seed));
  console.log(`${count} seeds, ${violations} violations`);
  if (violations > 0) process.exitCode = 1;
}

try {
  await main();
} catch (thrown) {
  if (!(thrown instanceof Fault)) throw thrown;
  console.error(thrown.detail);
  process.exitCode = 64;
}
