/** How much happens in a run about news, and what goes wrong. */

import type { Chance } from '../chance.ts';

export interface NewsPlan {
  readonly workMs: number;
  /** Pauses between what people do. */
  readonly writeMs: number;
  readonly lookMs: number;
  readonly readMs: number;
  readonly levelMs: number;
  readonly newsShare: number;
  readonly mentionShare: number;
  /** Between tail or auth and notify: how often a message or its answer is lost, and how long one takes. */
  readonly loss: number;
  readonly delayMs: number;
  /** Pauses between deaths; 0: none. */
  readonly killNotifyMs: number;
  readonly killTailMs: number;
  readonly downMs: number;
  /** How often notify dies while it writes, and the tail while it tells notify. */
  readonly killWriting: number;
  readonly killTelling: number;
  /** How long the store of notify takes for a commit, and how often it refuses one. */
  readonly commitMs: number;
  readonly refusals: number;
  /** Of the push service. */
  readonly pushMs: number;
  readonly pushFailures: number;
}

/** The push service and the links work, and nobody dies. */
export const CALM = {
  loss: 0,
  delayMs: 5,
  killNotifyMs: 0,
  killTailMs: 0,
  killWriting: 0,
  killTelling: 0,
  refusals: 0,
  commitMs: 5,
  pushFailures: 0,
} as const;

const DEATHS = [0, 0, 0.02, 0.2];

export function drawNews(chance: Chance): NewsPlan {
  const workMs = chance.between(20_000, 400_000);
  const plan = {
    workMs,
    writeMs: chance.between(200, 20_000),
    lookMs: chance.between(2_000, 60_000),
    readMs: chance.between(1_000, 30_000),
    levelMs: chance.often(0.3) ? chance.between(5_000, 60_000) : 0,
    newsShare: chance.pick([1, 0.7, 0.3]),
    mentionShare: chance.pick([0, 0.2, 0.6]),
    loss: chance.pick([0, 0.02, 0.3]),
    delayMs: chance.pick([1, 20, 2_000]),
    killNotifyMs: chance.often(0.6) ? chance.between(3_000, workMs) : 0,
    killTailMs: chance.often(0.4) ? chance.between(3_000, workMs) : 0,
    downMs: chance.pick([100, 5_000, 60_000]),
    commitMs: chance.pick([1, 30, 3_000]),
    refusals: chance.pick([0, 0, 0.2]),
    pushMs: chance.pick([1, 80, 5_000]),
    pushFailures: chance.pick([0, 0.1, 0.5]),
  };
  const calm = chance.often(0.2) ? CALM : {};
  const [killWriting, killTelling] = [chance.pick(DEATHS), chance.pick(DEATHS)];
  return { ...plan, killWriting, killTelling, ...calm };
}

/** Whether nothing goes wrong from the beginning. */
export function isCalm(plan: NewsPlan): boolean {
  const { loss, killNotifyMs, killTailMs, killWriting, killTelling, refusals, pushFailures } = plan;
  return loss + killNotifyMs + killTailMs + killWriting + killTelling + refusals + pushFailures === 0;
}
