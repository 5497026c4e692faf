/**
 * The levels of the simulator. `machines` drives the pure machines of `core/log` in the thinnest shell:
 * hundreds of histories a second. `system` drives what users run: tail, store, auth and SDK.
 */

import { MachineScenario } from './machines/scenario.ts';
import { run, type RunResult, type Scenario } from './run.ts';

export const LEVELS = ['machines'] as const;
export type Level = (typeof LEVELS)[number];

export function isLevel(text: string): text is Level {
  return LEVELS.some((level) => level === text);
}

type OnNote = ((line: string) => void) | null;

function scenarioOf(level: Level, seed: number, onNote: OnNote): Scenario {
  switch (level) {
    case 'machines':
      return new MachineScenario(seed, onNote);
  }
}

/** Runs one seed on one level; every line of its trace goes to `onNote`. */
export function runSeed(level: Level, seed: number, onNote: OnNote = null): RunResult {
  return run(scenarioOf(level, seed, onNote));
}
