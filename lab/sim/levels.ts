/**
 * The levels of the simulator. `machines` drives the pure machines of `core/log` in the thinnest shell:
 * hundreds of histories a second; `shards` what owns a shard, `news` notifications between tail and push services.
 * `system` drives what users run: tail, store, auth and SDK.
 */

import { MachineScenario } from './machines/scenario.ts';
import { NewsScenario } from './news/scenario.ts';
import { ShardScenario } from './shards/scenario.ts';
import { SystemScenario } from './system/scenario.ts';
import { Violation } from './violation.ts';
import { run, type RunResult, type Scenario } from './run.ts';

export const LEVELS = ['machines', 'shards', 'news', 'system'] as const;
export type Level = (typeof LEVELS)[number];

export function isLevel(text: string): text is Level {
  return LEVELS.some((level) => level === text);
}

type OnNote = ((line: string) => void) | null;

function scenarioOf(level: Level, seed: number, onNote: OnNote): Scenario {
  switch (level) {
    case 'machines':
      return new MachineScenario(seed, onNote);
    case 'shards':
      return new ShardScenario(seed, onNote);
    case 'news':
      return new NewsScenario(seed, onNote);
    case 'system':
      return new SystemScenario(seed, onNote);
  }
}

const UNOWNED = ['unhandledRejection', 'uncaughtException'] as const;

/** Runs one seed on one level; every line of its trace goes to `onNote`. */
export async function runSeed(level: Level, seed: number, onNote: OnNote = null): Promise<RunResult> {
  const thrown: unknown[] = [];
  const onThrown = (reason: unknown): void => void thrown.push(reason);
  for (const event of UNOWNED) process.on(event, onThrown);
  try {
    const result = run(scenarioOf(level, seed, onNote));
    // The runtime tells of what nobody caught when the turn is over.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const [reason] = thrown;
    if (result.violation !== null || thrown.length === 0) return result;
    const what = reason instanceof Error ? `${reason.stack}` : String(reason);
    return { ...result, violation: new Violation('a promise or task without an owner', what) };
  } finally {
    for (const event of UNOWNED) process.off(event, onThrown);
  }
}
