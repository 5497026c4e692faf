/** What befalls processes that share a shard, drawn from the seed. Mean pauses in milliseconds, 0 is never. */

import type { Chance } from '../chance.ts';
import type { WayPlan } from './connection.ts';

export interface ShardPlan {
  readonly processCount: number;
  readonly way: WayPlan;
  readonly crashMs: number;
  readonly downMs: number;
  /** A process stands still, as by SIGSTOP, and goes on as if nothing had been. */
  readonly freezeMs: number;
  readonly frozenMs: number;
  /** A process does not reach the database, though devices reach it. */
  readonly cutMs: number;
  readonly cutForMs: number;
  readonly awayMs: number;
  readonly awayForMs: number;
  readonly stopMs: number;
  /** How long auth and devices take to learn who serves. */
  readonly toldMs: number;
  /** Journal bytes at which a process that waits makes chunks. */
  readonly bytesMin: number;
  readonly pageBytes: number;
  readonly lagBytes: number;
  readonly gatherMs: number;
}

export const CALM_WAY: WayPlan = { delayMs: [0.1, 1], lost: 0, stall: 0 };

function spread(chance: Chance, low: number, high: number): number {
  return low * (high / low) ** chance.unit();
}

export function drawShards(chance: Chance, workMs: number): ShardPlan {
  const some = (p: number, draw: () => number): number => (chance.often(p) ? draw() : 0);
  const every = (p: number): number => some(p, () => spread(chance, workMs / 12, workMs));
  const isCalm = chance.often(0.08);
  const p = isCalm ? 0 : 1;
  return {
    processCount: chance.between(2, 3),
    way: isCalm
      ? CALM_WAY
      : {
          delayMs: [0.1, chance.often(0.3) ? spread(chance, 5, 300) : 1],
          lost: some(0.5, () => spread(chance, 0.001, 0.1)),
          stall: some(0.3, () => spread(chance, 0.001, 0.03)),
        },
    crashMs: every(0.6 * p),
    downMs: spread(chance, 10, 5_000),
    freezeMs: every(0.5 * p),
    frozenMs: spread(chance, 300, 12_000),
    cutMs: every(0.4 * p),
    cutForMs: spread(chance, 300, 12_000),
    awayMs: every(0.2 * p),
    awayForMs: spread(chance, 100, 8_000),
    stopMs: every(0.3 * p),
    toldMs: spread(chance, 1, 2_000),
    bytesMin: chance.pick([100, 2_000, 100_000]),
    pageBytes: chance.pick([100, 1_000, 100_000]),
    lagBytes: chance.pick([0, 200, 5_000, 1_000_000]),
    gatherMs: chance.pick([0, 0, 0, 5]),
  };
}

/** Whether nothing happens to any process, so that nobody but the first has a reason to take over. */
export function isCalm(plan: ShardPlan): boolean {
  const { crashMs, freezeMs, cutMs, awayMs, stopMs, way } = plan;
  return crashMs + freezeMs + cutMs + awayMs + stopMs === 0 && way === CALM_WAY;
}
