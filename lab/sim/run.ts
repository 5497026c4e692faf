/**
 * One run: events until the time of work and faults is over, then healing until everything is done, with
 * the checkers after every event (SPEC X2, X3).
 */

import { AssertionError } from 'copse/internal/base/assert.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** A system and its work, made from a seed. */
export interface Scenario {
  readonly world: World;
  /** Simulated time after healing in which all work completes, where it takes longer than usual. */
  readonly calmMs?: number;
  /** Whether work is offered and faults happen. */
  readonly isWorking: boolean;
  /** Ends all faults, for good. */
  heal(): void;
  /** Whether all work is complete; asked after healing only. */
  isDone(): boolean;
  /** What is not complete, for the report. */
  describe(): string;
  /** Invariants that hold after every event. */
  check(): void;
  /** Checks of the whole, once everything is complete. */
  conclude(): void;
}

export interface RunResult {
  readonly violation: Violation | null;
  readonly hash: string;
  readonly steps: number;
  /** Simulated time. */
  readonly ms: number;
  readonly trace: readonly string[];
}

/** Simulated time after healing in which all work completes: pauses between attempts reach 30 s. */
const CALM_MS = 300_000;
const STEPS_MAX = 1_000_000;
const REPORT_LINES = 60;

export function run(scenario: Scenario): RunResult {
  const { world } = scenario;
  let violation: Violation | null = null;
  try {
    play(scenario);
  } catch (thrown) {
    violation = asViolation(thrown);
  }
  return {
    violation,
    hash: world.hash,
    steps: world.steps,
    ms: world.nowMs,
    trace: world.lastLines(REPORT_LINES),
  };
}

function play(scenario: Scenario): void {
  const { world } = scenario;
  while (scenario.isWorking && step(scenario));
  world.note('heal');
  scenario.heal();
  const endMs = world.nowMs + (scenario.calmMs ?? CALM_MS);
  while (!scenario.isDone()) {
    const late = world.nowMs > endMs || world.steps > STEPS_MAX;
    if (late || !step(scenario)) throw new Violation('X3', `work is left: ${scenario.describe()}`);
  }
  scenario.conclude();
  if (world.violation !== null) throw world.violation;
}

/** One event and the checkers; false when there is none. */
function step(scenario: Scenario): boolean {
  const { world } = scenario;
  if (!world.step()) return false;
  if (world.violation !== null) throw world.violation;
  scenario.check();
  return true;
}

/** A broken assertion of the code under test is a finding like any other. */
function asViolation(thrown: unknown): Violation {
  if (thrown instanceof Violation) return thrown;
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  const rule = thrown instanceof AssertionError ? 'assertion' : 'exception';
  return new Violation(rule, stack);
}
