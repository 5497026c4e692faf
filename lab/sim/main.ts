/**
 * `npm run sim -- --seeds N [--from S] [--level L]`: runs seeds on every level and every core, after those
 * that once failed. `--seed S --level L --trace` repeats one of them and prints every line. `--mutants`
 * plants the known bugs, one after the other, and sees that each is found; `--only PART` those whose names
 * contain PART. `docs/simulator.md` says what all of it means.
 */

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { Fault } from 'copse/internal/base/fault.ts';
import { runJobs, type Job, type Verdict } from './crew.ts';
import { isLevel, LEVELS, runSeed, type Level } from './levels.ts';
import { huntAll } from './mutants/hunt.ts';
import { keptSeeds } from './seeds.ts';
import { Tally } from './tally.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    level: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    trace: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    first: { type: 'boolean', default: false },
  },
});

function usage(what: string): Fault {
  return new Fault('usage', what);
}

function numberOf(name: string, text: string, least = 0): number {
  const number = Number(text);
  const isFit = /^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least;
  if (!isFit) throw usage(`--${name} is a whole number from ${least} on, not ${text}`);
  return number;
}

function levelsOf(text: string | undefined): readonly Level[] {
  if (text === undefined) return LEVELS;
  if (!isLevel(text)) throw usage(`--level is one of ${LEVELS.join(', ')}`);
  return [text];
}

function report({ level, seed, steps, ms, violation, trace }: Verdict): void {
  for (const line of trace) console.log(line);
  console.log(`seed ${seed}, level ${level}, event ${steps}, at ${ms.toFixed(1)} ms:`);
  console.log(`  ${violation}`);
  console.log(`repeat it: npm run sim -- --seed ${seed} --level ${level} --trace`);
}

/** The kept seeds, then `count` from `from` on every level; answers the number of violations. */
async function runMany(levels: readonly Level[], from: number, count: number): Promise<number> {
  const kept: readonly Job[] = keptSeeds().filter(({ level }) => levels.includes(level));
  const fresh = levels.flatMap((level) =>
    Array.from({ length: count }, (_, i) => ({ level, seed: from + i })),
  );
  const tally = new Tally(kept.length, (line) => console.error(line));
  await runJobs([...kept, ...fresh], {
    workers: numberOf('workers', values.workers, 1),
    onVerdict: (verdict) => {
      tally.add(verdict);
      if (verdict.violation === null) return true;
      report(verdict);
      return !values.first;
    },
  });
  for (const line of tally.lines()) console.log(line);
  return tally.violations;
}

/** One seed in this process. */
async function runOne(levels: readonly Level[], seed: number): Promise<number> {
  let violations = 0;
  for (const level of levels) {
    const result = await runSeed(level, seed, values.trace ? (line) => console.log(line) : null);
    const { hash, steps, ms, violation } = result;
    if (violation !== null) {
      violations++;
      const trace = values.trace ? [] : result.trace;
      report({ level, seed, hash, steps, ms, trace, violation: violation.message });
    }
    console.log(`${level}: ${steps} events, ${ms.toFixed(0)} ms, hash ${hash}`);
  }
  return violations;
}

async function hunt(): Promise<void> {
  const options = { part: values.only, workers: numberOf('workers', values.workers, 1) };
  const { found, total } = await huntAll(options, (line) => console.log(line));
  console.log(`found ${found} of ${total}`);
  if (found < total) process.exitCode = 1;
}

async function main(): Promise<void> {
  if (values.mutants) {
    await hunt();
    return;
  }
  const levels = levelsOf(values.level);
  const count = values.seed === undefined ? numberOf('seeds', values.seeds) : 1;
  const violations =
    values.seed === undefined
      ? await runMany(levels, numberOf('from', values.from), count)
      : await runOne(levels, numberOf('seed', values.seed));
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
